"""What moves that change the model gain over their parent, on small tables: where their priors come from.

    nice -n 10 python benchmarks/moves.py --data DATA [--tables titanic abalone] [--rows 1000] [--minutes 10]

On at most so many rows of each table the parent (standard LightGBM; standard CatBoost for a move of CatBoost) and what
each move makes of it are fitted in five folds, one after the other, each fold's rows predicted at the rounds that the
others chose, as in a lab. A gain is the difference of the two scores in units of its own paired standard error, cut at
six. One seed and few tables: a start for the credit of moves, which every lab corrects. Results are added to the file.
"""

import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from assay.core.array import AnyArray
from assay.core.contract import Experiment, LabView, Metric, Recipe
from assay.core.fold_scores import FoldScore
from assay.core.job import Job, LocalStore
from assay.core.move import Parent
from assay.core.problem import registry as problems
from assay.core.result import Rescored
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from assay.evidence.evaluation_rows import Rows
from assay.evidence.paired import quick_compare
from assay.metrics.choose_metric import find
from assay.pipeline.fit_jobs import fit_fold, rescore
from assay.pipeline.store import TaskFolder
from assay.research.moves import catalogue
from assay.research.moves.model_change import ModelChange
from assay.research.portfolio import entries
from assay.search.scorer import Scorer
from machine import facts as machine_facts
from tables import TABULAR, Known, manifest

OUT = Path(__file__).parent / "results" / "moves_models.json"
TABLES = ("titanic", "credit_g", "mammography", "car", "segment", "abalone", "nyc_taxi_fare", "car_dekho")
METRICS = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}
PARENTS = ("lgb_std", "cat_std")
FOLDS, MOST_SIGMAS = 5, 6.0
FOLD_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A move on a table. sigmas: gain over the parent in paired standard errors; seconds: of its five folds, relative
    to the parent's in `times`. failed: why there is no gain."""

    table: str
    move: str
    sigmas: float | None
    seconds: float
    times: float
    failed: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """A table to try moves on."""

    name: str
    folder: TaskFolder
    metric: Metric
    rows: Rows

    def predictions(self, recipe: Recipe, number: int) -> tuple[AnyArray, float]:
        """Out-of-fold predictions and the seconds of the folds; RuntimeError where a fold fails."""
        experiment = Experiment(number=number, recipe=recipe, what="", by="", seed=0, question="")
        started, scores = time.monotonic(), []
        store = LocalStore(self.folder.path)
        for fold in range(FOLDS):
            job = Job(kind="fold", store=store, experiment=experiment, fold=fold, seconds=FOLD_SECONDS)
            outcome = fit_fold(job, self.folder)
            if not isinstance(outcome, FoldScore):
                raise RuntimeError(outcome.message)
            scores.append(outcome)
        rounds = _rounds_of_others(scores)
        done = rescore(Job(kind="rescore", store=store, experiment=experiment, fold_rounds=rounds), self.folder)
        if not isinstance(done, Rescored):
            raise RuntimeError(done.message)
        return self.folder.predictions(done.predictions), time.monotonic() - started


def _rounds_of_others(scores: list[FoldScore]) -> tuple[int, ...]:
    """For each fold the median best round of the others; () for families without rounds."""
    if any(score.rounds is None for score in scores):
        return ()
    out = []
    for score in scores:
        others = [other.rounds for other in scores if other.fold != score.fold and other.rounds is not None]
        out.append(max(1, min(round(float(np.median(others))), score.rounds_done or 1)))
    return tuple(out)


def opened(table: Known, place: Path, *, rows: int) -> Bench:
    """The table, at most so many rows of it, as a task folder."""
    frame = table.frame()
    frame = frame.sample(min(rows, len(frame)), random_state=1).reset_index(drop=True)
    metric = find(METRICS[table.problem], problems.get(table.problem)())
    options = TaskOptions(target=table.target, n_folds=FOLDS)
    made = prepare(read_table(frame, name=table.name), options).with_metric(metric, reason="as asked")
    task = replace(made.task, loss=metric.loss)
    TaskFolder.create(place, task=task, table=made.table, target=made.target, split=made.split)
    folder = TaskFolder.open(place)
    return Bench(table.name, folder, metric, Scorer.of(folder, metric).rows)


def view_of(bench: Bench) -> LabView:
    """What a move sees of a lab that has just begun."""
    return LabView(
        facts=bench.folder.task.facts, without=frozenset(), asked=frozenset(), history=(), seconds_left=None,
        next_number=2,
    )  # fmt: skip


