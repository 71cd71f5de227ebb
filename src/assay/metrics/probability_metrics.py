"""Metrics of probabilities: proper scoring rules."""

import math
from abc import ABC
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.contract import Loss, Need
from assay.core.problem import Form
from assay.metrics import register
from assay.metrics.row_mean import RowMean, numbers

CLASSES: frozenset[Form] = frozenset({"probability", "probabilities"})
CLIP = 1e-15


class RuleMean(RowMean, ABC):
    """Base of means of scoring rules."""

    higher_is_better: ClassVar[bool] = False
    needs: ClassVar[Need] = "probability"
    forms: ClassVar[frozenset[Form]] = CLASSES
    loss: ClassVar[Loss] = "log_loss"
    by_fold: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float]] = (0.0, math.inf)


@register("log_loss")
@dataclass(frozen=True)
class LogLoss(RuleMean):
    """Mean of -log of the true class's probability, clipped to [1e-15, 1 - 1e-15]."""

    name: ClassVar[str] = "log_loss"
    title: ClassVar[str] = "log loss"

    def rows(self, y: AnyArray, prediction: AnyArray) -> Floats:
        given = numbers(prediction)
        true = np.where(y == 1, given, 1.0 - given) if given.ndim == 1 else given[np.arange(len(y)), y]
        return np.asarray(-np.log(np.clip(true, CLIP, 1.0 - CLIP)))


@register("brier")
@dataclass(frozen=True)
class Brier(RuleMean):
    """Mean squared distance of probability and outcome; binary: of one class, in [0, 1], else over all, in [0, 2]."""

    name: ClassVar[str] = "brier"
    title: ClassVar[str] = "Brier score"

    def rows(self, y: AnyArray, prediction: AnyArray) -> Floats:
        given = numbers(prediction)
        if given.ndim == 1:
            return np.asarray((given - (y == 1)) ** 2)
        true = given[np.arange(len(y)), y]
        return np.asarray((given**2).sum(axis=1) - 2.0 * true + 1.0)
