"""What thousands of experiments cost a lab: time between jobs, memory, disk, and the time to open it.

    python benchmarks/long_lab.py [--experiments 2000 10000] [--rows 2000] [--columns 10] [--model-kb 4] [--paced 60]

A lab grows through the real loop and records, by jobs that answer at once with made predictions (made_jobs.py): an
exact run, so that every experiment has all folds. Then it goes on as by default for some experiments of one second of
work each, on two workers that wait for nothing but the loop: its overhead is the share of their time without a job.
Opening and `assay status` are processes of their own. Disk is all of the lab's folder.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import pandas as pd

from assay.core.clock import Budget
from assay.core.event import Event, Scored
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.run_context import RunContext
from assay.search.settings import FitSettings
from made_jobs import PACE
from outcome import Check, Outcome, at_most, parser, save

FOLD_SECONDS = 0.2
WORKERS = 2
MARK = "LONG LAB "
OVERHEAD, GROWTH_MB, OPEN_SECONDS, STATUS_SECONDS = 5.0, 200.0, 1.0, 0.5
"""Per cent of the workers' time at 2,000 experiments; the others at 10,000."""
MOST_BASE, TABLES = 1e9, 3
"""Bytes of disk: a gigabyte and three times the table."""


def table(rows: int, columns: int, kind: str) -> pd.DataFrame:
    """Numbers, and a target of two classes or a value."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(rows, columns)).round(3), columns=[f"n{j}" for j in range(columns)])
    value = frame.n0 + rng.normal(size=rows)
    frame["y"] = value.round(3) if kind == "value" else np.where(value > 0, "a", "b")
    return frame


def resident() -> float:
    """Megabytes of this process that are its own or mapped."""
    import psutil

    return float(psutil.Process().memory_info().rss) / 1e6


def folder_bytes(folder: Path) -> dict[str, float]:
    """Megabytes by the lab's rooms."""
    out: dict[str, float] = {}
    for item in folder.rglob("*"):
        if item.is_file() and not item.is_symlink():
            room = item.relative_to(folder).parts[0]
            out[room] = out.get(room, 0.0) + item.stat().st_blocks * 512 / 1e6
    return out


def grow(source: Path, lab: Path, experiments: int) -> dict[str, Any]:
    """An exact run of so many experiments in this process."""
    marks: list[tuple[int, float, float]] = []
    ended = 0

    def hear(event: Event) -> None:
        nonlocal ended
        ended += isinstance(event, Scored)
        if isinstance(event, Scored) and ended % 100 == 0:
            marks.append((ended, resident(), process_time() - PACE.making_cpu))

    settings = FitSettings(
        budget=Budget(experiments=experiments), out=str(lab), executor="made", researchers=("portfolio", "random")
    )
    began = perf_counter()
    fit(str(source), TaskOptions(target="y"), settings, context=RunContext(listener=hear, write_brief=False))
    first, last, before = marks[0], marks[-1], marks[-min(len(marks), 4)]
    return {
        "experiments": last[0], "seconds": perf_counter() - began, "first_mb": first[1], "last_mb": last[1],
        "growth_mb": last[1] - first[1], "after_mb": resident(),
        "cpu_ms": 1000 * (last[2] - before[2]) / max(last[0] - before[0], 1),
    }  # fmt: skip


