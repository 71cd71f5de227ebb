"""Whether the guard of engineered columns holds for every move that adds some: of no-signal tables it should pass 5 %.

    python benchmarks/guarded_moves.py [--tables 0 40] [--moves symbolic spellings] [--as-made]

A table has columns of every kind, with gaps, and a target drawn apart from them. Each move of the catalogue that
adds columns is made of a linear model or of small trees, and what it adds is compared with its own permuted copies, by
the jobs and in the stages of a lab. What is tested is the columns in one more order of the rows, so that they know
nothing of the target and of the others; or, with --as-made, the columns themselves, which repeat others in part: copies
repeat nothing and mislead a model more, so that such sets pass more often. One process, one thread.
"""

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from assay.core.contract import Facts, LabView, Observation
from assay.core.experiment import Experiment
from assay.core.move import Changed, Parent
from assay.core.recipe import Step
from assay.core.result import Failure
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.raw import RawTable
from assay.evidence.permutation_guard import COPIES
from assay.journal.state import LabState
from assay.metrics.choose_metric import choose
from assay.pipeline.permuted_columns import guard
from assay.pipeline.store import TaskFolder
from assay.research.feature_sets import ideas
from assay.research.moves import catalogue
from assay.research.portfolio import entries
from assay.search.applicable_steps import applicable_steps
from assay.search.column_guard import Guarding
from assay.search.scorer import Scorer
from outcome import Check, Outcome, at_least, parser, save
from played import kept_rows

ROWS, FOLDS, SECONDS = 240, 2, 600.0
WORDS = ("late", "early", "refund", "thanks", "broken", "fast", "slow", "great", "poor", "order", "parcel", "price")
SAID = ("agent: good morning", "agent: may I help", "client: it is late", "client: no thanks", "agent: goodbye")
PARENTS = ("linear", "lgb_std", "linear_terms")
"""Entries of the portfolio that moves change, the first of which a move changes taken by turns of the table."""
ROUNDS = 20
"""Trees at most."""
HELD = (Step.of("counts", above=2), Step.of("target_mean", above=2, m=10.0, keep=True), Step.of("isolation"))
"""Sets of another experiment, which a move may take over."""
Row = dict[str, Any]


def table(seed: int) -> pd.DataFrame:
    """Columns of every kind, and a target that knows none of them."""
    rng = np.random.default_rng([seed, 41])
    amount, city = rng.lognormal(3, 0.8, ROWS), rng.choice([f"Town {k}" for k in range(25)], ROWS)
    frame = pd.DataFrame({
        "age": np.where(rng.random(ROWS) < 0.15, np.nan, rng.normal(40, 12, ROWS)),
        "amount": np.where(rng.random(ROWS) < 0.1, np.nan, amount),
        "paid": amount * rng.uniform(0.5, 1.0, ROWS),
        "latitude": rng.uniform(47, 54, ROWS), "longitude": rng.uniform(6, 14, ROWS),
        "weight": rng.standard_t(2, ROWS),
        "grade": pd.Series(rng.choice(["a", "b", "c"], ROWS)).where(rng.random(ROWS) > 0.1),
        "kind": rng.choice(["new", "used"], ROWS), "city": city,
        "code": [f"{a}-{b:03d}" for a, b in zip(rng.choice(list("ABC"), ROWS), rng.integers(0, 40, ROWS), strict=True)],
        "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, ROWS), unit="D"),
        "until": pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 900, ROWS), unit="D"),
        "note": [_note(rng) for _ in range(ROWS)],
    })  # fmt: skip
    return frame.assign(y=rng.choice(["yes", "no"], ROWS) if seed % 2 else rng.normal(size=ROWS))


def _note(rng: np.random.Generator) -> str:
    """Some lines that others say, too, and some of their own."""
    own = [f"client: {' '.join(rng.choice(WORDS, 5))}" for _ in range(2)]
    return "\n".join([*rng.choice(SAID, 3), *own])


