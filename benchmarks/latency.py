"""How long one row takes: a loaded predictor, 15 mixed columns, through a frame and through a dict.

The members of the third model are as many as --experiments gives: no clock leaves one out. Measure on a quiet machine.

python benchmarks/latency.py [--seconds 20] [--experiments 14] [--calls 1000]
"""

import gc
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from assay.predictor.predictor import Predictor
from command import program, run
from outcome import Outcome, at_most, parser, save
from tables import generated, generated_csv

ALL_BUT_LIGHTGBM = ("linear", "xgboost", "catboost", "random_forest", "extra_trees", "knn", "svm", "realmlp")
ROWS = 200


def milliseconds(call: Callable[[object], object], rows: Sequence[object], calls: int) -> dict[str, float]:
    """p50, p95 and p99 of single calls, each with another row than the one before; the first 20 do not count."""
    took = []
    gc.collect()
    for number in range(calls + 20):
        row = rows[number % len(rows)]
        start = time.perf_counter()
        call(row)
        took.append(1000 * (time.perf_counter() - start))
    cuts = statistics.quantiles(took[20:], n=100)
    return {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98]}


def predictor(folder: Path, **wishes: object) -> Predictor:
    """The model of a fit with these wishes, loaded."""
    table = generated_csv(folder, 5_000, numeric=11, categories=4)
    out = folder / f"{time.monotonic_ns()}.lab"
    run(program(source=str(table), target="y", out=str(out), **wishes), folder=folder).sound()
    return Predictor.load(out / "model")


def models(one: Predictor) -> int:
    """How many fitted models a predictor holds."""
    return sum(len(member.pieces) for member in one.members)


def main() -> None:
    """Measure and save."""
    arguments = parser(__doc__)
    arguments.add_argument("--seconds", type=float, default=20.0, help="of the default model's fit")
    arguments.add_argument("--experiments", type=int, default=14, help="of the fit of many members")
    arguments.add_argument("--calls", type=int, default=1000)
    args = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        one = predictor(Path(name), experiments=3, without=ALL_BUT_LIGHTGBM, preset="fast")
        default = predictor(Path(name), seconds=args.seconds)
        fast = predictor(Path(name), seconds=args.seconds, preset="fast")
        many = predictor(Path(name), experiments=args.experiments)
    frame = generated(ROWS, numeric=11, categories=4, seed=1).drop(columns="y")
    rows: list[pd.DataFrame] = [frame.iloc[[i]] for i in range(ROWS)]
    dicts = frame.to_dict("records")
    measured = {
        "one, frame": milliseconds(one.predict_proba, rows, args.calls),
        "one, dict": milliseconds(one.predict_proba, dicts, args.calls),
        "default, frame": milliseconds(default.predict_proba, rows, args.calls),
        "default, dict": milliseconds(default.predict_proba, dicts, args.calls),
        "fast, frame": milliseconds(fast.predict_proba, rows, args.calls),
        "many, frame": milliseconds(many.predict_proba, rows, args.calls),
        "many, dict": milliseconds(many.predict_proba, dicts, args.calls),
    }
    pieces = [f"{member.name} ({len(member.pieces)} models)" for member in default.members]
    checks = (
        at_most("one booster, one-row frame, p50", measured["one, frame"]["p50"], 0.5, "ms", digits=3),
        at_most("one booster, dict, p50", measured["one, dict"]["p50"], 0.3, "ms", digits=3),
        at_most(f"default model of {len(pieces)} members, one-row frame, p50", measured["default, frame"]["p50"], 4.0,
                "ms", digits=3),
        at_most(f"fast model of {len(fast.members)} members, one-row frame, p50", measured["fast, frame"]["p50"], 1.0,
                "ms", digits=3),
        at_most(f"model of {len(many.members)} members, {models(many)} models, one-row frame, p50",
                measured["many, frame"]["p50"], 4.0, "ms", digits=3),
        at_most(f"bundle of {models(many)} models", many.size_bytes / 1e6, 10.0, "MB", digits=2),
    )  # fmt: skip
    details = {**measured, "one": [(member.name, len(member.pieces)) for member in one.members], "default": pieces,
               "one_bytes": one.size_bytes, "default_bytes": default.size_bytes,
               "many": [(member.name, len(member.pieces)) for member in many.members],
               "many_bytes": many.size_bytes}  # fmt: skip
    method = f"{args.calls} calls with {ROWS} different rows; the default model is that of a {args.seconds:g} s fit."
    save(Outcome(name="latency", title="Latency", checks=checks, method=method, details=details), args.out)


if __name__ == "__main__":
    main()
