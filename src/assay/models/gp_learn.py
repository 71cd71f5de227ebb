"""Training of a Gaussian process: kernel parameters by the likelihood of some rows, values from all of them.

Rasmussen and Williams (2006), equations 5.8 and 5.9 (likelihood, its gradient) and 5.12 (left-out values); the Matérn
kernel of order 5/2 is their 4.17. For many rows: Snelson and Ghahramani (2006), Sparse Gaussian processes using
pseudo-inputs, equations 6 to 10, with rows as inducing points.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.clock import Deadline
from assay.core.fold_scores import Ended
from assay.models.matrix import squares

KERNELS = ("matern", "squared")
SHARED_STEPS, OWN_STEPS = 30, 50
LEARN_ROWS, JUDGE_ROWS = 400, 600
"""Rows whose likelihood is maximised, and further rows that decide between one length and one per column."""
JITTER = 1e-6
"""Added to the diagonal, relative to the kernel's size, as rows may repeat."""
CHUNK_ROWS = 2_000
LOG_LENGTH, LOG_STRENGTH = (-3.0, 6.0), (-6.0, 4.0)
LEAST_NOISE, MOST_NOISE = 1e-6, 10.0
"""Bounds of the noise variance, where the target has variance 1."""
LENGTH_SPREAD, STRENGTH_SPREAD = 1.5, 3.0
"""Prior standard deviations of the logarithms."""


@dataclass(frozen=True, slots=True, eq=False)
class KernelShape:
    """k(x, z) = radial * kernel(|(x - z) * inverse|²) + linear * x·z / d; noise: variance of a row of weight 1.

    inverse: (d,) one by the length over which a column's effect changes.
    """

    kernel: str
    inverse: Floats
    radial: float
    linear: float
    noise: float

    def between(self, X: Floats, Z: Floats) -> Floats:
        """(n, m) covariances of the values at the rows of X and of Z."""
        found: Floats = self.radial * curve(squares(X * self.inverse, Z * self.inverse), self.kernel)
        found += self.linear / X.shape[1] * (X @ Z.T)
        return found


def curve(squared: Floats, kernel: str) -> Floats:
    """The kernel at these squared distances; 1 at 0."""
    return _curve_and_fall(squared, kernel)[0]


def _curve_and_fall(squared: Floats, kernel: str) -> tuple[Floats, Floats]:
    """(the kernel, minus its derivative by the squared distance)"""
    if kernel == "squared":
        half = np.exp(-0.5 * squared)
        return half, 0.5 * half
    r = np.sqrt(5.0 * squared)
    raised = np.exp(-r)
    fall = (1.0 + r) * raised
    return fall + 5.0 / 3.0 * squared * raised, 5.0 / 6.0 * fall


@dataclass(frozen=True, slots=True, eq=False)
class ProcessRows:
    """X: (n, d); Y: (n, k) of mean 0, of variance 1 over all columns; weight: (n,) of mean 1; kinds: (n,) classes."""

    X: Floats
    Y: Floats
    weight: Floats
    kinds: Index

    def take(self, at: Index) -> "ProcessRows":
        return ProcessRows(self.X[at], self.Y[at], self.weight[at], self.kinds[at])


@dataclass(frozen=True, slots=True, eq=False)
class LearnedKernel:
    """steps: of the optimiser; the same number on the same rows gives the same kernel."""

    shape: KernelShape
    steps: int
    ended: Ended


def learn(
    rows: ProcessRows, *, kernel: str, steps: int | None, deadline: Deadline, rng: np.random.Generator
) -> LearnedKernel:
    """The kernel of greatest posterior density on LEARN_ROWS rows, with one length for all columns, or one per column
    where that predicts held-out rows better (the density always rises with more lengths).

    steps: upper bound, which makes a run that a deadline stopped repeatable.
    """
    part, judges = (rows.take(at) for at in _drawn(rows.kinds, rng))
    d = rows.X.shape[1]
    start = np.array([0.5 * np.log(d), 0.0, -1.0, -0.7])
    shared = _maximize(part, kernel, start, most=_least(SHARED_STEPS, steps), deadline=deadline)
    left = None if steps is None else steps - shared.steps
    if d == 1 or left == 0 or shared.is_cut:
        return LearnedKernel(_shape(shared.at, d, kernel), shared.steps, "deadline" if shared.is_cut else "converged")
    begun = np.concatenate([np.full(d, shared.at[0]), shared.at[1:]])
    own = _maximize(part, kernel, begun, most=_least(OWN_STEPS, left), deadline=deadline)
    shapes = [_shape(climb.at, d, kernel) for climb in (shared, own)]
    best = min(shapes, key=lambda shape: _error(shape, part, judges))
    return LearnedKernel(best, shared.steps + own.steps, "deadline" if own.is_cut else "converged")


