"""Reading and inspecting large files: time beside pandas' own reader, time and memory of `assay inspect`.

    python benchmarks/reading.py [--bytes 1000000000] [--pairs 5] [--rows 1000000] [--columns 50]

The two readers take turns in one process on one CSV (numbers, whole numbers, categories, dates, keys), which is in the
page cache; the figure is the median ratio of a pair. Memory is PSS, summed over the command and all it starts.
"""

import gc
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv

from assay.data.read import read_table
from command import assay, run
from machine import facts
from outcome import Check, Outcome, at_most, load, parser, save
from scale import GIB, Memory, table

CHUNK = 200_000
MOST_TIMES, MOST_SECONDS, MOST_GIB = 1.5, 30.0, 8.0


def mixed(rows: int, seed: int) -> pa.Table:
    """Rows of nineteen columns, as exports have them; about 160 bytes each."""
    rng = np.random.default_rng(seed)
    levels = np.array([f"level {j}" for j in range(12)])
    columns: dict[str, Any] = {f"n{i}": rng.normal(size=rows).round(5) for i in range(8)}
    columns |= {f"i{i}": rng.integers(0, 100_000, rows) for i in range(4)}
    columns |= {f"c{i}": levels[rng.integers(0, len(levels), rows)] for i in range(4)}
    columns["when"] = (np.datetime64("2020-01-01") + rng.integers(0, 1500, rows)).astype(str)
    columns["id"] = np.char.add("K-", (seed * rows + np.arange(rows)).astype(str))
    columns["y"] = np.where(rng.random(rows) < 0.3, "yes", "no")
    return pa.table(columns)


def write_mixed(path: Path, size: int) -> None:
    """A CSV of at least `size` bytes, written in pieces."""
    with path.open("wb") as file:
        piece = 0
        while file.tell() < size:
            arrow_csv.write_csv(mixed(CHUNK, piece), file, arrow_csv.WriteOptions(include_header=piece == 0))
            piece += 1


def timed(read: Callable[[], object]) -> dict[str, float]:
    """Seconds on the clock and of all processors."""
    gc.collect()
    start, cpu = time.perf_counter(), time.process_time()
    found = read()
    took = {"seconds": time.perf_counter() - start, "cpu_seconds": time.process_time() - cpu}
    del found
    return took


def pairs_of(path: Path, count: int) -> list[dict[str, dict[str, float]]]:
    """Both readers on the file, `count` times, who begins changing; a first pair is not counted."""
    readers = {"pandas": lambda: pd.read_csv(path, engine="pyarrow"), "assay": lambda: read_table(path)}
    found = []
    for number in range(count + 1):
        order = sorted(readers, reverse=bool(number % 2))
        found.append({name: timed(readers[name]) for name in order})
        print({name: {key: round(value, 2) for key, value in took.items()} for name, took in found[-1].items()},
              flush=True)  # fmt: skip
    return found[1:]


def inspected(folder: Path, rows: int, columns: int) -> dict[str, float]:
    """`assay inspect` on a CSV of that many rows: seconds, peak PSS, processor seconds."""
    path = folder / "wide.csv"
    frame = table(rows, columns)
    numbers = frame.select_dtypes("float32").columns
    frame[numbers] = frame[numbers].astype(np.float64).round(5)
    arrow_csv.write_csv(pa.Table.from_pandas(frame, preserve_index=False), path)
    memory = Memory()
    memory.start()
    ran = run(assay("inspect", path, "--target", "y", "--json", "--quiet"), folder=folder).sound()
    memory.over.set()
    memory.join()
    return {"seconds": ran.seconds, "pss_gib": memory.peak / GIB, "cpu_seconds": ran.cpu_seconds,
            "file_bytes": float(path.stat().st_size)}  # fmt: skip


def read_checks(found: dict[str, Any]) -> list[Check]:
    """The median ratio on the clock, and of processor time, which others on the machine disturb less."""
    checks = []
    for key, what in (("seconds", ""), ("cpu_seconds", ", processor time")):
        ratio = statistics.median(pair["assay"][key] / pair["pandas"][key] for pair in found["pairs"])
        size = f"{found['file_bytes'] / 1e6:,.0f} MB of CSV"
        checks.append(at_most(f"{size}, beside pandas' pyarrow reader{what}", ratio, MOST_TIMES, "times"))
    return checks


def inspect_checks(found: dict[str, Any]) -> list[Check]:
    """Seconds and memory of one command."""
    what = f"assay inspect, {found['rows']:,} × {found['columns']}, CSV of {found['file_bytes'] / 1e6:,.0f} MB"
    return [
        at_most(what, found["seconds"], MOST_SECONDS, "s", digits=1),
        at_most(f"{what}: processor time", found["cpu_seconds"], MOST_SECONDS, "s", digits=1),
        at_most(f"{what}: peak PSS", found["pss_gib"], MOST_GIB, "GiB"),
    ]


def main() -> None:
    """Measure and save; what is not measured now stays as it was."""
    arguments = parser(__doc__)
    arguments.set_defaults(out=Path(__file__).parent / "results")
    arguments.add_argument("--bytes", type=int, default=1_000_000_000)
    arguments.add_argument("--pairs", type=int, default=5)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--columns", type=int, default=50)
    args = arguments.parse_args()
    details: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as name:
        if args.pairs:
            path = Path(name) / "mixed.csv"
            write_mixed(path, args.bytes)
            details["read"] = {"pairs": pairs_of(path, args.pairs), "file_bytes": path.stat().st_size,
                               "load": facts()["load"]}  # fmt: skip
            path.unlink()
        if args.rows:
            details["inspect"] = {**inspected(Path(name), args.rows, args.columns), "rows": args.rows,
                                  "columns": args.columns, "load": facts()["load"]}  # fmt: skip
    before = args.out / "reading.json"
    details = {**(load(before).details if before.exists() else {}), **details}
    checks = [check for part, of in (("read", read_checks), ("inspect", inspect_checks)) if part in details
              for check in of(details[part])]  # fmt: skip
    loads = " and ".join(f"{details[part]['load']} ({part})" for part in ("read", "inspect") if part in details)
    method = (
        f"Readers in turns, medians of {len(details.get('read', {'pairs': ()})['pairs'])} pairs; inspect from process "
        f"start to its end. Load then: {loads}."
    )
    save(Outcome(name="reading", title="Reading and inspecting", checks=tuple(checks), details=details,
                 method=method), args.out)  # fmt: skip


if __name__ == "__main__":
    main()
