"""Calibration: temperature scaling, Platt scaling or isotonic curves where cross-fitting shows a gain, and a share of
the prior."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from assay.core.allowed_labels import kept_impossible
from assay.core.array import AnyArray, Bools, Floats, Index
from assay.core.prediction import scored_rows
from assay.core.target import Target
from assay.ensemble.combine import TINY, logits, probabilities
from assay.ensemble.isotonic_curve import IsotonicCurve, fit_curve

NEWTON_STEPS = 50
SHARPEST, FLATTEST = 20.0, 0.05
"""Bounds of the inverse temperature; beyond them predictions would be all but certain, or all but the prior."""
CURVE_ROWS = 5_000
"""Rows from which isotonic curves are tried: with fewer their steps are noise."""


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Logits are divided by `temperature` and moved by `offset` (two classes), or probabilities go through `curves`;
    then p becomes (1 − epsilon) p + epsilon prior. Of several classes one with probability 0 keeps it but for the
    prior, which is not mixed in where labels are restricted.

    curves: one of the positive class, or one a class whose answers are then made to sum to 1; () for none.
    prior: share of each class, () for none; epsilon 0 and temperature 1 change nothing.
    """

    temperature: float = 1.0
    epsilon: float = 0.0
    prior: tuple[float, ...] = ()
    curves: tuple[IsotonicCurve, ...] = ()
    offset: float = 0.0

    def __post_init__(self) -> None:
        if not np.isfinite(self.offset):
            raise ValueError(f"An offset is finite, unlike {self.offset}.")
        if not self.temperature > 0 or not 0 <= self.epsilon < 1:
            raise ValueError(f"A temperature is positive and epsilon in [0, 1), unlike {self}.")
        if self.epsilon > 0 and not np.isclose(sum(self.prior), 1.0):
            raise ValueError("The prior's shares sum to 1.")

    @cached_property
    def _prior(self) -> Floats:
        return np.array(self.prior)

    def apply(self, stored: AnyArray) -> Floats:
        """Calibrated probabilities, (n,) of the positive class or (n, k), from stored ones. NaN rows stay NaN."""
        p = np.asarray(stored, dtype=np.float64)
        if self.curves:
            p = kept_impossible(curved(p, self.curves), p)
        if self.temperature != 1.0 or self.offset:
            p = kept_impossible(probabilities(logits(p) / self.temperature + self.offset), p)
        if self.epsilon == 0.0:
            return p
        prior = self.prior[1] if p.ndim == 1 else self._prior
        return np.asarray((1.0 - self.epsilon) * p + self.epsilon * prior)


def curved(p: Floats, curves: tuple[IsotonicCurve, ...]) -> Floats:
    """Probabilities through one curve each; those of several classes are made to sum to 1 again."""
    if p.ndim == 1:
        return curves[0].apply(p)
    raised = np.column_stack([curve.apply(p[:, j]) for j, curve in enumerate(curves)])
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def calibrate(
    stored: AnyArray, target: Target, folds: Index, *, ranks: bool = False, restricted: bool = False
) -> Calibration:
    """What calibrates out-of-fold probabilities, and the mix with the prior.

    stored: (n,) or (n, k), NaN rows are left out; target: their classes; folds: (n,) fold numbers. A temperature (Guo
    et al., 2017), for two classes one with an offset (Platt, 1999), and from CURVE_ROWS rows on curves (isotonic
    regression, one class against the rest), are fitted on the other folds and judged on each; the simplest stays unless
    log loss falls by more than one standard error.
    ranks: the metric compares rows by rank, which curves could move among classes: none is tried. With a single fold
    nothing is fitted. restricted: labels are restricted by a column: no prior is mixed in, and rows whose true label
    was impossible teach nothing, as no calibration can give it back.
    """
    rows = np.flatnonzero(scored_rows(stored))
    rows = _possible(stored, target, rows) if restricted else rows
    p, truth = np.asarray(stored[rows], dtype=np.float64), target.take(rows)
    plain = Calibration() if restricted else mix_prior(target)
    if len(np.unique(folds[rows])) < 2:
        return plain
    best, loss = plain, _row_loss(p, truth)
    moved = (_with_offset,) if p.ndim == 1 else ()
    for fit in (_with_temperature, *moved, *(() if ranks or len(rows) < CURVE_ROWS else (_with_curves,))):
        crossed = _cross_fitted_loss(fit, p, truth, folds[rows])
        if _falls(loss, crossed, truth.weight):
            best, loss = replace(fit(p, truth), epsilon=plain.epsilon, prior=plain.prior), crossed
    return best


def refitted(like: Calibration, stored: AnyArray, target: Target) -> Calibration:
    """A calibration of the same kind, learned from these rows alone: (n,) or (n, k) probabilities and their classes."""
    p, plain = np.asarray(stored, dtype=np.float64), mix_prior(target)
    if like.epsilon == 0.0:  # labels are restricted
        rows, plain = _possible(p, target, np.arange(len(p))), Calibration()
        p, target = p[rows], target.take(rows)
    if not len(p):
        return plain
    if like.curves:
        made = _with_curves(p, target)
    elif like.offset:
        made = _with_offset(p, target)
    else:
        made = _with_temperature(p, target) if like.temperature != 1.0 else plain
    return replace(made, epsilon=plain.epsilon, prior=plain.prior)


def _possible(stored: AnyArray, target: Target, rows: Index) -> Index:
    """Those of some rows whose true class has a probability above 0."""
    return np.asarray(rows[stored[rows, target.values[rows]] > 0])


