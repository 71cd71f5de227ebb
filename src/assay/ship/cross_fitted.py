"""Cross-fitted answers: each fold's rows with calibration and labels learned on the other folds.

The shipped ones are learned on all rows, as new rows should have the best of them; on these rows they would flatter.
The kind of calibration and of labels (a curve, a temperature, a threshold, none) stays as it ships: it was chosen
across folds already, each scored by what the others learned, for a gain above one standard error. Chosen anew without
each fold it would measure other models: four folds with a threshold and one without are no model that ships.
"""

from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.contract import Metric
from assay.core.labels import LabelRule
from assay.core.prediction import scored_rows
from assay.core.target import Target
from assay.ensemble.calibrate import refitted
from assay.ensemble.cost_threshold import CostMetric
from assay.ensemble.labelling import Labelling
from assay.ensemble.threshold import searched_anew
from assay.pipeline.store import TaskFolder
from assay.ship.calibration_and_labels import Decided, decided, is_restricted, one_answer


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CrossFittedAnswers:
    """Of classes. meant: (n,) or (n, k) calibrated probabilities, NaN for rows never scored; codes: (n,) the class that
    each is given, -1 for these.
    """

    meant: Floats
    codes: Index

    def as_stored(self) -> Floats:
        """(n,) or (n, k) stored predictions whose likeliest class is the answer, for metrics of labels."""
        shown: Floats = np.full(np.shape(self.meant), np.nan)
        rows = np.flatnonzero(self.codes >= 0)
        if shown.ndim == 1:
            shown[rows] = self.codes[rows]
        else:
            shown[rows] = np.eye(self.meant.shape[-1])[self.codes[rows]]
        return shown


def answers(
    prediction: AnyArray, folder: TaskFolder, metric: Metric, asked: LabelRule, *, made: Decided | None = None
) -> CrossFittedAnswers:
    """Out-of-fold predictions of classes, answered as the model that ships answers new rows.

    made: the decision on all of these rows, where it exists already. Where a single fold is scored only the shares of
    classes can be learned from it, and it is answered by what ships.
    """
    rows = np.flatnonzero(scored_rows(prediction))
    folds, target = folder.split.numbers[:, 0].astype(np.int64), folder.target
    prediction = one_answer(prediction, folds)
    meant = np.full(np.shape(prediction), np.nan)
    codes = np.full(len(prediction), -1, dtype=np.int64)
    if made is None:
        made = decided(prediction, target, folds, metric, asked, restricted=is_restricted(folder))
    for fold in np.unique(folds[rows]):
        inside, others = rows[folds[rows] == fold], rows[folds[rows] != fold]
        calibration, labelling = made.calibration, made.labelling
        if len(others):
            known = target.take(others)
            calibration = refitted(calibration, prediction[others], known)
            labelling = _labelling(made, calibration.apply(prediction[others]), known, metric)
        meant[inside] = calibration.apply(prediction[inside])
        codes[inside] = labelling.codes(meant[inside])
    return CrossFittedAnswers(meant=meant, codes=codes)


def labelled(prediction: AnyArray, folder: TaskFolder, metric: Metric, asked: LabelRule) -> Floats | None:
    """`CrossFittedAnswers.as_stored`, which a metric of labels is promised on; None where none are needed."""
    if metric.needs != "label" or not folder.target.is_class:
        return None
    return answers(prediction, folder, metric, asked).as_stored()


def _labelling(made: Decided, meant: Floats, target: Target, metric: Metric) -> Labelling:
    """Of the same kind, learned on these rows; a threshold set by the user, or by costs alone, stays."""
    labels = made.labels
    if labels is not None and labels.by == "threshold":
        return made.labelling
    if labels is not None and labels.cost is not None:
        is_given = labels.threshold == labels.cost.threshold
        return made.labelling if is_given else searched_anew(made.labelling, meant, target, CostMetric(labels.cost))
    return searched_anew(made.labelling, meant, target, metric)
