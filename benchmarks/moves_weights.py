"""What moves gain that change which rows teach, and what is predicted: where their priors come from.

    nice -n 10 python benchmarks/moves_weights.py --data DATA [--rows 1200] [--minutes 8]

As benchmarks/moves.py, with standard LightGBM as the parent, on tables of independent rows and on tables in order of
time (their latest rows, folds in order of time). For pseudo_labels three in four targets of the table are hidden.
"""

import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from assay.core.move import Move, Parent
from assay.core.problem import registry as problems
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from assay.metrics.choose_metric import find
from assay.pipeline.store import TaskFolder
from assay.research.moves import registry
from assay.research.portfolio import entries
from assay.search.scorer import Scorer
from machine import facts as machine_facts
from moves import FOLDS, METRICS, PARENTS, Bench, Tried, measured, opened, summary, view_of
from tables import TABULAR, Known, manifest

OUT = Path(__file__).parent / "results" / "moves_weights.json"
TABLES = (
    "titanic",
    "credit_g",
    "telco_churn",
    "phoneme",
    "abalone",
    "nyc_taxi_fare",
    "car_dekho",
    "california_housing",
)
IN_TIME = {"bike_sharing": "datetime"}
"""The column that orders each."""
MOVES = (
    "recency_weights", "training_window", "drift_weights", "trusted_rows", "fewer_outliers", "groups_alike",
    "pseudo_labels", "auxiliary_columns", "ratio_target", "difference_target", "rank_target", "clipped_target",
)  # fmt: skip
KNOWN_SHARE = 4
"""One in so many targets is left where the others are hidden."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A table as it is asked. order: the column that orders its rows, "" for none; hides: most targets are missing."""

    table: Known
    order: str = ""
    hides: bool = False

    def bench(self, place: Path, rows: int) -> Bench:
        """At most so many rows of it; the latest where they are ordered."""
        if not (self.order or self.hides):
            return opened(self.table, place, rows=rows)
        frame, problem = self.table.frame(), self.table.problem if self.table.problem in METRICS else "regression"
        if self.order:
            frame = frame.sort_values(self.order, kind="stable").tail(rows)
        else:
            frame = frame.sample(min(rows, len(frame)), random_state=1)
            frame[self.table.target] = frame[self.table.target].where(np.arange(len(frame)) % KNOWN_SHARE == 0)
        metric = find(METRICS[problem], problems.get(problem)())
        options = TaskOptions(
            target=self.table.target, n_folds=FOLDS, order_by=self.order or None, problem=problem,
            unlabelled="missing" if self.hides else None,
        )  # fmt: skip
        frame = frame.reset_index(drop=True)
        made = prepare(read_table(frame, name=self.table.name), options).with_metric(metric, reason="as asked")
        folder = TaskFolder.open(place)
        folder.save_unlabelled(None if made.unlabelled is None else made.unlabelled.table)
        task = replace(made.task, loss=metric.loss)
        TaskFolder.create(place, task=task, table=made.table, target=made.target, split=made.split, groups=made.groups)
        name = self.table.name + (" hidden" if self.hides else "")
        return Bench(name, folder, metric, Scorer.of(folder, metric).rows)


def asked(data: Path) -> Iterator[Asked]:
    """In time, independent, and with hidden targets."""
    for table in manifest(data, tasks=TABULAR, names=list(IN_TIME)):
        yield Asked(table=table, order=IN_TIME[table.name])
    found = list(manifest(data, tasks=TABULAR, names=list(TABLES)))
    for table in found:
        yield Asked(table=table)
    for table in found:
        yield Asked(table=table, hides=True)


def gains(bench: Bench, moves: list[Move], *, end: float) -> Iterator[Tried]:
    """Every move that suits the table, on the standard booster."""
    view = view_of(bench)
    entry = next(one for one in entries(view.facts) if one.name == PARENTS[0])
    parent, known = Parent(recipe=entry.recipe, what=entry.what, number=1), None
    for number, move in enumerate(moves, start=10):
        made = next(iter(move.changes(parent, view, np.random.default_rng(0))), None) if move.suits(view) else None
        if made is None or time.monotonic() > end:
            continue
        known = known or bench.predictions(parent.recipe, 1)
        yield measured(bench, move.name, made.recipe, number, known)


def main() -> None:
    """Try, print, save."""
    import argparse

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.json")
    parser.add_argument("--rows", type=int, default=1_200)
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    end, found = time.monotonic() + 60 * args.minutes, list[Tried]()
    for one in asked(args.data):
        names = ("pseudo_labels",) if one.hides else tuple(name for name in MOVES if name != "pseudo_labels")
        with tempfile.TemporaryDirectory() as place:
            bench = one.bench(Path(place) / "task", args.rows)
            for done in gains(bench, [registry.get(name)() for name in names], end=end):
                found.append(done)
                shown = "failed: " + done.failed if done.sigmas is None else f"{done.sigmas:+.2f} σ, {done.times:.1f} x"
                print(f"{done.table:26} {done.move:20} {shown}", flush=True)
    rows = summary(found)
    for row in rows:
        print("{move:20} {tables} tables, {mean_sigmas} ± {error} σ, above 1 σ on {above_one}, {times} x".format(**row))
    body = {"method": __doc__, "rows": args.rows, "machine": machine_facts(), "moves": rows,
            "tried": [asdict(one) for one in found]}  # fmt: skip
    args.out.write_text(json.dumps(body, indent=1) + "\n")


if __name__ == "__main__":
    main()
