"""Where a lab's predictions fail, and which labels its models reject: asked in one way by `explain` and by studies."""

from collections.abc import Callable, Sequence

import numpy as np

from assay.core.array import AnyArray
from assay.explain.error_drift import drift_of
from assay.explain.error_slices import ErrorSlice, error_slices
from assay.explain.feature_columns import FeatureColumn, feature_columns
from assay.explain.label_noise import LabelNoise, suspect_labels
from assay.explain.row_losses import row_losses, row_residuals
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.state import LabState
from assay.pipeline.store import TaskFolder
from assay.steering.steering_rules import SteeringRules

MOST_WITNESSES = 8
NAIVE = "constant"
"""The family that looks at no column: it rejects no label."""


def first_level(state: LabState, *, higher_is_better: bool) -> tuple[ExperimentEntry, ...]:
    """What stands with a score on every fold, best first: no repeats, no blends, no second levels."""
    sign = 1.0 if higher_is_better else -1.0
    able = [
        entry for entry in state.standing()
        if not (entry.experiment.is_blend or entry.experiment.partition or entry.experiment.recipe.on)
        and entry.result is not None and entry.result.score is not None
    ]  # fmt: skip
    return tuple(sorted(able, key=lambda e: -sign * (e.result.score or 0.0) if e.result else 0.0))


def witnesses(tried: Sequence[ExperimentEntry], read: Callable[[int], AnyArray | None]) -> tuple[int, ...]:
    """The best experiment of each family that has predictions, the best families first: who may reject a label.

    tried: best first; read: an experiment's out-of-fold predictions.
    """
    best: dict[str, int] = {}
    for entry in tried:
        name = entry.experiment.recipe.model.name
        if name != NAIVE and name not in best and read(entry.experiment.number) is not None:
            best[name] = entry.experiment.number
    return tuple(best.values())[:MOST_WITNESSES]


def allowed_columns(folder: TaskFolder, state: LabState) -> tuple[FeatureColumn, ...]:
    """The features of the rows, without those that a person barred."""
    barred = SteeringRules.of(state.hints).columns
    every = feature_columns(folder.table, folder.task.schema)
    return tuple(one for one in every if (one.source or one.name) not in barred)


def slices_of(folder: TaskFolder, state: LabState, prediction: AnyArray) -> tuple[ErrorSlice, ...]:
    """Where a prediction of all rows fails, beyond what the time of the rows explains; () where nothing can be seen."""
    y, columns = folder.target.values, allowed_columns(folder, state)
    losses, residuals = row_losses(prediction, y), row_residuals(prediction, y)
    drift = drift_of(folder, prediction)
    if drift is not None:
        columns = tuple(one for one in columns if not drift.explains(one))
        losses, residuals = drift.taken_off(losses) + np.nanmean(losses), drift.taken_off(residuals)
    return error_slices(
        losses, columns, units=folder.units, residuals=residuals, predictions=prediction, seed=folder.task.seed
    )


def rejected_labels(folder: TaskFolder, state: LabState, predictions: Sequence[AnyArray]) -> LabelNoise:
    """Labels that all of these predictions reject; none where errors change with the time of the rows, as wrong labels
    cannot be told from a law that drifts.
    """
    drift = drift_of(folder, np.mean(predictions, axis=0))
    if drift is not None:
        why = f"errors change along {drift.name}, and labels of rows that drift look wrong though they are right"
        return LabelNoise(share=0.0, low=0.0, high=0.0, p=1.0, why=why)
    return suspect_labels(
        np.stack(predictions), folder.target.values, is_class=folder.task.problem.is_class, units=folder.units,
        columns=allowed_columns(folder, state), seed=folder.task.seed,
    )  # fmt: skip
