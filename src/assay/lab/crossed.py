"""What is answered out of fold: each fold's rows as calibration and labels that the other folds taught answer them.

What ships learned both on all rows, as new rows are to have the best of them; on these rows it would flatter.
"""

from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.contract import Metric
from assay.core.labels import Asked
from assay.core.prediction import scored_rows
from assay.core.target import Target
from assay.ensemble.calibrate import CURVE_ROWS, refitted
from assay.ensemble.costs import Paid
from assay.ensemble.labelling import Labelling
from assay.ensemble.threshold import searched_anew
from assay.lab.decision import Decided, decided
from assay.pipeline.store import TaskFolder

MOST_CELLS = 100_000
"""Rows by classes above which the kind of calibration and of labels (a curve, a temperature, a threshold, none) is that
of all rows, and the folds learn the rest: then it hangs on no single row, and to choose it five times takes seconds."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answers:
    """Of classes. meant: (n,) or (n, k) calibrated probabilities, NaN for rows never scored; codes: (n,) the class that
    each is given, -1 for these.
    """

    meant: Floats
    codes: Index

    def as_stored(self) -> Floats:
        """(n,) or (n, k) stored predictions whose likeliest class is the answer, for metrics of labels."""
        told: Floats = np.full(np.shape(self.meant), np.nan)
        rows = np.flatnonzero(self.codes >= 0)
        if told.ndim == 1:
            told[rows] = self.codes[rows]
        else:
            told[rows] = np.eye(self.meant.shape[-1])[self.codes[rows]]
        return told


def answers(prediction: AnyArray, folder: TaskFolder, metric: Metric, asked: Asked) -> Answers:
    """Of out-of-fold predictions of classes, answered as the model that ships answers new rows.

    Where a single fold is scored nothing but the shares of classes is learned of it, and it is answered by what ships.
    """
    rows = np.flatnonzero(scored_rows(prediction))
    folds, target = folder.split.numbers[:, 0].astype(np.int64), folder.target
    meant = np.full(np.shape(prediction), np.nan)
    codes = np.full(len(prediction), -1, dtype=np.int64)
    numbers = np.unique(folds[rows])
    is_anew = len(numbers) > 2 and len(rows) * target.n_classes <= MOST_CELLS
    made = None if is_anew else decided(prediction, target, folds, metric, asked)
    for fold in numbers:
        inside, others = rows[folds[rows] == fold], rows[folds[rows] != fold]
        p, known = prediction[others], target.take(others)
        if made is None:
            learned = decided(p, known, folds[others], metric, asked, curves=len(rows) >= CURVE_ROWS)
        else:
            learned = _of_kind(made, p, known, metric) if len(others) else made
        meant[inside] = learned.calibration.apply(prediction[inside])
        codes[inside] = learned.labelling.codes(meant[inside])
    return Answers(meant=meant, codes=codes)


def _of_kind(made: Decided, p: AnyArray, target: Target, metric: Metric) -> Decided:
    """The same kinds, learned on these rows."""
    calibration = refitted(made.calibration, p, target)
    return replace(
        made, calibration=calibration, labelling=_labelling(made, calibration.apply(p), target, metric), labels=None
    )


def _labelling(made: Decided, meant: Floats, target: Target, metric: Metric) -> Labelling:
    """Of the same kind, learned on these rows; a threshold that a person gave, or that costs alone tell, stays."""
    labels = made.labels
    if labels is not None and labels.by == "threshold":
        return made.labelling
    if labels is not None and labels.cost is not None:
        is_told = labels.threshold == labels.cost.threshold
        return made.labelling if is_told else searched_anew(made.labelling, meant, target, Paid(labels.cost))
    return searched_anew(made.labelling, meant, target, metric)
