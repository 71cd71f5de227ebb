"""Metrics of labels: functions of the confusion matrix."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.contract import Loss, Need
from assay.core.problem import Form
from assay.metrics import register
from assay.metrics.probability_metrics import CLASSES
from assay.metrics.row_mean import weighed


def _divide(above: Floats, below: Floats, *, empty: float = 0.0) -> Floats:
    """The quotient, `empty` for 0 / 0."""
    return np.asarray(np.divide(above, below, out=np.full(np.shape(above), empty), where=below > 0))


def shares(y: AnyArray, label: AnyArray, weight: Floats | None) -> Floats:
    """(k, k) share of the weight in each cell; rows are true classes, columns predicted ones, k = largest code + 1."""
    k = int(max(y.max(initial=0), label.max(initial=0))) + 1
    cells = np.bincount(y.astype(np.int64) * k + label, weights=weight, minlength=k * k).astype(np.float64)
    total = cells.sum()
    return np.asarray((cells / total if total > 0 else cells).reshape(k, k))


FEW_CLASSES = 4
"""Up to here a product with the cells' indicators is faster than counting bag by bag."""


class CellMetric(ABC):
    """Base of metrics that are functions g of the confusion matrix: a row's influence is the gradient at its cell.

    Every g here depends on proportions only, so that the influence values have mean 0.
    """

    higher_is_better: ClassVar[bool] = True
    needs: ClassVar[Need] = "label"
    forms: ClassVar[frozenset[Form]] = CLASSES
    loss: ClassVar[Loss] = "log_loss"
    by_fold: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)

    @abstractmethod
    def of_tables(self, tables: Floats) -> Floats:
        """(b,) scores of (b, k, k) cell shares; rows are true classes, columns predicted ones."""

    @abstractmethod
    def gradient(self, cells: Floats) -> Floats:
        """(k, k) derivative of the score of (k, k) cell shares, up to a constant."""

    def score(self, y: AnyArray, prediction: AnyArray, *, weight: Floats | None = None) -> float:
        return float(self.of_tables(shares(y, prediction, weight)[None])[0])

    def influence(self, y: AnyArray, prediction: AnyArray, *, weight: Floats | None = None) -> Floats:
        cells = shares(y, prediction, weight)
        gradient = self.gradient(cells)
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
            counted = [np.bincount(cell, weights=weight, minlength=k * k) for weight in weights]
            tables = np.array(counted, dtype=np.float64).reshape(len(weights), k * k)  # also of no weightings
        totals = tables.sum(axis=1)
        values = self.of_tables(_divide(tables, totals[:, None]).reshape(-1, k, k))
        return np.where(totals > 0, values, np.nan)


@register("accuracy")
@dataclass(frozen=True)
class Accuracy(CellMetric):
    """Share of rows with the right label."""

    name: ClassVar[str] = "accuracy"
    title: ClassVar[str] = "accuracy"

    def of_tables(self, tables: Floats) -> Floats:
        return np.asarray(_diagonal(tables).sum(axis=1))

    def gradient(self, cells: Floats) -> Floats:
        return np.eye(len(cells))


@register("balanced_accuracy")
@dataclass(frozen=True)
class BalancedAccuracy(CellMetric):
    """Mean recall over the classes present among the true labels."""

    name: ClassVar[str] = "balanced_accuracy"
    title: ClassVar[str] = "balanced accuracy"

    def of_tables(self, tables: Floats) -> Floats:
        true = tables.sum(axis=2)
        recalls = _divide(_diagonal(tables), true).sum(axis=1)
        return _divide(recalls, (true > 0).sum(axis=1), empty=math.nan)

    def gradient(self, cells: Floats) -> Floats:
        true = cells.sum(axis=1)
        recall = _divide(np.diag(cells), true)
        factor = _divide(np.ones(len(cells)), true) / max(int((true > 0).sum()), 1)
        return np.asarray((np.eye(len(cells)) - recall[:, None]) * factor[:, None])


def _f1(tables: Floats) -> tuple[Floats, Floats]:
    """(b, k) F1 of each class, 0 where it is neither true nor predicted, and how much is either."""
    either = tables.sum(axis=1) + tables.sum(axis=2)
    return _divide(2.0 * _diagonal(tables), either), either


def _f1_gradient(cells: Floats) -> Floats:
    """(k, k, k) derivatives [class, true, predicted] of the F1 of each class."""
    one = np.eye(len(cells))
    value, either = (found[0] for found in _f1(cells[None]))
    touches = one[:, :, None] + one[:, None, :]
    hits = one[:, :, None] * one[:, None, :]
    factor = _divide(np.ones(len(cells)), either)[:, None, None]
    return np.asarray((2.0 * hits - value[:, None, None] * touches) * factor)


