"""Correlations of a numeric target with its predictions."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.contract import Loss, Need
from assay.core.problem import Form
from assay.metrics import register
from assay.metrics.rank_metrics import TiedOrder
from assay.metrics.regression_metrics import VALUES
from assay.metrics.row_mean import mean, means, numbers, weighed

CHUNK_CELLS = 250_000


@dataclass(frozen=True, slots=True, eq=False)
class _StandardizedPair:
    """Truth and prediction in standard units. x, y: (n,) of weighted mean 0 and variance 1; spread_x, spread_y: what
    they were divided by; r: their correlation.
    """

    x: Floats
    y: Floats
    spread_x: float
    spread_y: float
    r: float

    @classmethod
    def of(cls, x: Floats, y: Floats, weight: Floats | None) -> "_StandardizedPair":
        (x, spread_x), (y, spread_y) = _standard(x, weight), _standard(y, weight)
        return cls(x, y, spread_x, spread_y, mean(x * y, weight))


def _standard(values: Floats, weight: Floats | None) -> tuple[Floats, float]:
    """(values in standard units, their standard deviation); zeros where they are all the same, NaN without weight."""
    middle = mean(values, weight)
    moved = values - middle
    spread = math.sqrt(mean(moved**2, weight))
    if spread <= 1e-12 * max(abs(middle), 1e-300):  # what rounding leaves of equal numbers
        return np.zeros(len(values)), 0.0
    return moved / spread, spread


def _line_influence(pair: _StandardizedPair) -> Floats:
    """(n,) influence on a product-moment correlation (Devlin, Gnanadesikan and Kettenring, 1975)."""
    return pair.x * pair.y - 0.5 * pair.r * (pair.x**2 + pair.y**2)


def places(values: AnyArray, weight: Floats | None) -> Floats:
    """(n,) share of the weight below each value, half of that beside it included: mid-ranks, from 0 to 1."""
    held = np.ones((1, len(values))) if weight is None else weight[None, :]
    return np.asarray(next(places_of_many(values, held))[0])


def places_of_many(values: AnyArray, weights: AnyArray) -> Iterator[Floats]:
    """places under each row of weights (b, n), some at a time."""
    steps, n = TiedOrder.of(values), max(len(values), 1)
    back = np.empty(len(values), dtype=np.int64)
    back[steps.order] = np.arange(len(values))
    size = max(CHUNK_CELLS // n, 1)
    for start in range(0, len(weights), size):
        sums = np.cumsum(weights[start : start + size].take(steps.order, axis=1), axis=1, dtype=np.float64)
        before = np.concatenate([np.zeros((len(sums), 1)), sums[:, :-1]], axis=1)
        half = 0.5 * (before.take(steps.first, axis=1) + sums.take(steps.last, axis=1))
        with np.errstate(invalid="ignore", divide="ignore"):
            yield np.asarray(half / sums[:, -1:]).take(back, axis=1)


def moved_places(values: AnyArray, pull: Floats, weight: Floats | None) -> Floats:
    """(n,) influence of a row's weight through the mid-ranks of all others: the mean pull of rows above it and half of
    those tied with it. pull: (n,) derivative by each mid-rank, of weighted mean 0 and uncorrelated with the mid-ranks.
    """
    steps = TiedOrder.of(values)
    held = pull if weight is None else pull * weight
    sums = np.cumsum(held[steps.order])
    before = np.concatenate([[0.0], sums])[steps.first]
    out = np.empty(len(values))
    out[steps.order] = sums[-1] - 0.5 * (before + sums[steps.last])
    return np.asarray(out / (len(values) if weight is None else weight.sum()))


def _correlations(x: Floats, y: Floats, weights: AnyArray) -> Floats:
    """(b,) correlation of each row of x with that of y, (b, n) or (n,), under each row of weights."""

    def averaged(values: Floats) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((values * weights).sum(axis=1) / weights.sum(axis=1))

    x, y = x - averaged(x)[:, None], y - averaged(y)[:, None]
    spread_x, spread_y = averaged(x**2), averaged(y**2)
    with np.errstate(invalid="ignore", divide="ignore"):
        r = averaged(x * y) / np.sqrt(spread_x * spread_y)
    return np.where(spread_x > 0, np.where(spread_y > 0, r, 0.0), np.nan)


class Correlation(ABC):
    """Base of the correlations. Constant predictions score 0, a constant target gives NaN."""

    higher_is_better: ClassVar[bool] = True
    needs: ClassVar[Need] = "value"
    forms: ClassVar[frozenset[Form]] = VALUES
    loss: ClassVar[Loss] = "squared"
    by_fold: ClassVar[bool] = True
    bounds: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    @abstractmethod
    def pair(self, y: AnyArray, prediction: AnyArray, weight: Floats | None) -> _StandardizedPair:
        """What is correlated."""

    def score(self, y: AnyArray, prediction: AnyArray, *, weight: Floats | None = None) -> float:
        pair = self.pair(y, prediction, weight)
        return pair.r if pair.spread_x > 0 else math.nan


@register("pearson")
@dataclass(frozen=True)
class Pearson(Correlation):
    """Linear correlation of truth and prediction, from -1 to 1, whatever their scale and offset."""

    name: ClassVar[str] = "pearson"
    title: ClassVar[str] = "Pearson correlation"

    def pair(self, y: AnyArray, prediction: AnyArray, weight: Floats | None) -> _StandardizedPair:
        return _StandardizedPair.of(numbers(y), numbers(prediction), weight)

    def influence(self, y: AnyArray, prediction: AnyArray, *, weight: Floats | None = None) -> Floats:
        return weighed(_line_influence(self.pair(y, prediction, weight)), weight)

    def scores(self, y: AnyArray, predictions: Sequence[AnyArray], weights: AnyArray) -> Floats:
        x, _ = _standard(numbers(y), None)
        columns = []
        for prediction in predictions:
            p, _ = _standard(numbers(prediction), None)
            moments = means(np.stack([x, p, x * x, p * p, x * p], axis=1), weights)
            spreads = moments[:, 2:4] - moments[:, :2] ** 2
            with np.errstate(invalid="ignore", divide="ignore"):
                r = (moments[:, 4] - moments[:, 0] * moments[:, 1]) / np.sqrt(spreads.prod(axis=1))
            columns.append(np.where(spreads[:, 0] > 0, np.where(spreads[:, 1] > 0, r, 0.0), np.nan))
        return np.stack(columns, axis=1)


@register("spearman")
@dataclass(frozen=True)
class Spearman(Correlation):
    """Rank correlation of truth and prediction, from -1 to 1, with mid-ranks for ties."""

    name: ClassVar[str] = "spearman"
    title: ClassVar[str] = "Spearman correlation"

    def pair(self, y: AnyArray, prediction: AnyArray, weight: Floats | None) -> _StandardizedPair:
        return _StandardizedPair.of(places(numbers(y), weight), places(numbers(prediction), weight), weight)

    def influence(self, y: AnyArray, prediction: AnyArray, *, weight: Floats | None = None) -> Floats:
        """The part of a row at its own place, and what it does to the places of others (Croux and Dehon, 2010, sec. 2,
        for ties too).
        """
        pair = self.pair(y, prediction, weight)
        if not pair.spread_x > 0 or not pair.spread_y > 0:
            return np.zeros(len(pair.x))
        by_truth = moved_places(numbers(y), (pair.y - pair.r * pair.x) / pair.spread_x, weight)
        by_prediction = moved_places(numbers(prediction), (pair.x - pair.r * pair.y) / pair.spread_y, weight)
        return weighed(_line_influence(pair) + by_truth + by_prediction, weight)

    def scores(self, y: AnyArray, predictions: Sequence[AnyArray], weights: AnyArray) -> Floats:
        return np.stack([self._resampled(numbers(y), numbers(p), weights) for p in predictions], axis=1)

    @staticmethod
    def _resampled(y: Floats, prediction: Floats, weights: AnyArray) -> Floats:
        out, at = np.empty(len(weights)), 0
        for x, p in zip(places_of_many(y, weights), places_of_many(prediction, weights), strict=True):
            out[at : at + len(x)] = _correlations(x, p, weights[at : at + len(x)])
            at += len(x)
        return out
