"""Does the same model ship however busy the machine is? Exact fits of small tables, other processes beside them.

python benchmarks/busy.py [--tables 20] [--experiments 6] [--busy 0 2 6] [--limit 0.4]

Every second table is fitted with a limit of milliseconds a row (--limit), as that is where a clock could decide.
Compared are all records but what times a machine (exact.MEASURED), and the predictions bit for bit; at the end one
model is measured with nothing and with most processes beside it.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from assay.core.array import AnyArray
from assay.pipeline.store import TaskFolder
from assay.predictor.predictor import Predictor
from assay.search.worker_jobs import measure
from command import program, run
from exact import MEASURED, ledger_of, ledgers_differ
from outcome import Outcome, all_of, at_most, parser, save


@contextmanager
def burning(count: int) -> Iterator[None]:
    """So many processes that compute without end."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def small(seed: int) -> pd.DataFrame:
    """300 to 700 rows of 4 to 10 numbers and two categories: two classes, three, or a value, in turn."""
    rng = np.random.default_rng(seed)
    n, d = int(rng.integers(300, 700)), int(rng.integers(4, 10))
    X = pd.DataFrame(rng.normal(size=(n, d)).round(4), columns=[f"n{j}" for j in range(d)])
    signal = X.n0 + X.n1 * X.n2 + np.sin(2 * X.n3) + rng.normal(size=n)
    for j in range(2):
        level = rng.integers(0, 5, n)
        X[f"c{j}"] = [f"level {k}" for k in level]
        signal = signal + 0.5 * (level == 1)
    cuts = {0: 2, 1: 3}.get(seed % 3)
    X["y"] = signal.round(3) if cuts is None else pd.qcut(signal, cuts, labels=list("abc")[:cuts]).astype(str)
    return X


def compare(seed: int, wishes: dict[str, Any], busy: list[int], place: Path) -> dict[str, Any]:
    """Fit with each number of processes beside; where ledgers and predictions differ from the first."""
    frame = small(seed)
    frame.to_parquet(place / f"{seed}.parquet")
    ledgers, answers = [], list[AnyArray]()
    for count in busy:
        out = place / f"{seed}-{count}.lab"
        with burning(count):
            asked = program(source=str(place / f"{seed}.parquet"), target="y", out=str(out), **wishes)
            run(asked, folder=place).sound()
        ledgers.append(ledger_of(out))
        answers.append(Predictor.load(out / "model").stored(frame.drop(columns="y")))
    differ = [ledgers_differ(ledgers[0], other) for other in ledgers[1:]]
    return {
        "table": seed, "wishes": wishes, "records": len(ledgers[0]), "differs": [where for where in differ if where],
        "predictions_equal": all(answers[0].tobytes() == other.tobytes() for other in answers[1:]),
    }  # fmt: skip


def main() -> None:
    """Compare, measure one model beside others, save."""
    arguments = parser(__doc__)
    arguments.add_argument("--tables", type=int, default=20)
    arguments.add_argument("--experiments", type=int, default=6)
    arguments.add_argument("--busy", nargs="*", type=int, default=[0, 2, 6])
    arguments.add_argument("--limit", type=float, default=0.4)
    args = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place, rows = Path(name), list[dict[str, Any]]()
        for seed in range(args.tables):
            wishes = {"experiments": args.experiments} | ({"max_latency": args.limit} if seed % 2 else {})
            rows.append(compare(seed, wishes, args.busy, place))
            print(rows[-1], flush=True)
        first, last = place / f"0-{args.busy[0]}.lab", place / f"0-{args.busy[-1]}.lab"
        with burning(args.busy[0]):
            alone = measure(TaskFolder(first))
        with burning(args.busy[-1]):
            beside = measure(TaskFolder(last))
    differ = [f"table {row['table']} ({row['differs'][0]})" for row in rows if row["differs"]]
    unequal = [f"table {row['table']}" for row in rows if not row["predictions_equal"]]
    said = ", ".join(map(str, args.busy))
    ratio = max(alone.measured_ms, beside.measured_ms) / min(alone.measured_ms, beside.measured_ms)
    checks = (
        all_of(f"exact fits: same ledger with {said} busy processes beside", differ, len(rows)),
        all_of("the models that ship answer alike, bit for bit", unequal, len(rows)),
        at_most(f"one model measured with {args.busy[0]} and {args.busy[-1]} beside it, ratio", ratio, 1.25, ""),
    )
    method = f"Every second table with --max-latency {args.limit:g}. Left out: {', '.join(sorted(MEASURED))}."
    details = {"rows": rows, "measured_ms": [alone.measured_ms, beside.measured_ms]}
    save(Outcome(name="busy", title="A busy machine", checks=checks, method=method, details=details), args.out)


if __name__ == "__main__":
    main()
