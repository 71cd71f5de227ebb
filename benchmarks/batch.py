"""How long many rows take: load a model, answer 1 to 100,000 rows, answer them again, each time in a fresh process.

    python benchmarks/batch.py [--rows 1 1000 10000] [--models FOLDER] [--before OTHER/src] [--repeats 3]

Four kinds of models of a table of 15 mixed columns. Beside the two that are boosters alone stand their libraries, with
a model of their own of as many trees, imports, all cores and their own files. --models: keep the fitted models there,
and use those that are there. --before: the source of another version, asked in turn with this one.
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd

from answer import as_categories
from assay.predictor.storage import read_bundle
from command import program, run
from outcome import Check, Outcome, at_most, parser, save
from tables import generated

ROWS = (1, 10, 100, 1_000, 10_000, 100_000)
TABLE_ROWS = 10_000
ANSWER = Path(__file__).with_name("answer.py")
FAMILIES = ("linear", "lightgbm", "xgboost", "catboost", "random_forest", "extra_trees", "knn", "svm", "realmlp", "gam")
ASKED_SECONDS = 0.3
"""What AutoGluon needs for the test rows of the peers' tables, 1,000 to 20,000, its model held in memory."""


@dataclass(frozen=True)
class Kind:
    """A model that is asked. only: the one family it is made of; seconds: of its fit where it may choose."""

    name: str
    target: str = "y"
    only: str | None = None
    seconds: float | None = None


def table() -> pd.DataFrame:
    """A binary target y, and one of five classes."""
    frame = generated(TABLE_ROWS, numeric=11, categories=4)
    score = frame.n0 + frame.n1 * frame.n2 + frame.n3.abs() + (frame.c0 == "level 3")
    return frame.assign(five=pd.qcut(score, 5, labels=list("abcde")).astype(str))


def fitted(kind: Kind, folder: Path) -> Path:
    """The saved model of a kind, fitted now if it is not there."""
    lab = folder / f"{kind.name.replace(' ', '_')}.lab"
    if not (lab / "model").exists():
        other = "five" if kind.target == "y" else "y"
        path = folder / f"{kind.target}.csv"
        table().drop(columns=other).to_csv(path, index=False)
        wishes: dict[str, Any] = {"source": str(path), "target": kind.target, "out": str(lab)}
        if kind.only:
            wishes |= {"experiments": 3, "without": [name for name in FAMILIES if name != kind.only]}
        else:
            wishes["seconds"] = kind.seconds
        run(program(**wishes), folder=folder).sound()
    return lab / "model"


def library_model(family: str, folder: Path, trees: int) -> dict[str, Any]:
    """What answer.py is told of a library's own model with so many trees, of the same table."""
    frame = table()
    X, y = frame.drop(columns=["y", "five"]), (frame.y == "yes").astype(int)
    categories = [name for name in X.columns if name.startswith("c")]
    path = folder / f"{family}.model"
    if family == "lightgbm":
        import lightgbm

        data = lightgbm.Dataset(as_categories(X, categories), y)
        params = {"objective": "binary", "num_leaves": 50, "learning_rate": 0.04, "verbosity": -1}
        lightgbm.train(params, data, num_boost_round=trees).save_model(path)
    else:
        import catboost

        model = catboost.CatBoost({"iterations": trees, "loss_function": "Logloss", "verbose": False,
                                   "allow_writing_files": False, "cat_features": categories})  # fmt: skip
        model.fit(X.astype(dict.fromkeys(categories, object)), y)
        model.save_model(str(path))
    return {"library": family, "model": str(path), "categories": categories}


def trees_of(path: Path) -> int:
    """Rounds of all boosters of a saved model."""
    bundle, _ = read_bundle(path)
    states = [bundle.states[piece.model] for member in bundle.members for piece in member.pieces]
    return sum(int(str(state.meta["rounds"])) for state in states)


def measure(wishes: dict[str, Any], source: Path | None) -> dict[str, float]:
    """What answer.py says, run by the assay of that source (None: the installed one)."""
    environment = os.environ | ({} if source is None else {"PYTHONPATH": str(source)})
    done = subprocess.run([sys.executable, str(ANSWER), json.dumps(wishes)], env=environment, capture_output=True,
                          text=True, check=True)  # fmt: skip
    return dict(json.loads(done.stdout.splitlines()[-1]))


