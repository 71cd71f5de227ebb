"""Searches with real learners whose true gain is known: the rule of `fit` against keeping whatever scores higher.

    python benchmarks/evidence_search.py --data DATA [--datasets adult] [--learners linear] [--seeds 0 30]
    python benchmarks/evidence_search.py --report

A lab is 1,000 rows of a table and 100 experiments, each a small change of the best recipe so far; the truth is its
score on the other rows of the table's training part (70 %, as the panel splits it). Every finished lab is a line
of the results, appended; a (table, learner, seed) that is there is never run again, so that it can be run in parts.
Optimism: what the search claims to have gained over the first recipe, minus what the same fold models gain on the
other rows. The first recipe chose nothing, so the luck that its score has in a sample drops out.
"""

import argparse
import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.contract import Metric
from assay.core.figure import Difference
from assay.core.seed import Seeds
from assay.evidence.interval import level
from assay.evidence.judge import judge
from assay.evidence.noise import Noise
from assay.evidence.paired import weigh
from assay.evidence.rows import Rows
from evidence_learners import LEARNERS, N_ROWS, Array, Recipe, World, proposal, world_of
from outcome import Check, Outcome, at_least, at_most, save

DATASETS = ("adult", "bank_marketing", "telco_churn", "phoneme", "california_housing", "diamonds")
RULES = ("keep if higher", "1 sigma", "1 sigma, fresh partition")
OURS = "1 sigma"
"""What `fit` does: evidence.judge at c = 1."""
EXPERIMENTS, FOLDS, AGAIN = 100, 5, 8
RESULTS = Path(__file__).parent / "results"


# -- one lab --------------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class Bench:
    """Fits a recipe in the folds of a partition; the same call is answered from memory, whatever rule asks."""

    world: World
    learner: str
    seed: int
    known: dict[tuple[Recipe, int, int], Array] = field(default_factory=dict)

    def rows(self, partition: int) -> Rows:
        rng = np.random.default_rng([self.seed, 17, partition])
        folds = np.empty(N_ROWS, dtype=np.int64)
        order = np.lexsort((rng.random(N_ROWS), self.world.y if self.world.problem == "binary" else np.zeros(N_ROWS)))
        folds[order] = np.arange(N_ROWS) % FOLDS
        return Rows(y=self.world.y, problem=self.world.problem, folds=folds, seeds=Seeds(self.seed))  # type: ignore[arg-type]

    def predicted(self, recipe: Recipe, partition: int, luck: int) -> Array:
        """Out-of-fold predictions of the lab's rows."""
        key = (recipe, partition, luck)
        if key not in self.known:
            folds, X, out = self.rows(partition).folds, self.world.columns(recipe), np.empty(N_ROWS)
            assert folds is not None
            for fold in range(FOLDS):
                model = self._fit(X[folds != fold], self.world.y[folds != fold], recipe, luck * FOLDS + fold)
                out[folds == fold] = model(X[folds == fold])
            self.known[key] = out
        return self.known[key]

    def score(self, recipe: Recipe, partition: int, luck: int) -> tuple[float, float]:
        """(what the search shows, the mean score of the same fold models on the other rows)."""
        shown = level(self.world.metric, self.rows(partition), self.predicted(recipe, partition, luck))
        folds, X, others = (
            self.rows(partition).folds,
            self.world.columns(recipe),
            self.world.columns(recipe, others=True),
        )
        assert folds is not None
        models = [self._fit(X[folds != fold], self.world.y[folds != fold], recipe, luck * FOLDS + fold)
                  for fold in range(FOLDS)]  # fmt: skip
        return shown, float(np.mean([self.world.metric.score(self.world.y_others, model(others)) for model in models]))

    def _fit(self, X: Array, y: Array, recipe: Recipe, luck: int) -> Callable[[Array], Array]:
        return LEARNERS[self.learner][0](X, y, recipe, problem=self.world.problem, seed=self.seed * 10_007 + luck)

    def shipped(self, recipe: Recipe) -> float:
        """The score on the other rows of the recipe fitted on all rows of the lab, the mean of three seeds."""
        X, others = self.world.columns(recipe), self.world.columns(recipe, others=True)
        scores = [self.world.metric.score(self.world.y_others, self._fit(X, self.world.y, recipe, 10**6 + j)(others))
                  for j in range(3)]  # fmt: skip
        return float(np.mean(scores))


