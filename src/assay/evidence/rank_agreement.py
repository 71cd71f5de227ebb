"""Rank agreement between a refitted model and the fold models of its recipe: below it a refit is faulty."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from assay.core.array import AnyArray, Floats

LOWEST = 0.01
"""The quantile of the correlations among fold models that a refit must reach."""
ENOUGH = 0.99
"""From this correlation two models agree, however closely the fold models of a smooth learner do."""


def rank_correlation(a: AnyArray, b: AnyArray) -> float:
    """Spearman's, ties by mean rank; of (n, k) predictions the mean over columns. 1 where both are constant."""
    from scipy.stats import rankdata

    pairs = zip(_columns(a), _columns(b), strict=True)
    return float(np.mean([_correlation(rankdata(one), rankdata(other)) for one, other in pairs]))


def least_agreement(folds: Sequence[AnyArray]) -> float:
    """The 1 % quantile of the rank correlations among predictions of the same rows, ENOUGH at most; needs two."""
    found = [rank_correlation(a, b) for a, b in combinations(folds, 2)]
    return min(ENOUGH, float(np.quantile(found, LOWEST)))


def _columns(values: AnyArray) -> AnyArray:
    return np.atleast_2d(np.asarray(values, dtype=np.float64).T)


def _correlation(a: Floats, b: Floats) -> float:
    a, b = a - a.mean(), b - b.mean()
    length = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / length if length > 0 else float(not a.any() and not b.any())
