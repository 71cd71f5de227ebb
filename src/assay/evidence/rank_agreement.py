"""Whether two models of one recipe answer alike: what a fit on more rows may change, and what only a fault would."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from assay.core.array import AnyArray, Floats

LOWEST = 0.01
"""Of the correlations among fold models, the quantile that the other two must reach."""
ENOUGH = 0.99
"""Above it two models rank rows alike, however closely the fold models of a smooth learner agree."""


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