def search(bench: Bench, rule: str) -> dict[str, float]:
    """100 experiments under a rule: what it claims, and what is true. Gains are oriented: positive is better."""
    metric, rng = bench.world.metric, np.random.default_rng([bench.seed, 5])
    base = champion = LEARNERS[bench.learner][1]
    luck, where, noise, kept, asked = 0, 0, Noise(), 0, 0
    rows, sign = bench.rows(0), 1.0 if metric.higher_is_better else -1.0
    for number in range(1, EXPERIMENTS + 1):
        recipe = proposal(bench.world, champion, bench.learner, rng)
        found, excess = weigh(metric, rows, bench.predicted(champion, 0, luck),
                              bench.predicted(recipe, 0, number), noise=noise)  # fmt: skip
        noise = noise.seen(excess)
        if rule == RULES[0]:
            keeps = found.value > 0
        else:
            keeps = judge(found).kept
            if keeps and rule == RULES[2]:
                asked += 1
                place = 1 + asked % AGAIN
                pair = [bench.predicted(one, place, seed) for one, seed in ((champion, luck), (recipe, number))]
                keeps = fresh_gain(metric, bench.rows(place), *pair).value > 0
                where = place if keeps else where
        if keeps:
            champion, luck, kept = recipe, number, kept + 1
    claimed, true = (sign * np.array(pair) for pair in zip(*(
        np.subtract(bench.score(champion, place, luck), bench.score(base, place, 0)) for place in {0, where}
    ), strict=True))  # fmt: skip
    return {"kept": kept, "claimed": float(claimed.mean()), "optimism": float((claimed - true).mean()),
            "gain": sign * (bench.shipped(champion) - bench.shipped(base))}  # fmt: skip


def fresh_gain(metric: Metric, rows: Rows, a: Array, b: Array) -> Difference:
    """What b gains over a on another partition of the rows."""
    return weigh(metric, rows, a, b)[0]


def same_again(bench: Bench, runs: int = 12) -> dict[str, float]:
    """A/A: the first recipe against itself with other seeds on the same folds; the share that each rule keeps."""
    recipe, metric, noise = LEARNERS[bench.learner][1], bench.world.metric, Noise()
    higher = one = fresh = 0
    for run in range(runs):
        lucks = (2 * run, 2 * run + 1)
        pair = [bench.predicted(recipe, 0, luck) for luck in lucks]
        found, excess = weigh(metric, bench.rows(0), *pair, noise=noise)
        noise = noise.seen(excess)
        higher += found.value > 0
        if judge(found).kept:
            one += 1
            place = 1 + run % AGAIN
            again = [bench.predicted(recipe, place, luck) for luck in lucks]
            fresh += fresh_gain(metric, bench.rows(place), *again).value > 0
    return dict(zip(RULES, (higher / runs, one / runs, fresh / runs), strict=True))


# -- running and reporting ------------------------------------------------------------------------------------------


def lines(path: Path) -> list[dict[str, Any]]:
    """The labs that have run."""
    return [json.loads(text) for text in path.read_text().splitlines()] if path.exists() else []


def run(data: Path, datasets: list[str], learners: list[str], seeds: range, path: Path) -> None:
    """Every lab that is not in the results yet; a seed of all tables before the next."""
    done = {(one["dataset"], one["learner"], one["seed"]) for one in lines(path)}
    for seed in seeds:
        for name in datasets:
            for learner in learners:
                if (name, learner, seed) in done:
                    continue
                started = time.process_time()
                bench = Bench(world_of(data, name, seed), learner, seed)
                by_rule = [search(bench, rule) for rule in RULES]
                line = {"dataset": name, "learner": learner, "seed": seed, "aa": list(same_again(bench).values()),
                        **{key: [one[key] for one in by_rule] for key in by_rule[0]}}  # fmt: skip
                line["cpu_seconds"] = round(time.process_time() - started, 1)
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("a") as file:
                    file.write(json.dumps(_short(line)) + "\n")
                print(name, learner, seed, line["cpu_seconds"], flush=True)