@register("f1")
@dataclass(frozen=True)
class F1(CellMetric):
    """Harmonic mean of precision and recall of the positive class; 0 when it is neither true nor predicted."""

    name: ClassVar[str] = "f1"
    title: ClassVar[str] = "F1"
    forms: ClassVar[frozenset[Form]] = frozenset({"probability"})

    def of_tables(self, tables: Floats) -> Floats:
        return _f1(tables)[0][:, 1] if tables.shape[1] > 1 else np.zeros(len(tables))

    def gradient(self, cells: Floats) -> Floats:
        return np.asarray(_f1_gradient(cells)[1]) if len(cells) > 1 else np.zeros_like(cells)


@register("macro_f1")
@dataclass(frozen=True)
class MacroF1(CellMetric):
    """Mean F1 over the classes that are true or predicted somewhere."""

    name: ClassVar[str] = "macro_f1"
    title: ClassVar[str] = "macro F1"

    def of_tables(self, tables: Floats) -> Floats:
        value, either = _f1(tables)
        return _divide(value.sum(axis=1), (either > 0).sum(axis=1))

    def gradient(self, cells: Floats) -> Floats:
        present = int((cells.sum(axis=1) + cells.sum(axis=0) > 0).sum())
        return np.asarray(_f1_gradient(cells).sum(axis=0) / max(present, 1))


@register("mcc")
@dataclass(frozen=True)
class Matthews(CellMetric):
    """Matthews correlation of true and predicted classes (Gorodkin, 2004); 0 when one of them is constant."""

    name: ClassVar[str] = "mcc"
    title: ClassVar[str] = "MCC"
    bounds: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    def of_tables(self, tables: Floats) -> Floats:
        joint, spread_true, spread_given = self._parts(tables)
        scale = np.sqrt(spread_true * spread_given)
        return _divide(joint, scale)

    def gradient(self, cells: Floats) -> Floats:
        joint, spread_true, spread_given = (float(part[0]) for part in self._parts(cells[None]))
        scale = math.sqrt(spread_true * spread_given)
        if not scale > 0:
            return np.zeros_like(cells)
        true, given, total = cells.sum(axis=1), cells.sum(axis=0), float(cells.sum())
        d_joint = np.eye(len(cells)) * total + np.trace(cells) - given[:, None] - true[None, :]
        d_true, d_given = (total - true)[:, None] / spread_true, (total - given)[None, :] / spread_given
        return np.asarray((d_joint - joint * (d_true + d_given)) / scale)

    @staticmethod
    def _parts(tables: Floats) -> tuple[Floats, Floats, Floats]:
        """Covariance of truth and prediction, and the variance of each; a variance of rounding errors is 0."""
        true, given, total = tables.sum(axis=2), tables.sum(axis=1), tables.sum(axis=(1, 2))
        joint = _diagonal(tables).sum(axis=1) * total - (true * given).sum(axis=1)
        spreads = [total**2 - (side**2).sum(axis=1) for side in (true, given)]
        spread_true, spread_given = (np.where(spread > 1e-14, spread, 0.0) for spread in spreads)
        return joint, spread_true, spread_given


@register("quadratic_kappa")
@dataclass(frozen=True)
class QuadraticKappa(CellMetric):
    """Cohen's kappa with weights (distance of class codes)²: for ordered classes; NaN when both are constant."""

    name: ClassVar[str] = "quadratic_kappa"
    title: ClassVar[str] = "quadratic kappa"
    bounds: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    def of_tables(self, tables: Floats) -> Floats:
        seen, chance = self._parts(tables)
        return 1.0 - _divide(tables.sum(axis=(1, 2)) * seen, chance, empty=math.nan)

    def gradient(self, cells: Floats) -> Floats:
        seen, chance = (float(part[0]) for part in self._parts(cells[None]))
        if not chance > 0:
            return np.zeros_like(cells)
        distance, total = _distances(len(cells)), float(cells.sum())
        d_chance = (distance @ cells.sum(axis=0))[:, None] + (cells.sum(axis=1) @ distance)[None, :]
        return np.asarray((total * seen / chance * d_chance - seen - total * distance) / chance)

    @staticmethod
    def _parts(tables: Floats) -> tuple[Floats, Floats]:
        """Mean squared distance seen, and that expected by chance."""
        distance = _distances(tables.shape[1])
        expected = ((tables.sum(axis=2) @ distance) * tables.sum(axis=1)).sum(axis=1)
        return (tables * distance).sum(axis=(1, 2)), expected


def _diagonal(tables: Floats) -> Floats:
    return np.diagonal(tables, axis1=1, axis2=2)


def _distances(k: int) -> Floats:
    code = np.arange(k, dtype=np.float64)
    return np.asarray((code[:, None] - code[None, :]) ** 2)
