"""What moves of columns gain over their parents, out of fold, on small tables of a folder.

    python benchmarks/moves_features.py --data DATA [--minutes 9] [--out benchmarks/results]

Two parents, the standard LightGBM (60 rounds) and the linear model of the portfolio, on at most 900 rows, three
folds. Every set that is a move alone, and every move of terms, is put on both, table by table in turns until the time
is over, in an order of its own on each; what the file has already is not measured again. A gain is in units of its own
standard error (of rows, by 100 bootstrap samples of the difference), as priors of moves are; no test row is read.
"""

import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from assay.core.array import AnyArray, Index
from assay.core.experiment import Experiment
from assay.core.fold_scores import FoldScore
from assay.core.job import Job
from assay.core.move import Parent
from assay.core.recipe import Recipe
from assay.core.researcher import LabView
from assay.core.result import Failure
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from assay.metrics.choose_metric import find
from assay.pipeline.store import TaskFolder
from assay.research.moves import catalogue
from assay.research.moves.column_set import ColumnSet
from assay.research.moves_by_credit import looked_for
from assay.research.portfolio import entries
from assay.search.applicable_steps import applicable_steps
from assay.search.worker_jobs import run
from outcome import parser
from tables import WITH_TEXT, Known, manifest

TABLES = ("crm_calls", "credit_g", "titanic", "telco_churn", "abalone", "car_dekho", "segment", "toxicity")
ROWS, FOLDS, ROUNDS, SAMPLES = 900, 3, 60, 100
PARENTS = ("lgb_std", "linear")
TERMS = ("log_count_ratios", "term_crosses", "spellings", "frequent_words")


@dataclass
class Bench:
    """A table laid out for workers; scores of recipes on it, with the rows they were drawn on."""

    folder: TaskFolder
    metric: str
    number: int = 0

    def predictions(self, recipe: Recipe) -> AnyArray | str:
        """Out-of-fold predictions, or why there are none."""
        self.number += 1
        one = Experiment(number=self.number, recipe=recipe, what="", question="", by="benchmark")
        out: AnyArray | None = None
        rounds = ROUNDS if recipe.model.name == "lightgbm" else None
        for fold in range(self.folder.split.n_folds):
            done = run(Job(kind="fold", store=self.folder.store, experiment=one, fold=fold, seconds=120, rounds=rounds))
            if not isinstance(done, FoldScore):
                return done.message if isinstance(done, Failure) else str(done)
            part = self.folder.predictions(done.predictions)
            if out is None:
                out = np.full((len(self.folder.target), *part.shape[1:]), np.nan)
            out[self.folder.split.fold(fold).test] = part
        assert out is not None
        return out

    def gain(self, before: AnyArray, after: AnyArray) -> tuple[float, float]:
        """(gain in the metric, in units of its standard error), the better the higher."""
        metric, y = find(self.metric, self.folder.task.problem), self.folder.target.values
        sign = 1.0 if metric.higher_is_better else -1.0

        def difference(rows: Index) -> float:
            return sign * (metric.score(y[rows], after[rows]) - metric.score(y[rows], before[rows]))

        rng, n = np.random.default_rng(0), len(y)
        drawn = [difference(rng.integers(0, n, n)) for _ in range(SAMPLES)]
        whole, error = difference(np.arange(n)), float(np.std(drawn))
        return whole, whole / error if error > 0 else 0.0


def opened(known: Known, place: Path) -> Bench:
    """At most ROWS rows of the table."""
    frame = known.frame()
    frame = frame.sample(min(len(frame), ROWS), random_state=0).reset_index(drop=True)
    kinds = dict.fromkeys(known.text, "text")
    prepared = prepare(read_table(frame, name=known.name), TaskOptions(target=known.target, n_folds=FOLDS, kinds=kinds))
    metric = find(known.metric, prepared.task.problem)
    prepared = prepared.with_metric(metric, reason="as the manifest says")
    task = replace(prepared.task, loss=metric.loss)
    folder = TaskFolder.create(
        place / f"{known.name}.lab", task=task, table=prepared.table, target=prepared.target, split=prepared.split
    )
    return Bench(folder, known.metric)


