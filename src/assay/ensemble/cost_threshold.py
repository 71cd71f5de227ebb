"""The threshold of least expected cost for two classes."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.contract import Need
from assay.core.labels import LabelCost, LabelThreshold
from assay.core.prediction import scored_rows
from assay.core.problem import Form
from assay.core.target import Target
from assay.core.task import Loss
from assay.ensemble.labelling import PLAIN, Labelling
from assay.ensemble.threshold import best_threshold, crossed_codes, gain_of


@dataclass(frozen=True)
class CostMetric:
    """The mean cost of wrong labels, as a metric of labels."""

    cost: LabelCost
    name: ClassVar[str] = "cost"
    title: ClassVar[str] = "cost"
    higher_is_better: ClassVar[bool] = False
    needs: ClassVar[Need] = "label"
    forms: ClassVar[frozenset[Form]] = frozenset({"probability"})
    bounds: ClassVar[tuple[float, float]] = (0.0, np.inf)
    loss: ClassVar[Loss] = "log_loss"
    by_fold: ClassVar[bool] = False

    def of_rows(self, y: AnyArray, label: AnyArray) -> Floats:
        """(n,) what each row costs."""
        return np.where(label > y, self.cost.fp, np.where(label < y, self.cost.fn, 0.0))

    def of_tables(self, tables: Floats) -> Floats:
        """(b,) of (b, 2, 2) shares of rows."""
        return np.asarray(self.cost.fp * tables[:, 0, 1] + self.cost.fn * tables[:, 1, 0])

    def score(self, y: AnyArray, prediction: AnyArray, *, weight: Floats | None = None) -> float:
        return float(np.average(self.of_rows(y, prediction), weights=weight))

    def influence(self, y: AnyArray, prediction: AnyArray, *, weight: Floats | None = None) -> Floats:
        moved = self.of_rows(y, prediction) - self.score(y, prediction, weight=weight)
        return np.asarray(moved if weight is None else moved * weight / weight.mean())


def least_cost(stored: AnyArray, target: Target, folds: Index, cost: LabelCost) -> LabelThreshold:
    """The threshold for out-of-fold probabilities of two classes, (n,), calibrated as they will ship.

    fp / (fp + fn) is right for calibrated probabilities. Another is taken only where, chosen for each fold on the
    others, it costs less by more than one standard error. NaN rows are left out.
    """
    rows = np.flatnonzero(scored_rows(stored))
    p, truth, numbers = np.asarray(stored[rows], dtype=np.float64), target.take(rows), folds[rows]
    metric = CostMetric(cost)
    meant = Labelling(threshold=cost.threshold)
    labels, chosen = meant.codes(p), meant
    if len(np.unique(numbers)) > 1:
        crossed = crossed_codes(best_threshold, p, truth, numbers, metric)
        gain, error = gain_of(crossed, labels, truth, metric)
        if gain > error:
            labels, chosen = crossed, best_threshold(p, truth, metric)
    before, after = (metric.score(truth.values, codes, weight=truth.weight) for codes in (PLAIN.codes(p), labels))
    return LabelThreshold(threshold=chosen.threshold, by="cost", cost=cost, before=before, after=after)
