"""Linear scores that are no probabilities, made into such: what linear_svm and naive_bayes have in common."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index
from assay.core.clock import Deadline
from assay.core.contract import Ended
from assay.core.inner_folds import InnerFolds
from assay.core.row_ties import RowTies
from assay.models.linear_fit import worth_trying
from assay.models.platt import platt

SHARPEST = 1e4
"""Scores are multiplied by no more than this before they become probabilities."""


@dataclass(frozen=True, slots=True, eq=False)
class ScoreProblem:
    """X: (n, d) scipy CSR matrix; y: (n,) places among the k classes seen; weight: (n,); folds, ties: of the rows."""

    X: Any
    y: AnyArray
    n_classes: int
    weight: Floats
    folds: InnerFolds
    deadline: Deadline
    ties: RowTies | None = None

    def ties_of(self, rows: Index) -> RowTies | None:
        """What ties these rows."""
        return None if self.ties is None else self.ties.take(rows)

    def losses(self, scores: Floats, rows: Index) -> Floats:
        """(r,) log losses of some rows, with the calibration that suits their own scores best. scores: (n, k)."""
        y, weight = self.y[rows], self.weight[rows]
        return _losses(scores[rows], y, weight, *_calibrated(scores[rows], y, weight))

    def fits_on(self, fits: "Fits", rows: Index) -> "Fit":
        """The fits of these rows. A class that none of them has scores as the lowest of the others."""
        y, present = self.y[rows], np.unique(self.y[rows])
        if len(present) == self.n_classes:
            return fits(self.X[rows], y, self.weight[rows])
        k = self.n_classes if self.n_classes > 2 else 1
        if len(present) < 2:
            return lambda setting: (np.zeros((self.X.shape[1], k)), np.zeros(k))
        of_present = fits(self.X[rows], np.searchsorted(present, y), self.weight[rows])

        def fit(setting: float) -> tuple[Floats, Floats]:
            own, free = of_present(setting)
            if len(present) == 2:
                own, free = np.column_stack([-own, own]), np.concatenate([-free, free])
            coef, intercept = np.repeat(own.min(axis=1, keepdims=True), k, axis=1), np.full(k, free.min())
            coef[:, present], intercept[present] = own, free
            return coef, intercept

        return fit


Fit = Callable[[float], tuple[Floats, Floats]]
"""Of a setting: coef (d, k) and intercept (k,), k = 1 for two classes."""
Fits = Callable[[Any, AnyArray, Floats], Fit]
"""Of X (n, d), y (n,) and weight (n,): their fits, of which each may go on from the one before."""


@dataclass(frozen=True, slots=True, eq=False)
class CalibratedFit:
    """coef: (d, k), intercept: (k,) of log odds; setting: the one chosen."""

    coef: Floats
    intercept: Floats
    setting: float
    ended: Ended


def fit_calibrated(problem: ScoreProblem, fits: Fits, grid: Sequence[float]) -> CalibratedFit:
    """The setting whose held-out scores, calibrated, have the least log loss, fitted on all rows.

    Two classes by Platt's sigmoid, more by one factor and an offset a class (temperature and bias; Guo et al., 2017).
    grid: in order; in each fold settings are tried until one is not `worth_trying`. Once time is over the first is
    fitted alone.
    """
    if not len(grid):
        raise ValueError("There is no setting to try.")
    known, ended = _held_out(problem, fits, grid)
    rows = np.flatnonzero(known.predicted)
    y, weight = problem.y[rows], problem.weight[rows]
    found = [_calibrated(scores[rows], y, weight) for scores in known.scores]
    losses = [
        float(_losses(scores[rows], y, weight, *one).sum()) for scores, one in zip(known.scores, found, strict=True)
    ]
    best = int(np.argmin(losses))
    factor, offset = found[best]
    coef, intercept = problem.fits_on(fits, np.arange(len(problem.y)))(grid[best])
    return CalibratedFit(coef * factor, intercept * factor + offset, grid[best], ended)


@dataclass(frozen=True, slots=True, eq=False)
class _SettingScores:
    """scores: (n, k) by a fit without their fold, of each setting that was fitted in all folds; predicted: (n,) which
    rows have one."""

    scores: Sequence[Floats]
    predicted: Bools


def _held_out(problem: ScoreProblem, fits: Fits, grid: Sequence[float]) -> tuple[_SettingScores, Ended]:
    n, k, left = len(problem.y), problem.n_classes if problem.n_classes > 2 else 1, len(grid)
    scores, predicted = [np.zeros((n, k)) for _ in grid], np.zeros(n, dtype=np.bool_)
    ended: Ended = "converged"
    for part in problem.folds.enough():
        predicted[part.held], best, fit = True, None, problem.fits_on(fits, part.train)
        for place in range(left):
            coef, intercept = fit(grid[place])
            scores[place][part.held] = np.asarray(problem.X[part.held] @ coef) + intercept
            losses = problem.losses(scores[place], part.held)
            again, beyond = worth_trying(losses, best, problem.ties_of(part.held))
            if not (again and beyond):
                left = place + 1 if again else place
                break
            best = losses if best is None or losses.sum() < best.sum() else best
            if problem.deadline.is_over and len(grid) > 1:
                left, ended = 1, "deadline"
                break
    return _SettingScores(scores[:left], predicted), ended


def _losses(scores: Floats, y: AnyArray, weight: Floats, factor: Floats, offset: Floats) -> Floats:
    """(n,) weighted log loss of calibrated scores."""
    z = scores * factor + offset
    if z.shape[1] == 1:
        return np.asarray(weight * (np.logaddexp(0.0, z[:, 0]) - y * z[:, 0]))
    return np.asarray(weight * (np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]))


def _calibrated(scores: Floats, y: AnyArray, weight: Floats) -> tuple[Floats, Floats]:
    """(factor (1,), offset (k,)) of the calibration that suits held-out scores best."""
    if scores.shape[1] == 1:
        slope, offset = platt(scores[:, 0], y == 1, weight)
        return np.array([slope]), np.array([offset])
    from scipy.optimize import minimize

    centred = scores - scores.mean(axis=1, keepdims=True)
    scale = float(centred.std()) or 1.0
    rows = np.arange(len(y))

    def loss_and_slope(at: Floats) -> tuple[float, Floats]:
        factor = np.exp(np.clip(at[0], -np.log(SHARPEST), np.log(SHARPEST)))
        z = centred / scale * factor + at[1:]
        top = np.logaddexp.reduce(z, axis=1)
        residual = np.exp(z - top[:, None])
        residual[rows, y] -= 1.0
        residual *= weight[:, None]
        slope = np.concatenate([[float((residual * centred).sum()) * factor / scale], residual.sum(axis=0)])
        # An offset without bounds would follow a class that is hardly there.
        return float(weight @ (top - z[rows, y])) + 0.5 * float(at[1:] @ at[1:]), slope + np.append(0.0, at[1:])

    found = minimize(loss_and_slope, np.zeros(1 + scores.shape[1]), jac=True, method="L-BFGS-B")
    return np.array([np.exp(found.x[0]) / scale]), np.asarray(found.x[1:])
