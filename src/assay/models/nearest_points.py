"""Exact nearest neighbours by brute force in numpy, with ties kept, so that results do not depend on other rows."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from assay.core.array import Floats, Index, Singles

PAIRS = 500_000
"""Distances held at a time: 2 MB, which stays in a second-level cache."""
EXACT_PAIRS = 16_384
"""Distances recomputed in float64 at a time."""
GROUPS = 12
"""Times k: groups of points whose minima bound the search."""
TIE = 1e-9
"""Distances with a smaller relative difference are ties, so that rounding does not decide the neighbours."""


def main_axes(X: Floats, n_components: int) -> tuple[Floats, Floats]:
    """(d,) mean and (d, c) orthonormal directions of most variance, c <= n_components. Cost: n d² + d³."""
    mean = X.mean(axis=0)
    centred = X - mean
    values, vectors = np.linalg.eigh(centred.T @ centred)
    return mean, np.ascontiguousarray(vectors[:, np.argsort(-values, kind="stable")[:n_components]])


@dataclass(frozen=True, slots=True, eq=False)
class NeighbourLists:
    """The neighbours of m rows, concatenated: those of row i lie at starts[i] to starts[i + 1].

    rows: positions among the points; distances: rising within a row, ties by position.
    """

    starts: Index
    rows: Index
    distances: Floats


@dataclass(frozen=True, eq=False)
class Nearest:
    """points: (n, c) float32, n >= 1."""

    points: Singles

    @cached_property
    def norms(self) -> Singles:
        """(n,) squared lengths, computed once: for a single row they cost more than its distances."""
        return np.asarray(np.einsum("ij,ij->i", self.points, self.points))

    def query(self, rows: Floats, k: int, *, without: Index | None = None) -> NeighbourLists:
        """The k nearest points of each row, and all that tie with the k-th.

        without: (m,) a point to exclude, such as the row itself. k is cut to the number of points.
        """
        k = min(k, len(self.points) - (without is not None))
        chunk = max(1, PAIRS // len(self.points))
        parts = []
        for start in range(0, len(rows), chunk):
            own = None if without is None else without[start : start + chunk]
            parts.append(self._chunk(rows[start : start + chunk], k, own))
        counts = np.concatenate([np.zeros(0, dtype=np.int64), *(part[0] for part in parts)])
        return NeighbourLists(
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            np.concatenate([np.zeros(0, dtype=np.int64), *(part[1] for part in parts)]),
            np.concatenate([np.zeros(0), *(part[2] for part in parts)]),
        )

    def _candidates(self, rows: Floats, k: int, without: Index | None) -> tuple[Index, Index]:
        """Pairs (row, point) that surely include the k nearest: float32 distances with a margin for rounding."""
        singles = rows.astype(np.float32)
        squares = singles @ self.points.T
        squares *= np.float32(-2.0)
        squares += self.norms
        if without is not None:
            squares[np.arange(len(rows)), without] = np.inf
        room = 1e-5 * (np.einsum("ij,ij->i", singles, singles) + self.norms.max()) + 1e-30
        return _below(squares, k, room)

    def _chunk(self, rows: Floats, k: int, without: Index | None) -> tuple[Index, Index, Floats]:
        at, points = self._candidates(rows, k, without)
        squares = np.empty(len(at))
        for start in range(0, len(at), EXACT_PAIRS):
            part = slice(start, start + EXACT_PAIRS)
            gaps = rows[at[part]] - self.points[points[part]]
            squares[part] = np.einsum("ij,ij->i", gaps, gaps)
        order = np.lexsort((points, squares, at))
        at, points, distances = at[order], points[order], np.sqrt(squares[order])
        first = np.searchsorted(at, np.arange(len(rows)))
        limit = distances[first + k - 1] * (1.0 + TIE) + 1e-12
        keep = distances <= limit[at]
        return np.bincount(at[keep], minlength=len(rows)), points[keep], distances[keep]


def _below(squares: Singles, k: int, room: Singles) -> tuple[Index, Index]:
    """Pairs (row, column) of squares (m, n): the k smallest of each row and all that exceed the k-th by `room` at most.

    The k smallest of the group minima bound the k-th smallest number from above, so that only groups with a smaller
    minimum are searched; a full selection over n numbers would cost ten times as much.
    """
    m, n = squares.shape
    size = n // (GROUPS * k)
    if size < 2:
        kth = np.partition(squares, k - 1, axis=1)[:, k - 1]
        row, column = np.nonzero(squares <= (kth + room)[:, None])
        return row, column
    n_groups = n // size
    least = squares[:, : size * n_groups].reshape(m, size, n_groups).min(axis=1)
    limit = np.partition(least, k - 1, axis=1)[:, k - 1] + room
    row, group = np.nonzero(least <= limit[:, None])
    member = squares.reshape(-1)[(row * n + group)[:, None] + n_groups * np.arange(size)]
    pair, place = np.nonzero(member <= limit[row, None])
    last_row, last = np.nonzero(squares[:, size * n_groups :] <= limit[:, None])
    columns = np.concatenate([group[pair] + n_groups * place, last + size * n_groups])
    return np.concatenate([row[pair], last_row]), columns
