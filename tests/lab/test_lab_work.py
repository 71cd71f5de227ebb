"""What a worker does: the row a finished model is timed with, and the server that waits for a fit."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd

from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.raw import RawTable
from assay.features import registry as steps
from assay.lab.preload import PRELOAD
from assay.models import registry as models
from assay.pipeline.store import TaskFolder
from assay.predictor.row_reader import RowReader
from assay.search.worker_jobs import typical_rows

WARM = """
import json, psutil
import assay
from assay.core.clock import Deadline
from assay.lab.workers import executor_of
from assay.search.settings import FitSettings
from assay.testing.jobs import job_that

assay.warm()
executor = executor_of(FitSettings(jobs=1), inline=False)
print(json.dumps(len(psutil.Process().children())))
executor.close(now=True)
"""


def test_the_rows_a_model_is_timed_with_differ_and_have_every_cell_filled_and_known(tmp_path):
    rng = np.random.default_rng(0)
    n = 120
    frame = pd.DataFrame({
        "age": np.where(rng.random(n) < 0.3, np.nan, rng.normal(40, 9, n)),
        "big": 1e9 + rng.random(n), "city": rng.choice(["Köln", "Bonn", "Ulm"], n), "member": rng.random(n) < 0.5,
        "since": (pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(n), unit="D")).strftime("%d.%m.%Y"),
        "note": ["" if i == 0 else "the order was late " + "again " * (i % 3) for i in range(n)],
        "y": rng.choice(["yes", "no"], n),
    })  # fmt: skip
    made = prepare(RawTable(frame=frame, name="x.csv"), TaskOptions(target="y", kinds={"note": "text"}))
    folder = TaskFolder.create(tmp_path, task=made.task, table=made.table, target=made.target, split=made.split)
    rows = typical_rows(folder, 5)
    assert all(set(row) == {column.name for column in made.task.schema.features} for row in rows)
    assert len({str(row) for row in rows}) == 5
    table = RowReader(made.task.schema).table(rows)
    levels = np.array(table.levels)
    assert np.isfinite(table.numeric).all()
    assert np.isfinite(table.dates).all()
    assert ((table.codes >= 0) & (table.codes < levels)).all()
    assert (table.text != "").all()


def test_after_warm_the_executor_of_a_fit_uses_the_warm_server():
    done = subprocess.run([sys.executable, "-c", WARM], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == 1  # the warm server, and none of the executor's own


def test_workers_are_forked_with_every_model_and_step_at_hand():
    assert {cls.__module__ for registry in (models, steps) for _, cls in registry} <= set(PRELOAD)


BEFORE_ALL_ELSE = """
import json, sys
from assay.cli.fit_commands import start_workers
from assay.execute.prestart import warm_server
from assay.lab.preload import PRELOAD

start_workers()
print(json.dumps([warm_server(PRELOAD) is not None, "pandas" in sys.modules, "assay.lab.fit" in sys.modules]))
"""


def test_the_command_starts_the_imports_of_its_workers_before_its_own():
    done = subprocess.run(
        [sys.executable, "-c", BEFORE_ALL_ELSE], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [True, False, False]
