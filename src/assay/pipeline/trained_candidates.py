"""Labels restricted by a column, in every job that predicts: learned on the rows a model was trained on, applied before
predictions are stored.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.core.allowed_labels import AllowedLabels
from assay.core.array import AnyArray, Index
from assay.core.table import Table

if TYPE_CHECKING:
    from assay.pipeline.store import TaskFolder


@dataclass(frozen=True, slots=True, eq=False)
class TrainedCandidates:
    """What a model may answer by its training rows. allowed: None where the task restricts nothing."""

    allowed: AllowedLabels | None

    @classmethod
    def of(cls, folder: "TaskFolder", train: Index) -> "TrainedCandidates":
        """Learned on these rows of a task."""
        task, values = folder.task, folder.table.candidate_values
        if task.candidates is None or values is None:
            return cls(None)
        n_values = len(task.candidates.labels)
        known, truth = np.asarray(values[train]), np.asarray(folder.target.values[train])
        return cls(AllowedLabels.learned(known, truth, n_values=n_values, n_classes=task.n_classes))

    def restricted(self, prediction: AnyArray, table: Table) -> AnyArray:
        """Stored-form predictions of the rows of a raw table of which only candidates keep some; as they are where the
        task restricts nothing.
        """
        values = table.candidate_values
        return prediction if self.allowed is None or values is None else self.allowed.restricted(prediction, values)


ANY = TrainedCandidates(None)


def restricted(prediction: AnyArray, folder: "TaskFolder", *, train: Index, rows: Index) -> AnyArray:
    """Stored-form predictions of some rows, by a model that was trained on others."""
    if folder.task.candidates is None:
        return prediction
    values = folder.table.candidate_values
    allowed = TrainedCandidates.of(folder, train).allowed
    return prediction if allowed is None or values is None else allowed.restricted(prediction, np.asarray(values[rows]))
