"""The job that reads all texts of a task by a pretrained encoder, before any fit needs their vectors."""

import numpy as np

from assay.core.job import Job
from assay.core.seed import Seeds
from assay.pipeline.step_surroundings import built
from assay.pipeline.store import TaskFolder


def read_texts(job: Job, folder: TaskFolder) -> int:
    """Rows read, every so-many-th as the job's `copies` (which, of how many) say: what the steps of its recipe make of
    them is thrown away, but vectors are kept as they come, so that a killed job loses the last batch at most.
    """
    which, parts = job.copies
    table = folder.table.take(np.arange(which, folder.table.n_rows, parts))
    for step in job.experiment.recipe.steps:
        table = built(step, folder).fit(table, None, seeds=Seeds(0)).transform(table)
    return table.n_rows
