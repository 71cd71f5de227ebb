"""The normalised Gini coefficient: how well predictions order rows by their true values."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.contract import Loss, Need
from assay.core.problem import Form
from assay.metrics import register
from assay.metrics.correlation import moved_places, places, places_of_many
from assay.metrics.row_mean import mean, numbers, weighed


@register("gini")
@dataclass(frozen=True)
class NormalisedGini:
    """Normalised Gini: area between the curve of true values added up in predicted order and the straight line, over
    that of the best order; 1 the best, 0 chance, -1 the worst. Of two classes it is 2 AUC - 1.

    The measure of insurers (Frees, Meyers and Cummings, 2011) and of the competitions on claims (Allstate 2011, Liberty
    Mutual 2014, Porto Seguro 2017), which break ties by the order of the rows; here tied rows share their places. NaN
    where all targets are the same.
    """

    name: ClassVar[str] = "gini"
    title: ClassVar[str] = "normalised Gini"
    higher_is_better: ClassVar[bool] = True
    needs: ClassVar[Need] = "probability"
    forms: ClassVar[frozenset[Form]] = frozenset({"probability", "value"})
    loss: ClassVar[Loss] = "squared"
    by_fold: ClassVar[bool] = True
    bounds: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    def score(self, y: AnyArray, prediction: AnyArray, *, weight: Floats | None = None) -> float:
        truth = numbers(y)
        best = _area(truth, places(truth, weight), weight)
        return _area(truth, places(numbers(prediction), weight), weight) / best if best > 0 else math.nan

    def influence(self, y: AnyArray, prediction: AnyArray, *, weight: Floats | None = None) -> Floats:
        """Of the quotient of two covariances of the truth and mid-ranks, each with what a row does to the places of
        others."""
        truth, given = numbers(y), numbers(prediction)
        best, of_best = _with_influence(truth, truth, weight)
        if not best > 0:
            return np.zeros(len(truth))
        area, of_area = _with_influence(truth, given, weight)
        return weighed((of_area - area / best * of_best) / best, weight)

    def scores(self, y: AnyArray, predictions: Sequence[AnyArray], weights: AnyArray) -> Floats:
        truth = numbers(y)
        best = _areas(truth, truth, weights)
        with np.errstate(invalid="ignore", divide="ignore"):
            found = np.stack([_areas(truth, numbers(p), weights) / best for p in predictions], axis=1)
        return np.where(best[:, None] > 0, found, np.nan)


def _area(truth: Floats, placed: Floats, weight: Floats | None) -> float:
    """The covariance of true values and places, 0 where it is rounding alone; NaN without weight."""
    moved = truth - mean(truth, weight)
    size = mean(np.abs(moved), weight)
    if size <= 1e-12 * float(np.abs(truth).max(initial=0.0)):  # what rounding leaves of equal numbers
        return 0.0
    return mean(moved * (placed - 0.5), weight)


def _with_influence(truth: Floats, order: Floats, weight: Floats | None) -> tuple[float, Floats]:
    """`_area` with the places of `order`, and (n,) what each row adds to it, of weighted mean 0."""
    placed = places(order, weight)
    area, moved = _area(truth, placed, weight), truth - mean(truth, weight)
    return area, moved * (placed - 0.5) + moved_places(order, moved, weight) - 2.0 * area


def _areas(truth: Floats, order: Floats, weights: AnyArray) -> Floats:
    """(b,) `_area` under each row of weights (b, n)."""
    out, at = np.empty(len(weights)), 0
    for placed in places_of_many(order, weights):
        held = weights[at : at + len(placed)].astype(np.float64)
        total = held.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            moved = truth - (held @ truth / total)[:, None]
            found = (held * moved * (placed - 0.5)).sum(axis=1) / total
            size = (held * np.abs(moved)).sum(axis=1) / total
        out[at : at + len(placed)] = np.where(size > 1e-12 * np.abs(truth).max(initial=0.0), found, 0.0)
        at += len(placed)
    return out
