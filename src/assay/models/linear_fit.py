"""Fitting of linear models: regularisation by inner folds, with a deadline check between fits."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.clock import Deadline
from assay.core.contract import Ended, Loss, Seeds, Table, Target
from assay.core.inner_folds import InnerFolds, inner_folds, unit_errors
from assay.core.row_ties import RowTies
from assay.models.matrix import SeenClasses, filled, weighted_quantile
from assay.models.ridge import ridge, ridge_of_parts
from assay.solvers.logistic import logistic, run
from assay.solvers.sparse_scores import csr

INNER_FOLDS = 3
WORSE, CLEARLY = 1.0, 3.0
"""Standard errors by which a strength loses to the best before it on the rows of an inner fold: from the first on those
beyond it are not tried, as losses have one valley; from the second on it is not tried itself in other folds."""
PATH = 20
CLOSED_FORM_WORK = 2e10
"""Multiplications (n d min(n, d)) up to which ridge is solved in closed form; some 5 s on one thread."""


@dataclass(frozen=True, slots=True, eq=False)
class LinearProblem:
    """X: (n, d) float32, dense or a scipy CSR matrix whose first n_dense columns are the dense ones.

    y: (n,) position of the class among those seen, or values. weight: mean 1, or None. ties: of the rows.
    """

    X: Any
    y: AnyArray
    weight: Floats | None
    n_dense: int
    folds: InnerFolds
    deadline: Deadline
    seed: int
    ties: RowTies | None = None

    @classmethod
    def of(
        cls, table: Table, target: Target, seen: SeenClasses | None, *, seeds: Seeds, deadline: Deadline
    ) -> "LinearProblem":
        dense = filled(table)
        X: Any = dense
        if table.sparse is not None:
            from scipy import sparse

            X = sparse.hstack([sparse.csr_matrix(dense), csr(table.sparse)], format="csr")
        weight = None if target.weight is None else target.weight / target.weight.mean()
        y = np.asarray(target.values, dtype=np.float64) if seen is None else seen.codes
        folds = inner_folds(target, INNER_FOLDS, seeds.child("folds"))
        return cls(X, y, weight, dense.shape[1], folds, deadline, seeds.number, target.ties)

    @property
    def is_sparse(self) -> bool:
        return not isinstance(self.X, np.ndarray)

    def without(self, columns: Index) -> "LinearProblem":
        """The same with zeros in these dense columns, so that their coefficients are 0."""
        if self.is_sparse:
            from scipy import sparse

            kept = np.ones(self.X.shape[1], dtype=np.float32)
            kept[columns] = 0.0
            return replace(self, X=self.X @ sparse.diags(kept, format="csr", dtype=np.float32))
        X = self.X.copy()
        X[:, columns] = 0.0
        return replace(self, X=X)

    def part(self, rows: Index) -> "LinearProblem":
        weight = None if self.weight is None else self.weight[rows]
        ties = None if self.ties is None else self.ties.take(rows)
        return replace(self, X=self.X[rows], y=self.y[rows], weight=weight, folds=self.folds.take(rows), ties=ties)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """coef: (d, k), intercept: (k,); strength: the C (classes) or alpha (regression) used."""

    coef: Floats
    intercept: Floats
    strength: float
    ended: Ended


def _logistic(problem: LinearProblem, penalty: str, *, roughly: bool = False) -> Any:
    return logistic(penalty, is_sparse=problem.is_sparse, seed=problem.seed, roughly=roughly)


def _run(model: Any, problem: LinearProblem, deadline: Deadline) -> Ended:
    return run(model, problem.X, problem.y, problem.weight, deadline)


def _log_losses(model: Any, problem: LinearProblem) -> Floats:
    """(n,) by row, weighted; a class absent in training costs as much as a probability of 1e-6."""
    chances = model.predict_proba(problem.X)
    at = np.searchsorted(model.classes_, problem.y)
    at = np.minimum(at, len(model.classes_) - 1)
    chance = np.where(model.classes_[at] == problem.y, chances[np.arange(len(at)), at], 0.0)
    loss = -np.log(np.maximum(chance, 1e-6))
    return np.asarray(loss if problem.weight is None else loss * problem.weight)


def worth_trying(losses: Floats, best: Floats | None, ties: RowTies | None) -> tuple[bool, bool]:
    """(whether a strength is worth trying in other folds, whether those beyond it are).

    losses: (n,) of rows under it; best: under the best before it, None for the first. By standard errors of the
    difference, of units where rows belong together.
    """
    if best is None:
        return True, True
    more = losses - best
    error = max(float(unit_errors((more - more.mean())[:, None], ties)[0]), 1e-12 * np.sqrt(len(more)))
    return bool(more.sum() <= CLEARLY * error), bool(more.sum() <= WORSE * error)


def inner_losses(problem: LinearProblem, penalty: str, grid: Sequence[float], deadline: Deadline) -> Floats | None:
    """Total held-out log loss of each strength, the weakest first; None if time ran out or no part saw two classes.

    The weaker the penalty the longer a fit takes, mostly for nothing: in each fold strengths are tried until one is not
    `worth_trying`; the loss of those that are not tried in all folds is infinite.
    """
    losses, is_judged = np.zeros(len(grid)), False
    for split in problem.folds.enough() if problem.is_sparse else problem.folds.splits():
        train, held = problem.part(split.train), problem.part(split.held)
        n_classes = len(np.unique(train.y))
        if n_classes < 2:
            continue
        is_judged, model, best = True, _logistic(problem, penalty, roughly=True), None
        for i in np.flatnonzero(np.isfinite(losses)).tolist():
            if deadline.is_over:
                return None
            model.set_params(C=grid[i])
            _run(model, train, deadline)
            found = _log_losses(model, held)
            again, beyond = worth_trying(found, best, held.ties)
            losses[i] += float(found.sum()) if again else np.inf
            if not (again and beyond):
                losses[i + 1 :] = np.inf
                break
            best = found if best is None or found.sum() < best.sum() else best
    return losses if is_judged else None


def fit_classes(problem: LinearProblem, penalty: str, strength: float | None, grid: Sequence[float]) -> Found:
    """Logistic regression at the strength of least held-out log loss.

    The middle strength is fitted first on all rows, of sparse ones the weakest, as others take many times as long: it
    is the result if time is short, else the warm start of the final fit.
    """
    rising = sorted(grid)
    first = rising[0] if problem.is_sparse else rising[(len(rising) - 1) // 2]
    chosen = first if strength is None else strength
    model = _logistic(problem, penalty).set_params(C=chosen)
    before = problem.deadline.left
    ended: Ended = _run(model, problem, problem.deadline)
    spent = before - problem.deadline.left if np.isfinite(before) else 0.0
    search = 0.7 * INNER_FOLDS * len(rising) * spent
    if strength is None and len(rising) > 1 and ended != "deadline" and search + spent <= problem.deadline.left:
        losses = inner_losses(problem, penalty, rising, problem.deadline)
        best = chosen if losses is None else rising[int(np.argmin(losses))]
        if best != chosen:
            chosen = best
            ended = _run(model.set_params(C=best), problem, problem.deadline)
    coef = np.asarray(model.coef_, dtype=np.float64).T
    return Found(np.ascontiguousarray(coef), np.asarray(model.intercept_, dtype=np.float64), float(chosen), ended)


def fit_values(
    problem: LinearProblem, penalty: str, strength: float | None, grid: Sequence[float], loss: Loss, quantile: float
) -> Found:
    """Ridge in closed form; by conjugate gradients where that costs too much; or an elastic net."""
    n, d = problem.X.shape
    is_closed = not problem.is_sparse and n * d * float(min(n, d)) <= CLOSED_FORM_WORK
    if penalty == "elastic":
        scale = float(problem.y.std()) or 1.0
        alphas = _falling_alphas(problem) if strength is None else np.array([scale / (strength * n)])
        found, residual = _iterated(problem, _elastic_net(), alphas)
    elif is_closed:
        alphas = np.geomspace(1e-2, 10.0 * n, 13) if strength is None else np.array([1.0 / strength])
        X = problem.X.astype(np.float64)
        solve = partial(ridge_of_parts, parts=tuple(problem.folds.splits())) if problem.folds.tied else ridge
        coef, intercept, residual, alpha = solve(X, problem.y, problem.weight, alphas)
        found = Found(coef[:, None], np.array([intercept]), alpha, "converged")
    else:
        alphas = 1.0 / np.array(sorted(grid) if strength is None else [strength])
        found, residual = _iterated(problem, _ridge(problem), alphas)
    if loss in ("absolute", "quantile"):
        shift = weighted_quantile(residual, problem.weight, 0.5 if loss == "absolute" else quantile)
        return Found(found.coef, found.intercept + shift, found.strength, found.ended)
    return found


def _elastic_net() -> Any:
    from sklearn.linear_model import ElasticNet

    return ElasticNet(l1_ratio=0.5, max_iter=500, tol=1e-3, warm_start=True)


def _ridge(problem: LinearProblem) -> Any:
    from sklearn.linear_model import Ridge

    return Ridge(solver="sparse_cg" if problem.is_sparse else "lsqr", tol=1e-4, max_iter=200)


def _refit(model: Any, problem: LinearProblem, alpha: float) -> Any:
    """The model at that alpha; running out of iterations is accepted."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.set_params(alpha=alpha).fit(problem.X, problem.y, sample_weight=problem.weight)


