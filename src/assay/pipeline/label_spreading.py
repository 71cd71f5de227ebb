"""Label spreading: what the targets of some rows say of their neighbours, and of the neighbours of these.

Zhou, Bousquet, Lal, Weston and Schölkopf (2004), on a graph of nearest neighbours with local scales (Zelnik-Manor and
Perona, 2005): rows without a target show along which way two rows are connected.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.core.array import Floats, Index
from assay.core.contract import Table, Target

NEIGHBOURS, STAYS, STEPS = 10, 0.95, 60
"""Neighbours of a row; share of a row's answer that comes from them at each of so many steps."""
SCALE = 7
"""The neighbour whose distance is a row's own scale."""
FEW_LEVELS = 20
"""Categories of more levels tell nothing of nearness, and are left out."""
PRIOR = 0.002
"""Weight of what is usual, beside what reaches a row: alone where nothing does."""


@dataclass(frozen=True, slots=True, eq=False)
class NeighbourGraph:
    """The graph of n rows: spread is their (n, n) normalised affinity, symmetric and sparse."""

    spread: Any

    @classmethod
    def of(cls, points: Floats) -> "NeighbourGraph":
        """points: (n, d), two rows at least, scaled alike."""
        from scipy import sparse
        from sklearn.neighbors import NearestNeighbors

        n = len(points)
        k = min(NEIGHBOURS, n - 1)
        away, near = NearestNeighbors(n_neighbors=k + 1, n_jobs=1).fit(points).kneighbors(points)
        away, near = away[:, 1:], near[:, 1:]
        own = np.maximum(away[:, min(SCALE, k) - 1], 1e-12)
        weight = np.exp(-(away**2) / (own[:, None] * own[near])) + 1e-12
        one_way = sparse.csr_matrix((weight.ravel(), near.ravel(), np.arange(0, n * k + 1, k)), shape=(n, n))
        both = one_way.maximum(one_way.T)
        root = 1.0 / np.sqrt(np.asarray(both.sum(axis=1)).ravel())
        return cls(sparse.diags(root) @ both @ sparse.diags(root))

    def answers(self, target: Target, rows: Index) -> Floats:
        """What these rows' targets say of all n: (n, k) probabilities, or (n,) numbers. rows: (m,) of the target's."""
        known, weight = target.one_hot(), np.ones(len(target)) if target.weight is None else target.weight
        given = np.zeros((self.spread.shape[0], known.shape[1] + 1))
        given[rows, :-1], given[rows, -1] = known * weight[:, None], weight
        reached = given
        for _ in range(STEPS):
            reached = STAYS * (self.spread @ reached) + (1.0 - STAYS) * given
        usual = np.average(known, axis=0, weights=weight)
        least = PRIOR * float(reached[:, -1].mean()) + 1e-300
        said = (reached[:, :-1] + least * usual) / (reached[:, -1:] + least)
        return np.asarray(said if target.is_class else said[:, 0])


def points_of(table: Table) -> Floats:
    """(n, d) numbers, standardised, and levels of categories, as points; d is 0 where the table has neither."""
    parts = [_standard(table.numeric.astype(np.float64))]
    for codes, levels in zip(table.codes.T, table.levels, strict=True):
        if 1 < levels <= FEW_LEVELS:
            parts.append((codes[:, None] == np.arange(levels)) / np.sqrt(2.0))
    return np.concatenate(parts, axis=1)


def _standard(values: Floats) -> Floats:
    """Missing cells in the middle; columns that do not vary are left out."""
    gaps = np.isnan(values)
    count = np.maximum((~gaps).sum(axis=0), 1)
    mean = np.where(gaps, 0.0, values).sum(axis=0) / count
    centred = np.where(gaps, 0.0, values - mean)
    spread = np.sqrt((centred**2).sum(axis=0) / count)
    varies = spread > 1e-12
    return np.asarray(centred[:, varies] / spread[varies])
