"""From probabilities to labels, for metrics of labels: where a row is given another class than the likeliest."""

import math
from collections.abc import Callable

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.contract import Metric, OfTables
from assay.core.errors import DataError
from assay.core.labels import LabelThreshold
from assay.core.prediction import scored_rows
from assay.core.target import Target
from assay.ensemble.labelling import HALF, PLAIN, Labelling, by_cuts, expected_codes
from assay.evidence.estimate import estimate
from assay.evidence.evaluation_rows import Rows
from assay.evidence.metric_sample import Sample

GRID = 200
"""Thresholds tried: quantiles of the predictions, so that each moves about as many rows."""
STEPS = 15
"""Multipliers, or cuts, tried for one class while the others stand still."""
REACHES = (8.0, 2.0, 1.25)
"""How far a multiplier may move, by a factor, in each sweep over the classes."""
SLOW_STEPS, SLOW_REACHES, SLOW_ROWS = 7, (4.0, 1.5), 2_500
"""The same for a metric of one's own, which has to be called for each multiplier, and how many rows it is then shown:
with scikit-learn's, called a thousand times a search, twenty classes took longer than a fit of a minute keeps back.
"""
MOST_CLASSES, MOST_ROWS = 30, 10_000
"""With more classes nothing is tuned; of more rows every so many are looked at, which bounds the cost to seconds."""
ORDERED = frozenset({"quadratic_kappa"})
"""Metrics by which classes have an order, so that a row may be labelled by its expected code."""
LIKELIEST = frozenset({"accuracy"})
"""Metrics that the likeliest of several classes maximises: what else would gain is chance."""

Search = Callable[[Floats, Target, Metric], Labelling]


def measured(
    stored: AnyArray, target: Target, folds: Index, *, metric: Metric, chosen: Labelling
) -> LabelThreshold | None:
    """What a threshold that a metric of two classes has chosen brings by that metric; None where one half stayed."""
    if stored.ndim != 1 or chosen.is_plain:
        return None
    rows = np.flatnonzero(scored_rows(stored))
    p, truth = np.asarray(stored[rows], dtype=np.float64), target.take(rows)
    both = (PLAIN.codes(p), crossed_codes(best_threshold, p, truth, folds[rows], metric))
    before, after = (metric.score(truth.values, codes, weight=truth.weight) for codes in both)
    return LabelThreshold(threshold=chosen.threshold, by="metric", before=before, after=after)


def choose_labelling(stored: AnyArray, target: Target, folds: Index, *, metric: Metric) -> Labelling:
    """The labelling for out-of-fold probabilities, (n,) or (n, k), calibrated as they will ship.

    Each fold is judged by what is best on the others; the choice on all rows is taken only if these labels score more
    than one standard error above those of the likeliest class. For metrics that do not need labels, a single fold, or
    more than MOST_CLASSES classes the likeliest class stays. NaN rows are left out; folds: (n,) fold numbers.
    """
    rows = np.flatnonzero(scored_rows(stored))
    p, truth, numbers = np.asarray(stored[rows], dtype=np.float64), target.take(rows), folds[rows]
    if metric.needs != "label" or len(np.unique(numbers)) < 2 or target.n_classes > MOST_CLASSES:
        return PLAIN
    best, height = PLAIN, 0.0
    plain = PLAIN.codes(p)
    for search in _searches(metric, p.ndim):
        gain, error = gain_of(crossed_codes(search, p, truth, numbers, metric), plain, truth, metric)
        if gain > max(error, height):
            best, height = _thinned(search, p, truth, metric), gain
    return best


def _searches(metric: Metric, dimensions: int) -> tuple[Search, ...]:
    if dimensions == 1:
        return (best_threshold,)
    if metric.name in LIKELIEST:
        return ()
    return (_best_multipliers, _best_cuts) if metric.name in ORDERED else (_best_multipliers,)


def searched_anew(like: Labelling, p: Floats, target: Target, metric: Metric) -> Labelling:
    """A labelling of the same kind, learned from these rows alone: (n,) or (n, k) probabilities and their classes."""
    if like.is_plain:
        return PLAIN
    if p.ndim == 1:
        return _thinned(best_threshold, p, target, metric)
    return _thinned(_best_cuts if like.cuts else _best_multipliers, p, target, metric)


