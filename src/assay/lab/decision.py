"""From blended predictions to what is answered: probabilities that are meant, and a label for each row."""

from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray
from assay.core.contract import Metric
from assay.core.labels import Asked, Labels
from assay.ensemble.calibrate import Calibration, calibrate
from assay.ensemble.costs import least_cost
from assay.ensemble.labelling import Labelling
from assay.ensemble.threshold import choose_labelling, measured
from assay.pipeline.store import TaskFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """From blended predictions to what is answered: calibrated probabilities, and how these become labels."""

    calibration: Calibration
    labelling: Labelling
    labels: Labels | None = None
    """Of two classes, where rows are not given the likelier one: what is told of it."""

    @classmethod
    def of(cls, prediction: AnyArray, folder: TaskFolder, metric: Metric, asked: Asked) -> "Decision":
        """Learned from out-of-fold predictions, by fold; of numbers nothing is changed.

        The label of a row is its likeliest class, unless a metric of labels says otherwise, or a person (asked).
        """
        if folder.task.problem == "regression":
            return cls(calibration=Calibration(), labelling=Labelling())
        folds, target = folder.split.numbers[:, 0].astype(np.int64), folder.target
        calibration = calibrate(prediction, target, folds, ranks=metric.by_fold)
        meant = calibration.apply(prediction)
        labels: Labels | None = None
        if asked.threshold is not None:
            labels = Labels(threshold=asked.threshold, by="threshold")
        elif asked.cost is not None:
            labels = least_cost(meant, target, folds, asked.cost)
        if labels is not None:
            return cls(calibration=calibration, labelling=Labelling(threshold=labels.threshold), labels=labels)
        chosen = choose_labelling(meant, target, folds, metric=metric)
        labels = measured(meant, target, folds, metric=metric, chosen=chosen)
        return cls(calibration=calibration, labelling=chosen, labels=labels)
