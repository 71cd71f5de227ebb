"""The job that shuffles the columns of an experiment, or of a blend as it answers, for permutation importance."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import AnyArray, Index
from assay.core.job import Job
from assay.core.result import Shuffled
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.time_stretches import FEWEST
from assay.ensemble.combine import combine
from assay.pipeline.fit_jobs import Meter, fold_members, limits_of, stored_type
from assay.pipeline.fitted_recipe import FittedRecipe
from assay.pipeline.shuffled_predictions import Answering, shuffled_predictions
from assay.pipeline.store import TaskFolder
from assay.pipeline.table_files import save_array

MOST_OF_BLOCK = 400
"""Rows of a block that earlier fits answer."""


@dataclass(frozen=True, slots=True, eq=False)
class BlendOfFold:
    """The fits of one fold, blended by weight; where a model of the members' answers ships, by the weights shown."""

    members: tuple[FittedRecipe, ...]
    weights: tuple[float, ...]
    on_logits: bool

    def predict(self, table: Table) -> AnyArray:
        """Stored-form predictions of raw rows."""
        answers = [member.predict(table) for member in self.members]
        return combine(answers, self.weights, "logit" if self.on_logits else "plain")


def fold_answers(job: Job, folder: TaskFolder) -> Sequence[Answering]:
    """What answers the rows of each fold: the fits of the job's experiment, or of all parts of its blend."""
    if not job.parts:
        return fold_members(job, folder)
    own = [replace(job, experiment=part.experiment, fold_rounds=part.fold_rounds, parts=()) for part in job.parts]
    weights = tuple(part.weight for part in job.parts)
    fits = zip(*(fold_members(one, folder) for one in own), strict=True)
    return [BlendOfFold(members, weights, job.on_logits) for members in fits]


def importance(job: Job, folder: TaskFolder) -> Shuffled:
    """Out-of-fold predictions with each input column shuffled in turn; in order of time those of later blocks, too."""
    meter = Meter.start()
    members = fold_answers(job, folder)
    folds = [folder.split.held(number, job.experiment.partition) for number in range(len(members))]
    ahead = _further(f"{job.experiment.number}-further", folder, members, folds)
    done = shuffled_predictions(
        folder.table, members, folds, deadline=limits_of(job).deadline, seeds=Seeds(folder.task.seed).child("shuffle")
    )
    name = f"{job.experiment.number}-importance"
    save_array(folder.work / f"{name}.npy", done.predictions.astype(stored_type(folder.target)))
    save_array(folder.work / f"{name}-rows.npy", done.rows)
    return Shuffled(
        predictions=f"{name}.npy", rows=f"{name}-rows.npy", columns=done.columns, cpu_seconds=meter.cpu_seconds,
        further=ahead and f"{ahead}.npy", further_rows=ahead and f"{ahead}-rows.npy",
    )  # fmt: skip


def _further(name: str, folder: TaskFolder, members: Sequence[Answering], folds: Sequence[Index]) -> str:
    """What each fold's fit answers in its own block of time and in all later ones, at some rows of each; the name of
    the files, "" for rows in no order of time.
    """
    if folder.split.kind != "time" or len(folds) < FEWEST:
        return ""
    parts = [rows[:: -(-len(rows) // MOST_OF_BLOCK)] for rows in folds]
    rows = np.concatenate(parts)
    block = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    answers = []
    for number, member in enumerate(members):
        later = np.flatnonzero(block >= number)
        own = member.predict(folder.table.take(rows[later]))
        answers.append(np.full((len(rows), *own.shape[1:]), np.nan))
        answers[-1][later] = own
    save_array(folder.work / f"{name}.npy", np.stack(answers).astype(stored_type(folder.target)))
    save_array(folder.work / f"{name}-rows.npy", rows)
    return name
