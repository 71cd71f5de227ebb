"""The wild cluster bootstrap: p-values for few groups, where t with clustered errors is wrong."""

from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.seed import Seeds

DRAWS = 9_999
ENUMERATED = 12
"""Up to so many groups Webb's six-point weights, as the two signs have too few patterns."""


def wild_bootstrap_p(z: Floats, y: AnyArray, groups: Index, *, seeds: Seeds, weight: Floats | None = None) -> Floats:
    """(p,) p of every coefficient of a linear model by the restricted wild cluster bootstrap-t (Cameron, Gelbach and
    Miller, 2008), weights by Webb (2013) up to 12 groups, else signs (Rademacher).

    z: (n, p) of full rank, y: (n,), groups: (n,) codes from 0. Each coefficient is held at 0 where its residuals are
    drawn. The rows are passed once for all coefficients; a draw then costs the square of the number of groups.
    """
    mass = np.ones(len(z)) if weight is None else weight
    root = np.sqrt(mass)
    sums = _Sums.of(z * root[:, None], np.asarray(y, dtype=np.float64) * root, groups)
    draws = _weights(len(sums.scores), seeds)
    draws[0] = 1.0
    return np.array([_share(draws, *sums.held(column)) for column in range(z.shape[1])])


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """What each group adds, A being the pseudo-inverse of x and e the residuals: all that the draws need.

    scores: (G, p) A e; leverage: (G, p, p) A x; squares: (G, p, p) A Aᵀ; estimate, spread: (p,) A y and the diagonal
    of A Aᵀ over all rows.
    """

    scores: Floats
    leverage: Floats
    squares: Floats
    estimate: Floats
    spread: Floats

    @classmethod
    def of(cls, x: Floats, y: Floats, groups: Index) -> "_Sums":
        whole = np.linalg.pinv(x)
        estimate = whole @ y
        left = y - x @ estimate
        parts = [np.flatnonzero(groups == number) for number in range(int(groups.max()) + 1)]
        return cls(
            np.stack([whole[:, rows] @ left[rows] for rows in parts]),
            np.stack([whole[:, rows] @ x[rows] for rows in parts]),
            np.stack([whole[:, rows] @ whole[:, rows].T for rows in parts]), estimate, (whole**2).sum(axis=1),
        )  # fmt: skip

    def held(self, column: int) -> tuple[Floats, Floats]:
        """((G,) what each group adds to the estimate, (G, G) what a weight of a group moves the residual part of each
        by), with the coefficient held at 0.

        Its residuals are e + b x̃ with x̃ the part of the column that the others leave, which is the column's row of A
        over its square (Frisch, Waugh and Lovell).
        """
        scores = self.scores + self.estimate[column] / self.spread[column] * self.squares[:, :, column]
        moved = scores[:, column]
        return moved, np.diag(moved) - scores @ self.leverage[:, column, :].T


def _share(draws: Floats, moved: Floats, residual: Floats) -> float:
    """Share of draws whose t is at least the first, which is the one seen."""
    ratio = np.abs(draws @ moved) / np.sqrt(np.maximum(((draws @ residual) ** 2).sum(axis=1), 1e-300))
    return float((1 + int((ratio[1:] >= ratio[0] * (1 - 1e-9)).sum())) / DRAWS)


def _weights(n_groups: int, seeds: Seeds) -> Floats:
    """(DRAWS, G) of mean 0 and variance 1."""
    rng = seeds.child("wild").rng()
    if n_groups > ENUMERATED:
        return np.asarray(2.0 * rng.integers(0, 2, (DRAWS, n_groups), dtype=np.int8) - 1.0, dtype=np.float64)
    six = np.sqrt(np.array([0.5, 1.0, 1.5]))
    which = rng.integers(0, 6, (DRAWS, n_groups), dtype=np.int8)
    return np.asarray(np.concatenate([-six, six])[which], dtype=np.float64)
