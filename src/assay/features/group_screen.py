"""A linear screen of all pairs of numeric and category columns for group statistics."""

import numpy as np

from assay.core.array import Floats, Index
from assay.core.contract import Seeds, Table, Target
from assay.features.arithmetic_pairs import numeric_gains, varying
from assay.features.row_sample import sampled_rows
from assay.features.smoothed_means import Outcome

_MOST_ROWS = 10_000
_MOST_NUMBERS = 40
_MOST_CODES = 60
_FEWEST_ROWS = 3.0
_CUT = 6.0


def standard(values: Floats) -> Floats:
    """(n, k) columns of mean 0 and sd 1, cut at ±6, missing cells 0; a column that does not vary is 0."""
    known = ~np.isnan(values)
    rows = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, values, 0.0)
    gap = np.where(known, filled - filled.sum(axis=0) / rows, 0.0)
    spread = np.sqrt((gap * gap).sum(axis=0) / rows)
    return np.asarray(np.clip(gap / np.where(spread > 0, spread, 1.0), -_CUT, _CUT))


def outcomes(target: Target) -> Floats:
    """(n, k) what is to be explained, standard: ranks of a number, or indicators of the classes that have a mean."""
    if not target.is_class:
        return standard(np.argsort(np.argsort(target.values, kind="stable"), kind="stable")[:, None].astype(np.float64))
    outcome = Outcome.of(target)
    assert outcome.place is not None
    return standard((outcome.place[:, None] == np.arange(outcome.width)).astype(np.float64))


def explained_beyond(x: Floats, more: Floats, y: Floats) -> Floats:
    """(a,) share of variance of y (n, k) that column j of `more` (n, a) explains beyond column j of x (n, a), mean over
    k: the squared partial correlation.
    """
    square = np.maximum((x * x).sum(axis=0), 1e-12)
    rest = more - x * ((x * more).sum(axis=0) / square)
    length = (rest * rest).sum(axis=0)
    length = np.where(length > 1e-6 * len(x), length, np.inf)  # nothing beyond x is left
    left = (y * y).sum(axis=0)[:, None] - (x.T @ y).T ** 2 / square
    gain = (rest.T @ y).T ** 2 / length
    return np.asarray((gain / np.maximum(left, 1e-12)).mean(axis=0))


def _group_means(slot: Index, x: Floats) -> Floats:
    """(n, a) mean of each column of x in the slot of each row."""
    slot = np.unique(slot, return_inverse=True)[1]
    rows = np.bincount(slot)
    return np.stack([(np.bincount(slot, column) / rows)[slot] for column in x.T], axis=1)


def _numbers(table: Table, target: Target, seeds: Seeds) -> Index:
    """The numeric columns that vary, of more than 40 those of most gain."""
    chosen = np.flatnonzero(varying(table.numeric))
    if len(chosen) > _MOST_NUMBERS:
        gains = numeric_gains(table, target, seeds=seeds.child("numbers"))[chosen]
        chosen = np.sort(chosen[np.argsort(-gains, kind="stable")[:_MOST_NUMBERS]])
    return chosen


def best_pairs(table: Table, target: Target, *, top: int, seeds: Seeds) -> list[tuple[int, int]]:
    """The `top` pairs (code column, numeric column) whose group mean says most beyond the number itself, best first.

    Group mean and deviation span the same plane with the number, so one partial correlation judges both. The first 60
    code columns with two levels or more and 3 rows a level in mean, on at most 10,000 rows.
    """
    rows = sampled_rows(table.n_rows, _MOST_ROWS, seeds.child("screen"))
    sample, labels = table.take(rows), target.take(rows)
    numbers = _numbers(sample, labels, seeds)
    sizes = [len(np.unique(column)) for column in sample.codes.T]
    codes = [j for j, size in enumerate(sizes) if 2 <= size <= len(rows) / _FEWEST_ROWS][:_MOST_CODES]
    if not len(numbers) or not codes:
        return []
    x, y = standard(sample.numeric[:, numbers].astype(np.float64)), outcomes(labels)
    scores = np.stack([explained_beyond(x, _group_means(sample.codes[:, j].astype(np.int64), x), y) for j in codes])
    best = np.argsort(-scores.ravel(), kind="stable")[:top]
    return [(codes[k // len(numbers)], int(numbers[k % len(numbers)])) for k in best.tolist() if scores.ravel()[k] > 0]