def folder_of(seed: int, path: Path) -> TaskFolder:
    """The table through the doors of a lab."""
    raw = RawTable(frame=table(seed), name="null.csv")
    prepared = prepare(raw, TaskOptions(target="y", kinds={"note": "text"}, n_folds=FOLDS, seed=seed))
    task = replace(prepared.task, loss="log_loss" if prepared.task.classes else "squared")
    TaskFolder.open(path).save_unlabelled(None)
    return TaskFolder.create(
        path, task=task, table=prepared.table, target=prepared.target, split=prepared.split, groups=prepared.groups
    )


def view_of(folder: TaskFolder) -> LabView:
    """A lab of the parents, and of one more experiment that has sets of columns."""
    known = {entry.name: entry.recipe for entry in entries(folder.task.facts)}
    short = replace(known["lgb_std"], model=known["lgb_std"].model.with_params(max_rounds=ROUNDS, min_data=5))
    recipes = [{**known, "lgb_std": short}[name] for name in PARENTS]
    recipes.append(replace(recipes[0], steps=(*HELD, *recipes[0].steps)))
    history = tuple(
        Observation(
            experiment=Experiment(number=number, recipe=recipe, what=recipe.model.name, question="", by="portfolio"),
            status="dropped", z=0.0, gain=float(number), weight=0.3, wall_seconds=1.0,
        )
        for number, recipe in enumerate(recipes, start=1)
    )  # fmt: skip
    looked = {step for idea in ideas() for step in (*idea.trees, *idea.distances) if step.name in idea.finds}
    return LabView(
        facts=_as_if_large(folder.task.facts), history=history, without=frozenset(), asked=frozenset(),
        seconds_left=None, next_number=50, partitions=3, applicable_steps=applicable_steps(folder, looked),
    )  # fmt: skip


def _as_if_large(facts: Facts) -> Facts:
    """So that no move waits for more rows than are needed to see whether its columns are guarded."""
    return replace(facts, n_rows=max(facts.n_rows, 5_000), minority=max(facts.minority, 1_000))


def tried(folder: TaskFolder, seed: int, only: Sequence[str]) -> Iterator[tuple[str, str, Changed]]:
    """(move, parent, what it makes) of each move that adds columns to one of the parents here."""
    view = view_of(folder)
    parents = [Parent(recipe=past.experiment.recipe, what=past.experiment.what, number=past.experiment.number)
               for past in view.history]  # fmt: skip
    for move in catalogue():
        if (only and move.name not in only) or not move.suits(view):
            continue
        made = [
            (of.what, change)
            for of in (*parents[seed % len(PARENTS) :], *parents[: seed % len(PARENTS)])
            for change in move.changes(of, view, np.random.default_rng(seed))
            if change.adds
        ]
        if made:
            yield move.name, *made[0]


def guarded(folder: TaskFolder, made: Changed, number: int, *, is_moved: bool) -> Row:
    """What a lab's guard says of it; is_moved: of one more permuted copy, in its place."""
    scorer = Scorer.of(folder, choose(folder.task.problem))
    experiment = Experiment(
        number=number, recipe=made.recipe, what=made.what, question="", by="moves", adds=made.adds, move="any"
    )
    guarding = Guarding.of(LabState(), experiment, scorer)
    while (fold := guarding.next_fold()) is not None:
        job = guarding.job(folder.store, fold, SECONDS)
        wanted = tuple(copy or COPIES + 1 for copy in job.copies) if is_moved else job.copies
        found = guard(replace(job, copies=wanted), folder)
        if isinstance(found, Failure):
            return {"ended": "failed", "why": found.message}
        guarding.take(replace(found, copies=job.copies))
    return {"ended": "passed" if guarding.found.passed else "refused", "columns": guarding.columns}