def _falling_alphas(problem: LinearProblem) -> Floats:
    """(PATH,) alphas of an elastic net from the one that excludes all columns (at half L1) to a hundredth of it."""
    y = problem.y - np.average(problem.y, weights=problem.weight)
    y = y if problem.weight is None else y * problem.weight
    largest = float(np.abs(problem.X.T @ y.astype(np.float32)).max()) * 2.0 / len(y)
    return np.asarray(np.geomspace(1.0, 1e-2, PATH) * max(largest, 1e-6))


def _best_alpha(model: Any, problem: LinearProblem, alphas: Floats) -> tuple[float, Ended]:
    """The alpha of least held-out squared error; the middle one where the deadline stopped the search."""
    errors = np.zeros(len(alphas))
    for split in problem.folds.splits():
        train, held = problem.part(split.train), problem.part(split.held)
        for i, alpha in enumerate(alphas):
            if problem.deadline.is_over:
                return float(alphas[len(alphas) // 2]), "deadline"
            residual = held.y - _refit(model, train, float(alpha)).predict(held.X)
            weight = np.ones(len(residual)) if held.weight is None else held.weight
            errors[i] += float(weight @ residual**2)
    return float(alphas[int(np.argmin(errors))]), "converged"


def _iterated(problem: LinearProblem, model: Any, alphas: Floats) -> tuple[Found, Floats]:
    """The model at the best of some alphas, and the residuals of the rows it was fitted on."""
    alpha = float(alphas[0])
    ended: Ended = "converged"
    if len(alphas) > 1:
        alpha, ended = _best_alpha(model, problem, alphas)
    _refit(model, problem, alpha)
    residual = problem.y - np.asarray(model.predict(problem.X), dtype=np.float64)
    coef = np.asarray(model.coef_, dtype=np.float64).reshape(-1, 1)
    intercept = np.atleast_1d(np.asarray(model.intercept_, dtype=np.float64))
    return Found(coef, intercept, alpha, ended), residual
