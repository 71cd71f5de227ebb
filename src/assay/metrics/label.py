"""Metrics of labels: functions of the table of true and predicted classes."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.contract import Need
from assay.core.schema import Problem
from assay.core.task import Loss
from assay.metrics import register
from assay.metrics.mean import weighed
from assay.metrics.probability import CLASSES


def _divide(above: Floats, below: Floats) -> Floats:
    """The quotient, 0 where nothing is divided by nothing."""
    return np.asarray(np.divide(above, below, out=np.zeros_like(above), where=below > 0))


def shares(y: AnyArray, label: AnyArray, weight: Floats | None) -> Floats:
    """(k, k) share of the weight in each cell; rows are true classes, columns predicted ones, k = largest code + 1."""
    k = int(max(y.max(initial=0), label.max(initial=0))) + 1
    cells = np.bincount(y.astype(np.int64) * k + label, weights=weight, minlength=k * k).astype(np.float64)
    total = cells.sum()
    return np.asarray((cells / total if total > 0 else cells).reshape(k, k))


FEW_CLASSES = 4
"""Up to here a product with the cells' indicators is faster than counting bag by bag."""


class CellMetric(ABC):
    """What functions g of the cell shares have in common: by its gradient a row's influence is that of its cell.

    Every g here depends on proportions only, so that the influence values have mean 0 (evidence.md 2.1).
    """

    higher_is_better: ClassVar[bool] = True
    needs: ClassVar[Need] = "label"
    loss: ClassVar[Loss] = "log_loss"
    by_fold: ClassVar[bool] = False

    @abstractmethod
    def at(self, cells: Floats) -> tuple[float, Floats]:
        """The score of (k, k) cell shares, and its gradient by cell up to a constant."""

    def score(self, y: AnyArray, prediction: AnyArray, *, weight: Floats | None = None) -> float:
        return self.at(shares(y, prediction, weight))[0]

    def influence(self, y: AnyArray, prediction: AnyArray, *, weight: Floats | None = None) -> Floats:
        cells = shares(y, prediction, weight)
        gradient = self.at(cells)[1]
        centred = gradient - float((cells * gradient).sum())
        return weighed(centred[y, prediction], weight)

    def scores(self, y: AnyArray, predictions: Sequence[AnyArray], weights: AnyArray) -> Floats:
        held = weights.astype(np.float64, copy=False)
        return np.stack([self._resampled(y, prediction, held) for prediction in predictions], axis=1)

    def _resampled(self, y: AnyArray, prediction: AnyArray, weights: Floats) -> Floats:
        k = int(max(y.max(initial=0), prediction.max(initial=0))) + 1
        cell = y.astype(np.int64) * k + prediction
        if k <= FEW_CLASSES:
            tables = weights @ (cell[:, None] == np.arange(k * k)).astype(np.float64)
        else:
            tables = np.stack([np.bincount(cell, weights=weight, minlength=k * k) for weight in weights])
        totals = tables.sum(axis=1)
        shared = np.divide(tables, totals[:, None], out=np.zeros_like(tables), where=totals[:, None] > 0)
        values = np.array([self.at(cells)[0] for cells in shared.reshape(-1, k, k)])
        return np.where(totals > 0, values, np.nan)


@register("accuracy")
@dataclass(frozen=True)
class Accuracy(CellMetric):
    """Share of rows with the right label."""

    name: ClassVar[str] = "accuracy"
    title: ClassVar[str] = "accuracy"
    problems: ClassVar[frozenset[Problem]] = CLASSES
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def at(self, cells: Floats) -> tuple[float, Floats]:
        return float(np.trace(cells)), np.eye(len(cells))


@register("balanced_accuracy")
@dataclass(frozen=True)
class BalancedAccuracy(CellMetric):
    """Mean recall over the classes present among the true labels."""

    name: ClassVar[str] = "balanced_accuracy"
    title: ClassVar[str] = "balanced accuracy"
    problems: ClassVar[frozenset[Problem]] = CLASSES
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def at(self, cells: Floats) -> tuple[float, Floats]:
        true = cells.sum(axis=1)
        recall = _divide(np.diag(cells), true)
        present = int((true > 0).sum())
        if not present:
            return math.nan, np.zeros_like(cells)
        factor = _divide(np.ones(len(cells)), true) / present
        return float(recall.sum() / present), (np.eye(len(cells)) - recall[:, None]) * factor[:, None]


