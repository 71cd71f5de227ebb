"""What workers run: the pipeline's jobs, and the measuring of a finished bundle."""

import time
from pathlib import Path

import numpy as np

from assay.core.contract import Job
from assay.pipeline.fit import run as run_fit

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
    return run_fit(job)


def measure(folder: Path) -> float:
    """Median milliseconds in which a saved bundle answers one row given as a dict; loading is not counted."""
    from assay.pipeline.store import TaskFolder
    from assay.predictor.predictor import Predictor

    predictor = Predictor.load(folder / "model")
    row = dict.fromkeys(column.name for column in TaskFolder(folder).task.schema.features)
    took = []
    for _ in range(40):
        start = time.perf_counter()
        predictor.predict(row)
        took.append(time.perf_counter() - start)
    return 1000 * float(np.median(took[5:]))
