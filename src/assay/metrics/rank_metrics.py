"""Rank metrics: ROC AUC and average precision, with influence values and fast resampling."""

import math
from abc import ABC
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.contract import Loss, Need
from assay.core.problem import Form
from assay.metrics import register
from assay.metrics.auc_many import auc_influences
from assay.metrics.probability_metrics import CLASSES

CHUNK_CELLS = 60_000


@dataclass(frozen=True, slots=True, eq=False)
class TiedOrder:
    """Rows by rising score, ties as one step.

    order: (n,) row positions; first, last: (n,) for each sorted row, the first and the last sorted place of its step.
    """

    order: Index
    first: Index
    last: Index

    @classmethod
    def of(cls, scores: AnyArray) -> "TiedOrder":
        order = np.argsort(scores)
        ordered = scores[order]
        starts = np.concatenate([[0], np.flatnonzero(ordered[1:] != ordered[:-1]) + 1])
        sizes = np.diff(np.append(starts, len(order)))
        return cls(order, np.repeat(starts, sizes), np.repeat(starts + sizes - 1, sizes))


def _equal(weight: Floats | None, n_rows: int) -> Floats:
    return np.ones(n_rows) if weight is None else weight


def placements(positive: AnyArray, scores: AnyArray, weight: Floats | None) -> Floats:
    """(n,) for a positive row the weighted share of negatives it beats, for a negative one of positives that beat it.

    Ties count one half. NaN for the rows of one class when the other has no weight. Their weighted mean over either
    class is the AUC (DeLong et al., 1988).
    """
    steps = TiedOrder.of(scores)
    held = _equal(weight, len(scores))[steps.order]
    is_positive = positive[steps.order] == 1
    below_sum, above_sum = np.cumsum(np.where(is_positive, 0.0, held)), np.cumsum(np.where(is_positive, held, 0.0))
    below = _half_below(below_sum, steps)
    above = above_sum[-1] - _half_below(above_sum, steps)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(is_positive, below / below_sum[-1], above / above_sum[-1])
    out = np.empty(len(scores))
    out[steps.order] = share
    return out


def _half_below(cumulative: Floats, steps: TiedOrder) -> Floats:
    """For each sorted row the mass strictly below its step plus half the mass in it."""
    before = np.concatenate([[0.0], cumulative])[steps.first]
    return 0.5 * (before + cumulative[steps.last])


def roc_auc(positive: AnyArray, scores: AnyArray, weight: Floats | None) -> float:
    """Area under the ROC curve: probability that a positive outranks a negative, ties one half; NaN without both."""
    order = np.argsort(scores)
    ordered, is_positive = scores[order], positive[order] == 1
    held = None if weight is None else weight[order]
    gains = is_positive.astype(np.float64) if held is None else np.where(is_positive, held, 0.0)
    negatives = np.cumsum(1.0 - gains if held is None else held - gains)
    ends = np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(order) - 1)
    upto = negatives[ends]
    step_gains = np.diff(np.cumsum(gains)[ends], prepend=0.0)
    pairs = step_gains @ (upto + np.concatenate([[0.0], upto[:-1]])) / 2.0
    total = float(step_gains.sum() * upto[-1])
    return float(pairs) / total if total > 0 else math.nan


def roc_auc_influence(positive: AnyArray, scores: AnyArray, weight: Floats | None) -> Floats:
    """(n,) influence on the AUC; its sum of squares gives DeLong's variance up to n / (n - 1). 0 where undefined."""
    held, is_positive = _equal(weight, len(scores)), positive == 1
    mass_1, mass_0 = float(held[is_positive].sum()), float(held[~is_positive].sum())
    if not (mass_1 > 0 and mass_0 > 0):
        return np.zeros(len(scores))
    placed = placements(positive, scores, weight)
    level = float(placed[is_positive] @ held[is_positive]) / mass_1
    return np.asarray(len(scores) * held * (placed - level) / np.where(is_positive, mass_1, mass_0))


def average_precision(positive: AnyArray, scores: AnyArray, weight: Floats | None) -> float:
    """Average precision: mean over positives of the precision at their score, ties one step; NaN without positives."""
    steps = TiedOrder.of(scores)
    held = _equal(weight, len(scores))[steps.order]
    gains = np.where(positive[steps.order] == 1, held, 0.0)
    at, mass = _precision_at(gains, held, steps)
    return float(gains @ at) / mass if mass > 0 else math.nan


