"""The objectives of greedy selection, which evaluate many blends at once.

An objective stacks its candidates as `parts` of shape (m, …) so that the mean of parts is the part of the mean: a
blend grown by one member is one addition and one division.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Singles
from assay.core.contract import Metric
from assay.core.target import Target
from assay.ensemble.combine import TINY


def auc_many(values: Singles, positive: Bools) -> Floats:
    """The area under the ROC curve of each row of values, ties counted half.

    values: (b, n) float32 in [0, 2); positive: (n,). NaN where a class is absent.
    The label sits in the lowest bit of a value's bits shifted left: non-negative floats order like their bits, and
    below 2 the shift loses nothing. A plain sort of such keys is some ten times cheaper than an argsort and a gather.
    """
    keys = np.left_shift(np.ascontiguousarray(values, dtype=np.float32).view(np.uint32), 1)
    keys |= positive
    keys.sort(axis=1)
    n_positive = int(positive.sum())
    pairs = n_positive * (len(positive) - n_positive)
    if pairs == 0:
        return np.full(len(keys), np.nan)
    return np.array([_won(row) / pairs for row in keys])


def _won(keys: AnyArray) -> float:
    """Pairs of a positive and a negative in the right order. keys: sorted, so among ties the negatives come first."""
    label = (keys & 1).astype(bool)
    before = np.cumsum(~label, dtype=np.int64)
    won = float(before[label].sum())
    value = keys >> 1
    same = value[1:] == value[:-1]
    if np.any(same & label[1:] & ~label[:-1]):
        # a positive beat every negative tied with it; half of them are given back
        starts = np.flatnonzero(np.concatenate([[True], ~same]))
        n_positive = np.add.reduceat(label.astype(np.int64), starts)
        n_negative = np.diff(np.append(starts, len(keys))) - n_positive
        won -= 0.5 * float((n_positive * n_negative).sum())
    return won


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
class LogLossObjective:
    """Of the true class's probability alone, so multiclass costs no more than binary."""

    parts: AnyArray
    weight: Floats | None

    @classmethod
    def of(cls, stored: Sequence[AnyArray], target: Target) -> "LogLossObjective":
        y, rows = target.values, np.arange(len(target))
        true = [np.where(y == 1, p, 1.0 - p) if p.ndim == 1 else p[rows, y] for p in stored]
        return cls(np.array(true, dtype=np.float32), target.weight)

    def losses(self, means: AnyArray) -> Floats:
        return -_mean(np.log(np.maximum(means, np.float32(TINY))), self.weight)


@dataclass(frozen=True, slots=True, eq=False)
class AucObjective:
    """1 − ROC AUC of a binary target, unweighted."""

    parts: AnyArray
    positive: Bools

    @classmethod
    def of(cls, stored: Sequence[AnyArray], target: Target) -> "AucObjective":
        return cls(np.array(stored, dtype=np.float32), np.asarray(target.values == 1))

    def losses(self, means: AnyArray) -> Floats:
        return 1.0 - auc_many(means, self.positive)


@dataclass(frozen=True, slots=True, eq=False)
class SquaredObjective:
    """Mean squared residual; on probabilities the Brier score.

    parts: (m, m) instead of m rows of residuals: a QR decomposition turns the residuals of all blends at once and keeps
    their lengths, so that a loss costs m multiplications, however many rows there are.
    """

    parts: AnyArray

    @classmethod
    def of(cls, stored: Sequence[AnyArray], target: Target) -> "SquaredObjective":
        y = target.one_hot() if stored[0].ndim == 2 else np.asarray(target.values, dtype=np.float64)
        share = np.full(len(y), 1.0 / len(y)) if target.weight is None else target.weight / target.weight.sum()
        root = np.sqrt(share) if y.ndim == 1 else np.sqrt(share)[:, None]
        residuals = np.column_stack([(root * (p - y)).ravel() for p in stored])
        turned: AnyArray = np.asarray(np.linalg.qr(residuals, mode="r"))
        return cls(np.ascontiguousarray(turned.T))

    def losses(self, means: AnyArray) -> Floats:
        return np.asarray((means * means).sum(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class AbsoluteObjective:
    """Mean absolute residual."""

    parts: AnyArray
    weight: Floats | None

    @classmethod
    def of(cls, stored: Sequence[AnyArray], target: Target) -> "AbsoluteObjective":
        return cls(np.array([p - np.asarray(target.values, dtype=np.float64) for p in stored]), target.weight)

    def losses(self, means: AnyArray) -> Floats:
        return _mean(np.abs(means), self.weight)


@dataclass(frozen=True, slots=True, eq=False)
class MetricObjective:
    """Any metric on values or probabilities, one call a blend."""

    parts: AnyArray
    target: Target
    metric: Metric

    @classmethod
    def of(cls, stored: Sequence[AnyArray], target: Target, metric: Metric) -> "MetricObjective":
        return cls(np.array(stored, dtype=np.float64), target, metric)

    def losses(self, means: AnyArray) -> Floats:
        sign = -1.0 if self.metric.higher_is_better else 1.0
        y, weight = self.target.values, self.target.weight
        return np.array([sign * self.metric.score(y, mean, weight=weight) for mean in means])


Form = Literal["log_loss", "rank", "squared", "absolute", "scored"]
"""How a metric is minimised; all but "scored" evaluate an array of blends at once."""

SQUARED = frozenset({"rmse", "mse", "r2", "brier"})
"""Metrics that order blends of the same rows as their mean squared residual does."""
AREAS = frozenset({"roc_auc", "gini"})
"""Metrics that order blends of two classes as the area under the ROC curve does."""


def form_of(metric: Metric, target: Target) -> Form:
    """The fastest form that serves a metric; exact but for these, which are served by log loss.

    Metrics of labels move in steps of whole rows, so that 50 greedy additions would fit their noise (Caruana, Munson
    and Niculescu-Mizil, 2006, found cross-entropy the safe choice for all of them); ranks of several classes cost k
    sorts a blend.
    """
    if metric.name in SQUARED:
        return "squared"
    if metric.name == "mae":
        return "absolute"
    if not target.is_class:
        return "squared" if metric.needs == "label" else "scored"
    if metric.name in AREAS and target.n_classes == 2:
        return "rank"
    return "log_loss" if metric.needs == "label" or target.n_classes > 2 or metric.name == "log_loss" else "scored"


def objective_for(metric: Metric, stored: Sequence[AnyArray], target: Target) -> Objective:
    """The objective of a metric over candidates given by their stored predictions of the target's rows."""
    form = form_of(metric, target)
    if form == "rank" and _weighs_rows(target):
        return MetricObjective.of(stored, target, metric)
    if form == "rank":
        return AucObjective.of(stored, target)
    if form == "log_loss":
        return LogLossObjective.of(stored, target)
    if form == "scored":
        return MetricObjective.of(stored, target, metric)
    return AbsoluteObjective.of(stored, target) if form == "absolute" else SquaredObjective.of(stored, target)


def _weighs_rows(target: Target) -> bool:
    """Whether weights differ within a class: an AUC does not depend on the weights between classes."""
    weight = target.weight
    return weight is not None and any(np.ptp(weight[target.values == c]) > 0 for c in np.unique(target.values))
