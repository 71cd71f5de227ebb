"""Out-of-fold predictions within training rows, by a small forest: what doubts and drifts are measured by."""

import math
from collections.abc import Callable

import numpy as np

from assay.core.array import Floats, Index, Singles
from assay.core.contract import Seeds, Table, Target
from assay.core.errors import UsageError

TREES, LEAF, MOST_ROWS, MOST_TRIED = 40, 5, 20_000, 50
"""Trees of a forest, rows of its leaves (more on large tables), most rows that one learns from, and most columns that a
split is chosen from. With half of few columns its probabilities stay near the middle, and no label is contradicted."""
BELOW = 1.0
"""A missing number is put so far below all others, a level of its own for trees."""


def forest_seconds(n_rows: int, n_columns: int) -> float:
    """Expected seconds of one forest: 3 ms a tree, and 4 ns a row, level and column tried."""
    rows = min(n_rows, MOST_ROWS)
    return TREES * (3e-3 + 4e-9 * rows * math.log2(max(rows, 2)) * min(n_columns, MOST_TRIED))


def cells(*tables: Table) -> Singles:
    """(n, columns) of numbers, codes and dates as trees read them, the rows of all tables one after the other: gaps get
    one value in all of them. UsageError for tables of other columns alone."""
    parts = [[table.numeric, table.codes.astype(np.float32), table.dates.astype(np.float32)] for table in tables]
    joined = np.concatenate([np.concatenate(part, axis=1) for part in parts], axis=0)
    if not joined.shape[1]:
        raise UsageError(
            "Rows are compared by their numbers, categories and dates, and the table has none of these.",
            do=("another weighting",),
        )
    gaps = np.isnan(joined)
    if gaps.any():
        lowest = np.min(joined, axis=0, initial=np.inf, where=~gaps)
        joined = np.where(gaps, np.where(np.isfinite(lowest), lowest, 0.0) - BELOW, joined)
    return np.asarray(joined, dtype=np.float32)


def out_of_fold(rows: Singles, target: Target, inner: Index, seeds: Seeds) -> Floats:
    """Predictions of each row by trees that did not learn from its inner fold.

    rows: (n, d); inner: (n,) fold numbers, two at least. Classes: (n, n_classes) probabilities; numbers: (n,). A fold
    whose others are empty is predicted by what is usual.
    """
    shape = (len(target), target.n_classes) if target.is_class else (len(target),)
    out = np.full(shape, _usual(target))
    for fold in np.unique(inner).tolist():
        held, others = np.flatnonzero(inner == fold), np.flatnonzero(inner != fold)
        if len(others):
            out[held] = grown(rows, target, others, seeds.child(fold))(rows[held])
    return out


def _usual(target: Target) -> Floats:
    mean = target.one_hot().mean(axis=0)
    return mean if target.is_class else np.asarray(mean[0])


def grown(rows: Singles, target: Target, taught: Index, seeds: Seeds) -> Callable[[Singles], Floats]:
    """The predictions of a forest that these rows taught: (n, n_classes) probabilities, or (n,) numbers."""
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

    if len(taught) > MOST_ROWS:
        taught = np.sort(seeds.child("rows").rng().permutation(taught)[:MOST_ROWS])
    part = target.take(taught)
    family = ExtraTreesClassifier if part.is_class else ExtraTreesRegressor
    trees = family(
        n_estimators=TREES, min_samples_leaf=max(LEAF, len(taught) // 1000), random_state=seeds.number, n_jobs=1,
        max_features=min(rows.shape[1], MOST_TRIED),
    ).fit(rows[taught], part.values, sample_weight=part.weight)  # fmt: skip

    def predict(others: Singles) -> Floats:
        if not part.is_class:
            return np.asarray(trees.predict(others), dtype=np.float64)
        out = np.zeros((len(others), part.n_classes))
        out[:, trees.classes_] = trees.predict_proba(others)
        return out

    return predict
