"""The jobs that workers run: the pipeline's, and the timing of a saved bundle."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from assay.core.clock import SystemClock
from assay.core.job import Job, JobKind
from assay.core.result import Weighed
from assay.core.seed import Seeds
from assay.explain.unread_columns import FIRST, unread_columns
from assay.pipeline.fit_jobs import fit_fold, limits_of, refit, rescore
from assay.pipeline.permuted_columns import guard
from assay.pipeline.reading_texts import read_texts
from assay.pipeline.store import TaskFolder
from assay.predictor.predictor import Predictor
from assay.search.importance_job import importance
from assay.search.word_effects_job import word_effects

SAMPLE_ROWS = 1000
"""Rows from which typical ones are taken."""
TIMED_ROWS, TURNS = 15, 12
"""About 180 calls, half a second of a slow model."""


def run(job: Job) -> object:
    """Run a job in this process; raises whatever the libraries raise, which an executor turns into a Failure.

    A model whose predictions are not all finite is a Failure of kind "invalid", so that no metric meets them.
    """
    with job.store.opened(job) as path:
        return WORK[job.kind](job, TaskFolder.open(path))


def measure(folder: TaskFolder) -> Weighed:
    """Time of one row of a frame with a saved bundle, estimated and measured, without loading.

    Processor time, which other load on the machine hardly adds to, and of each row the least of some calls. The rows
    differ, as those of a service do, and take turns: one row again and again would find its leaves in the processor's
    cache. All their cells are filled, as reading, encoding texts and dates cost nothing on gaps. Functions of people
    run in another process, the sandbox: there it is the time that passes.
    """
    import pandas as pd

    predictor = Predictor.in_lab(folder.path / "model", folder.surroundings)
    estimated = predictor.row_effort.ms
    frames = [pd.DataFrame([row]) for row in typical_rows(folder, TIMED_ROWS)]
    now = SystemClock().now if predictor.runs_code else time.process_time
    least = np.full(len(frames), np.inf)
    for _ in range(TURNS):
        for i, frame in enumerate(frames):
            start = now()
            predictor.predict(frame)
            least[i] = min(least[i], now() - start)
    return Weighed(estimated_ms=estimated, measured_ms=1e3 * float(np.median(least)))


def weigh(job: Job, folder: TaskFolder) -> Weighed:
    """The same, and of the job's columns which the bundle does not read, where there is time to see that."""
    found, deadline = measure(folder), limits_of(job).deadline
    if not job.columns or 1e-3 * found.measured_ms * FIRST > deadline.left:
        return found
    model, seeds = Predictor.in_lab(folder.path / "model", folder.surroundings), Seeds(folder.task.seed).child("unread")
    unread = unread_columns(model.of_table, folder.table, job.columns, seeds=seeds, deadline=deadline)
    return replace(found, unread=unread)


def typical_rows(folder: TaskFolder, n: int) -> list[dict[str, object]]:
    """Rows as a user gives them, decoded from the stored ones; gaps are filled: the median, the first level, a text.

    Original cells are not stored, so they are decoded from the schema and the first rows of the table.
    """
    table = folder.table.take(np.arange(min(folder.table.n_rows, SAMPLE_ROWS)))
    columns = {column.name: column for column in folder.task.schema.features}
    cells = {name: block.given(columns[name]) for block in table.cells.values() for name in block.names}
    return [{name: given[i] for name, given in cells.items()} for i in np.resize(np.arange(table.n_rows), n).tolist()]


WORK: Mapping[JobKind, Callable[[Job, TaskFolder], object]] = MappingProxyType({
    "fold": fit_fold, "rescore": rescore, "refit": refit, "importance": importance, "guard": guard,
    "words": word_effects,
    "measure": weigh, "read": read_texts,
})  # fmt: skip
"""What does each kind of job."""
