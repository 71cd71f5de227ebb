"""What ships beside the truth, from its stored out-of-fold predictions: confusion, errors, calibration."""

from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.labels import Asked
from assay.core.quality import Quality, Tenth
from assay.core.task import Task
from assay.ensemble.calibrate import Calibration
from assay.ensemble.labelling import Labelling
from assay.evidence.interval import wilson
from assay.lab.decision import Decision

if TYPE_CHECKING:
    from assay.lab.lab import Lab

N_TENTHS, LEAST_ROWS = 10, 20
"""Groups of rows by what was predicted, and how many rows each holds at least."""
SHARES = (0.5, 0.9)
Z95 = 1.959963984540054


def quality(lab: "Lab") -> Quality | None:
    """How the model's kind of answer holds on rows it did not learn from; None where nothing shipped or was stored."""
    if lab.state.model is None:
        return None
    stored = _shipped(lab)
    if stored is None:
        return None
    scored = lab.folder.split.scored()
    stored, target = stored[scored], lab.folder.target
    if not len(stored) or not np.isfinite(stored).all():
        return None
    truth = target.values[scored]
    return _of_classes(stored, truth, *_answering(lab), lab.task) if target.is_class else _of_numbers(stored, truth)


def _answering(lab: "Lab") -> tuple[Calibration, Labelling]:
    """How probabilities are corrected and made labels: as the model says, else learned again, which gives the same."""
    if (lab.path / "model" / "manifest.json").is_file():
        passport = lab.predictor().passport
        return passport.calibration, passport.labelling
    prediction, labels = _shipped(lab), None if lab.state.model is None else lab.state.model.labels
    if prediction is None:
        return Calibration(), Labelling()
    decision = Decision.of(prediction, lab.folder, lab.metric, Asked() if labels is None else labels.asked)
    return decision.calibration, decision.labelling


def _shipped(lab: "Lab") -> AnyArray | None:
    """(n,) or (n, k) out-of-fold predictions of the last blend, or of its only member as it ships."""
    blend = lab.state.blend
    if blend is None:
        return None
    if len(blend.numbers) == 1:
        (number,) = blend.numbers
        alone = lab.oof(number)
        return None if alone is None else blend.predict({number: alone}).astype(alone.dtype)
    blends = [number for number, entry in lab.state.entries.items() if entry.experiment.by == "ensemble"]
    return lab.oof(blends[-1]) if blends else None


def _of_classes(
    stored: AnyArray, truth: AnyArray, calibration: Calibration, labelling: Labelling, task: Task
) -> Quality:
    """Of probabilities as they are answered: calibrated, and made labels by the model's own rule."""
    told = np.asarray(calibration.apply(stored), dtype=np.float64)
    k = task.n_classes
    codes = labelling.codes(told)
    counts = np.bincount(truth * k + codes, minlength=k * k).reshape(k, k)
    if told.ndim == 1:
        stated, came_true = told, (truth == 1).astype(np.float64)
    else:  # of several classes: the likeliest, and whether it was right
        stated, came_true = told.max(axis=1), (told.argmax(axis=1) == truth).astype(np.float64)
    return Quality(
        rows=len(truth), tenths=_tenths(stated, came_true, is_share=True), classes=tuple(map(str, task.classes)),
        confusion=tuple(tuple(map(int, row)) for row in counts), threshold=labelling.threshold if k == 2 else None,
    )  # fmt: skip


def _of_numbers(stored: AnyArray, truth: AnyArray) -> Quality:
    error = np.asarray(stored, dtype=np.float64) - truth
    within = tuple((share, float(np.quantile(np.abs(error), share))) for share in SHARES)
    return Quality(
        rows=len(truth), tenths=_tenths(stored, truth, is_share=False), within=within, bias=float(error.mean())
    )


def _tenths(predicted: AnyArray, observed: AnyArray, *, is_share: bool) -> tuple[Tenth, ...]:
    """Groups of equal size by what was predicted, fewer where rows are few."""
    n_groups = max(min(N_TENTHS, len(predicted) // LEAST_ROWS), 1)
    order = np.argsort(predicted, kind="stable")
    return tuple(_tenth(rows, predicted, observed, is_share=is_share) for rows in np.array_split(order, n_groups))


def _tenth(rows: Index, predicted: AnyArray, observed: AnyArray, *, is_share: bool) -> Tenth:
    seen = np.asarray(observed[rows], dtype=np.float64)
    low, high = wilson(float(seen.mean()), len(seen)) if is_share else _mean_interval(seen)
    return Tenth(len(rows), float(np.mean(predicted[rows])), float(seen.mean()), low, high)


def _mean_interval(values: Floats) -> tuple[float, float]:
    half = Z95 * float(values.std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 else 0.0
    return float(values.mean()) - half, float(values.mean()) + half
