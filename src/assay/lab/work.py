"""What workers run: the pipeline's jobs, and what a finished bundle needs: small models, and its time for a row."""

import time
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from assay.core.array import AnyArray
from assay.core.contract import Job
from assay.pipeline.compact import compact
from assay.pipeline.fit import run as run_fit
from assay.pipeline.store import TaskFolder

SAMPLE_ROWS = 1000
"""Rows looked at for a typical one."""

PRELOAD = (
    "numpy",
    "scipy.sparse",
    "sklearn.linear_model",
    "sklearn.ensemble",
    "lightgbm",
    "assay.lab.work",
    "assay.models",
    "assay.features",
)
"""Imported once by the fork server; catboost, xgboost and torch are imported by the worker that first needs them."""


def run(job: Job) -> object:
    """Do a job in this process; raises whatever goes wrong."""
    if job.kind == "measure":
        return measure(job.folder)
    if job.kind == "compact":
        return compact(job)
    return run_fit(job)


def measure(folder: Path) -> float:
    """Median milliseconds in which a saved bundle answers one row of a frame; loading is not counted.

    The row has every cell filled: reading, encoding texts and dates are a part of the time, and cost nothing on gaps.
    """
    import pandas as pd

    from assay.predictor.predictor import Predictor

    predictor = Predictor.load(folder / "model")
    row = pd.DataFrame([typical_row(TaskFolder(folder))])
    took = []
    for _ in range(40):
        start = time.perf_counter()
        predictor.predict(row)
        took.append(time.perf_counter() - start)
    return 1000 * float(np.median(took[5:]))


def typical_row(folder: TaskFolder) -> dict[str, object]:
    """A row as people give it, every cell filled as in the stored rows: the median, the first level, a date, a text.

    Cells as they were given are not stored, so it is decoded from the schema and the first rows of the table.
    """
    table = folder.table.take(np.arange(min(folder.table.n_rows, SAMPLE_ROWS)))
    medians = {name: _middle(table.numeric[:, j]) for j, name in enumerate(table.numeric_names)}
    days = {name: _middle(table.dates[:, j]) for j, name in enumerate(table.date_names)}
    texts = {name: max(table.text[:, j], key=len, default="") for j, name in enumerate(table.text_names)}
    row: dict[str, object] = {}
    for column in folder.task.schema.features:
        if column.name in medians:
            row[column.name] = medians[column.name] * column.scale + column.shift
        elif column.name in days:
            form = column.date_formats[0] if column.date_formats else "%Y-%m-%d"
            row[column.name] = (datetime(1970, 1, 1) + timedelta(days=days[column.name])).strftime(form)
        else:
            row[column.name] = texts.get(column.name, column.levels[0] if column.levels else None)
    return row


def _middle(values: AnyArray) -> float:
    """The median of what is there; 0 where nothing is."""
    there = values[np.isfinite(values)]
    return float(np.median(there)) if len(there) else 0.0