def tried(bench: Bench, wanted: list[str], *, end: float) -> Iterator[Tried]:
    """Every move that suits the table, on the first parent that it changes. wanted: names; all where there are none."""
    view = view_of(bench)
    found = {entry.name: entry for entry in entries(view.facts)}
    known: dict[str, tuple[AnyArray, float]] = {}
    able = [move for move in catalogue() if isinstance(move, ModelChange) and move.suits(view)]
    moves = [move for move in able if not wanted or move.name in wanted]
    for number, move in enumerate(moves, start=10):
        for name in (name for name in PARENTS if name in found):
            parent = Parent(recipe=found[name].recipe, what=found[name].what, number=1)
            made = next(iter(move.changes(parent, view, np.random.default_rng(0))), None)
            if made is None or time.monotonic() > end:
                continue
            if name not in known:
                known[name] = bench.predictions(parent.recipe, PARENTS.index(name) + 1)
            yield measured(bench, move.name, made.recipe, number, known[name])
            break


def measured(bench: Bench, move: str, recipe: Recipe, number: int, before: tuple[AnyArray, float]) -> Tried:
    """What a move's recipe gains over its parent's predictions and seconds."""
    started = time.monotonic()
    try:
        answer, seconds = bench.predictions(recipe, number)
    except Exception as error:  # a benchmark reports whatever a move runs into
        spent = time.monotonic() - started
        return Tried(table=bench.name, move=move, sigmas=None, seconds=spent, times=0.0, failed=str(error)[:200])
    gain = quick_compare(bench.metric, bench.rows, before[0], answer)
    sigmas = gain.value / gain.sigma if gain.sigma > 0 else 0.0
    cut = float(np.clip(sigmas, -MOST_SIGMAS, MOST_SIGMAS))
    return Tried(table=bench.name, move=move, sigmas=round(cut, 2), seconds=seconds, times=seconds / before[1])


def summary(found: list[Tried]) -> list[dict[str, object]]:
    """One line a move: tables, mean gain with its standard error, how often it gained more than 1 σ, cost."""
    out: list[dict[str, object]] = []
    for move in dict.fromkeys(one.move for one in found):
        own = [one for one in found if one.move == move]
        gains = np.array([one.sigmas for one in own if one.sigmas is not None])
        n = len(gains)
        out.append({
            "move": move, "tables": n, "failed": len(own) - n,
            "mean_sigmas": round(float(gains.mean()), 2) if n else None,
            "error": round(float(gains.std(ddof=1) / np.sqrt(n)), 2) if n > 1 else None,
            "above_one": int((gains > 1).sum()),
            "mean_kept": round(float(np.maximum(gains, 0).mean()), 2) if n else None,
            "times": round(float(np.median([one.times for one in own if one.times])), 1) if n else None,
        })  # fmt: skip
    return out


def main() -> None:
    """Try, print, save."""
    import argparse

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.json")
    parser.add_argument("--tables", nargs="*", default=list(TABLES))
    parser.add_argument("--moves", nargs="*", default=[], help="only these")
    parser.add_argument("--rows", type=int, default=1_000)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    end, found = time.monotonic() + 60 * args.minutes, known(args.out)
    for table in manifest(args.data, tasks=TABULAR, names=args.tables):
        with tempfile.TemporaryDirectory() as place:
            bench = opened(table, Path(place) / "task", rows=args.rows)
            for one in tried(bench, args.moves, end=end):
                found[one.table, one.move] = one
                shown = "failed: " + one.failed if one.sigmas is None else f"{one.sigmas:+.2f} σ, {one.times:.1f} x"
                print(f"{one.table:16} {one.move:24} {shown}", flush=True)
                write(args.out, list(found.values()), rows=args.rows)
    for row in sorted(summary(list(found.values())), key=lambda row: -float(str(row["mean_sigmas"] or 0))):
        print("{move:24} {tables} tables, {mean_sigmas} ± {error} σ, above 1 σ on {above_one}, {times} x".format(**row))


def known(file: Path) -> dict[tuple[str, str], Tried]:
    """What earlier runs tried, by table and move; a pair that is tried again is replaced."""
    body = json.loads(file.read_text())["tried"] if file.exists() else []
    return {(one["table"], one["move"]): Tried(**one) for one in body}


def write(file: Path, found: list[Tried], *, rows: int) -> None:
    """After every move, so that a run can be stopped at any time. rows: of the last run."""
    body = {
        "method": __doc__, "rows": rows, "machine": machine_facts(), "moves": summary(found),
        "tried": [asdict(one) for one in found],
    }  # fmt: skip
    file.write_text(json.dumps(body, indent=1) + "\n")


if __name__ == "__main__":
    main()
