"""Where a lab's predictions fail, and which labels its models reject: asked in one way by `explain` and by studies."""

from collections.abc import Callable, Sequence

import numpy as np

from assay.core.array import AnyArray
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
    """Where a prediction of all rows fails; () where nothing can be seen."""
    y = folder.target.values
    return error_slices(
        row_losses(prediction, y), allowed_columns(folder, state), units=folder.units,
        residuals=row_residuals(prediction, y), predictions=prediction, seed=folder.task.seed,
    )  # fmt: skip


def rejected_labels(folder: TaskFolder, state: LabState, predictions: Sequence[AnyArray]) -> LabelNoise:
    """Labels that all of these predictions reject."""
    return suspect_labels(
        np.stack(predictions), folder.target.values, is_class=folder.task.problem.is_class, units=folder.units,
        columns=allowed_columns(folder, state), seed=folder.task.seed,
    )  # fmt: skip
