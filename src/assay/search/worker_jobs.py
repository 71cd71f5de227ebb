"""What workers run: the pipeline's jobs, and what a finished bundle needs: small models, and its time for a row."""

import time
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from assay.core.array import AnyArray
from assay.core.contract import Job
from assay.core.result import Weighed
from assay.pipeline.compact import compact
from assay.pipeline.fit_jobs import run as run_fit
from assay.pipeline.permuted_columns import guard
from assay.pipeline.store import TaskFolder

SAMPLE_ROWS = 1000
"""Rows looked at for typical ones."""
TIMED_ROWS, TURNS = 15, 12
"""Some 180 calls, half a second of a slow model."""


def run(job: Job) -> object:
    """Do a job in this process; raises whatever goes wrong."""
    if job.kind == "measure":
        return measure(job.folder)
    if job.kind == "compact":
        return compact(job)
    if job.kind == "guard":
        return guard(job)
    return run_fit(job)


def measure(folder: Path) -> Weighed:
    """What one row of a frame takes of a saved bundle, estimated and measured; loading is not counted.

    Processor time, which others on the machine add little to, and of each row the least of some calls. The rows differ,
    as those of a service do, and take turns: one row again and again would find its leaves in the processor's cache.
    Their cells are all filled: reading, encoding texts and dates are a part of the time, and cost nothing on gaps.
    """
    import pandas as pd

    from assay.predictor.predictor import Predictor

    predictor = Predictor.load(folder / "model")
    estimated = predictor.row_effort.ms
    frames = [pd.DataFrame([row]) for row in typical_rows(TaskFolder(folder), TIMED_ROWS)]
    least = np.full(len(frames), np.inf)
    for _ in range(TURNS):
        for i, frame in enumerate(frames):
            start = time.process_time_ns()
            predictor.predict(frame)
            least[i] = min(least[i], time.process_time_ns() - start)
    return Weighed(estimated_ms=estimated, measured_ms=1e-6 * float(np.median(least)))


def typical_rows(folder: TaskFolder, n: int) -> list[dict[str, object]]:
    """Rows as people give them, decoded from the stored ones; gaps are filled: the median, the first level, a text.

    Cells as they were given are not stored, so they are decoded from the schema and the first rows of the table.
    """
    table = folder.table.take(np.arange(min(folder.table.n_rows, SAMPLE_ROWS)))
    filled: dict[str, AnyArray] = {}
    for names, block in ((table.numeric_names, table.numeric), (table.date_names, table.dates)):
        for j, name in enumerate(names):
            known = np.asarray(block[:, j], dtype=np.float64)
            filled[name] = np.where(np.isfinite(known), known, _middle(known))
    texts = {name: max(table.text[:, j], key=len, default="") for j, name in enumerate(table.text_names)}
    codes = {name: np.maximum(table.codes[:, j], 0) for j, name in enumerate(table.code_names)}
    rows = []
    for i in np.resize(np.arange(table.n_rows), n).tolist():
        row: dict[str, object] = {}
        for column in folder.task.schema.features:
            name = column.name
            if name in table.numeric_names:
                row[name] = float(filled[name][i]) * column.scale + column.shift
            elif name in table.date_names:
                form = column.date_formats[0] if column.date_formats else "%Y-%m-%d"
                row[name] = (datetime(1970, 1, 1) + timedelta(days=float(filled[name][i]))).strftime(form)
            elif name in texts:
                row[name] = table.text[i, table.text_names.index(name)] or texts[name]
            else:
                row[name] = _level(column.levels, int(codes[name][i])) if name in codes else None
        rows.append(row)
    return rows


def _level(levels: tuple[str, ...], code: int) -> str | None:
    return levels[min(code, len(levels) - 1)] if levels else None


def _middle(values: AnyArray) -> float:
    """The median of what is there; 0 where nothing is."""
    there = values[np.isfinite(values)]
    return float(np.median(there)) if len(there) else 0.0
