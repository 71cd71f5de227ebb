"""Do intervals and sets hold the truth as often as was asked: every tabular set of the manifest, rows held back.

    python benchmarks/coverage.py --data DATA [--tables abalone car] [--seeds 0 1] [--experiments 8]

What is in the folder of results is not run again. Each table is fitted on 70 % of its rows; of the others it is
counted how often the interval, or the set of classes, holds the truth. A share may miss what was asked by luck of both
parts of the rows, and is held against that.
"""

import json
import math
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from command import program, run
from outcome import Check, Outcome, all_of, at_least, parser, save
from panel import answers_of, divided
from played import kept_rows
from tables import PROBLEMS, Known, manifest

ASKED = (0.8, 0.9, 0.95)
SURE = 0.999
"""Of a table's test: with some sixty of them, one in twenty runs has a table that fails by luck."""


def play(table: Known, *, seed: int, experiments: int) -> list[dict[str, Any]]:
    """A line for each coverage that the rows allow."""
    from assay.core.errors import AssayError
    from assay.predictor.predictor import Predictor

    frame = table.frame()
    y, names = answers_of(table, frame)
    train, test = divided(np.arange(len(frame)), y, table, seed=seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frame.iloc[train].to_parquet(folder / "train.parquet")
        command = program(source=str(folder / "train.parquet"), target=table.target, metric=table.metric, seed=seed,
                          problem=table.problem, experiments=experiments, out=str(folder / "fit.lab"))  # fmt: skip
        run(command, folder=folder).sound()
        model = Predictor.load(folder / "fit.lab" / "model")
        X, lines = frame.iloc[test].drop(columns=table.target), []
        for asked in ASKED:
            try:
                held, size = _held(model, X, y[test], names, asked)
            except AssayError as error:
                print(f"{table.name} {seed}: {asked:g} not asked: {error}", flush=True)
                continue
            units = model.passport.conformal.units
            lines.append({"table": table.name, "problem": table.problem, "seed": seed, "asked": asked,
                          "held": float(held.mean()), "size": size, "rows": len(test), "units": units,
                          "p": chance(held, asked, units)})  # fmt: skip
    return lines


def _held(model: Any, X: Any, y: Any, names: list[str], asked: float) -> tuple[Any, float]:
    """(whether each row's truth is inside, the mean width or number of classes)."""
    if not names:
        low, high = model.predict_interval(X, coverage=asked).T
        return (low <= y) & (y <= high), float((high - low).mean())
    inside = model.predict_set(X, coverage=asked)
    places = {str(label): place for place, label in enumerate(model.classes)}
    held = np.array([names[int(code)] in places and inside[i, places[names[int(code)]]] for i, code in enumerate(y)])
    return held, float(inside.sum(axis=1).mean())


def chance(held: Any, asked: float, units: int) -> float:
    """How likely so few rows, or fewer, are held by luck, were the asked share kept on average over calibration rows:
    then the share of a bound at rank k of n is Beta(k, n + 1 - k), and the rows held are Beta-binomial.
    """
    rank = min(units, math.ceil(asked * (units + 1)))
    return float(stats.betabinom.cdf(int(held.sum()), len(held), rank, units + 1 - rank))


def checks(lines: list[dict[str, Any]]) -> tuple[Check, ...]:
    """No table below the asked share beyond luck; on average over tables not below it by more than a point."""
    found = []
    for asked in ASKED:
        of = [line for line in lines if line["asked"] == asked]
        low = [f"{line['table']} {line['seed']} ({100 * line['held']:.1f} %)" for line in of if line["p"] < 1 - SURE]
        found.append(all_of(f"{100 * asked:g} %: not below it beyond luck", low, len(of)))
        for kind in ("regression", "classes"):
            some = [one["held"] for one in of if (one["problem"] == "regression") == (kind == "regression")]
            mean = 100 * float(np.mean(some)) if some else math.nan
            found.append(at_least(f"{100 * asked:g} %, {kind}: mean of tables", mean, 100 * asked - 1, "%", digits=1))
    return tuple(found)


def main() -> None:
    """Measure what is not measured yet, and save."""
    made = parser(__doc__)
    made.add_argument("--data", type=Path, required=True, help="folder with manifest.json")
    made.add_argument("--tables", nargs="*")
    made.add_argument("--seeds", nargs="*", type=int, default=[0])
    made.add_argument("--experiments", type=int, default=8)
    args = made.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    kept = args.out / "coverage.jsonl"
    lines = kept_rows(kept)
    done = {(line["table"], line["seed"]) for line in lines}
    for table in manifest(args.data, tasks=PROBLEMS, names=args.tables):
        for seed in [seed for seed in args.seeds if (table.name, seed) not in done]:
            found = play(table, seed=seed, experiments=args.experiments)
            print(table.name, seed, *(f"{one['asked']:g}: {one['held']:.3f}" for one in found), flush=True)
            with kept.open("a") as file:
                file.writelines(json.dumps(one) + "\n" for one in found)
            lines += found
    method = (
        f"{args.experiments} experiments on 70 % of the rows; of the other 30 % the share whose truth is in the "
        "interval (numbers) or in the set (classes). Luck: one in a thousand, both parts of the rows drawn."
    )
    save(Outcome(name="coverage", title="Coverage of predictions", checks=checks(lines), details=lines, method=method),
         args.out)  # fmt: skip


if __name__ == "__main__":
    main()
