"""From which probability on a row is called positive, for metrics of labels."""

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.contract import Metric
from assay.core.prediction import scored_rows
from assay.core.target import Target

HALF = 0.5
GRID = 200
"""Thresholds tried: quantiles of the predictions, so that each moves about as many rows."""


def choose_threshold(stored: AnyArray, target: Target, folds: Index, *, metric: Metric) -> float:
    """The threshold on (n,) out-of-fold probabilities of a binary target, calibrated as they will ship.

    Each fold is judged at the threshold that is best on the others; the one of all rows is taken only if these labels
    score more than one standard error above those at one half, else one half stays. For metrics that do not need
    labels it is always one half. NaN rows are left out; folds: (n,) fold numbers.
    """
    rows = np.flatnonzero(scored_rows(stored))
    p, truth, numbers = np.asarray(stored[rows], dtype=np.float64), target.take(rows), folds[rows]
    if metric.needs != "label" or len(np.unique(numbers)) < 2:
        return HALF
    crossed = np.zeros(len(p), dtype=np.int64)
    for fold in np.unique(numbers):
        inside = numbers == fold
        crossed[inside] = p[inside] > _best(p[~inside], truth.take(np.flatnonzero(~inside)), metric)
    plain = (p > HALF).astype(np.int64)
    gain, error = _gain(crossed, plain, truth, metric)
    return _best(p, truth, metric) if gain > error else HALF


def _best(p: Floats, target: Target, metric: Metric) -> float:
    """The best of the grid; ties go to the one nearest to one half."""
    grid = np.append(np.unique(np.quantile(p, np.linspace(0.0, 1.0, GRID + 1)[:-1])), HALF)
    grid = grid[np.argsort(np.abs(grid - HALF), kind="stable")]
    sign = 1.0 if metric.higher_is_better else -1.0
    scores = [
        sign * metric.score(target.values, (p > cut).astype(np.int64), weight=target.weight) for cut in grid.tolist()
    ]
    return float(grid[int(np.nanargmax(np.append(scores, -np.inf)))]) if np.isfinite(scores).any() else HALF


def _gain(a: AnyArray, b: AnyArray, target: Target, metric: Metric) -> tuple[float, float]:
    """How much better labels a score than labels b, and its paired standard error; an infinite one if unknown."""
    y, weight = target.values, target.weight
    sign = 1.0 if metric.higher_is_better else -1.0
    gain = sign * (metric.score(y, a, weight=weight) - metric.score(y, b, weight=weight))
    first, second = (metric.influence(y, labels, weight=weight) for labels in (a, b))
    if first is None or second is None:
        return gain, np.inf
    return gain, float(np.sqrt(np.sum((first - second) ** 2)) / len(y))