def _short(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _short(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_short(one) for one in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


@dataclass(frozen=True, slots=True)
class Cell:
    """A table and learner over its seeds, by rule: (mean, standard error)."""

    dataset: str
    learner: str
    seeds: int
    optimism: dict[str, tuple[float, float]]
    gain: dict[str, tuple[float, float]]
    over: dict[str, tuple[float, float]]
    """The true gain of ours over each rule's, paired by seed."""
    kept: dict[str, float]
    aa: dict[str, float]


def cells(found: list[dict[str, Any]]) -> Iterator[Cell]:
    """Every table and learner that at least two labs have run on."""
    for name in DATASETS:
        for learner in LEARNERS:
            own = [one for one in found if (one["dataset"], one["learner"]) == (name, learner)]
            if len(own) < 2:
                continue
            table = {
                key: {rule: np.array([one[key][place] for one in own]) for place, rule in enumerate(RULES)}
                for key in ("optimism", "gain", "kept", "aa")
            }
            yield Cell(
                name, learner, len(own), {rule: _mean(v) for rule, v in table["optimism"].items()},
                {rule: _mean(v) for rule, v in table["gain"].items()},
                {rule: _mean(table["gain"][OURS] - v) for rule, v in table["gain"].items()},
                {rule: float(v.mean()) for rule, v in table["kept"].items()},
                {rule: float(v.mean()) for rule, v in table["aa"].items()},
            )  # fmt: skip


def _mean(values: Array) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1) / math.sqrt(len(values)))


def outcome(found: list[dict[str, Any]]) -> Outcome:
    """The promises of the issue, for each learner, and the table behind them."""
    checks: list[Check] = []
    all_cells = list(cells(found))
    for learner in LEARNERS:
        own = [cell for cell in all_cells if cell.learner == learner]
        if own:
            checks += _checks(learner, own)
    seeds = sorted({cell.seeds for cell in all_cells})
    return Outcome(
        name="evidence_search", title="Search with real learners", checks=tuple(checks),
        details=[{"dataset": c.dataset, "learner": c.learner, "seeds": c.seeds, "optimism": c.optimism, "gain": c.gain,
                  "over": c.over, "kept": c.kept, "aa": c.aa} for c in all_cells],
        method=f"{N_ROWS:,} rows of a table's training part, {EXPERIMENTS} experiments, "
        f"{' or '.join(map(str, seeds))} of the 30 seeds asked; the other rows of the training part are the truth. "
        "Optimism: the gain shown over the first recipe minus that of the same fold models on the truth; gain: fitted "
        "on all rows of the lab; paired by seed. Ours is what `fit` does, 1 σ.",
    )  # fmt: skip


def _checks(learner: str, own: list[Cell]) -> Iterator[Check]:
    """Optimism by table relative to keep-if-higher's there, so that a price in dollars does not drown an AUC."""
    higher, n = RULES[0], len(own)
    for rule in RULES[1:]:
        known = [c.optimism[rule][0] / c.optimism[higher][0] for c in own
                 if c.optimism[higher][0] > 2 * c.optimism[higher][1]]  # fmt: skip
        what = f"{learner}, {rule}: optimism by keep-if-higher's, median of the {len(known)} tables where that is seen"
        yield at_most(what, float(np.median(known)) if known else math.nan, 0.5, "")
    close = sum(all(c.over[rule][0] >= -2 * c.over[rule][1] for rule in RULES) for c in own)
    yield at_least(f"{learner}: tables with a true gain within 2 SE of the best rule's", close, n, f"of {n}", digits=0)
    above = sum(c.over[higher][0] >= 0 for c in own)
    yield at_least(f"{learner}: tables with a true gain not below keep-if-higher's", above, 4, f"of {n}", digits=0)
    if learner == "boosted":  # a linear model has no luck: the same recipe again is a tie
        for rule in RULES[1:]:
            share = 100 * float(np.mean([c.aa[rule] for c in own]))
            yield at_most(f"{learner}, {rule}: same recipe, other seed, kept", share, 12, "%", digits=1)


def main() -> None:
    """Run what has not run, then report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with manifest.json and its tables")
    parser.add_argument("--datasets", nargs="*", default=list(DATASETS), choices=DATASETS)
    parser.add_argument("--learners", nargs="*", default=list(LEARNERS), choices=tuple(LEARNERS))
    parser.add_argument("--seeds", nargs=2, type=int, default=(0, 30), metavar=("FROM", "TO"))
    parser.add_argument("--results", type=Path, default=RESULTS / "evidence_search.jsonl", help="a line a lab")
    parser.add_argument("--report", action="store_true", help="run nothing")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the outcome (benchmarks/results)")
    asked = parser.parse_args()
    if not asked.report:
        if asked.data is None:
            parser.error("--data is needed: the folder with manifest.json")
        run(asked.data, asked.datasets, asked.learners, range(*asked.seeds), asked.results)
    found = lines(asked.results)
    if found:
        save(outcome(found), asked.out)


if __name__ == "__main__":
    main()
