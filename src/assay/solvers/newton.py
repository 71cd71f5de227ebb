"""Linear classifiers of sparse rows by Newton steps, each solved by preconditioned conjugate gradients.

As in Lin, Weng and Keerthi (2008), but with a preconditioner that takes the columns most rows have as a block: numbers
of unit spread beside terms of a hundredth of that made liblinear and plain conjugate gradients take five times as long.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from assay.core.array import Floats, Index, Singles
from assay.core.clock import Deadline
from assay.core.contract import Ended

MOST_THICK, THICK_WORK = 512, 2e9
"""Columns taken as a block; its factors cost their square for each row, and no more multiplications than this."""
TOLERANCE = 5e-3
"""Length of the gradient, relative to that at zero, at which a fit has ended."""
STEPS, PRODUCTS = 60, 100
ROUGHLY = 2e-2
"""The same where strengths are only compared: held-out losses change in the fourth digit (docs/log.md)."""
LOOSEST, TIGHTEST = 0.3, 0.1
"""Residual at which a Newton step is good enough, relative to the gradient."""
STALE = 2.0
"""Times by which the curve may change before a new preconditioner pays, which costs some six passes over the cells."""
LEAST_STEP = 1e-4
FREE = 1e-8
"""Weight of the intercept's square, which keeps the system regular."""


Change = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True, eq=False)
class RowLosses:
    """Of scores (n, k): value (n,), slope (n, k), curve (n, k) the diagonal of the second derivative, and its product
    with (n, k) changes of the scores."""

    value: Floats
    slope: Floats
    curve: Floats
    product: Change


RowLoss = Callable[[Floats], RowLosses]


def squared_hinge(signs: Floats) -> RowLoss:
    """Of (n, k) signs: +1 where the row is of the class, else -1."""

    def of(scores: Floats) -> RowLosses:
        short = np.maximum(1.0 - signs * scores, 0.0)
        curve = np.where(short > 0, 2.0, 0.0)
        return RowLosses((short * short).sum(axis=1), -2.0 * signs * short, curve, lambda change: curve * change)

    return of


def log_loss(codes: Index, n_classes: int) -> RowLoss:
    """Of (n,) codes below n_classes; two classes have one score, the log odds of the second."""
    if n_classes == 2:
        signs = np.where(codes == 1, 1.0, -1.0)[:, None]

        def of_two(scores: Floats) -> RowLosses:
            z = signs * scores
            doubt = 0.5 * (1.0 - np.tanh(0.5 * z))
            curve = doubt * (1.0 - doubt)
            return RowLosses(np.logaddexp(0.0, -z)[:, 0], -signs * doubt, curve, lambda change: curve * change)

        return of_two
    rows = np.arange(len(codes))

    def of_many(scores: Floats) -> RowLosses:
        top = np.logaddexp.reduce(scores, axis=1)
        chance = np.exp(scores - top[:, None])
        slope = chance.copy()
        slope[rows, codes] -= 1.0
        return RowLosses(
            top - scores[rows, codes], slope, chance * (1.0 - chance),
            lambda change: chance * (change - (chance * change).sum(axis=1, keepdims=True)),
        )  # fmt: skip

    return of_many


@dataclass(frozen=True, slots=True, eq=False)
class NewtonRows:
    """Rows (n, d) as the solver reads them. thick: columns that most rows have, as `dense` (n, t + 1) with a last one
    of ones; thin: the others, as `terms` (n, d - t) and turned."""

    thick: Index
    thin: Index
    dense: Singles
    terms: Any
    turned: Any

    @classmethod
    def of(cls, X: Any) -> "NewtonRows":
        """X: a scipy CSR matrix, or an array, of float32."""
        from scipy.sparse import csr_matrix

        X, (n, d) = csr_matrix(X), X.shape
        counts = np.bincount(X.indices, minlength=d)
        most = min(MOST_THICK, int(np.sqrt(THICK_WORK / max(n, 1))))
        often = np.argsort(-counts, kind="stable")[:most]
        thick = np.sort(often[counts[often] > n / 2])
        thin = np.setdiff1d(np.arange(d), thick)
        dense = np.ones((n, len(thick) + 1), dtype=np.float32)
        dense[:, :-1] = X[:, thick].toarray()
        terms = X[:, thin]
        return cls(thick, thin, dense, terms, terms.T)

    @property
    def n_thick(self) -> int:
        """With the intercept."""
        return int(self.dense.shape[1])

    def scores(self, weights: Floats) -> Floats:
        """(n, k) of weights in the solver's order."""
        small = weights.astype(np.float32)
        return np.asarray(self.dense @ small[: self.n_thick] + self.terms @ small[self.n_thick :], dtype=np.float64)

    def sums(self, of_rows: Floats) -> Floats:
        """(d + 1, k) sums over the rows of their cells times these (n, k), in the solver's order."""
        small = of_rows.astype(np.float32)
        return np.concatenate([self.dense.T @ small, self.turned @ small]).astype(np.float64)

    def ordered(self, coef: Floats, intercept: Floats) -> Floats:
        """Coefficients (d, k) and intercepts (k,) in the solver's order."""
        return np.concatenate([coef[self.thick], intercept[None], coef[self.thin]])

    def parted(self, weights: Floats) -> tuple[Floats, Floats]:
        """`ordered` undone."""
        coef = np.empty((len(weights) - 1, weights.shape[1]))
        coef[self.thick], coef[self.thin] = weights[: self.n_thick - 1], weights[self.n_thick :]
        return coef, weights[self.n_thick - 1]

    def preconditioner(self, curve: Floats, penalty: Floats) -> Change:
        """Nearly the inverse of the second derivative: exact on the thick columns, the diagonal of the others."""
        from scipy.linalg import cho_factor, cho_solve

        t, small = self.n_thick, curve.astype(np.float32)
        blocks = list[Any]()
        for own in small.T:
            block = ((self.dense * own[:, None]).T @ self.dense).astype(np.float64)
            block[np.diag_indices(t)] += penalty[:t, 0] + 1e-6 * block.diagonal().max()
            blocks.append(cho_factor(block, check_finite=False))
        squares = self.turned.copy()
        squares.data = squares.data**2
        diagonal = penalty[t:] + squares @ small

        def solved(residual: Floats) -> Floats:
            thick = [cho_solve(one, residual[:t, k], check_finite=False) for k, one in enumerate(blocks)]
            return np.concatenate([np.column_stack(thick), residual[t:] / diagonal])

        return solved


