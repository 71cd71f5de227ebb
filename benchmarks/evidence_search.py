"""Searches with real learners whose true gain is known: rules of keeping, held against keeping whatever scores higher.

    python benchmarks/evidence_search.py --data DATA [--datasets adult] [--learners linear] [--seeds 0 30]
    python benchmarks/evidence_search.py --report

A lab is 1,000 rows of a table and 100 experiments, each a small change of the best recipe so far; the truth is its
score on the other rows of the table's training part (70 %, as the panel splits it). Every finished search is a line
of the results, appended; a (table, learner, seed, rule) that is there is never run again, so that it can be run in
parts. Optimism: what the search claims to have gained over the first recipe, minus what the same fold models gain on
the other rows. The first recipe chose nothing, so the luck that its score has in a sample drops out.
"""

import argparse
import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evidence_learners import LEARNERS, N_ROWS, Array, Whole, whole_table
from evidence_rules import EXPERIMENTS, HIGHER, RULES, Bench, Search, same_again, told
from outcome import Check, Outcome, at_least, at_most, save

DATASETS = ("adult", "bank_marketing", "telco_churn", "phoneme", "california_housing", "diamonds")
OURS = "0.5 sigma, fresh partition"
"""What those who search in `fit` are kept by: evidence.judge, near-misses among them, then lab.confirm."""
RESULTS = Path(__file__).parent / "results"
Line = dict[str, Any]


# -- running --------------------------------------------------------------------------------------------------------


def lines(path: Path) -> list[Line]:
    """The searches that have run."""
    return [json.loads(text) for text in path.read_text().splitlines()] if path.exists() else []


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be run: every combination."""

    datasets: Sequence[str]
    learners: Sequence[str]
    rules: Sequence[str]
    seeds: range


def run(data: Path, plan: Plan, path: Path) -> None:
    """Every search that is not in the results yet; a seed of all tables before the next."""
    done = {(one["dataset"], one["learner"], one["seed"], one["rule"]) for one in lines(path)}
    tables: dict[str, Whole] = {}
    path.parent.mkdir(parents=True, exist_ok=True)
    for seed in plan.seeds:
        for name in plan.datasets:
            for learner in plan.learners:
                left = [rule for rule in plan.rules if (name, learner, seed, rule) not in done]
                if not left:
                    continue
                if name not in tables:
                    tables[name] = whole_table(data, name)
                bench = Bench(tables[name].world(seed), learner, seed)
                same = same_again(bench) if learner == "boosted" else dict.fromkeys(RULES, 0.0)
                for rule in left:
                    _append(path, {"dataset": name, "learner": learner, "seed": seed, "rule": rule, "aa": same[rule],
                                   **_one(bench, rule)})  # fmt: skip
                print(name, learner, seed, flush=True)


def _one(bench: Bench, rule: str) -> Line:
    started = time.process_time()
    found = told(Search.run(bench, RULES[rule]))
    return {**found, "cpu_seconds": round(time.process_time() - started, 1)}


def _append(path: Path, line: Line) -> None:
    with path.open("a") as file:
        file.write(json.dumps({key: _short(value) for key, value in line.items()}) + "\n")


def _short(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value


# -- reporting ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    """A table and learner over its seeds, by rule: (mean, standard error); only of rules with two seeds or more."""

    dataset: str
    learner: str
    seeds: dict[str, int]
    told: dict[str, dict[str, tuple[float, float]]]
    """Optimism by rule and by how the gain is told: "optimism", "again", "anew", "bbc"."""
    gain: dict[str, tuple[float, float]]
    over: dict[str, tuple[float, float]]
    """The true gain of a rule over keep-if-higher's, paired by seed."""
    behind: dict[str, tuple[float, float]]
    """The true gain of ours over each rule's, paired by seed."""
    kept: dict[str, float]
    fits: dict[str, float]
    aa: dict[str, float]


WAYS = ("optimism", "again", "anew", "bbc")


def cells(found: list[Line]) -> Iterator[Cell]:
    """Every table and learner that at least two labs have run on."""
    for name in DATASETS:
        for learner in LEARNERS:
            own = [one for one in found if (one["dataset"], one["learner"]) == (name, learner)]
            by_rule = {rule: {one["seed"]: one for one in own if one["rule"] == rule} for rule in RULES}
            by_rule = {rule: labs for rule, labs in by_rule.items() if len(labs) > 1}
            if HIGHER in by_rule and OURS in by_rule:
                yield _cell(name, learner, by_rule)


def _cell(name: str, learner: str, by_rule: dict[str, dict[int, Line]]) -> Cell:
    def mean(rule: str, key: str) -> tuple[float, float]:
        return _mean([one[key] for one in by_rule[rule].values() if one.get(key) is not None])

    def paired(rule: str, other: str) -> tuple[float, float]:
        seeds = by_rule[rule].keys() & by_rule[other].keys()
        return _mean([by_rule[rule][seed]["gain"] - by_rule[other][seed]["gain"] for seed in seeds])

    return Cell(
        name, learner, {rule: len(labs) for rule, labs in by_rule.items()},
        {rule: {way: mean(rule, way) for way in WAYS} for rule in by_rule},
        {rule: mean(rule, "gain") for rule in by_rule},
        {rule: paired(rule, HIGHER) for rule in by_rule}, {rule: paired(OURS, rule) for rule in by_rule},
        {rule: mean(rule, "kept")[0] for rule in by_rule}, {rule: mean(rule, "fits")[0] for rule in by_rule},
        {rule: mean(rule, "aa")[0] for rule in by_rule},
    )  # fmt: skip


