"""From blended predictions to answers: calibrated probabilities, and a label for each row."""

from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.contract import Metric
from assay.core.labels import LabelRule, LabelThreshold
from assay.core.prediction import scored_rows
from assay.core.seed import Seeds
from assay.core.target import Target
from assay.ensemble.calibrate import Calibration, calibrate
from assay.ensemble.conformal import CalibrationRows, Conformal, learn_classes, learn_numbers
from assay.ensemble.cost_threshold import least_cost
from assay.ensemble.labelling import Labelling
from assay.ensemble.threshold import choose_labelling, measured
from assay.pipeline.store import TaskFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Calibrated probabilities, the rule that makes labels of them, and prediction sets with their coverage."""

    calibration: Calibration
    labelling: Labelling
    conformal: Conformal
    labels: LabelThreshold | None = None
    """Of two classes, where rows are not given the likelier one: the threshold to report."""

    @property
    def made(self) -> "Decided":
        """The part that makes answers of probabilities of classes."""
        return Decided(calibration=self.calibration, labelling=self.labelling, labels=self.labels)

    @classmethod
    def of(
        cls, prediction: AnyArray, folder: TaskFolder, metric: Metric, asked: LabelRule, *,
        away: frozenset[str] = frozenset(),
    ) -> "Decision":  # fmt: skip
        """Learned from out-of-fold predictions, by fold; numbers are left as they are.

        The label of a row is its likeliest class, unless a metric of labels or the user (asked) requires another. away:
        columns that the model is not given.
        """
        if not folder.task.problem.is_class:
            conformal = conformal_of(prediction, folder, Calibration(), away=away)
            return cls(calibration=Calibration(), labelling=Labelling(), conformal=conformal)
        folds = folder.split.numbers[:, 0].astype(np.int64)
        made = decided(prediction, folder.target, folds, metric, asked, restricted=is_restricted(folder))
        conformal = conformal_of(prediction, folder, made.calibration, away=away)
        return cls(calibration=made.calibration, labelling=made.labelling, labels=made.labels, conformal=conformal)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What makes answers of probabilities of classes, and the report of the labels."""

    calibration: Calibration
    labelling: Labelling
    labels: LabelThreshold | None


def one_answer(prediction: AnyArray, folds: Index) -> AnyArray:
    """Out-of-fold predictions of a model that predicts the same for all rows of a fold (class shares), as it ships: one
    prediction for every row, their mean. Others unchanged.

    Constants that differ by fold carry their folds' shares of classes, and labels drawn between them would be promised
    for a model that gives all rows one label.
    """
    rows = np.flatnonzero(scored_rows(prediction))
    given, of = prediction[rows], folds[rows]
    if any(np.ptp(given[of == fold], axis=0).any() for fold in np.unique(of)):
        return prediction
    pooled = prediction.copy()
    pooled[rows] = given.mean(axis=0)
    return pooled


def is_restricted(folder: TaskFolder) -> bool:
    """Whether labels are restricted by a column."""
    return folder.task.candidates is not None


def decided(
    prediction: AnyArray, target: Target, folds: Index, metric: Metric, asked: LabelRule, *, restricted: bool
) -> Decided:
    """Learned from out-of-fold predictions of classes and their truth, by fold. restricted: `is_restricted`."""
    prediction = one_answer(prediction, folds)
    calibration = calibrate(prediction, target, folds, ranks=metric.by_fold, restricted=restricted)
    labelling, labels = _labels(calibration.apply(prediction), target, folds, metric, asked)
    return Decided(calibration=calibration, labelling=labelling, labels=labels)


def _labels(
    meant: Floats, target: Target, folds: Index, metric: Metric, asked: LabelRule
) -> tuple[Labelling, LabelThreshold | None]:
    """How calibrated probabilities become labels, and the report of it."""
    labels: LabelThreshold | None = None
    if asked.threshold is not None:
        labels = LabelThreshold(threshold=asked.threshold, by="threshold")
    elif asked.cost is not None:
        labels = least_cost(meant, target, folds, asked.cost)
    if labels is not None:
        return Labelling(threshold=labels.threshold), labels
    chosen = choose_labelling(meant, target, folds, metric=metric)
    return chosen, measured(meant, target, folds, metric=metric, chosen=chosen)


def conformal_of(
    prediction: AnyArray, folder: TaskFolder, calibration: Calibration, *, away: frozenset[str] = frozenset()
) -> Conformal:
    """Conformal sets or intervals, learned from out-of-fold predictions, of classes as they are calibrated."""
    table = folder.table.without_columns(away) if away else folder.table
    rows = CalibrationRows(
        table=table, target=folder.target, folds=folder.split.numbers[:, 0].astype(np.int64),
        groups=folder.groups, ordered=folder.split.kind == "time",
    )  # fmt: skip
    if not folder.task.problem.is_class:
        return learn_numbers(prediction, rows, rng=Seeds(folder.task.seed).child("conformal").rng())
    return learn_classes(calibration.apply(one_answer(prediction, rows.folds)), rows)