def run(tables: range, only: Sequence[str], path: Path, *, is_moved: bool) -> None:
    """Every move on every table that is not in the results yet, a line each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    done = {row["seed"] for row in kept_rows(path)}
    for seed in (seed for seed in tables if seed not in done):
        rows: list[Row] = []
        with tempfile.TemporaryDirectory() as name:
            folder = folder_of(seed, Path(name) / "task")
            for number, (move, parent, made) in enumerate(tried(folder, seed, only), start=1):
                found = guarded(folder, made, number, is_moved=is_moved)
                rows.append({"move": move, "parent": parent, "seed": seed, **found})
        with path.open("a") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        print(f"table {seed}: {len(rows)} moves", flush=True)


def outcome(rows: Sequence[Row]) -> Outcome:
    """The share that is refused, of all and of the move of which most pass."""
    ended = [row for row in rows if row["ended"] != "failed"]
    names = sorted({row["move"] for row in rows})
    by_move = {name: _counts([row for row in rows if row["move"] == name]) for name in names}
    refused = sum(row["ended"] == "refused" for row in ended)
    low, high = interval(ended)
    what = f"columns without signal that the guard refuses ({100 * low:.1f} to {100 * high:.1f}, {len(ended)} guards)"
    unlikely = [name for name, one in by_move.items() if one["passed"] and _is_too_many(one)]
    return Outcome(
        name="guarded_moves", title="The guard of columns that moves add", details={"moves": by_move},
        checks=(
            at_least(what, 100 * refused / max(len(ended), 1), 95, "%", digits=1),
            Check(what="moves that pass more often than chance allows (1 %)", asked="none",
                  measured=", ".join(unlikely) or "none", holds=not unlikely),
            Check(what="moves that add columns", asked="–", measured=f"{len(names)}: {', '.join(names)}"),
            Check(what="guards that could not be fitted", asked="–", measured=_failures(by_move)),
        ),
        method=f"{len({row['seed'] for row in rows})} tables of {ROWS} rows in {FOLDS} folds, half of them of classes",
    )  # fmt: skip


def _counts(rows: Sequence[Row]) -> Row:
    found = {end: sum(row["ended"] == end for row in rows) for end in ("passed", "refused", "failed")}
    return {**found, "why": next((row["why"] for row in rows if row["ended"] == "failed"), "")}


def _failures(by_move: dict[str, Row]) -> str:
    said = [f"{name} {one['failed']} ({one['why']})" for name, one in by_move.items() if one["failed"]]
    return "; ".join(said) or "none"


def _is_too_many(one: Row) -> bool:
    """Whether so many of them pass with less than 1 %, were each to pass with 5 %."""
    from scipy.stats import binom

    return float(binom.sf(one["passed"] - 1, one["passed"] + one["refused"], 0.05)) < 0.01


def interval(rows: Sequence[Row]) -> tuple[float, float]:
    """95 % interval of the share that is refused, by resampling tables, whose target all of its guards share."""
    by: dict[int, list[bool]] = {}
    for row in rows:
        by.setdefault(row["seed"], []).append(row["ended"] == "refused")
    known = list(by.values())
    bags = np.random.default_rng(0).integers(len(known), size=(4000, len(known)))
    hits, n = np.array([sum(one) for one in known]), np.array([len(one) for one in known])
    low, high = np.quantile(hits[bags].sum(axis=1) / n[bags].sum(axis=1), [0.025, 0.975])
    return float(low), float(high)


def main() -> None:
    """Measure and save."""
    asked = parser(__doc__)
    asked.add_argument("--tables", nargs=2, type=int, default=(0, 40), metavar=("FROM", "TO"), help="(0 to 40)")
    asked.add_argument("--moves", nargs="*", default=[], help="these moves alone")
    asked.add_argument(
        "--as-made", action="store_true", help="the columns as they are made of columns that know nothing"
    )
    asked.add_argument("--results", type=Path, help="a line a guard (guarded_moves.jsonl beside the outcome)")
    args = asked.parse_args()
    path = args.results or args.out / "guarded_moves.jsonl"
    run(range(*args.tables), args.moves, path, is_moved=not args.as_made)
    found = outcome(kept_rows(path))
    save(found, args.out)
    print(json.dumps(found.details["moves"], indent=None))


if __name__ == "__main__":
    main()