def pace(source: Path, lab: Path, more: int) -> dict[str, Any]:
    """Go on as by default, with folds that take their time."""
    seen: list[tuple[float, float, float, float]] = []

    def hear(event: Event) -> None:
        if isinstance(event, Scored):
            seen.append((perf_counter() - PACE.making, process_time() - PACE.making_cpu, PACE.worked, event.number))

    PACE.seconds = FOLD_SECONDS
    from assay.views.open_lab import LabSnapshot

    opened = LabSnapshot.open(lab)
    budget = Budget(seconds=1e6, experiments=opened.state.proposed + more)
    opened.close()
    settings = FitSettings(budget=budget, out=str(lab), executor="made", patience=False)
    fit(str(source), TaskOptions(target="y"), settings, context=RunContext(listener=hear, write_brief=False))
    one, other = seen[len(seen) // 6], seen[-1]  # the first ones import what proposes
    wall, cpu, worked = (other[k] - one[k] for k in range(3))
    return {
        "experiments": len(seen), "overhead_percent": 100 * (1 - worked / (WORKERS * wall)),
        "loop_cpu_percent": 100 * cpu / wall, "seconds_each": wall / (len(seen) - len(seen) // 6 - 1),
    }  # fmt: skip


def opened_in(lab: Path, *, times: int = 3) -> dict[str, float]:
    """Seconds of Lab.open, and of `assay status` as a process: the least of some."""
    code = (
        "import sys, time; from assay.lab.lab import Lab; began = time.perf_counter(); lab = Lab.open(sys.argv[1]);"
        "print(time.perf_counter() - began)"
    )
    opening, status = [], []
    for _ in range(times):
        out = subprocess.run([sys.executable, "-c", code, lab], capture_output=True, text=True, check=True).stdout
        opening.append(float(out))
        began = perf_counter()
        subprocess.run([sys.executable, "-m", "assay", "status", lab], capture_output=True, check=True)
        status.append(perf_counter() - began)
    return {"open_seconds": min(opening), "status_seconds": min(status)}


def part(name: str, arguments: argparse.Namespace, *words: object) -> dict[str, Any]:
    """A part in a process of its own, for its memory."""
    command = [sys.executable, __file__, "--part", name, "--model-kb", str(arguments.model_kb), *map(str, words)]
    out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    found: dict[str, Any] = json.loads(next(line for line in out.splitlines() if line.startswith(MARK))[len(MARK) :])
    return found


def measured(experiments: int, arguments: argparse.Namespace, place: Path) -> dict[str, Any]:
    """All figures of a lab of so many experiments."""
    source, lab = place / "t.parquet", place / f"{experiments}.lab"
    table(arguments.rows, arguments.columns, arguments.kind).to_csv(csv := place / "t.csv", index=False)
    pd.read_csv(csv).to_parquet(source)
    found: dict[str, Any] = {"grown": part("grow", arguments, source, lab, experiments)}
    found["disk_mb"] = folder_bytes(lab)
    found["table_mb"] = csv.stat().st_size / 1e6
    found["opened"] = opened_in(lab)
    if arguments.paced:
        found["paced"] = part("pace", arguments, source, lab, arguments.paced)
    return found


def checks(found: dict[int, dict[str, Any]]) -> list[Check]:
    """What was asked: the overhead and the disk at the fewest experiments, the rest at the most."""
    few, most = found[min(found)], found[max(found)]
    out = [
        at_most(f"growth of memory, {max(found):,} experiments", most["grown"]["growth_mb"], GROWTH_MB, "MB", digits=0),
        at_most(f"Lab.open, {max(found):,} experiments", most["opened"]["open_seconds"], OPEN_SECONDS, "s"),
        at_most(f"assay status, {max(found):,} experiments", most["opened"]["status_seconds"], STATUS_SECONDS, "s"),
        at_most(
            f"disk, {min(found):,} experiments", sum(few["disk_mb"].values()),
            MOST_BASE / 1e6 + TABLES * few["table_mb"], "MB", digits=0,
        ),
    ]  # fmt: skip
    overhead = few["paced"]["overhead_percent"] if "paced" in few else math.nan
    return [at_most(f"overhead at {min(found):,} experiments", overhead, OVERHEAD, "%"), *out]


def main() -> None:
    """Grow, open, go on, save; or one part of that in this process."""
    arguments = parser(__doc__)
    arguments.add_argument("--experiments", type=int, nargs="+", default=[2_000, 10_000])
    arguments.add_argument("--rows", type=int, default=2_000)
    arguments.add_argument("--columns", type=int, default=10)
    arguments.add_argument("--kind", choices=("classes", "value"), default="classes")
    arguments.add_argument("--model-kb", type=int, default=4, help="size of a fold's model")
    arguments.add_argument("--paced", type=int, default=60, help="experiments of one second of work")
    arguments.add_argument("--part", choices=("grow", "pace"), help=argparse.SUPPRESS)
    arguments.add_argument("words", nargs="*", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    PACE.model_bytes = 1000 * given.model_kb
    if given.part:
        source, lab, count = given.words
        run = {"grow": grow, "pace": pace}[given.part]
        print(MARK + json.dumps(run(Path(source), Path(lab), int(count))), flush=True)
        return
    with tempfile.TemporaryDirectory() as folder:
        found = {count: measured(count, given, Path(folder)) for count in given.experiments}
    name = f"{given.rows:,} rows, {given.columns} columns"
    save(
        Outcome(
            name="long_lab", title="Long labs", checks=tuple(checks(found)), details=found,
            method=f"Jobs that answer at once with made predictions, {name}; then experiments of a second each.",
        ), given.out
    )  # fmt: skip


if __name__ == "__main__":
    main()