def _precision_at(gains: Floats, held: Floats, steps: TiedOrder) -> tuple[Floats, float]:
    """Precision of all rows at or above each sorted row's score, and the positives' mass."""
    hits, rows = np.cumsum(gains[::-1])[::-1], np.cumsum(held[::-1])[::-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        at = np.where(rows[steps.first] > 0, hits[steps.first] / rows[steps.first], 0.0)
    return at, float(hits[0])


def average_precision_influence(positive: AnyArray, scores: AnyArray, weight: Floats | None) -> Floats:
    """(n,) influence on average precision (by one cumulative pass from the bottom)."""
    steps = TiedOrder.of(scores)
    held = _equal(weight, len(scores))[steps.order]
    is_positive = (positive[steps.order] == 1).astype(np.float64)
    at, mass = _precision_at(held * is_positive, held, steps)
    if not mass > 0:
        return np.zeros(len(scores))
    level = float((held * is_positive) @ at) / mass
    above = np.cumsum(held[::-1])[::-1][steps.first]
    pull = np.where(above > 0, held * is_positive / np.where(above > 0, above, 1.0), 0.0)
    base, tilt = np.cumsum(pull)[steps.last], np.cumsum(pull * at)[steps.last]
    out = np.empty(len(scores))
    out[steps.order] = len(scores) * held / mass * (is_positive * (at - level) + is_positive * base - tilt)
    return out


def roc_aucs(positive: AnyArray, scores: AnyArray, weights: AnyArray) -> Floats:
    """(b,) AUC under each row of weights (b, n). Sorts once; the running sums are those of the smaller class."""
    few, many = np.flatnonzero(positive == 1), np.flatnonzero(positive != 1)
    is_turned = len(few) <= len(many)
    if not is_turned:
        few, many = many, few
    few, many = few[np.argsort(scores[few])], many[np.argsort(scores[many])]
    left = np.searchsorted(scores[few], scores[many], side="left")
    right = np.searchsorted(scores[few], scores[many], side="right")
    tied = np.flatnonzero(left != right)
    out = np.empty(len(weights))
    for bags in _chunks(weights):
        block = weights[bags]
        below = np.zeros((len(block), len(few) + 1))
        np.cumsum(block.take(few, axis=1), axis=1, out=below[:, 1:], dtype=np.float64)
        held, half = block.take(many, axis=1).astype(np.float64), below.take(left, axis=1)
        half[:, tied] = 0.5 * (half[:, tied] + below[:, right[tied]])
        out[bags] = _ratio(np.einsum("bn,bn->b", held, half), held.sum(axis=1) * below[:, -1])
    return 1.0 - out if is_turned else out


def average_precisions(positive: AnyArray, scores: AnyArray, weights: AnyArray) -> Floats:
    """(b,) average precision under each row of weights (b, n). Sorts once."""
    order = np.argsort(-scores)
    ordered, upper = -scores[order], np.flatnonzero(positive[order] == 1)
    place = np.searchsorted(ordered, ordered[upper], side="right") - 1
    hit_place = np.searchsorted(ordered[upper], ordered[upper], side="right") - 1
    out = np.full(len(weights), np.nan)
    for bags in _chunks(weights) if len(upper) else ():
        block = weights[bags].take(order, axis=1)
        rows = np.cumsum(block, axis=1, dtype=np.float64).take(place, axis=1)
        gains = block.take(upper, axis=1).astype(np.float64)
        hits = np.cumsum(gains, axis=1)
        at = hits.take(hit_place, axis=1) / np.maximum(rows, 1e-300)
        out[bags] = _ratio(np.einsum("bn,bn->b", gains, at), hits[:, -1])
    return out


def _chunks(weights: AnyArray) -> list[slice]:
    """Some weightings at a time: many for few rows, where a loop costs most, one for many, for the cache's sake."""
    n_bags, n_rows = weights.shape
    size = max(CHUNK_CELLS // max(n_rows, 1), 1)
    return [slice(start, start + size) for start in range(0, n_bags, size)]


def _ratio(above: Floats, below: Floats) -> Floats:
    """The quotient, NaN where the divisor is 0."""
    return np.asarray(np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0))


def _columns(y: AnyArray, prediction: AnyArray) -> list[tuple[AnyArray, AnyArray]]:
    """(positive, scores) of each class against the rest; one pair for a binary task."""
    if prediction.ndim == 1:
        return [(y == 1, prediction)]
    return [(y == c, prediction[:, c]) for c in range(prediction.shape[1])]


def _is_known(positive: AnyArray, weight: Floats | None) -> bool:
    """Whether the class and the rest both have rows of weight."""
    sides = positive if weight is None else positive[weight > 0]
    return bool(0 < sides.sum() < len(sides))


def _known_mean(values: Sequence[Floats]) -> Floats:
    """Mean over classes of (b,) arrays, leaving out the classes where a score is NaN; NaN where all are."""
    table = np.stack(values)
    known = ~np.isnan(table)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, table, 0.0).sum(axis=0) / known.sum(axis=0))


