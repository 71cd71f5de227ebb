"""From blended predictions to what is answered: probabilities that are meant, and a label for each row."""

from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray
from assay.core.contract import Metric
from assay.ensemble.calibrate import Calibration, calibrate
from assay.ensemble.threshold import Labelling, choose_labelling
from assay.pipeline.store import TaskFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """From blended predictions to what is answered: calibrated probabilities, and how these become labels."""

    calibration: Calibration
    labelling: Labelling

    @classmethod
    def of(cls, prediction: AnyArray, folder: TaskFolder, metric: Metric) -> "Decision":
        """Learned from out-of-fold predictions, by fold; of numbers nothing is changed.

        The label of a row is its likeliest class, unless a metric of labels says otherwise.
        """
        if folder.task.problem == "regression":
            return cls(calibration=Calibration(), labelling=Labelling())
        folds = folder.split.numbers[:, 0].astype(np.int64)
        calibration = calibrate(prediction, folder.target, folds, ranks=metric.by_fold)
        labelling = choose_labelling(calibration.apply(prediction), folder.target, folds, metric=metric)
        return cls(calibration=calibration, labelling=labelling)