@dataclass(frozen=True, slots=True, eq=False)
class NewtonFit:
    """weights: in the solver's order (NewtonRows.parted)."""

    weights: Floats
    ended: Ended


def newton(
    rows: NewtonRows, loss: RowLoss, start: Floats, weight: Floats, deadline: Deadline, *, tolerance: float = TOLERANCE
) -> NewtonFit:
    """The weights of least half squared length (but of the intercepts) plus weighted losses, from `start` (d + 1, k).

    weight: (n,) of the rows' losses. The deadline is looked at after each step.
    """
    penalty = np.ones((len(start), 1))
    penalty[rows.n_thick - 1] = FREE
    own = weight[:, None]
    nought = rows.sums(own * loss(np.zeros((len(weight), start.shape[1]))).slope)
    end, weights = tolerance * float(np.linalg.norm(nought)), start

    def objective(there: Floats, scored: Floats) -> float:
        return 0.5 * float((penalty * there * there).sum()) + float(weight @ loss(scored).value)

    scores, kept = rows.scores(weights), _KeptPreconditioner(rows, penalty)
    for _ in range(STEPS):
        at = loss(scores)
        slope = penalty * weights + rows.sums(own * at.slope)
        length = float(np.linalg.norm(slope))
        if length <= end:
            return NewtonFit(weights, "converged")
        near, close = kept.of(own * at.curve), min(LOOSEST, np.sqrt(end / length))
        step, moved = _solved(rows, slope, partial(_bent, at, own), penalty, near, close=close)
        size = _size(objective, (weights, scores), (step, moved), float(np.vdot(slope, step)))
        if size < LEAST_STEP:
            return NewtonFit(weights, "converged")  # rounding: nothing that single precision can tell is better
        weights, scores = weights + size * step, scores + size * moved
        if deadline.is_over:
            return NewtonFit(weights, "deadline")
    return NewtonFit(weights, "rounds")


@dataclass(eq=False)
class _KeptPreconditioner:
    """A fit's, made anew once the curve's sum has left STALE."""

    rows: NewtonRows
    penalty: Floats
    _total: float = 0.0
    _solved: Change | None = None

    def of(self, curve: Floats) -> Change:
        """For the curve (n, k)."""
        total = float(curve.sum())
        if self._solved is None or not self._total / STALE <= total <= STALE * self._total:
            self._total, self._solved = total, self.rows.preconditioner(curve, self.penalty)
        return self._solved


def _bent(at: RowLosses, own: Floats, change: Floats) -> Floats:
    return own * at.product(change)


def _solved(
    rows: NewtonRows, slope: Floats, bend: Change, penalty: Floats, near: Change, *, close: float
) -> tuple[Floats, Floats]:
    """(step (d + 1, k), the change of the scores (n, k)) of one Newton step. bend: how slopes follow scores."""
    step, residual = np.zeros_like(slope), -slope
    moved = np.zeros((len(rows.dense), slope.shape[1]))
    solved = near(residual)
    direction, now = solved, float(np.vdot(residual, solved))
    end = max(close, TIGHTEST) ** 2 * now
    for _ in range(PRODUCTS):
        change = rows.scores(direction)
        bent = penalty * direction + rows.sums(bend(change))
        along = now / float(np.vdot(direction, bent))
        step, moved, residual = step + along * direction, moved + along * change, residual - along * bent
        solved = near(residual)
        then = float(np.vdot(residual, solved))
        if then <= end:
            break
        direction, now = solved + then / now * direction, then
    return step, moved


def _size(
    objective: Callable[[Floats, Floats], float], at: tuple[Floats, Floats], step: tuple[Floats, Floats], fall: float
) -> float:
    """The largest of 1, 1/2, 1/4 … of a step that lowers the objective as much as it should (Armijo).

    at, step: weights and scores, and their changes; fall: the objective's slope along the step.
    """
    before, size = objective(*at), 1.0
    while size >= LEAST_STEP:
        if objective(at[0] + size * step[0], at[1] + size * step[1]) <= before + 1e-4 * size * fall:
            break
        size /= 2
    return size
