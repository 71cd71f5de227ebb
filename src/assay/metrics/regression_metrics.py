"""Metrics of regression."""

import math
from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.contract import Loss, Need
from assay.core.errors import DataError, UsageError, Where
from assay.core.problem import Form
from assay.metrics import register
from assay.metrics.row_mean import RowMean, mean, means, numbers, weighed

VALUES: frozenset[Form] = frozenset({"value"})
POSITIVE = (0.0, math.inf)


class ValueMean(RowMean, ABC):
    """Base of means of row errors in regression."""

    higher_is_better: ClassVar[bool] = False
    needs: ClassVar[Need] = "value"
    forms: ClassVar[frozenset[Form]] = VALUES
    by_fold: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float]] = POSITIVE


class SquaredMean(ValueMean, ABC):
    """Base of means of squared errors."""

    loss: ClassVar[Loss] = "squared"

    def rows(self, y: AnyArray, prediction: AnyArray) -> Floats:
        return np.asarray((numbers(y) - numbers(prediction)) ** 2)


@register("mse")
@dataclass(frozen=True)
class MeanSquared(SquaredMean):
    """Mean squared error."""

    name: ClassVar[str] = "mse"
    title: ClassVar[str] = "MSE"


@register("rmse")
@dataclass(frozen=True)
class RootMeanSquared(SquaredMean):
    """Root of the mean squared error, in the target's unit."""

    name: ClassVar[str] = "rmse"
    title: ClassVar[str] = "RMSE"
    root: ClassVar[bool] = True


@register("mae")
@dataclass(frozen=True)
class MeanAbsolute(ValueMean):
    """Mean absolute error, in the target's unit."""

    name: ClassVar[str] = "mae"
    title: ClassVar[str] = "MAE"
    loss: ClassVar[Loss] = "absolute"

    def rows(self, y: AnyArray, prediction: AnyArray) -> Floats:
        return np.abs(numbers(y) - numbers(prediction))


@register("rmsle")
@dataclass(frozen=True)
class RootMeanSquaredLog(ValueMean):
    """Root of the mean squared difference of log(1 + value).

    Negative predictions count as 0; a negative target is a DataError naming its row.
    """

    name: ClassVar[str] = "rmsle"
    title: ClassVar[str] = "RMSLE"
    loss: ClassVar[Loss] = "squared"
    root: ClassVar[bool] = True

    def rows(self, y: AnyArray, prediction: AnyArray) -> Floats:
        truth = numbers(y)
        negative = np.flatnonzero(truth < 0)
        if negative.size:
            row = int(negative[0])
            raise DataError(
                f"RMSLE needs targets of 0 and more, row {row} has {truth[row]:g}. Use rmse or mae.",
                where=Where(row=row), do=("--metric rmse", "--metric mae"),
            )  # fmt: skip
        return np.asarray((np.log1p(truth) - np.log1p(np.maximum(numbers(prediction), 0.0))) ** 2)


@register("mape")
@dataclass(frozen=True)
class MeanAbsolutePercentage(ValueMean):
    """Mean of |error| / |target| as a share; targets of 0 are left out, a table with more than 5 % of them is refused.

    NaN where all are 0.
    """

    name: ClassVar[str] = "mape"
    title: ClassVar[str] = "MAPE"
    loss: ClassVar[Loss] = "absolute"

    def rows(self, y: AnyArray, prediction: AnyArray) -> Floats:
        truth = numbers(y)
        return np.asarray(np.abs(truth - numbers(prediction)) / np.where(truth == 0, 1.0, np.abs(truth)))

    def counted(self, y: AnyArray) -> Floats:
        return np.asarray(numbers(y) != 0, dtype=np.float64)

    def refuse(self, y: AnyArray) -> None:
        zeros = int(np.count_nonzero(numbers(y) == 0))
        if zeros > 0.05 * len(y):
            raise DataError(
                f"MAPE divides by the target, and {zeros:,} of {len(y):,} targets are 0. Use mae or rmsle.",
                do=("--metric mae", "--metric rmsle"),
            )


@register("pinball")
@dataclass(frozen=True)
class Pinball(ValueMean):
    """Pinball loss of a quantile in (0, 1): errors above it weigh quantile, below 1 - quantile (Koenker, 1978)."""

    quantile: float = 0.5
    title: ClassVar[str] = "pinball loss"
    loss: ClassVar[Loss] = "quantile"

    def __post_init__(self) -> None:
        if not 0.0 < self.quantile < 1.0:
            raise UsageError(f"A quantile lies between 0 and 1, {self.quantile:g} does not. Write e.g. pinball:0.9.")

    @property
    def name(self) -> str:
        """Its name with the quantile, e.g. "pinball:0.9"; for the median just "pinball". `find` reads both."""
        return "pinball" if self.quantile == 0.5 else f"pinball:{self.quantile!r}"

    def rows(self, y: AnyArray, prediction: AnyArray) -> Floats:
        error = numbers(y) - numbers(prediction)
        return np.asarray(np.maximum(self.quantile * error, (self.quantile - 1.0) * error))


@register("r2")
@dataclass(frozen=True)
class ExplainedVariance:
    """Share of the target's variance explained, R²; NaN for a constant target."""

    name: ClassVar[str] = "r2"
    title: ClassVar[str] = "R²"
    higher_is_better: ClassVar[bool] = True
    needs: ClassVar[Need] = "value"
    forms: ClassVar[frozenset[Form]] = VALUES
    loss: ClassVar[Loss] = "squared"
    by_fold: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float]] = (-math.inf, 1.0)

    def score(self, y: AnyArray, prediction: AnyArray, *, weight: Floats | None = None) -> float:
        error, spread = self._parts(y, prediction, weight)
        variance = mean(spread, weight)
        return 1.0 - mean(error, weight) / variance if variance > 0 else math.nan

    def influence(self, y: AnyArray, prediction: AnyArray, *, weight: Floats | None = None) -> Floats:
        error, spread = self._parts(y, prediction, weight)
        mse, variance = mean(error, weight), mean(spread, weight)
        if not variance > 0:
            return np.zeros(len(error))
        return weighed((mse - error) / variance + mse * (spread - variance) / variance**2, weight)

    def scores(self, y: AnyArray, predictions: Sequence[AnyArray], weights: AnyArray) -> Floats:
        # about the mean of all rows, E t² - (E t)² loses no digits
        truth = numbers(y) - numbers(y).mean()
        moments = means(np.stack([truth, truth**2], axis=1), weights)
        variance = (moments[:, 1] - moments[:, 0] ** 2)[:, None]
        errors = means(np.stack([(numbers(y) - numbers(p)) ** 2 for p in predictions], axis=1), weights)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(variance > 0, 1.0 - errors / variance, np.nan)

    @staticmethod
    def _parts(y: AnyArray, prediction: AnyArray, weight: Floats | None) -> tuple[Floats, Floats]:
        """Squared errors and squared distances from the mean."""
        truth = numbers(y)
        return (truth - numbers(prediction)) ** 2, (truth - mean(truth, weight)) ** 2
