"""Seconds that `assay fit --dry-run` plans, beside what the same experiments then took.

    python benchmarks/plan.py --data DATA [--tables phoneme abalone …] [--experiments 12] [--rows 8000] [--jobs 2]

Each table is planned, then fitted with --experiments right after (exact: nothing races and nothing is left out for
time). Compared are the seconds of all folds on one core, as the plan says them and as they were recorded, of every
experiment that ended. Small tables take part as they are, larger ones with so many rows.
"""

import math
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from assay.core.clock import Budget
from assay.data.options import TaskOptions
from assay.lab.dry_run import dry_run
from assay.search.settings import FitSettings
from assay.views.open_lab import LabSnapshot
from command import program, run
from outcome import Outcome, at_least, parser, save
from tables import Known, manifest

TABLES = ("phoneme", "abalone", "credit_g", "car", "soybean", "segment", "bike_sharing", "adult", "crm_calls")
TASKS = ("binary", "multiclass", "regression", "multimodal")
FACTOR, SHARE = 2.0, 80.0
"""Asked: within so many times on at least so many per cent of experiments."""


def compared(table: Known, frame: pd.DataFrame, experiments: int, jobs: int) -> list[dict[str, Any]]:
    """Every experiment that was planned and ended: its name, planned and measured seconds."""
    with tempfile.TemporaryDirectory() as name:
        source, out = Path(name) / "t.parquet", Path(name) / "t.lab"
        frame.to_parquet(source)
        settings = FitSettings(budget=Budget(experiments=experiments), out=str(out), jobs=jobs)
        options = TaskOptions(target=table.target, metric=table.metric)
        plan = dry_run(str(source), options, settings)
        asked = program(
            source=str(source), target=table.target, metric=table.metric, experiments=experiments, jobs=jobs,
            out=str(out),
        )  # fmt: skip
        run(asked, folder=Path(name)).sound()
        lab = LabSnapshot.open(out)
        took = {
            entry.experiment.recipe.key: entry.result.wall_seconds
            for entry in lab.state.entries.values()
            if entry.result is not None and entry.result.complete
        }
        lab.close()
        return [
            {"table": table.name, "what": one.experiment.what, "family": one.experiment.recipe.model.name,
             "planned": one.seconds, "took": took[one.experiment.recipe.key]}
            for one in plan.known
            if one.experiment.recipe.key in took
        ]  # fmt: skip


def within(rows: list[dict[str, Any]], factor: float) -> float:
    """Per cent of experiments whose planned seconds are within a factor of the measured ones."""
    near = [abs(math.log(row["planned"] / max(row["took"], 1e-3))) <= math.log(factor) for row in rows]
    return 100.0 * sum(near) / max(len(near), 1)


def main() -> None:
    """Plan, fit, compare, save."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", type=Path, required=True)
    arguments.add_argument("--tables", nargs="+", default=TABLES)
    arguments.add_argument("--experiments", type=int, default=12)
    arguments.add_argument("--rows", type=int, default=8_000)
    arguments.add_argument("--jobs", type=int, default=2)
    given = arguments.parse_args()
    rows: list[dict[str, Any]] = []
    for table in manifest(given.data, tasks=TASKS, names=list(given.tables)):
        frame = table.frame()
        part = frame.sample(min(given.rows, len(frame)), random_state=0).sort_index()
        own = compared(table, part, given.experiments, given.jobs)
        rows += own
        print(f"{table.name}: {within(own, FACTOR):.0f} % of {len(own)} within {FACTOR:g} ×", flush=True)
    check = at_least(
        f"planned within {FACTOR:g} ×, {len(rows)} experiments", within(rows, FACTOR), SHARE, "%", digits=0
    )
    method = (
        f"Each table planned, then fitted with --experiments {given.experiments}, {given.rows:,} rows at most, "
        f"{given.jobs} workers; seconds of all folds of an experiment on one core."
    )
    save(Outcome(name="plan", title="Seconds as planned", checks=(check,), details=rows, method=method), given.out)


if __name__ == "__main__":
    main()
