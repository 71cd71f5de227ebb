"""Numeric columns along which the target rises, or falls, in every part of the training rows."""

import numpy as np

from assay.core.array import Bools, Floats, Index
from assay.core.contract import Seeds, Table, Target
from assay.core.inner_folds import WAITS, inner_folds
from assay.models.plain_numbers import PlainNumbers
from assay.models.ridge import ridge

PARTS = 5
BINS = 10
CLEAR = 4.0
"""Standard errors of a rank correlation of no trend that a column's must exceed."""
TURNS = 2.0
"""Most squared distance of the bins from a curve without a turn, a bin, in units of what noise explains."""
MOST_ROWS = 20_000
ALPHAS = np.array([1.0, 10.0, 100.0])


def stable_signs(table: Table, target: Target, seeds: Seeds) -> Index:
    """(numeric + code columns,) 1 where the target rises with a column, -1 where it falls, 0 for no clear trend.

    A trend is clear where the rank correlation is CLEAR standard errors from 0 and has one sign in all of PARTS parts
    of the rows, as has its factor beside all other columns, and the means of bins of the column lie no
    farther from a curve without a turn than noise explains. Of several classes none has.
    """
    signs = np.zeros(len(table.numeric_names) + len(table.code_names), dtype=np.int64)
    if target.n_classes > 2 or len(target) < PARTS * BINS:
        return signs
    rows = np.sort(seeds.child("trends").rng().permutation(len(target))[:MOST_ROWS])
    numbers = inner_folds(target.take(rows), PARTS, seeds.child("trends", "parts")).numbers
    rows, numbers = rows[numbers < WAITS], numbers[numbers < WAITS]  # guesses are no evidence of a trend
    y, parts = np.asarray(target.values, dtype=np.float64)[rows], np.unique(numbers, return_inverse=True)[1]
    beside = _signs_beside_others(table.take(rows), y, parts)
    for j in range(len(table.numeric_names)):
        own = _sign(table.numeric[rows, j].astype(np.float64), y, parts)
        signs[j] = own if own == beside[j] else 0
    return signs


def _signs_beside_others(table: Table, y: Floats, parts: Index) -> Index:
    """(numeric columns,) the sign of each one in ridge regressions on all columns, 0 where it is not the same
    in all parts: of columns that go together, one may rise alone and fall beside the others."""
    X = PlainNumbers.of(table).values(table)
    factors = [ridge(X[parts == part], y[parts == part], None, ALPHAS)[0] for part in range(parts.max() + 1)]
    each = np.sign(np.array(factors))[:, : len(table.numeric_names)]
    return np.where((each == each[0]).all(axis=0), each[0], 0.0).astype(np.int64)


def _sign(x: Floats, y: Floats, parts: Index) -> int:
    known = np.isfinite(x)
    x, y, parts = x[known], y[known], parts[known]
    if len(x) < PARTS * BINS or x.min() == x.max():
        return 0
    whole = _rank_correlation(x, y)
    each = [_rank_correlation(x[parts == part], y[parts == part]) for part in np.unique(parts)]
    is_stable = abs(whole) > CLEAR / np.sqrt(len(x)) and all(one * whole > 0 for one in each)
    sign = int(np.sign(whole))
    return sign if is_stable and _turns(x, sign * y) <= TURNS else 0


def _rank_correlation(x: Floats, y: Floats) -> float:
    """Spearman's, with mean ranks for ties; 0 where one of the two does not vary."""
    from scipy.stats import rankdata

    a, b = rankdata(x) - (len(x) + 1) / 2, rankdata(y) - (len(y) + 1) / 2
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0 else 0.0


def _turns(x: Floats, y: Floats) -> float:
    """Mean squared distance of the means of bins of x from the best rising curve, in squared standard errors."""
    from scipy.optimize import isotonic_regression

    edges = np.unique(np.quantile(x, np.linspace(0, 1, BINS + 1)[1:-1]))
    place = np.searchsorted(edges, x, side="left")
    rows = np.bincount(place, minlength=len(edges) + 1).astype(np.float64)
    there = rows > 0
    means = np.bincount(place, y, minlength=len(edges) + 1)[there] / rows[there]
    weight = rows[there]
    within = float(np.mean((y - _spread(means, there)[place]) ** 2))
    away = float(weight @ (means - isotonic_regression(means, weights=weight).x) ** 2)
    if within <= 0.0:
        return 0.0 if away <= 0.0 else float("inf")
    return away / (within * len(means))


def _spread(means: Floats, there: Bools) -> Floats:
    """(bins,) means of the bins that have rows, 0 for the others."""
    out = np.zeros(len(there))
    out[there] = means
    return out
