"""Large tables: is the limit kept on a million rows, within how much memory, and how do time and memory grow.

    python benchmarks/scale.py [--rows 1000000] [--columns 50] [--seconds 60 120] [--csv-seconds 120]
        [--growth 10000 100000 1000000] [--experiments 6]

Memory is PSS, summed over the command and all it starts, looked at twice a second. Growth: the same number of
experiments at each size; the slope of log(time) and of log(peak memory) over log(rows).
"""

import argparse
import tempfile
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
import pandas as pd
import psutil

from command import assay, run
from outcome import Check, Outcome, at_most, parser, save

GIB = 2**30
MOST_PSS = 20.0
TIMES_TABLE, BESIDE = 4.0, 1.5
SLOPE = 1.1


class Memory(Thread):
    """The largest PSS of this process's descendants while it runs, in bytes."""

    def __init__(self, every: float = 0.5) -> None:
        super().__init__(daemon=True)
        self.every, self.over, self.peak = every, Event(), 0

    def run(self) -> None:
        while not self.over.wait(self.every):
            self.peak = max(self.peak, sum(_pss(child) for child in psutil.Process().children(recursive=True)))


def _pss(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0


def table(rows: int, columns: int, seed: int = 0) -> pd.DataFrame:
    """A binary question: four columns in five are numbers, the others categories; eight of them matter."""
    rng = np.random.default_rng(seed)
    n_numbers = columns * 4 // 5
    X = rng.normal(size=(rows, n_numbers)).astype(np.float32)
    codes = rng.integers(0, 12, (rows, columns - n_numbers))
    signal = X[:, 0] + X[:, 1] * X[:, 2] + np.sin(2 * X[:, 3]) + 0.3 * (codes[:, 0] % 3) - 0.5 * (codes[:, 1] > 6)
    y = rng.random(rows) < 1 / (1 + np.exp(-signal))
    frame = pd.DataFrame(X, columns=[f"n{i}" for i in range(n_numbers)])
    for i in range(codes.shape[1]):
        frame[f"c{i}"] = pd.Categorical.from_codes(codes[:, i], pd.Index([f"level {j}" for j in range(12)]))
    frame["y"] = np.where(y, "yes", "no")
    return frame


def attempt(file: Path, *budget: object) -> dict[str, Any]:
    """One command on one file: seconds, peak memory, and what it came to."""
    memory = Memory()
    memory.start()
    with tempfile.TemporaryDirectory() as name:
        ran = run(assay("fit", file, "--target", "y", *budget, "--out", Path(name) / "s.lab", "--json", "--quiet"),
                  folder=Path(name))  # fmt: skip
    memory.over.set()
    memory.join()
    expect = ran.answer.get("expect") or {}
    return {
        "file": file.name, "budget": " ".join(map(str, budget)), "took": round(ran.seconds, 2), "code": ran.code,
        "pss_gib": round(memory.peak / GIB, 3), "cpu": round(ran.cpu_seconds, 1),
        "experiments": ran.answer.get("experiments"), "expect": expect.get("value"),
        "said": "" if ran.code == 0 else ran.said[-300:],
    }  # fmt: skip


def deadlines(folder: Path, args: argparse.Namespace, frame: pd.DataFrame) -> tuple[list[Check], list[dict[str, Any]]]:
    """The limit, and memory, on the large table as Parquet and as CSV."""
    size = frame.memory_usage(deep=False).sum() / GIB
    frame.to_parquet(folder / "large.parquet")
    cases = [(folder / "large.parquet", seconds) for seconds in args.seconds]
    if args.csv_seconds:
        frame.to_csv(folder / "large.csv", index=False)
        cases += [(folder / "large.csv", seconds) for seconds in args.csv_seconds]
    checks, rows = [], []
    for file, seconds in cases:
        row = attempt(file, "--time-limit", f"{seconds:g}s")
        print(row, flush=True)
        what = f"{args.rows:,} × {args.columns}, {file.suffix[1:]}, T = {seconds:g} s"
        most = round(min(MOST_PSS, TIMES_TABLE * size + BESIDE), 2)
        checks.append(at_most(f"{what}: the command has ended", row["took"], seconds + 1, "s"))
        checks.append(at_most(f"{what}: peak PSS", row["pss_gib"], most, "GiB"))
        checks.append(Check(what=f"{what}: a model", asked="exit code 0", measured=str(row["code"]),
                            holds=row["code"] == 0))  # fmt: skip
        rows.append({**row, "table_gib": size})
    return checks, rows


def growth(folder: Path, args: argparse.Namespace) -> tuple[list[Check], list[dict[str, Any]]]:
    """Time and peak memory at a fixed number of experiments over the number of rows."""
    rows = []
    for count in args.growth:
        file = folder / f"rows{count}.parquet"
        table(count, args.columns).to_parquet(file)
        rows.append({"rows": count, **attempt(file, "--experiments", args.experiments)})
        print(rows[-1], flush=True)
    if len(rows) < 2:
        return [], rows
    logs = np.log([row["rows"] for row in rows])
    checks = []
    for key, what in (("took", "time"), ("pss_gib", "peak memory")):
        slope = float(np.polyfit(logs, np.log([row[key] for row in rows]), 1)[0])
        sizes = f"{min(args.growth):,} to {max(args.growth):,} rows"
        checks.append(at_most(f"log-log slope of {what}, {sizes}, {args.experiments} experiments", slope, SLOPE, ""))
    return checks, rows


def main() -> None:
    """Measure and save."""
    arguments = parser(__doc__)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--columns", type=int, default=50)
    arguments.add_argument("--seconds", nargs="*", type=float, default=[60.0, 120.0, 600.0])
    arguments.add_argument("--csv-seconds", nargs="*", type=float, default=[120.0])
    arguments.add_argument("--growth", nargs="*", type=int, default=[10_000, 30_000, 100_000, 300_000, 1_000_000])
    arguments.add_argument("--experiments", type=int, default=6)
    args = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        kept, limits = deadlines(Path(name), args, table(args.rows, args.columns)) if args.seconds else ([], [])
        slopes, grown = growth(Path(name), args) if args.growth else ([], [])
    method = (
        "Binary, four fifths numbers, one fifth categories of 12 levels; memory: PSS over the command and its workers."
    )
    save(Outcome(name="scale", title="Scale", checks=(*kept, *slopes), details={"limits": limits, "growth": grown},
                 method=method), args.out)  # fmt: skip


if __name__ == "__main__":
    main()
