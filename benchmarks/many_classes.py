"""Many classes in a minute: log loss on generated tables, of this code, an earlier checkout and AutoGluon in turn.

    python benchmarks/many_classes.py run --results FILE [--tables nine letters] [--seconds 60] [--seed 0]
                                          [--before CHECKOUT/src] [--autogluon PYTHON] [--idle ours]
    python benchmarks/many_classes.py report --results FILE [--out FOLDER]

CHECKOUT: another working tree of this repository, fitted by this interpreter. PYTHON: an interpreter that has
autogluon.tabular; the preset is medium_quality. Every fit has a process of its own, one after the other, on the same
rows, and never sees the test rows' labels. A line of JSON is appended for each fit.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from judge import score
from many_classes_tables import TABLES, TARGET, drawn
from outcome import Check, Outcome, at_least, parser, save

HERE = Path(__file__).parent
PRESET = "medium_quality"
LESS, WON = 0.05, 4
FIT = """
import json, sys
import numpy as np, pandas as pd
from assay import load
wishes = json.loads(sys.argv[1])
model = load(wishes["lab"])
p = model.predict_proba(pd.read_parquet(wishes["test"]))
pd.DataFrame(np.asarray(p), columns=[str(one) for one in model.classes]).to_parquet(wishes["answer"])
"""


def ours(folder: Path, source: Path, *, seconds: float, seed: int) -> dict[str, Any]:
    """A fit and its answers by the code below `source`."""
    environment = {**os.environ, "PYTHONPATH": str(source)}
    wishes = {"source": str(folder / "train.parquet"), "target": TARGET, "metric": "log_loss", "seconds": seconds,
              "seed": seed, "out": str(folder / "fit.lab"), "jobs": 2, "patience": False}  # fmt: skip
    done = subprocess.run(
        [sys.executable, str(HERE / "program.py"), json.dumps(wishes)], env=environment, cwd=folder, check=True,
        capture_output=True, text=True,
    )  # fmt: skip
    told = json.loads(done.stdout)
    asked = {"lab": str(folder / "fit.lab"), "test": str(folder / "test.parquet"), "answer": str(folder / "answer")}
    subprocess.run([sys.executable, "-c", FIT, json.dumps(asked)], env=environment, cwd=folder, check=True)
    return {"seconds": round(told["seconds"], 2), "experiments": told["experiments"], "scored": told["scored"]}


def peer(folder: Path, python: Path, *, seconds: float) -> dict[str, Any]:
    """The same of AutoGluon; its clock starts when it is imported."""
    start = time.perf_counter()
    files = (folder / "train.parquet", folder / "test.parquet")
    done = subprocess.run(
        [python, HERE / "many_classes_peer.py", *files, TARGET, PRESET, str(seconds), folder / "answer"],
        cwd=folder, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return {"seconds": round(time.perf_counter() - start, 2), "board": done.stderr[-2000:]}


def loss(folder: Path, truth: pd.Series) -> float:
    """Log loss of the answers in a folder."""
    p = pd.read_parquet(folder / "answer")
    names = sorted(truth.unique())
    codes = truth.map({name: code for code, name in enumerate(names)}).to_numpy()
    chances = p.reindex(columns=names, fill_value=0.0).to_numpy(np.float64)
    return score("log_loss", codes, chances / chances.sum(axis=1, keepdims=True))


def fits(asked: Namespace, name: str) -> Iterator[dict[str, Any]]:
    """A line for each who fits a table, in turn."""
    train, test = drawn(name, asked.seed)
    who = {"ours": HERE.parent / "src", "before": asked.before, "autogluon": asked.autogluon}
    for system, place in who.items():
        if place is None or system in asked.idle:
            continue
        with tempfile.TemporaryDirectory() as made:
            folder, load = Path(made), os.getloadavg()[0]
            train.to_parquet(folder / "train.parquet")
            test.drop(columns=TARGET).to_parquet(folder / "test.parquet")
            if system == "autogluon":
                told = peer(folder, place, seconds=asked.seconds)
            else:
                told = ours(folder, place, seconds=asked.seconds, seed=asked.seed)
            yield {"table": name, "seed": asked.seed, "limit": asked.seconds, "system": system,
                   "loss": loss(folder, test[TARGET]), "load": round(load, 1), **told}  # fmt: skip


def checks(frame: pd.DataFrame) -> tuple[Check, ...]:
    """What was asked: a twentieth less than before in the mean, better than AutoGluon on four tables of six."""
    table = frame.pivot_table(index=["table", "seed"], columns="system", values="loss", aggfunc="mean")
    found = []
    if "before" in table:
        less = 1 - (table["ours"] / table["before"]).dropna()
        found.append(at_least("log loss below that of before, mean of the tables", 100 * float(less.mean()),
                              100 * LESS, "%", digits=1))  # fmt: skip
    if "autogluon" in table:
        both = table[["ours", "autogluon"]].dropna()
        won = both["ours"] < both["autogluon"]
        lost = ", ".join(f"{name} {seed}" for name, seed in won.index[~won]) or "none"
        found.append(Check(
            what=f"better than AutoGluon ({PRESET}), {len(won)} tables", asked=f"≥ {WON} of {len(TABLES)}",
            measured=f"{int(won.sum())}, not on: {lost}", holds=bool(won.mean() >= WON / len(TABLES)),
        ))  # fmt: skip
    slow = frame[frame["system"] == "ours"]
    left = float((slow["limit"] - slow["seconds"]).min())
    found.append(at_least("seconds left at the end of each fit, the fewest", left, 0.0, "s"))
    return tuple(found)


def report(asked: Namespace) -> None:
    """Say what was asked and measured, a line a table beside it."""
    lines = [json.loads(line) for line in asked.results.read_text().splitlines()]
    frame = pd.DataFrame(lines).drop_duplicates(["table", "seed", "system", "limit"], keep="last")
    shown = frame.pivot_table(index=["table", "seed"], columns="system", values="loss").round(4)
    print(shown.to_string())
    details = json.loads(shown.reset_index().to_json(orient="records"))
    title, method = (
        "Many classes",
        "Generated tables of 5 to 26 classes, 5,000 to 20,000 rows; log loss of 4,000 others.",
    )
    save(Outcome(name="many_classes", title=title, checks=checks(frame), details=details, method=method), asked.out)


def main() -> None:
    """Fit what is asked for, or say what came of it."""
    made = parser(__doc__)
    made.add_argument("what", choices=("run", "report"))
    made.add_argument("--results", type=Path, required=True)
    made.add_argument("--tables", nargs="+", default=list(TABLES), choices=list(TABLES))
    made.add_argument("--seconds", type=float, default=60.0)
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("--before", type=Path)
    made.add_argument("--autogluon", type=Path)
    made.add_argument("--idle", nargs="+", default=(), help="who is not fitted this time: ours before autogluon")
    asked = made.parse_args()
    if asked.what == "report":
        report(asked)
        return
    for name in asked.tables:
        for line in fits(asked, name):
            print(f"{name} {line['system']}: {line['loss']:.4f} in {line['seconds']:.1f} s", flush=True)
            with asked.results.open("a") as file:
                file.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
