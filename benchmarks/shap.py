"""SHAP values of the default blend on 10,000 rows × 50 columns: seconds, additivity, error; beside the package shap.

The table is made here, with numbers, gaps and categories, and its blend by a real fit of 12 experiments. The package
runs in a Python of its own that has it and the boosting libraries.

python benchmarks/shap.py [--rows 10000] [--lab LAB] [--reference /path/to/python]
"""

import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from assay.core.array import Floats
from assay.core.block.columns import NumericBlock
from assay.core.clock import Budget
from assay.core.effort import Effort
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.data.options import TaskOptions
from assay.explain.shap import ShapSampling, background_of, shap_values
from assay.explain.shap_models import BoostedGame
from assay.explain.shap_tables import LeafShares
from assay.lab.fit import fit
from assay.lab.run_context import RunContext
from assay.models.flat import FlatTrees
from assay.models.flat_boosted import FlatBoosted, Library
from assay.models.flat_catboost import read_catboost
from assay.models.flat_lightgbm import read_lightgbm
from assay.models.flat_xgboost import read_xgboost
from assay.pipeline.store import TaskFolder
from assay.predictor.predictor import Predictor
from assay.search.settings import FitSettings
from outcome import Check, Outcome, at_most, parser, save

LEVELS = (3, 4, 5, 8, 12, 20, 30, 6, 4, 200)
CLOSE = 12
"""Rows whose values are worked out with many permutations, to see the error of those with few."""
WALKED = (40, 60)
"""Rows explained beside the package, and rows of their background."""


def a_table(n: int) -> pd.DataFrame:
    """40 numbers, some with gaps, and 10 categories; an answer with effects of one column, of two, and noise."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 40))
    codes = [rng.integers(0, k, n) for k in LEVELS]
    z = 1.2 * X[:, 0] - X[:, 1] + 0.8 * X[:, 2] * X[:, 3] + np.sin(2 * X[:, 4]) + 0.5 * np.abs(X[:, 5])
    z += sum(0.5 * np.sin(3.1 * own) for own in codes[:6]) + 0.3 * np.cos(codes[9])
    columns: dict[str, Any] = {f"x{j}": X[:, j] for j in range(40)}
    columns |= {f"c{j}": [f"v{code}" for code in own] for j, own in enumerate(codes)}
    frame = pd.DataFrame(columns)
    for j in range(0, 40, 7):
        frame.loc[rng.random(n) < 0.08, f"x{j}"] = np.nan
    return frame.assign(y=np.where(rng.random(n) < 1 / (1 + np.exp(-z)), "yes", "no"))


def a_lab(folder: Path, n: int) -> Path:
    """A lab of 12 experiments on that table."""
    settings = FitSettings(budget=Budget(experiments=12), out=str(folder / "shap.lab"))
    fit(a_table(n), TaskOptions(target="y"), settings, context=RunContext(inline=True, write_brief=False))
    return folder / "shap.lab"


def timed(model: Predictor, table: Table, member: int | None = None) -> dict[str, Any]:
    """Seconds of all rows, by the clock and of processors, and how the values are."""
    background = background_of(table, seeds=Seeds(0))
    start, cpu = time.perf_counter(), time.process_time()
    found = shap_values(model, table, background, member=member, sampling=ShapSampling(threads=2))
    took, used = time.perf_counter() - start, time.process_time() - cpu
    gap = np.abs(found.base + found.values.sum(axis=1) - found.answers).max()
    near = shap_values(model, table.take(np.arange(CLOSE)), background, member=member)
    away = found.values[:CLOSE] - near.values
    importance = found.importance[:, 0]
    return {
        "member": member, "seconds": took, "processor_seconds": used, "pairs": found.pairs, "sampled": found.sampled,
        "additivity": float(gap), "error": float(np.sqrt((away**2).mean())),
        "size": float(np.sqrt((near.values**2).mean())), "standard_error": float(np.nanmax(near.errors)),
        "first": [found.inputs[j] for j in np.argsort(-importance)[:5]],
    }  # fmt: skip


def boosters(folder: Path) -> dict[str, FlatTrees]:
    """Boosters of three libraries as flat trees, and their own files: gaps in all, two and more classes, values."""
    import catboost
    import lightgbm
    import xgboost

    rng = np.random.default_rng(1)
    X = rng.normal(size=(1_500, 12)).astype(np.float32)
    X[rng.random(X.shape) < 0.1] = np.nan
    F = np.nan_to_num(X)
    z = F[:, 0] - F[:, 1] * F[:, 2] + np.abs(F[:, 3]) + 0.5 * rng.normal(size=len(X))
    y, k = (z > 0.5).astype(int), np.digitize(z, [-0.3, 0.8])
    quiet = {"verbose": -1, "num_threads": 1, "seed": 0}
    made: dict[str, FlatTrees] = {}
    for name, target, own in (
        ("lightgbm_two", y, {"objective": "binary", "num_leaves": 47}),
        ("lightgbm_value", z, {"objective": "regression", "num_leaves": 15}),
    ):
        booster = lightgbm.train({**quiet, **own}, lightgbm.Dataset(X, target), 60)
        booster.save_model(folder / f"{name}.model")
        made[name] = read_lightgbm(booster.model_to_string(), width=2)
    for name, target, own in (
        ("xgboost_two", y, {"objective": "binary:logistic", "max_depth": 6}),
        ("xgboost_three", k, {"objective": "multi:softprob", "num_class": 3, "max_depth": 4}),
        ("xgboost_value", z, {"objective": "reg:squarederror", "max_depth": 3}),
    ):
        grown = xgboost.train({**own, "nthread": 1, "base_score": 0.5}, xgboost.DMatrix(X, target), 60)
        (folder / f"{name}.model").write_bytes(grown.save_raw("json"))
        made[name] = read_xgboost(bytes(grown.save_raw("json")), width=2)
    cat = catboost.CatBoostClassifier(iterations=60, depth=6, thread_count=1, verbose=False, allow_writing_files=False)
    cat.fit(X, y)
    cat.save_model(str(folder / "catboost_two.model"), format="json")
    rows = Table.of(numeric=NumericBlock(X, tuple(f"x{j}" for j in range(X.shape[1]))))
    document = (folder / "catboost_two.model").read_bytes()
    made["catboost_two"] = read_catboost(document, tables=[rows], probe=_no_probe)
    for name in made:
        np.savez(folder / f"{name}.npz", X=X[: WALKED[0]], background=X[-WALKED[1] :])
    return made


def _no_probe(table: Table, first: int, end: int) -> Floats:
    raise AssertionError("a model of numbers has no splits on categories")


def beside_the_package(python: str) -> dict[str, dict[str, float]]:
    """For each booster the largest difference to the package's values, and to its base; the size of its largest."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = boosters(folder)
        script = Path(__file__).parent / "shap_reference.py"
        subprocess.run([python, "-I", str(script), str(folder)], check=True, capture_output=True, text=True)
        return {name: _difference(trees, folder / name) for name, trees in made.items()}