def _drawn(kinds: Index, rng: np.random.Generator) -> tuple[Index, Index]:
    """(rows to learn from, rows to judge by), about as many of each class, as a few rows of a rare class among hundreds
    would be noise."""
    order = rng.permutation(len(kinds))
    rank = np.empty(len(order), dtype=np.int64)  # how many of its class came before
    for kind in np.unique(kinds):
        at = order[kinds[order] == kind]
        rank[at] = np.arange(len(at))
    order = order[np.argsort(rank[order], kind="stable")]
    is_odd = rank[order] % 2 == 1
    return order[~is_odd][:LEARN_ROWS], order[is_odd][:JUDGE_ROWS]


def _least(most: int, given: int | None) -> int:
    return most if given is None else min(most, given)


@dataclass(frozen=True, slots=True, eq=False)
class _Optimum:
    at: Floats
    steps: int
    is_cut: bool


def _maximize(rows: ProcessRows, kernel: str, start: Floats, *, most: int, deadline: Deadline) -> _Optimum:
    from scipy.optimize import minimize

    n_lengths = len(start) - 3
    noise = (0.5 * np.log(LEAST_NOISE), 0.5 * np.log(MOST_NOISE))
    was_cut = False

    def look(intermediate_result: Any) -> None:
        nonlocal was_cut
        if deadline.left <= 0:
            was_cut = True
            raise StopIteration

    found = minimize(
        _loss(rows, kernel), start, jac=True, method="L-BFGS-B", callback=look, options={"maxiter": most},
        bounds=[*[LOG_LENGTH] * n_lengths, LOG_STRENGTH, LOG_STRENGTH, noise],
    )  # fmt: skip
    return _Optimum(np.asarray(found.x), int(found.nit), was_cut)


def _shape(at: Floats, d: int, kernel: str) -> KernelShape:
    radial, linear, noise = np.exp(2.0 * at[-3:])
    return KernelShape(kernel, np.exp(-at[:-3]) * np.ones(d), float(radial), float(linear), float(noise))


def _loss(rows: ProcessRows, kernel: str) -> Callable[[Floats], tuple[float, Floats]]:
    """(negative log density per row, its gradient) at logarithms of lengths, and of the square roots of radial, linear
    and noise."""
    X, Y, n, d = rows.X, rows.Y, *rows.X.shape
    line, own_noise = X @ X.T / d, 1.0 / rows.weight

    def loss(at: Floats) -> tuple[float, Floats]:
        shape = _shape(at, d, kernel)
        scaled, n_lengths = X * shape.inverse, len(at) - 3
        round_, fall = _curve_and_fall(squares(scaled, scaled), kernel)
        K = shape.radial * round_
        K += shape.linear * line
        K[np.diag_indices(n)] += shape.noise * own_noise + JITTER * (shape.radial + shape.linear)
        try:
            root = np.linalg.cholesky(K)
        except np.linalg.LinAlgError:  # too far a step of the line search
            return 1e10, np.zeros_like(at)
        slope = _inverse(root)
        answer = slope @ Y
        value = 0.5 * float((Y * answer).sum()) + Y.shape[1] * float(np.log(np.diag(root)).sum())
        slope *= Y.shape[1]
        slope -= answer @ answer.T  # twice the derivative by K
        fall *= slope
        by_length = shape.radial * _spans(fall, X) * shape.inverse**2
        moved = np.array([
            shape.radial * float(np.vdot(slope, round_)), shape.linear * float(np.vdot(slope, line)),
            shape.noise * float(np.diag(slope) @ own_noise),
        ])  # fmt: skip
        gradient = np.concatenate([by_length if n_lengths > 1 else [by_length.sum()], moved])
        middle = np.concatenate([np.full(n_lengths, 0.5 * np.log(d)), np.zeros(3)])
        spread = np.concatenate([np.full(n_lengths, LENGTH_SPREAD), np.full(3, STRENGTH_SPREAD)])
        away = (at - middle) / spread
        return (value + 0.5 * float(away @ away)) / n, np.asarray((gradient + away / spread) / n)

    return loss


