"""Exact nearest neighbours by brute force in numpy, with ties kept, so that no row depends on its neighbours."""

from dataclasses import dataclass

import numpy as np

from assay.core.array import Floats, Index, Singles

PAIRS = 4_000_000
"""Distances held at a time."""
TIE = 1e-9
"""Distances that differ relatively by less are the same: rounding must not decide who is a neighbour."""


def main_axes(X: Floats, n_components: int) -> tuple[Floats, Floats]:
    """(d,) mean and (d, c) orthonormal directions of most variance, c <= n_components. Cost: n d² + d³."""
    mean = X.mean(axis=0)
    centred = X - mean
    values, vectors = np.linalg.eigh(centred.T @ centred)
    return mean, np.ascontiguousarray(vectors[:, np.argsort(-values, kind="stable")[:n_components]])


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """The neighbours of m rows, one after the other: those of row i lie at starts[i] to starts[i + 1].

    rows: positions among the points; distances: rising within a row, equal ones by position.
    """

    starts: Index
    rows: Index
    distances: Floats

    def of_row(self) -> Index:
        """For each neighbour, whose it is."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """points: (n, c) float32, n >= 1."""

    points: Singles

    def query(self, rows: Floats, k: int, *, without: Index | None = None) -> Neighbours:
        """The k nearest points of each row, and all that tie with the k-th.

        without: (m,) a point that is not to be found, a row's own. k is cut to the number of points.
        """
        k = min(k, len(self.points) - (without is not None))
        chunk = max(1, PAIRS // len(self.points))
        parts = []
        for start in range(0, len(rows), chunk):
            own = None if without is None else without[start : start + chunk]
            parts.append(self._chunk(rows[start : start + chunk], k, own))
        counts = np.concatenate([np.zeros(0, dtype=np.int64), *(part[0] for part in parts)])
        return Neighbours(
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            np.concatenate([np.zeros(0, dtype=np.int64), *(part[1] for part in parts)]),
            np.concatenate([np.zeros(0), *(part[2] for part in parts)]),
        )

    def _candidates(self, rows: Floats, k: int, without: Index | None) -> tuple[Index, Index]:
        """Pairs (row, point) that hold the k nearest for certain: float32 distances with room for their rounding."""
        norms = np.einsum("ij,ij->i", self.points, self.points)
        singles = rows.astype(np.float32)
        squares = norms - 2.0 * (singles @ self.points.T)
        if without is not None:
            squares[np.arange(len(rows)), without] = np.inf
        room = 1e-5 * (np.einsum("ij,ij->i", singles, singles) + norms.max()) + 1e-30
        kth = np.partition(squares, k - 1, axis=1)[:, k - 1]
        row, point = np.nonzero(squares <= (kth + room)[:, None])
        return row, point

    def _chunk(self, rows: Floats, k: int, without: Index | None) -> tuple[Index, Index, Floats]:
        at, points = self._candidates(rows, k, without)
        squares = np.empty(len(at))
        for start in range(0, len(at), PAIRS // 16):
            part = slice(start, start + PAIRS // 16)
            gaps = rows[at[part]] - self.points[points[part]]
            squares[part] = np.einsum("ij,ij->i", gaps, gaps)
        order = np.lexsort((points, squares, at))
        at, points, distances = at[order], points[order], np.sqrt(squares[order])
        first = np.searchsorted(at, np.arange(len(rows)))
        limit = distances[first + k - 1] * (1.0 + TIE) + 1e-12
        keep = distances <= limit[at]
        return np.bincount(at[keep], minlength=len(rows)), points[keep], distances[keep]
