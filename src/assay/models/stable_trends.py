"""Numeric columns along which the target rises, or falls, in every part of the training rows."""

import numpy as np

from assay.core.array import Floats, Index
from assay.core.contract import Seeds, Table, Target
from assay.models.matrix import inner_folds

PARTS = 5
BINS = 10
CLEAR = 4.0
"""Standard errors of a rank correlation of no trend that a column's must exceed."""
STRAIGHT = 0.97
"""Share of what ten bins of the column explain that a curve without a turn must explain."""
MOST_ROWS = 20_000


def stable_signs(table: Table, target: Target, seeds: Seeds) -> Index:
    """(numeric + code columns,) 1 where the target rises with a column, -1 where it falls, 0 for no clear trend.

    A trend is clear where the rank correlation is CLEAR standard errors from 0 and has one sign in all of PARTS parts
    of the rows, and a monotone curve of the column explains nearly what any curve would. Of several classes none has.
    """
    signs = np.zeros(len(table.numeric_names) + len(table.code_names), dtype=np.int64)
    if target.n_classes > 2 or len(target) < PARTS * BINS:
        return signs
    rows = np.sort(seeds.child("trends").rng().permutation(len(target))[:MOST_ROWS])
    y = np.asarray(target.values, dtype=np.float64)[rows]
    parts = inner_folds(target.take(rows), PARTS, seeds.child("trends", "parts"))
    for j in range(len(table.numeric_names)):
        signs[j] = _sign(table.numeric[rows, j].astype(np.float64), y, parts)
    return signs


def _sign(x: Floats, y: Floats, parts: Index) -> int:
    known = np.isfinite(x)
    x, y, parts = x[known], y[known], parts[known]
    if len(x) < PARTS * BINS or x.min() == x.max():
        return 0
    whole = _rank_correlation(x, y)
    each = [_rank_correlation(x[parts == part], y[parts == part]) for part in range(PARTS)]
    is_stable = abs(whole) > CLEAR / np.sqrt(len(x)) and all(one * whole > 0 for one in each)
    sign = int(np.sign(whole))
    return sign if is_stable and _straightness(x, sign * y) >= STRAIGHT else 0


def _rank_correlation(x: Floats, y: Floats) -> float:
    """Spearman's, with mean ranks for ties; 0 where one of the two does not vary."""
    from scipy.stats import rankdata

    a, b = rankdata(x) - (len(x) + 1) / 2, rankdata(y) - (len(y) + 1) / 2
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0 else 0.0


def _straightness(x: Floats, y: Floats) -> float:
    """Share of the variance between bins of x that the best rising curve of them explains."""
    from scipy.optimize import isotonic_regression

    edges = np.unique(np.quantile(x, np.linspace(0, 1, BINS + 1)[1:-1]))
    place = np.searchsorted(edges, x, side="left")
    rows = np.bincount(place, minlength=len(edges) + 1).astype(np.float64)
    there = rows > 0
    means = np.bincount(place, y, minlength=len(edges) + 1)[there] / rows[there]
    weight = rows[there]
    between = float(weight @ (means - np.average(means, weights=weight)) ** 2)
    rising = isotonic_regression(means, weights=weight).x
    return 1.0 - float(weight @ (means - rising) ** 2) / between if between > 0 else 0.0
