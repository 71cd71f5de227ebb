"""Linear scores of sparse rows, each row's by fits without its fold, at the strength that predicts best."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.block.sparse import Sparse
from assay.core.clock import Deadline
from assay.core.errors import UsageError
from assay.solvers.logistic import logistic, run

RARE = 0.5
"""Rows that a class without any is taken to have."""


@dataclass(frozen=True, slots=True, eq=False)
class SparseProblem:
    """X: (n, d) scipy CSR matrix of float32. y: (n,) class codes below n_classes, or values where that is 0; weight:
    (n,) of mean 1, or None.
    """

    X: Any
    y: AnyArray
    n_classes: int
    weight: Floats | None = None

    @property
    def n_outputs(self) -> int:
        """Scores of a row: one for values and two classes, one a class of more."""
        return self.n_classes if self.n_classes > 2 else 1

    def part(self, rows: Index) -> "SparseProblem":
        weight = None if self.weight is None else self.weight[rows]
        return SparseProblem(self.X[rows], self.y[rows], self.n_classes, weight)

    def loss(self, scores: Floats) -> float:
        """Weighted mean of log loss (classes) or of the squared error; scores: (n, n_outputs)."""
        y = self.y
        if not self.n_classes:
            each = (scores[:, 0] - y) ** 2
        elif self.n_classes == 2:
            each = np.logaddexp(0.0, scores[:, 0]) - y * scores[:, 0]
        else:
            each = np.logaddexp.reduce(scores, axis=1) - scores[np.arange(len(y)), y]
        return float(np.average(each, weights=self.weight))


def csr(block: Sparse) -> Any:
    """The block as a scipy CSR matrix with places of 32 bits, as scikit-learn wants them."""
    from scipy.sparse import csr_matrix

    own = block.indptr.astype(np.int32) if block.indptr[-1] < 2**31 else block.indptr
    return csr_matrix((block.data, block.indices, own), shape=(block.n_rows, block.n_columns))


@dataclass(frozen=True, slots=True, eq=False)
class LinearScores:
    """coef: (d, k), intercept: (k,)."""

    coef: Floats
    intercept: Floats

    def of(self, X: Any) -> Floats:
        """(n, k) scores: log odds of the second of two classes, one a class of more, or a value."""
        return np.asarray(X @ self.coef + self.intercept)


def fit_scores(problem: SparseProblem, strength: float, *, seed: int) -> LinearScores:
    """Logistic or ridge regression. strength: C, the weight of the loss against half the squared coefficients."""
    return _fits(problem, seed)(strength)


def _fits(problem: SparseProblem, seed: int) -> Callable[[float], LinearScores]:
    """The fits of these rows by strength, of which each goes on from the one before."""
    if not problem.n_classes:
        return partial(_values, problem)
    return partial(_classes, problem, logistic("ridge", is_sparse=True, seed=seed))


def _classes(problem: SparseProblem, model: Any, strength: float) -> LinearScores:
    d, k = problem.X.shape[1], problem.n_outputs
    present = np.unique(problem.y)
    if len(present) < 2 or not d:
        counts = np.bincount(problem.y, problem.weight, minlength=problem.n_classes) + RARE
        odds = np.log(counts / counts.sum())
        return LinearScores(np.zeros((d, k)), odds if k > 1 else odds[1:] - odds[:1])
    run(model.set_params(C=strength), problem.X, problem.y, problem.weight, Deadline())
    found, free = np.asarray(model.coef_, dtype=np.float64).T, np.asarray(model.intercept_, dtype=np.float64)
    if k == 1:
        return LinearScores(found, free)
    if len(present) == 2:
        found, free = np.column_stack([-found / 2, found / 2]), np.concatenate([-free / 2, free / 2])
    coef, intercept = np.zeros((d, k)), np.full(k, float(free.min()) - np.log(len(problem.y) / RARE))
    coef[:, present], intercept[present] = found, free
    return LinearScores(coef, intercept)


def _values(problem: SparseProblem, strength: float) -> LinearScores:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import Ridge

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = Ridge(alpha=1.0 / strength, solver="sparse_cg", tol=1e-4, max_iter=200)
        model.fit(problem.X, problem.y, sample_weight=problem.weight)
    coef = np.asarray(model.coef_, dtype=np.float64).reshape(-1, 1)
    return LinearScores(coef, np.atleast_1d(np.asarray(model.intercept_, dtype=np.float64)))


def cross_fitted_scores(
    problem: SparseProblem, inner: Index, grid: Sequence[float], *, seed: int
) -> tuple[Floats, float]:
    """((n, k) scores of each row by a fit without its fold, the strength).

    inner: (n,) fold of each row, of two folds or more. Strengths are raced on the first fold, the weakest fit first,
    until its held-out loss rises.
    """
    (_, train, held), *others = folds_of(inner)
    fits, rest = _fits(problem.part(train), seed), problem.part(held)
    best: tuple[float, float, Floats] | None = None
    for strength in sorted(grid):
        found = fits(strength).of(rest.X)
        loss = rest.loss(found)
        if best is not None and loss >= best[0]:
            break
        best = (loss, strength, found)
    if best is None:
        raise UsageError("Scores of texts need at least one strength. Name one in `grid`.")
    scores = np.zeros((len(problem.y), problem.n_outputs))
    scores[held] = best[2]
    for _, train, held in others:
        scores[held] = fit_scores(problem.part(train), best[1], seed=seed).of(problem.X[held])
    return scores, best[1]


def folds_of(inner: Index) -> Iterator[tuple[int, Index, Index]]:
    """(fold, rows without it, its rows)"""
    for fold in np.unique(inner).tolist():
        yield fold, np.flatnonzero(inner != fold), np.flatnonzero(inner == fold)