def _difference(trees: FlatTrees, at: Path) -> dict[str, float]:
    with np.load(at.with_suffix(".npz")) as given, np.load(at.with_suffix(".out.npz")) as theirs:
        X, background, values, base = given["X"], given["background"], theirs["values"], theirs["base"]
    library = Library(name=at.name, tree=Effort())
    n_classes = {"value": 0, "sigmoid": 2, "softmax": trees.n_outputs}[trees.output]
    model = BoostedGame(FlatBoosted(library=library, trees=trees, n_classes=n_classes, n_rows=1_500,
                                    rounds=trees.rounds, rounds_done=trees.rounds, ended="rounds"))  # fmt: skip
    d = X.shape[1]
    game = model.game(background, np.arange(d), d, LeafShares())
    assert game is not None
    ours = game.values(X).transpose(2, 1, 0)
    start = model.scores(background).mean(axis=1)
    return {"values": float(np.abs(ours - values).max()), "base": float(np.abs(start - base).max()),
            "largest": float(np.abs(values).max())}  # fmt: skip


def main() -> None:
    """Measure and save."""
    arguments = parser(__doc__)
    arguments.add_argument("--rows", type=int, default=10_000)
    arguments.add_argument("--lab", type=Path, help="a lab to explain, in place of one made here")
    arguments.add_argument("--reference", metavar="PYTHON", help="a Python that has the package shap")
    args = arguments.parse_args()
    reference = {} if args.reference is None else beside_the_package(args.reference)
    print(json.dumps(reference, indent=1), flush=True)
    with tempfile.TemporaryDirectory() as name:
        lab = args.lab or a_lab(Path(name), args.rows)
        model, table = Predictor.load(lab), TaskFolder(lab).table
        runs = [timed(model, table, member) for member in (None, *(one.number for one in model.members))]
    print(json.dumps(runs, indent=1), flush=True)
    apart = max((row["values"] / max(1.0, row["largest"]) for row in reference.values()), default=float("nan"))
    whole = runs[0]
    checks: tuple[Check, ...] = (
        at_most(f"{table.n_rows:,} rows × {len(table.names)} columns, the blend", whole["seconds"], 60.0, "s"),
        at_most("base and values to the answer, blend and members", 1e6 * max(run["additivity"] for run in runs), 1.0,
                "millionths", digits=6),
        at_most(f"difference to the package shap, {len(reference)} boosters", 1e6 * apart, 1.0, "millionths", digits=3),
    )  # fmt: skip
    save(
        Outcome(
            name="shap", title="SHAP values", checks=checks, details={"runs": runs, "reference": reference},
            method="Interventional, 100 rows of background, two threads. Error: root mean square of the values of "
            f"{CLOSE} rows against those of many permutations.",
        ),
        args.out,
    )  # fmt: skip


if __name__ == "__main__":
    main()