def _mean(values: Sequence[float]) -> tuple[float, float]:
    """NaN where fewer than two are known."""
    if len(values) < 2:
        return math.nan, math.nan
    known: Array = np.array(values, dtype=float)
    return float(known.mean()), float(known.std(ddof=1) / math.sqrt(len(known)))


def outcome(found: list[Line]) -> Outcome:
    """The promises of the issue, for each learner, and the table behind them."""
    checks: list[Check] = []
    all_cells = list(cells(found))
    for learner in LEARNERS:
        own = [cell for cell in all_cells if cell.learner == learner]
        if own:
            checks += _checks(learner, own)
    seeds = sorted({n for cell in all_cells for n in cell.seeds.values()})
    return Outcome(
        name="evidence_search", title="Search with real learners", checks=tuple(checks),
        details=[{"dataset": c.dataset, "learner": c.learner, "seeds": c.seeds, "told": c.told, "gain": c.gain,
                  "over": c.over, "behind": c.behind, "kept": c.kept, "fits": c.fits, "aa": c.aa} for c in all_cells],
        method=f"{N_ROWS:,} rows of a table's training part, {EXPERIMENTS} experiments, {seeds[0]} to {seeds[-1]} of "
        "the 30 seeds asked; the other rows of the training part are the truth. Optimism: the gain shown over the "
        "first recipe minus that of fold models on the truth, divided by keep-if-higher's in its own folds. Own folds: "
        "those that it was kept in, of two partitions the mean; last folds: the second of these alone; anew: folds and "
        "seeds that chose nothing; corrected: by BBC-CV over all recipes tried. Gain: fitted on all rows of the lab; "
        "paired by seed.",
    )  # fmt: skip


def _checks(learner: str, own: list[Cell]) -> Iterator[Check]:
    """Optimism by table relative to keep-if-higher's there, so that a price in dollars does not drown an AUC."""
    for rule in RULES:
        for way, words in zip(WAYS, ("own folds", "last folds", "anew", "corrected"), strict=True):
            shares = _shares(own, rule, way)
            if shares and (rule, way) != (HIGHER, "optimism"):
                what = f"{learner}, {rule}: optimism, {words}, median of the {len(shares)} tables where it is seen"
                yield at_most(what, float(np.median(shares)), 0.5, "")
    for rule in RULES:
        known = [c for c in own if rule in c.over]
        if rule != HIGHER and known:
            above, n = sum(c.over[rule][0] >= 0 for c in known), len(known)
            what = f"{learner}, {rule}: tables with a true gain not below keep-if-higher's"
            yield at_least(what, above, 4, f"of {n}", digits=0)
    close = sum(all(gap >= -2 * error for gap, error in c.behind.values() if gap == gap) for c in own)
    what = f"{learner}, {OURS}: tables with a true gain within 2 SE of the best rule's"
    yield at_least(what, close, len(own), f"of {len(own)}", digits=0)
    if learner == "boosted":  # a linear model has no luck: the same recipe again is a tie
        for rule in RULES:
            shares = [100 * c.aa[rule] for c in own if rule in c.aa]
            if rule != HIGHER and shares:
                what = f"{learner}, {rule}: same recipe, other seed, kept"
                yield at_most(what, float(np.mean(shares)), 12, "%", digits=1)


def _shares(own: list[Cell], rule: str, way: str) -> list[float]:
    """Optimism by keep-if-higher's in its own folds, on the tables where that is beyond two standard errors."""
    seen = [c for c in own if c.told[HIGHER]["optimism"][0] > 2 * c.told[HIGHER]["optimism"][1] and rule in c.told]
    shares = [c.told[rule][way][0] / c.told[HIGHER]["optimism"][0] for c in seen]
    return [share for share in shares if share == share]


def main() -> None:
    """Run what has not run, then report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with manifest.json and its tables")
    parser.add_argument("--datasets", nargs="*", default=list(DATASETS), choices=DATASETS)
    parser.add_argument("--learners", nargs="*", default=list(LEARNERS), choices=tuple(LEARNERS))
    parser.add_argument("--rules", nargs="*", default=list(RULES), choices=tuple(RULES))
    parser.add_argument("--seeds", nargs=2, type=int, default=(0, 30), metavar=("FROM", "TO"))
    parser.add_argument("--results", type=Path, default=RESULTS / "evidence_search.jsonl", help="a line a search")
    parser.add_argument("--report", action="store_true", help="run nothing")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the outcome (benchmarks/results)")
    asked = parser.parse_args()
    if not asked.report:
        if asked.data is None:
            parser.error("--data is needed: the folder with manifest.json")
        plan = Plan(
            datasets=asked.datasets, learners=asked.learners, rules=asked.rules, seeds=range(*asked.seeds)
        )  # fmt: skip
        run(asked.data, plan, asked.results)
    found = lines(asked.results)
    if found:
        save(outcome(found), asked.out)


if __name__ == "__main__":
    main()
