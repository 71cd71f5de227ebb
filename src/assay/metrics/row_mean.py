"""Metrics that are a mean over rows, or its root; weighted means and their influence values."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats


def numbers(values: AnyArray) -> Floats:
    """Row values as float64: stored predictions are float32, and clipping at 1e-15 needs more than that."""
    return np.asarray(values, dtype=np.float64)


def mean(values: Floats, weight: Floats | None) -> float:
    """The weighted mean of row values; NaN when no row has weight."""
    if weight is None:
        return float(values.mean()) if len(values) else math.nan
    total = float(weight.sum())
    return float(values @ weight) / total if total > 0 else math.nan


def weighed(values: Floats, weight: Floats | None) -> Floats:
    """Row values times w / mean w: influence values whose plain mean is the weighted one."""
    return values if weight is None else values * (weight / weight.mean())


def influence_of_mean(values: Floats, weight: Floats | None) -> Floats:
    """(n,) influence of each row on the weighted mean; its plain mean is 0."""
    return weighed(values - mean(values, weight), weight)


def means(values: Floats, weights: AnyArray) -> Floats:
    """(b, c) weighted means of the columns of values (n, c) under each row of weights (b, n)."""
    held = weights.astype(np.float64, copy=False)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((held @ values) / held.sum(axis=1)[:, None])


class RowMean(ABC):
    """Base of metrics that are a mean over rows, or its root.

    root: the score is the square root of the mean. counted: rows with weight 0 in `counted` are left out.
    """

    root: ClassVar[bool] = False

    @abstractmethod
    def rows(self, y: AnyArray, prediction: AnyArray) -> Floats:
        """(n,) one value a row, finite also where a row is not counted."""

    def counted(self, y: AnyArray) -> Floats | None:
        """(n,) 1.0 for rows that count and 0.0 for others; None when all do."""
        return None

    def score(self, y: AnyArray, prediction: AnyArray, *, weight: Floats | None = None) -> float:
        level = mean(self.rows(y, prediction), self._held(y, weight))
        return math.sqrt(level) if self.root else level

    def influence(self, y: AnyArray, prediction: AnyArray, *, weight: Floats | None = None) -> Floats:
        values, held = self.rows(y, prediction), self._held(y, weight)
        influence = influence_of_mean(values, held)
        if not self.root:
            return influence
        level = mean(values, held)
        return influence / (2.0 * math.sqrt(level)) if level > 0 else np.zeros(len(values))

    def scores(self, y: AnyArray, predictions: Sequence[AnyArray], weights: AnyArray) -> Floats:
        counted = self.counted(y)
        held = weights if counted is None else weights * counted
        levels = means(np.stack([self.rows(y, p) for p in predictions], axis=1), held)
        return np.sqrt(levels) if self.root else levels

    def _held(self, y: AnyArray, weight: Floats | None) -> Floats | None:
        counted = self.counted(y)
        if counted is None or weight is None:
            return weight if counted is None else counted
        return weight * counted