def crossed_codes(search: Search, p: Floats, truth: Target, folds: Index, metric: Metric) -> Index:
    """(n,) class codes, each fold's by what is best on the others."""
    crossed = np.zeros(len(p), dtype=np.intp)
    for fold in np.unique(folds):
        inside, others = folds == fold, np.flatnonzero(folds != fold)
        crossed[inside] = _thinned(search, p[others], truth.take(others), metric).codes(p[inside])
    return crossed


def _thinned(search: Search, p: Floats, target: Target, metric: Metric) -> Labelling:
    step = -(-len(p) // (MOST_ROWS if p.ndim == 1 or isinstance(metric, OfTables) else SLOW_ROWS))
    return search(p[::step], target.take(np.arange(0, len(p), step)), metric)


def gain_of(a: AnyArray, b: AnyArray, target: Target, metric: Metric) -> tuple[float, float]:
    """How much better labels a score than labels b, and its paired standard error.

    A metric without influence values is asked by a jackknife, on at most MOST_ROWS rows: the error of all of them is
    smaller by the root of how many more there are. (-inf, inf) where the metric is undefined on these rows.
    """
    sign, n = 1.0 if metric.higher_is_better else -1.0, len(target)
    step = 1 if metric.influence(target.values, b, weight=target.weight) is not None else -(-n // MOST_ROWS)
    sample = _paired(a[::step], b[::step], target.take(np.arange(0, n, step)), metric)
    try:
        sigma = estimate(sample, np.array([1.0, -1.0])).sigma * math.sqrt(len(sample.rows) / n)
    except DataError:  # the metric cannot be told on these rows, so neither can a gain
        return -math.inf, math.inf
    first, second = _paired(a, b, target, metric).levels().tolist()
    return sign * (first - second), sigma


def _paired(a: AnyArray, b: AnyArray, target: Target, metric: Metric) -> Sample:
    rows = Rows(y=target.values, problem=target.problem, weight=target.weight)
    return Sample(metric=metric, rows=rows, predictions=(a, b), parts=(np.arange(len(target)),))


def _scored(codes: Index, target: Target, metric: Metric) -> float:
    """The metric of labels, turned so that higher is better; an undefined one is the worst."""
    score = metric.score(target.values, np.asarray(codes, dtype=np.int64), weight=target.weight)
    if not np.isfinite(score):
        return -np.inf
    return score if metric.higher_is_better else -score


# -- two classes: a threshold -------------------------------------------------------------------------------------


def best_threshold(p: Floats, target: Target, metric: Metric) -> Labelling:
    """The best of the grid; ties go to the one nearest to one half."""
    grid = np.unique(np.append(np.quantile(p, np.linspace(0.0, 1.0, GRID + 1)[:-1]), HALF))
    if isinstance(metric, OfTables):
        place = np.searchsorted(grid, p, side="left")  # how many thresholds a row is above
        scores = _of_tables(_rising(place, target, np.zeros_like(place), 1, steps=len(grid))[::-1], metric)
    else:
        scores = np.array([_scored(p > cut, target, metric) for cut in grid.tolist()])
    if not np.isfinite(scores).any():
        return PLAIN
    nearest = np.argsort(np.abs(grid - HALF), kind="stable")
    return Labelling(threshold=float(grid[nearest[int(np.argmax(scores[nearest]))]]))


# -- several classes: multipliers ---------------------------------------------------------------------------------


def _best_multipliers(p: Floats, target: Target, metric: Metric) -> Labelling:
    """Coordinate ascent over the classes from the best of a few powers of the inverse shares.

    Argmax of p over the share maximises balanced accuracy when p is calibrated, so that one start is often the end.
    """
    columns = np.ascontiguousarray(p.T)  # the likeliest class is found several times faster
    mass = np.bincount(target.values, weights=target.weight, minlength=p.shape[1]) + 1.0
    starts = [(mass.sum() / mass) ** power for power in (0.0, 0.5, 1.0)]
    scores = [_scored((columns * start[:, None]).argmax(axis=0), target, metric) for start in starts]
    factors, height = starts[int(np.argmax(scores))], max(scores)
    reaches, n_steps = (REACHES, STEPS) if isinstance(metric, OfTables) else (SLOW_REACHES, SLOW_STEPS)
    for reach in reaches:
        steps = np.geomspace(1.0 / reach, reach, n_steps)
        for j in range(len(columns)):
            factors, height = _climbed(columns, target, metric, factors=factors, height=height, tried=(j, steps))
    return Labelling(multipliers=tuple((factors / factors.max()).tolist()))


def _climbed(
    columns: Floats, target: Target, metric: Metric, *, factors: Floats, height: float, tried: tuple[int, Floats]
) -> tuple[Floats, float]:
    """The factors with that of one class moved by the best of rising steps, if that gains; of equal ones the
    smallest change.
    """
    j, steps = tried
    raised = columns * factors[:, None]
    own = raised[j].copy()
    raised[j] = -np.inf
    other = raised.argmax(axis=0)
    rival = raised[other, np.arange(len(own))]
    if isinstance(metric, OfTables):
        needed = np.divide(rival, own, out=np.full(len(own), np.inf), where=own > 0)
        place = len(steps) - np.searchsorted(steps, needed, side="right")  # how many steps are enough for a row
        scores = _of_tables(_rising(place, target, other, j, steps=len(steps)), metric)
    else:
        scores = np.array([_scored(np.where(own * step > rival, j, other), target, metric) for step in steps.tolist()])
    smallest = np.argsort(np.abs(np.log(steps)), kind="stable")
    best = int(smallest[int(np.argmax(scores[smallest]))])
    if not scores[best] > height:
        return factors, height
    moved = factors.copy()
    moved[j] *= steps[best]
    return moved, float(scores[best])


def _rising(place: Index, target: Target, other: Index, given: int, *, steps: int) -> Floats:
    """(steps, k, k) weight of each true class by label, where at step i, counted from 0, the rows of which more than
    steps - 1 - i are enough (place) are labelled `given`, and all else `other`.

    Each row is counted once: what a step changes is the sum of what it adds.
    """
    k = target.n_classes
    cell = ((steps - place) * k + target.values) * k + other
    counts = np.bincount(cell, weights=target.weight, minlength=(steps + 1) * k * k).astype(np.float64)
    counts = counts.reshape(steps + 1, k, k)
    tables = np.cumsum(counts[:0:-1], axis=0)[::-1]  # never by a difference, which would leave 1e-17 of a class
    tables[:, :, given] += np.cumsum(counts[:-1].sum(axis=2), axis=0)
    return np.asarray(tables)


def _of_tables(tables: Floats, metric: OfTables) -> Floats:
    """(b,) scores of tables of weights, turned so that higher is better; undefined ones are the worst."""
    scores = metric.of_tables(tables / tables.sum(axis=(1, 2), keepdims=True))
    return np.where(np.isfinite(scores), scores if metric.higher_is_better else -scores, -np.inf)


# -- ordered classes: cuts on the expected code -------------------------------------------------------------------


def _best_cuts(p: Floats, target: Target, metric: Metric) -> Labelling:
    """Coordinate ascent over the cuts from the middles between codes; a cut stays between its neighbours."""
    expected, cuts = expected_codes(p), np.arange(p.shape[1] - 1) + 0.5
    height = _scored(by_cuts(expected, cuts), target, metric)
    for _ in REACHES:
        for j in range(len(cuts)):
            tried = _cuts_beside(cuts, j, expected)
            scores = [_scored(by_cuts(expected, moved), target, metric) for moved in tried]
            best = int(np.argmax(scores))
            if scores[best] > height:
                cuts, height = tried[best], scores[best]
    return Labelling(cuts=tuple(cuts.tolist()))


def _cuts_beside(cuts: Floats, j: int, expected: Floats) -> list[Floats]:
    """The cuts with the j-th at even steps between its neighbours, or to the ends of what is expected."""
    low = cuts[j - 1] if j else min(float(expected.min()), cuts[j])
    high = cuts[j + 1] if j + 1 < len(cuts) else max(float(expected.max()), cuts[j])
    return [np.concatenate([cuts[:j], [cut], cuts[j + 1 :]]) for cut in np.linspace(low, high, STEPS)[1:-1]]