def tried(bench: Bench) -> Iterator[tuple[str, str, Recipe, Recipe]]:
    """(move, parent, recipe of the parent, changed recipe)"""
    facts = bench.folder.task.facts
    view = LabView(
        facts=facts, without=frozenset(), asked=frozenset(), history=(), seconds_left=None, next_number=1,
        applicable_steps=applicable_steps(bench.folder, looked_for()),
    )  # fmt: skip
    moves = [m for m in catalogue() if (isinstance(m, ColumnSet) and m.idea.only_moves) or m.name in TERMS]
    for place in np.random.default_rng(len(bench.folder.target) + facts.n_features).permutation(len(moves)):
        move = moves[place]
        for entry in (one for one in entries(facts) if one.name in PARENTS):
            if move.suits(view):
                of = Parent(recipe=entry.recipe, what=entry.what)
                for made in move.changes(of, view, np.random.default_rng(0)):
                    yield move.name, entry.name, entry.recipe, made.recipe


def main() -> None:
    """Measure in turns, and write what there is after each table's turn."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", type=Path, required=True, help="folder with a manifest.json")
    arguments.add_argument("--minutes", type=float, default=9.0)
    given = arguments.parse_args()
    end, path = time.monotonic() + 60 * given.minutes, given.out / "moves_features.json"
    found: list[dict[str, object]] = json.loads(path.read_text())["tries"] if path.exists() else []
    known = {(row["table"], row["parent"], row["move"]) for row in found}
    tables = [one for one in manifest(given.data, tasks=WITH_TEXT) if one.name in TABLES]
    with tempfile.TemporaryDirectory() as place:
        turns = [(one.name, bench, tried(bench)) for one in tables for bench in [opened(one, Path(place))]]
        before: dict[tuple[str, str], AnyArray | str] = {}
        while turns and time.monotonic() < end:
            name, bench, waiting = turns.pop(0)
            following = next(waiting, None)
            if following is None:
                continue
            turns.append((name, bench, waiting))
            move, parent, plain, changed = following
            if (name, parent, move) in known:
                continue
            if (name, parent) not in before:
                before[name, parent] = bench.predictions(plain)
            started, base = time.monotonic(), before[name, parent]
            after = bench.predictions(changed)
            row: dict[str, object] = {"table": name, "parent": parent, "move": move}
            if isinstance(base, str) or isinstance(after, str):
                row["failed"] = base if isinstance(base, str) else after
            else:
                gain, sigmas = bench.gain(base, after)
                row |= {"gain": round(gain, 5), "sigmas": round(sigmas, 2)}
            found.append({**row, "seconds": round(time.monotonic() - started, 2)})
            print(found[-1], flush=True)
            body = {"rows": ROWS, "folds": FOLDS, "moves": pooled(found), "tries": found}
            path.write_text(json.dumps(body, indent=1))


def pooled(found: list[dict[str, object]]) -> dict[str, dict[str, object]]:
    """By move: tries, mean gain in σ with its standard error, and the share of the tries that gained 1 σ."""
    own = defaultdict(list)
    for row in found:
        if "sigmas" in row:
            own[str(row["move"])].append(float(str(row["sigmas"])))
    out: dict[str, dict[str, object]] = {}
    for name, values in sorted(own.items()):
        error = float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else None
        out[name] = {
            "tries": len(values), "sigmas": round(float(np.mean(values)), 2),
            "error": None if error is None else round(error, 2),
            "share_of_1_sigma": round(float(np.mean(np.array(values) >= 1)), 2),
            "mean_of_gains_above_0": round(float(np.mean(np.maximum(values, 0.0))), 2),
        }  # fmt: skip
    return out


if __name__ == "__main__":
    main()