def _inverse(root: AnyArray) -> Floats:
    """Of the matrix whose lower Cholesky factor this is."""
    from scipy.linalg.lapack import dpotri

    upper, _ = dpotri(root.T, lower=0)  # the factor as LAPACK has it, by columns
    found: Floats = np.triu(upper, 1).T
    found += np.triu(upper)
    return found


def _spans(by_square: Floats, X: Floats) -> Floats:
    """(d,) sum over pairs of rows of by_square times the squared difference of a column."""
    sums: Floats = 2.0 * (by_square.sum(axis=1) @ (X * X) - np.einsum("ij,ij->j", X, by_square @ X))
    return sums


def _error(shape: KernelShape, part: ProcessRows, judges: ProcessRows) -> float:
    K = shape.between(part.X, part.X)
    K[np.diag_indices(len(K))] += shape.noise / part.weight + JITTER * (shape.radial + shape.linear)
    answer = shape.between(judges.X, part.X) @ _solve(np.linalg.cholesky(K), part.Y)
    return float((judges.weight[:, None] * (judges.Y - answer) ** 2).sum())


def _solve(root: AnyArray, goals: AnyArray) -> Floats:
    from scipy.linalg import cho_solve

    return np.asarray(cho_solve((root, True), goals, check_finite=False))


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """points: (m, d) inducing rows; coef: (m, k) of the covariances with them; left_out: (n, k) leave-one-out
    predictions, the kernel held fixed."""

    points: Floats
    coef: Floats
    left_out: Floats


def solve(shape: KernelShape, rows: ProcessRows, points: AnyArray) -> Solved:
    """The process's mean: exact where all rows are points, else the sparse regression on the points."""
    from scipy.linalg import solve_triangular

    Z = rows.X[points]
    own = shape.between(Z, Z)
    own[np.diag_indices(len(Z))] += JITTER * (shape.radial + shape.linear)
    root = np.linalg.cholesky(own)
    inner, goals = np.eye(len(Z)), np.zeros((len(Z), rows.Y.shape[1]))
    chunks = [slice(start, start + CHUNK_ROWS) for start in range(0, len(rows.X), CHUNK_ROWS)]

    def whitened(chunk: slice) -> tuple[AnyArray, AnyArray]:
        """(m, rows) covariances with the points, turned so that the points' own are the unit matrix; (rows,) variance
        of what the points do not tell of a row, its noise and what is far from all of them.
        """
        X = rows.X[chunk]
        V = np.asarray(solve_triangular(root, shape.between(X, Z).T, lower=True, check_finite=False))
        prior = shape.radial + shape.linear * np.einsum("ij,ij->i", X, X) / X.shape[1]
        return V, shape.noise / rows.weight[chunk] + np.maximum(prior - np.einsum("ij,ij->j", V, V), 0.0)

    for chunk in chunks:
        V, unexplained = whitened(chunk)
        inner += (V / unexplained) @ V.T
        goals += (V / unexplained) @ rows.Y[chunk]
    inner_root = np.linalg.cholesky(inner)
    turned = _solve(inner_root, goals)
    left_out = np.empty_like(rows.Y)
    for chunk in chunks:
        (V, unexplained), Y = whitened(chunk), rows.Y[chunk]
        pull = solve_triangular(inner_root, V, lower=True, check_finite=False)
        own_share = np.minimum(np.einsum("ij,ij->j", pull, pull) / unexplained, 1.0 - 1e-9)
        left_out[chunk] = Y - (Y - V.T @ turned) / (1.0 - own_share)[:, None]
    coef = solve_triangular(root.T, turned, lower=False, check_finite=False)
    return Solved(Z, np.asarray(coef), left_out)