@dataclass(frozen=True, slots=True)
class RankRule:
    """How one class is scored against the rest, from which rows are of it and (n,) scores. score: NaN where undefined;
    influence: (n,); resampled: (b,) under each row of weights (b, n)."""

    score: Callable[[AnyArray, AnyArray, Floats | None], float]
    influence: Callable[[AnyArray, AnyArray, Floats | None], Floats]
    resampled: Callable[[AnyArray, AnyArray, AnyArray], Floats]


class Ranking(ABC):
    """Base of the rank metrics: several classes are scored one against the rest and averaged.

    A class that is absent from y (or is all of y) has no score and is left out of the mean; NaN when none has one.
    """

    higher_is_better: ClassVar[bool] = True
    needs: ClassVar[Need] = "probability"
    forms: ClassVar[frozenset[Form]] = CLASSES
    loss: ClassVar[Loss] = "log_loss"
    by_fold: ClassVar[bool] = True
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)

    rule: ClassVar[RankRule]

    def score(self, y: AnyArray, prediction: AnyArray, *, weight: Floats | None = None) -> float:
        values = [np.array([self.rule.score(positive, column, weight)]) for positive, column in _columns(y, prediction)]
        return float(_known_mean(values)[0])

    def influence(self, y: AnyArray, prediction: AnyArray, *, weight: Floats | None = None) -> Floats:
        known = [
            self.rule.influence(positive, column, weight)
            for positive, column in _columns(y, prediction)
            if _is_known(positive, weight)
        ]
        return np.asarray(np.mean(known, axis=0)) if known else np.zeros(len(y))

    def scores(self, y: AnyArray, predictions: Sequence[AnyArray], weights: AnyArray) -> Floats:
        return np.stack(
            [_known_mean([self.rule.resampled(c, s, weights) for c, s in _columns(y, p)]) for p in predictions], axis=1
        )


@register("roc_auc")
@dataclass(frozen=True)
class RocAuc(Ranking):
    """Area under the ROC curve; several classes: one against the rest, averaged with equal weight."""

    name: ClassVar[str] = "roc_auc"
    title: ClassVar[str] = "ROC AUC"

    rule: ClassVar[RankRule] = RankRule(roc_auc, roc_auc_influence, roc_aucs)

    def scores_and_influences(
        self, y: AnyArray, predictions: AnyArray, *, weight: Floats | None = None
    ) -> tuple[Floats, Floats]:
        of_classes = predictions[None] if predictions.ndim == 2 else np.moveaxis(predictions, 2, 0)
        names = (1,) if predictions.ndim == 2 else range(len(of_classes))
        known = [
            auc_influences(y == c, scores, weight)
            for c, scores in zip(names, of_classes, strict=True)
            if _is_known(y == c, weight)
        ]
        if not known:
            return np.full(len(predictions), np.nan), np.zeros(predictions.shape[:2])
        return np.mean([level for level, _ in known], axis=0), np.mean([moved for _, moved in known], axis=0)


@register("average_precision")
@dataclass(frozen=True)
class AveragePrecision(Ranking):
    """Average precision (area under the precision-recall steps); several classes: one against the rest, averaged."""

    name: ClassVar[str] = "average_precision"
    title: ClassVar[str] = "average precision"

    rule: ClassVar[RankRule] = RankRule(average_precision, average_precision_influence, average_precisions)
