"""k-means in numpy: deterministic centres without an OpenMP region."""

import numpy as np

from assay.core.array import Floats, Index
from assay.core.seed import Seeds

_ROUNDS = 30
_STARTS = 3
_CELLS = 4_000_000
"""Distances held at once, in cells of float64."""


def squared_distances(points: Floats, others: Floats) -> Floats:
    """(n, m) squared Euclidean distances of points (n, d) to others (m, d), each computed on its own.

    Not by a matrix product, whose rounding depends on the number of rows, and would break ties.
    """
    out = np.empty((len(points), len(others)))
    step = max(1, _CELLS // max(1, others.size))
    for start in range(0, len(points), step):
        gap = points[start : start + step, None, :] - others
        np.einsum("ijk,ijk->ij", gap, gap, out=out[start : start + step])
    return out


def _plus_plus(points: Floats, k: int, rng: np.random.Generator) -> Floats:
    """k first centres, drawn by their squared distance from those drawn before (Arthur and Vassilvitskii, 2007)."""
    centres = [points[rng.integers(len(points))]]
    nearest = squared_distances(points, centres[0][None])[:, 0]
    while len(centres) < k and nearest.sum() > 0:
        centres.append(points[rng.choice(len(points), p=nearest / nearest.sum())])
        nearest = np.minimum(nearest, squared_distances(points, centres[-1][None])[:, 0])
    return np.array(centres)


def _lloyd(points: Floats, centres: Floats) -> tuple[Floats, float]:
    """Lloyd's rounds: the centres and the sum of squared distances; a centre without points stays where it was."""
    place: Index = np.full(len(points), -1)
    for _ in range(_ROUNDS):
        now = squared_distances(points, centres).argmin(axis=1)
        if (now == place).all():
            break
        place = now
        rows = np.bincount(place, minlength=len(centres))
        sums = np.stack([np.bincount(place, column, minlength=len(centres)) for column in points.T], axis=1)
        centres = np.where(rows[:, None] > 0, sums / np.maximum(rows, 1)[:, None], centres)
    return centres, float(squared_distances(points, centres).min(axis=1).sum())


def cluster_centres(points: Floats, k: int, *, seeds: Seeds) -> Floats:
    """(at most k, d) centres of points (n, d) by k-means, the best of 3 starts, ordered by their coordinates.

    Fewer than k where there are fewer different points. Lloyd, Least squares quantization in PCM (1982).
    """
    if not points.size or k < 1:
        return np.empty((0, points.shape[1]))
    tries = [_lloyd(points, _plus_plus(points, k, seeds.child("start", start).rng())) for start in range(_STARTS)]
    best, _ = min(tries, key=lambda found: found[1])
    return best[np.lexsort(best.T[::-1])]
