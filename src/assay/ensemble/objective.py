"""What greedy selection minimises, in forms that judge many blends at once.

An objective stacks its candidates as `parts` of shape (m, …) so that the mean of parts is the part of the mean: a
blend grown by one member is one addition and one division.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from assay.core.array import AnyArray, Bools, Floats
from assay.core.contract import Metric
from assay.core.target import Target
from assay.ensemble.combine import TINY
from assay.ensemble.rank import auc_many


class Objective(Protocol):
    """Losses of blends; lower is better."""

    @property
    def parts(self) -> AnyArray:
        """(m, …) what is averaged, one candidate a row."""
        ...

    def losses(self, means: AnyArray) -> Floats:
        """(b,) of b blends given as means of parts, (b, …)."""
        ...


def _mean(values: AnyArray, weight: Floats | None) -> Floats:
    """(b,) means over the rows of (b, n) values, in float64."""
    if weight is None:
        return np.asarray(values.mean(axis=1, dtype=np.float64))
    return np.asarray(values @ weight / weight.sum())


@dataclass(frozen=True, slots=True, eq=False)
class LogLoss:
    """Of the true class's probability alone, so multiclass costs no more than binary."""

    parts: AnyArray
    weight: Floats | None

    @classmethod
    def of(cls, stored: Sequence[AnyArray], target: Target) -> "LogLoss":
        y, rows = target.values, np.arange(len(target))
        true = [np.where(y == 1, p, 1.0 - p) if p.ndim == 1 else p[rows, y] for p in stored]
        return cls(np.array(true, dtype=np.float32), target.weight)

    def losses(self, means: AnyArray) -> Floats:
        return -_mean(np.log(np.maximum(means, np.float32(TINY))), self.weight)


@dataclass(frozen=True, slots=True, eq=False)
class RankAuc:
    """1 − ROC AUC of a binary target, unweighted."""

    parts: AnyArray
    positive: Bools

    @classmethod
    def of(cls, stored: Sequence[AnyArray], target: Target) -> "RankAuc":
        return cls(np.array(stored, dtype=np.float32), np.asarray(target.values == 1))

    def losses(self, means: AnyArray) -> Floats:
        return 1.0 - auc_many(means, self.positive)


@dataclass(frozen=True, slots=True, eq=False)
class Residual:
    """Mean power of the residuals: squared (2) or absolute (1) error; squared on probabilities is the Brier score."""

    parts: AnyArray
    power: int
    weight: Floats | None

    @classmethod
    def of(cls, stored: Sequence[AnyArray], target: Target, power: int) -> "Residual":
        y = target.one_hot() if stored[0].ndim == 2 else np.asarray(target.values, dtype=np.float64)
        return cls(np.array([p - y for p in stored]), power, target.weight)

    def losses(self, means: AnyArray) -> Floats:
        each = np.abs(means) if self.power == 1 else means * means
        return _mean(each.sum(axis=2) if each.ndim == 3 else each, self.weight)


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Any metric on values or probabilities, one call a blend."""

    parts: AnyArray
    target: Target
    metric: Metric

    @classmethod
    def of(cls, stored: Sequence[AnyArray], target: Target, metric: Metric) -> "Scored":
        return cls(np.array(stored, dtype=np.float64), target, metric)

    def losses(self, means: AnyArray) -> Floats:
        sign = -1.0 if self.metric.higher_is_better else 1.0
        y, weight = self.target.values, self.target.weight
        return np.array([sign * self.metric.score(y, mean, weight=weight) for mean in means])


SQUARED = frozenset({"rmse", "mse", "r2", "brier"})
"""Metrics that order blends of the same rows as their mean squared residual does."""


def objective_for(metric: Metric, stored: Sequence[AnyArray], target: Target) -> Objective:
    """The fastest exact form of a metric over these candidates; other metrics are called as they are.

    Metrics of labels are selected by log loss: they move in steps of whole rows, so that 50 greedy additions would
    fit their noise (Caruana, Munson and Niculescu-Mizil, 2006, found cross-entropy the safe choice for all of them).
    """
    if metric.needs == "label" or metric.name == "log_loss":
        return LogLoss.of(stored, target) if target.is_class else Residual.of(stored, target, 2)
    if metric.name == "roc_auc" and stored[0].ndim == 1 and target.weight is None:
        return RankAuc.of(stored, target)
    if metric.name in SQUARED:
        return Residual.of(stored, target, 2)
    if metric.name == "mae":
        return Residual.of(stored, target, 1)
    return Scored.of(stored, target, metric)
