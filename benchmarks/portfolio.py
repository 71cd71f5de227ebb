"""Choose the portfolio by experiment: what every configuration adds to the blend of the others.

    python benchmarks/portfolio.py run --cache CACHE [--data FOLDER] [--seeds 2] [--rows 1500] [--minutes 40]
    python benchmarks/portfolio.py choose --cache CACHE [--out benchmarks/results]

`run` fits every entry of the portfolio and its challengers on every table, three folds each, and keeps the
out-of-fold and holdout predictions in CACHE, where they are found again: it can be stopped and started at any time.
`choose` reads them and prints what each entry is worth, which challengers would enter, and the order that earns most
for its time. One fit at a time, each fold killed at its time box; no test part of the panel is read.
"""

import json
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from assay.core.clock import Deadline
from assay.core.codec import to_json
from assay.core.experiment import Experiment
from assay.core.fold_scores import FoldScore
from assay.core.job import Executor, Job
from assay.core.problem import registry as problems
from assay.core.recipe import Entry
from assay.core.result import Failure, Rescored
from assay.core.table import Table
from assay.data.encode import encode_frame
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from assay.execute.local import LocalExecutor
from assay.metrics.choose_metric import find
from assay.pipeline.fit_jobs import fold_members
from assay.pipeline.store import TaskFolder
from assay.search import worker_jobs as work
from outcome import parser
from portfolio_choice import GROUPS, Runs, choose
from portfolio_entries import challengers, present
from portfolio_tables import METRICS, Asked, bundled, generated, strata, training_parts

HOLDOUT_SHARE = 0.35
FOLDS = 3
"""Fewer than a lab has: what is compared is configurations, and twice as many tables tell more than two more folds."""
SECONDS_A_FOLD = 20.0
"""Time box of a fit; a configuration that needs more on such tables is no candidate for them."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A table in the cache: its task folder, and its holdout as the models see it."""

    folder: TaskFolder
    holdout: Table

    def path(self, entry: Entry) -> Path:
        """Where an entry's predictions lie, by what it is and not by what it is called."""
        return self.folder.path / f"{entry.recipe.key}.npz"


def open_bench(asked: Asked, cache: Path, *, rows: int) -> Bench:
    """The table's folder, made where it is new: at most `rows` training rows, then its own holdout."""
    place = cache / asked.name
    frame = asked.read()
    frame = frame[frame[asked.target].notna()].reset_index(drop=True)
    whole = min(len(frame), round(rows / (1 - HOLDOUT_SHARE)))
    frame = frame.sample(whole, random_state=1).reset_index(drop=True)
    kept = strata(frame[asked.target], asked.problem)
    train, test = train_test_split(np.arange(len(frame)), test_size=HOLDOUT_SHARE, random_state=1, stratify=kept)
    known, held = frame.iloc[train].reset_index(drop=True), frame.iloc[test].reset_index(drop=True)
    metric = find(METRICS[asked.problem], problems.get(asked.problem)())
    options = TaskOptions(target=asked.target, n_folds=FOLDS)
    prepared = prepare(read_table(known, name=asked.name), options).with_metric(metric, reason="as asked")
    task, target = replace(prepared.task, loss=metric.loss), held[asked.target]
    if task.problem.name != asked.problem:
        raise ValueError(f"{asked.name} reads as {task.problem}, not as {asked.problem}.")
    if task.problem.is_class:  # a class no training row has cannot be predicted by anyone
        names = [str(c) for c in task.classes]
        seen = target.astype(str).isin(names)
        held, target = held[seen], target[seen]
        y = pd.Index(names).get_indexer(target.astype(str))
    else:
        y = target.to_numpy(np.float64)
    if not (place / "data" / "task.json").exists():
        TaskFolder.create(place, task=task, table=prepared.table, target=prepared.target, split=prepared.split)
        np.save(place / "holdout.npy", y)
        (place / "facts.json").write_text(json.dumps(to_json(task.facts)))
    elif TaskFolder.open(place).task.hash != task.hash:
        raise ValueError(f"{place} holds another table of that name. Give another --cache.")
    return Bench(folder=TaskFolder.open(place), holdout=encode_frame(task.schema, held.reset_index(drop=True)))