def _falls(before: Floats, after: Floats, weight: Floats | None) -> bool:
    """Whether a mean falls by more than one standard error of its fall."""
    w = np.ones(len(before)) if weight is None else weight
    gain = before - after
    mean = float(np.average(gain, weights=w))
    return mean > float(np.sqrt(np.sum((w * (gain - mean)) ** 2)) / w.sum())


def _cross_fitted_loss(fit: Callable[[Floats, Target], Calibration], p: Floats, target: Target, folds: Index) -> Floats:
    """(n,) log loss of each row when what calibrates it was fitted on the other folds."""
    loss = np.zeros(len(p))
    for fold in np.unique(folds):
        inside: Bools = folds == fold
        made = fit(p[~inside], target.take(np.flatnonzero(~inside)))
        loss[inside] = _row_loss(made.apply(p[inside]), target.take(np.flatnonzero(inside)))
    return loss


def _row_loss(p: Floats, target: Target) -> Floats:
    y = target.values
    true = np.where(y == 1, p, 1.0 - p) if p.ndim == 1 else p[np.arange(len(y)), y]
    return np.asarray(-np.log(np.maximum(true, TINY)))


def _with_temperature(p: Floats, target: Target) -> Calibration:
    return Calibration(temperature=1.0 / _inverse_temperature(_two_columns(logits(p)), target))


def _with_offset(p: Floats, target: Target) -> Calibration:
    slope, offset = _line(logits(p), target)
    return Calibration(temperature=1.0 / slope, offset=offset)


def sharpened(stored: AnyArray, target: Target) -> Floats:
    """Probabilities at their own best temperature, so that two combinations can be compared."""
    p = np.asarray(stored, dtype=np.float64)
    if p.ndim == 1:
        return _with_temperature(p, target).apply(p)
    some = _possible(p, target, np.flatnonzero(scored_rows(p)))  # no temperature gives back what is impossible
    return _with_temperature(p[some], target.take(some)).apply(p) if len(some) else p


def _with_curves(p: Floats, target: Target) -> Calibration:
    y, weight = target.values, target.weight
    if p.ndim == 1:
        return Calibration(curves=(fit_curve(p, y == 1, weight),))
    return Calibration(curves=tuple(fit_curve(p[:, j], y == j, weight) for j in range(p.shape[1])))


def mix_prior(target: Target) -> Calibration:
    """A share 1 / (n + k) of the prior, so that no class ever gets probability 0; the prior counts each class once
    more than seen, so that a class without rows has a share too.
    """
    weight = np.ones(len(target)) if target.weight is None else target.weight / target.weight.mean()
    counts = np.bincount(target.values, weights=weight, minlength=target.n_classes) + 1.0
    n_and_k = len(target) + target.n_classes
    return Calibration(epsilon=1.0 / n_and_k, prior=tuple(float(c) for c in counts / counts.sum()))


def _two_columns(scored: Floats) -> Floats:
    """Log-odds (n,) as the two logits (n, 2) of a softmax."""
    return scored if scored.ndim == 2 else np.column_stack([np.zeros(len(scored)), scored])


def _softmax(scored: Floats) -> Floats:
    raised = np.exp(scored - scored.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _inverse_temperature(scored: Floats, target: Target) -> float:
    """β that minimises the log loss of softmax(β logits): convex in β, so a safeguarded Newton search finds it.

    The derivative is the mean of E_p[z] − z_y, the second one the mean variance of z under p.
    """
    weight = target.weight if target.weight is not None else np.ones(len(scored))
    true = scored[np.arange(len(scored)), target.values]
    low, high, beta = FLATTEST, SHARPEST, 1.0
    for _ in range(NEWTON_STEPS):
        p = _softmax(beta * scored)
        mean = (p * scored).sum(axis=1)
        slope = float(np.average(mean - true, weights=weight))
        curve = float(np.average((p * scored**2).sum(axis=1) - mean**2, weights=weight))
        low, high = (low, beta) if slope > 0 else (beta, high)
        step = beta - slope / curve if curve > 0 else np.nan
        new = step if low < step < high else 0.5 * (low + high)
        if abs(new - beta) < 1e-9 * beta:
            break
        beta = new
    return float(beta)


def _line(scored: Floats, target: Target) -> tuple[float, float]:
    """(slope within its bounds, offset) that minimise the log loss of two classes, by Newton's steps, each as long as
    the loss falls: convex in both.
    """
    weight = target.weight if target.weight is not None else np.ones(len(scored))
    y, design, at = (
        target.values.astype(np.float64),
        np.column_stack([scored, np.ones(len(scored))]),
        np.array([1.0, 0.0]),
    )

    def loss(at: Floats) -> float:
        z = design @ at
        return float(np.average(np.logaddexp(0.0, z) - y * z, weights=weight))

    least = loss(at)
    for _ in range(NEWTON_STEPS):
        p = probabilities(design @ at)
        slope = design.T @ (weight * (p - y))
        curve = design.T @ (design * (weight * np.maximum(p * (1.0 - p), TINY))[:, None])
        step = np.linalg.lstsq(curve, slope, rcond=None)[0]
        tried = [at - step * 0.5**k for k in range(8)]
        new = next((one for one in tried if one[0] > 0 and loss(one) < least), None)
        if new is None:
            break
        moved, at, least = float(np.abs(new - at).max()), new, loss(new)
        if moved < 1e-9:
            break
    return float(np.clip(at[0], FLATTEST, SHARPEST)), float(at[1])