def rows_file(folder: Path, n: int) -> Path:
    """So many rows that are like the table's."""
    path = folder / f"rows_{n}.csv"
    if not path.exists():
        generated(n, numeric=11, categories=4, seed=1).drop(columns="y").to_csv(path, index=False)
    return path


def kinds(seconds: float) -> tuple[Kind, ...]:
    """What is asked; the names are those of the checks."""
    return (
        Kind("LightGBM", only="lightgbm"), Kind("CatBoost", only="catboost"), Kind("default", seconds=seconds),
        Kind("five classes", target="five", seconds=seconds),
    )  # fmt: skip


def main() -> None:
    """Fit what is not there, measure in turn, save."""
    arguments = parser(__doc__)
    arguments.add_argument("--seconds", type=float, default=30.0, help="of the fits that choose")
    arguments.add_argument("--rows", type=int, nargs="*", default=list(ROWS))
    arguments.add_argument("--models", type=Path)
    arguments.add_argument("--before", type=Path)
    arguments.add_argument("--called", default="another version", help="what --before is")
    arguments.add_argument("--repeats", type=int, default=3)
    args = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = args.models or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        lines = []
        for kind in kinds(args.seconds):
            path = fitted(kind, folder)
            asked: dict[str, tuple[dict[str, Any], Path | None]] = {"now": ({"model": str(path)}, None)}
            if args.before:
                asked["before"] = ({"model": str(path)}, args.before)
            if kind.only:
                asked["library"] = (library_model(kind.only, folder, trees_of(path)), None)
            lines += [line(kind.name, n, asked, folder, args.repeats) for n in args.rows]
    method = (
        f"{TABLE_ROWS:,} × 15 mixed table; seconds, medians of {args.repeats} fresh processes: load with its imports "
        "and first answer together, then again. library: its own model with as many trees, on all cores."
        + (f" before: {args.called}." if args.before else "")
    )
    save(Outcome(name="batch", title="Many rows", checks=checks(lines), method=method, details=lines), args.out)
    show(lines)


def line(
    name: str, n: int, asked: dict[str, tuple[dict[str, Any], Path | None]], folder: Path, repeats: int
) -> dict[str, Any]:
    """One kind and number of rows: of everyone asked, in turn, the medians."""
    found: dict[str, list[dict[str, float]]] = {who: [] for who in asked}
    for _ in range(repeats):
        for who, (wishes, source) in asked.items():
            found[who].append(measure({**wishes, "rows": str(rows_file(folder, n))}, source))
    said: dict[str, Any] = {"kind": name, "rows": n}
    for who, runs in found.items():
        said[f"{who}, first"] = round(median(one["load"] + one["first"] for one in runs), 4)
        said[f"{who}, again"] = round(median(one["second"] for one in runs), 4)
    return said


def checks(lines: list[dict[str, Any]]) -> tuple[Check, ...]:
    """Boosters no slower than their libraries, blends within what a peer needs that is in memory already."""
    made = []
    for found in lines:
        now, again, n = found["now, first"], found["now, again"], found["rows"]
        if "library, first" in found and n in (1_000, 10_000):
            what = f"{found['kind']}, {n:,} rows"
            made += [at_most(f"{what}, load and first answer, by its library", now, found["library, first"], "s"),
                     at_most(f"{what}, again, by its library", again, found["library, again"], "s",
                             digits=3)]  # fmt: skip
        elif "library, first" not in found and n in (1_000, 10_000):
            made.append(at_most(f"{found['kind']}, {n:,} rows, again", again, ASKED_SECONDS, "s"))
    return tuple(made)


def show(lines: list[dict[str, Any]]) -> None:
    """Print every line."""
    for found in lines:
        parts = [f"{key} {value}" for key, value in found.items() if key not in ("kind", "rows")]
        print(f"  {found['kind']:>13} {found['rows']:>8,} rows: {' · '.join(parts)}")


if __name__ == "__main__":
    main()