def _f1(cells: Floats) -> tuple[Floats, Floats]:
    """(k,) F1 of each class, 0 where a class is neither true nor predicted, and (k, k, k) gradients [class, cell]."""
    k = len(cells)
    both = cells.sum(axis=1) + cells.sum(axis=0)
    value = _divide(2.0 * np.diag(cells), both)
    touches = np.eye(k)[:, :, None] + np.eye(k)[:, None, :]
    hits = np.einsum("ca,cb->cab", np.eye(k), np.eye(k))
    factor = _divide(np.ones(k), both)[:, None, None]
    return value, (2.0 * hits - value[:, None, None] * touches) * factor


@register("f1")
@dataclass(frozen=True)
class F1(CellMetric):
    """Harmonic mean of precision and recall of the positive class; 0 when it is neither true nor predicted."""

    name: ClassVar[str] = "f1"
    title: ClassVar[str] = "F1"
    problems: ClassVar[frozenset[Problem]] = frozenset({"binary"})
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def at(self, cells: Floats) -> tuple[float, Floats]:
        if len(cells) < 2:
            return 0.0, np.zeros_like(cells)
        value, gradient = _f1(cells)
        return float(value[1]), gradient[1]


@register("macro_f1")
@dataclass(frozen=True)
class MacroF1(CellMetric):
    """Mean F1 over the classes that are true or predicted somewhere."""

    name: ClassVar[str] = "macro_f1"
    title: ClassVar[str] = "macro F1"
    problems: ClassVar[frozenset[Problem]] = CLASSES
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def at(self, cells: Floats) -> tuple[float, Floats]:
        value, gradient = _f1(cells)
        present = int((cells.sum(axis=1) + cells.sum(axis=0) > 0).sum())
        return float(value.sum()) / max(present, 1), gradient.sum(axis=0) / max(present, 1)


@register("mcc")
@dataclass(frozen=True)
class Matthews(CellMetric):
    """Matthews correlation of true and predicted classes (Gorodkin, 2004); 0 when one of them is constant."""

    name: ClassVar[str] = "mcc"
    title: ClassVar[str] = "MCC"
    problems: ClassVar[frozenset[Problem]] = CLASSES
    bounds: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    def at(self, cells: Floats) -> tuple[float, Floats]:
        true, given, total = cells.sum(axis=1), cells.sum(axis=0), float(cells.sum())
        joint = np.trace(cells) * total - true @ given
        spread_true, spread_given = total**2 - true @ true, total**2 - given @ given
        scale = math.sqrt(max(spread_true * spread_given, 0.0))
        if scale <= 1e-15:
            return 0.0, np.zeros_like(cells)
        value = float(joint / scale)
        d_joint = np.eye(len(cells)) * total + np.trace(cells) - given[:, None] - true[None, :]
        d_true, d_given = 2.0 * (total - true)[:, None] / spread_true, 2.0 * (total - given)[None, :] / spread_given
        return value, d_joint / scale - 0.5 * value * (d_true + d_given)


@register("quadratic_kappa")
@dataclass(frozen=True)
class QuadraticKappa(CellMetric):
    """Cohen's kappa with weights (distance of class codes)²: for ordered classes; NaN when both are constant."""

    name: ClassVar[str] = "quadratic_kappa"
    title: ClassVar[str] = "quadratic kappa"
    problems: ClassVar[frozenset[Problem]] = CLASSES
    bounds: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    def at(self, cells: Floats) -> tuple[float, Floats]:
        code = np.arange(len(cells), dtype=np.float64)
        distance = (code[:, None] - code[None, :]) ** 2
        true, given, total = cells.sum(axis=1), cells.sum(axis=0), float(cells.sum())
        seen, chance = float((distance * cells).sum()), float(true @ distance @ given)
        if not chance > 0:
            return math.nan, np.zeros_like(cells)
        d_seen = seen + total * distance
        d_chance = (distance @ given)[:, None] + (true @ distance)[None, :]
        ratio = total * seen / chance
        return 1.0 - ratio, (ratio * d_chance - d_seen) / chance