def measure(bench: Bench, entry: Entry, executor: Executor) -> str:
    """Fit an entry's folds and keep its predictions; what happened, for people."""
    folder, experiment = bench.folder, Experiment(
        number=1, recipe=entry.recipe, what=entry.what, by="portfolio", entry=entry.name, seed=0, question=""
    )  # fmt: skip
    scores: list[FoldScore] = []
    for fold in range(folder.split.n_folds):
        outcome = _done(executor, Job(kind="fold", store=folder.store, experiment=experiment, fold=fold,
                                      seconds=SECONDS_A_FOLD))  # fmt: skip
        if isinstance(outcome, Failure) or not isinstance(outcome, FoldScore):
            return _failed(bench, entry, outcome)
        scores.append(outcome)
    rounds = _rounds_of_others(scores)
    job = Job(kind="rescore", store=folder.store, experiment=experiment, fold_rounds=rounds, seconds=SECONDS_A_FOLD)
    rescored = _done(executor, job)
    if not isinstance(rescored, Rescored):
        return _failed(bench, entry, rescored)
    seconds = sum(score.cpu_seconds for score in scores)
    answer = np.mean([member.predict(bench.holdout) for member in fold_members(job, folder)], axis=0)
    np.savez_compressed(
        bench.path(entry), oof=folder.predictions(rescored.predictions).astype(np.float32),
        holdout=answer.astype(np.float32), seconds=seconds,
        meta=json.dumps({"name": entry.name, "family": entry.recipe.model.name, "failed": ""}),
    )  # fmt: skip
    return f"{seconds:.1f} s, {[score.rounds for score in scores]} rounds"


def _done(executor: Executor, job: Job) -> object:
    return executor.submit(job, deadline=Deadline.after(1.5 * SECONDS_A_FOLD)).result()


def _failed(bench: Bench, entry: Entry, outcome: object) -> str:
    why = outcome.message if isinstance(outcome, Failure) else str(outcome)
    meta = json.dumps({"name": entry.name, "family": entry.recipe.model.name, "failed": why})
    np.savez_compressed(bench.path(entry), meta=meta)
    return f"failed: {why[:100]}"


def _rounds_of_others(scores: list[FoldScore]) -> tuple[int, ...]:
    """For each fold the median best round of the others, at most what it trained; () for families without rounds."""
    if any(score.rounds is None for score in scores):
        return (None,) * len(scores)  # type: ignore[return-value]  # fold_members reads None as all there are
    out = []
    for score in scores:
        others = [other.rounds for other in scores if other.fold != score.fold and other.rounds is not None]
        out.append(max(1, min(round(float(np.median(others))), score.rounds_done or 1)))
    return tuple(out)


def run(tables: Iterable[Asked], cache: Path, *, rows: int, seconds: float) -> None:
    """Measure what is not in the cache yet, table by table, until the time is over."""
    end = time.monotonic() + seconds
    executor = LocalExecutor(work.run, workers=1)
    try:
        for asked in tables:
            bench = open_bench(asked, cache, rows=rows)
            facts = bench.folder.task.facts
            for entry in (*present(facts), *challengers(facts)):
                if bench.path(entry).exists():
                    continue
                if time.monotonic() > end:
                    print("time is over; start again to go on", flush=True)
                    return
                print(f"{asked.name} {entry.name}: {measure(bench, entry, executor)}", flush=True)
                shutil.rmtree(bench.folder.work)
                bench.folder.work.mkdir()
            shutil.rmtree(bench.folder.cache)
    finally:
        executor.close(now=True)


def main() -> None:
    """Run, or choose."""
    arguments = parser(__doc__)
    arguments.add_argument("what", choices=("run", "choose"))
    arguments.add_argument("--cache", type=Path, required=True, help="folder of predictions, outside the repository")
    arguments.add_argument("--data", type=Path, help="folder with a manifest.json, of which training parts are used")
    arguments.add_argument("--seeds", type=int, default=2, help="generated tables of each family")
    arguments.add_argument("--only", nargs="*", help="tables whose names start so")
    arguments.add_argument("--rows", type=int, default=1_500, help="most training rows of a table")
    arguments.add_argument("--orders", nargs="*", choices=list(GROUPS), default=["all"], help="orders to search, dear")
    arguments.add_argument("--minutes", type=float, default=1e6)
    arguments.set_defaults(out=Path(__file__).parent / "results")
    args = arguments.parse_args()
    if args.what == "choose":
        choose(Runs.read(args.cache), args.out, orders=args.orders)
        return
    tables = [*generated(range(1)), *bundled(), *generated(range(1, args.seeds))]
    tables += training_parts(args.data) if args.data else []
    if args.only:
        tables = [asked for asked in tables if asked.name.startswith(tuple(args.only))]
    args.cache.mkdir(parents=True, exist_ok=True)
    run(tables, args.cache, rows=args.rows, seconds=60 * args.minutes)


if __name__ == "__main__":
    main()
