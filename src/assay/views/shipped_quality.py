"""What ships beside the truth, from its stored out-of-fold predictions: confusion, errors, calibration."""

from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.labels import LabelRule
from assay.core.prediction import scored_rows
from assay.core.quality import Quality, Tenth
from assay.core.task import Task
from assay.ensemble.labelling import HALF
from assay.evidence.evaluation_rows import Rows
from assay.evidence.mean_interval import mean_interval, share_interval
from assay.journal.shipped_model import shipped_prediction
from assay.ship.cross_fitted import CrossFittedAnswers, answers

if TYPE_CHECKING:
    from assay.views.open_lab import OpenLab

N_TENTHS, LEAST_ROWS = 10, 20
"""Groups of rows by their prediction, and the least number of rows of each."""
SHARES = (0.5, 0.9)


def quality(lab: "OpenLab") -> Quality | None:
    """Quality of the shipped answers on rows not learned from; None where nothing shipped or was stored."""
    if lab.state.model is None:
        return None
    stored = shipped_prediction(lab.state, lab.oof)
    if stored is None:
        return None
    scored = lab.folder.split.scored()
    if not scored.any() or not scored_rows(stored)[scored].all():
        return None
    rows = lab.scorer.rows.take(scored)
    if not lab.folder.target.is_class:
        return of_numbers(stored[scored], rows)
    labels = lab.state.model.labels
    answered = lab.answered or answers(stored, lab.folder, lab.metric, LabelRule() if labels is None else labels.asked)
    shown = CrossFittedAnswers(meant=answered.meant[scored], codes=answered.codes[scored])
    n_folds = len(np.unique(lab.folder.split.numbers[scored, 0]))
    return of_classes(
        shown, rows, lab.task, threshold=HALF if labels is None else labels.threshold, crossed=n_folds > 1
    )


def of_classes(shown: CrossFittedAnswers, rows: Rows, task: Task, *, threshold: float, crossed: bool) -> Quality:
    """Of probabilities as answered: calibrated, and made labels; threshold: of the model, for two classes."""
    meant, k, truth = shown.meant, task.n_classes, rows.y
    counts = np.bincount(truth * k + shown.codes, minlength=k * k).reshape(k, k)
    if meant.ndim == 1:
        stated, came_true = meant, truth == 1
    else:  # of several classes: the likeliest, and whether it was right
        stated, came_true = meant.max(axis=1), meant.argmax(axis=1) == truth
    return Quality(
        rows=len(truth), tenths=_tenths(stated, came_true, rows, is_share=True), classes=tuple(map(str, task.classes)),
        confusion=tuple(tuple(map(int, row)) for row in counts), threshold=threshold if k == 2 else None,
        crossed=crossed,
    )  # fmt: skip


def of_numbers(stored: AnyArray, rows: Rows) -> Quality:
    """Of numbers, as they are predicted."""
    error = np.asarray(stored, dtype=np.float64) - rows.y
    bias = float(np.average(error, weights=rows.weight))
    within = tuple((one, _quantile(np.abs(error), one, rows.weight)) for one in SHARES)
    return Quality(rows=len(rows), tenths=_tenths(stored, rows.y, rows, is_share=False), within=within, bias=bias)


def _quantile(values: Floats, share: float, weight: Floats | None) -> float:
    """The value below which this share of the weight lies."""
    if weight is None:
        return float(np.quantile(values, share))
    return float(np.quantile(values, share, weights=weight, method="inverted_cdf"))


def _tenths(predicted: AnyArray, observed: AnyArray, rows: Rows, *, is_share: bool) -> tuple[Tenth, ...]:
    """Groups of equal size by prediction, fewer where rows are few."""
    n_groups = max(min(N_TENTHS, len(predicted) // LEAST_ROWS), 1)
    order = np.argsort(predicted, kind="stable")
    parts = [np.sort(part) for part in np.array_split(order, n_groups)]
    return tuple(_tenth(part, predicted, observed, rows.take(part), is_share=is_share) for part in parts)


def _tenth(part: Index, predicted: AnyArray, observed: AnyArray, rows: Rows, *, is_share: bool) -> Tenth:
    seen, low, high = (share_interval if is_share else mean_interval)(observed[part], rows)
    return Tenth(len(part), float(np.average(predicted[part], weights=rows.weight)), seen, low, high)
