"""Searches with real learners whose true gain is known: rules of keeping, held against keeping whatever scores higher.

    python benchmarks/evidence_search.py --data DATA [--datasets adult] [--learners linear] [--seeds 0 30]
    python benchmarks/evidence_search.py --report

A lab is 1,000 rows of a table and 100 experiments, each a small change of the best recipe so far; the truth is its
score on the other rows of the table's training part (70 %, as the panel splits it). Every finished search is a line
of the results, appended; a (table, learner, seed, rule) that is there is never run again, so that it can be run in
parts. Optimism: what the search claims to have gained over the first recipe, minus what the same fold models gain on
the other rows. The first recipe chose nothing, so the luck that its score has in a sample drops out.
"""

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
from played import kept_arguments, kept_rows, parsed

DATASETS = ("adult", "bank_marketing", "telco_churn", "phoneme", "california_housing", "diamonds")
OURS = "1 sigma, 0.75 sigma again, free"
"""By what proposals of searchers are kept in `fit`: evidence.judge, then search.confirmation. They search around
members of the blend, whom scores choose, whether they were kept or not (research.neighbours)."""
Line = dict[str, Any]


# -- running --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be run: every combination."""

    datasets: Sequence[str]
    learners: Sequence[str]
    rules: Sequence[str]
    seeds: range


def run(data: Path, plan: Plan, path: Path) -> None:
    """Every search that is not in the results yet; a seed of all tables before the next."""
    done = {(one["dataset"], one["learner"], one["seed"], one["rule"]) for one in kept_rows(path)}
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

WAYS = {"optimism": "own folds", "again": "last folds", "anew": "anew", "bbc": "corrected"}
FEWEST, FEWEST_IN_ALL = 4, 8
"""Pairs of labs, of one table and of all, from which a mean has a standard error worth the name."""


@dataclass(frozen=True)
class Labs:
    """The searches of a table and learner, by rule and seed."""

    dataset: str
    learner: str
    known: dict[str, dict[int, Line]]

    def paired(self, key: str, rule: str, other: str, other_key: str = "") -> tuple[Array, Array]:
        """A value of a rule's searches and of another's, on the seeds that have both."""
        one, two = self.known.get(rule, {}), self.known.get(other, {})
        seeds = [s for s in one if s in two and None not in (one[s].get(key), two[s].get(other_key or key))]
        return np.array([one[s][key] for s in seeds]), np.array([two[s][other_key or key] for s in seeds])

    def spread(self, key: str) -> float:
        """Standard deviation of keep-if-higher's value over the seeds: the unit in which tables are comparable."""
        return float(np.std([one[key] for one in self.known[HIGHER].values()], ddof=1))

    @property
    def is_seen(self) -> bool:
        """Whether keep-if-higher's optimism is beyond two standard errors here."""
        mean, error = _mean(np.array([one["optimism"] for one in self.known[HIGHER].values()]))
        return mean > 2 * error


def labs_of(found: list[Line], learner: str) -> list[Labs]:
    """Every table that keep-if-higher has searched twice or more."""
    out = []
    for name in DATASETS:
        own = [one for one in found if (one["dataset"], one["learner"]) == (name, learner)]
        known = {rule: {one["seed"]: one for one in own if one["rule"] == rule} for rule in RULES}
        if len(known[HIGHER]) > 1:
            out.append(Labs(name, learner, known))
    return out


def _mean(values: Array) -> tuple[float, float]:
    """With its standard error; NaN where fewer than two are known."""
    if len(values) < 2:
        return math.nan, math.nan
    return float(values.mean()), float(values.std(ddof=1) / math.sqrt(len(values)))


def curve(tables: list[Labs], rule: str) -> dict[str, Any]:
    """A rule on all tables of a learner, each in units of keep-if-higher's spread there, on the labs that have both.

    Optimism by the way it is told, as a share of keep-if-higher's in its own folds, with its standard error by
    resampling labs (None where that is not seen in these labs); its true gain minus keep-if-higher's.
    """
    told: dict[str, tuple[float, float] | None] = {}
    for way in WAYS:
        both = [(one.paired(way, rule, HIGHER, "optimism"), one.spread("optimism")) for one in tables]
        ours, higher = (np.concatenate([pair[k] / unit for pair, unit in both]) for k in (0, 1))
        mean, error = _mean(higher)
        told[way] = _share(ours, higher) if mean > 2 * error and len(ours) >= FEWEST_IN_ALL else None
    gains = [(np.subtract(*one.paired("gain", rule, HIGHER)), one.spread("gain")) for one in tables]
    differences = np.concatenate([gain / unit for gain, unit in gains])
    own = [line for one in tables for line in one.known[rule].values()]
    known = {key: [line[key] for line in own if key in line] or [math.nan] for key in ("kept", "fits", "aa")}
    return {
        "rule": rule, "labs": len(own), "told": told,
        "gain": _mean(differences) if len(differences) >= FEWEST_IN_ALL else None,
        **{key: float(np.mean(values)) for key, values in known.items()},
    }  # fmt: skip


def _share(ours: Array, higher: Array, draws: int = 2000) -> tuple[float, float]:
    """The ratio of two means of the same labs, and its standard error."""
    bags = np.random.default_rng(0).integers(len(ours), size=(draws, len(ours)))
    return float(ours.mean() / higher.mean()), float(np.std(ours[bags].mean(axis=1) / higher[bags].mean(axis=1)))


def outcome(found: list[Line]) -> Outcome:
    """The promises of the issue, for each learner, and optimism against gain of every rule."""
    checks: list[Check] = []
    curves: dict[str, list[dict[str, Any]]] = {}
    for learner in LEARNERS:
        tables = labs_of(found, learner)
        if tables:
            checks += _checks(learner, tables)
            curves[learner] = [curve(tables, rule) for rule in RULES]
    return Outcome(
        name="evidence_search", title="Search with real learners", checks=tuple(checks), details=curves,
        method=f"{N_ROWS:,} rows of a table's training part, {EXPERIMENTS} experiments; {len(found)} searches, a "
        "rule on some of the 30 seeds asked; the other rows of the training part are the truth. Optimism: the gain "
        "shown over the first recipe minus that of fold models on the truth, divided by keep-if-higher's in its own "
        "folds on the same labs. Own folds: those that it was kept in, of two partitions the mean; last folds: the "
        "second of these alone; anew: folds and seeds that chose nothing; corrected: by BBC-CV over all recipes tried, "
        f"which is what `fit` prints. Gain: fitted on all rows of the lab. Ours: {OURS}.",
    )  # fmt: skip


def _checks(learner: str, tables: list[Labs]) -> Iterator[Check]:
    """Optimism by table relative to keep-if-higher's there, so that a price in dollars does not drown an AUC."""
    for way, words in WAYS.items():
        pairs = [one.paired(way, OURS, HIGHER, "optimism") for one in tables if one.is_seen]
        shares = [ours.mean() / higher.mean() for ours, higher in pairs if len(ours) > 1]
        what = f"{learner}: optimism, {words}, median of the {len(shares)} tables where it is seen"
        yield at_most(what, float(np.median(shares)) if shares else math.nan, 0.5, "")
    by_table = [
        (one.dataset, [float(np.mean(values)) for values in one.paired("anew", OURS, HIGHER, "optimism")])
        for one in tables if one.is_seen
    ]  # fmt: skip
    said = ", ".join(f"{name} {ours / higher:.2f}" for name, (ours, higher) in by_table)
    yield Check(what=f"{learner}: optimism, anew, by table", asked="–", measured=said)
    over = [one.paired("gain", OURS, HIGHER) for one in tables]
    above = sum(bool(ours.mean() >= higher.mean()) for ours, higher in over if len(ours))
    what = f"{learner}: tables with a true gain not below keep-if-higher's"
    yield at_least(what, above, 4, f"of {len(tables)}", digits=0)
    what = f"{learner}: tables with a true gain within 2 SE of every other rule's of {FEWEST} labs or more"
    yield at_least(what, sum(_is_close(one) for one in tables), len(tables), f"of {len(tables)}", digits=0)
    if learner == "boosted":  # a linear model has no luck: the same recipe again is a tie
        share = 100 * float(np.mean([line["aa"] for one in tables for line in one.known[OURS].values()]))
        yield at_most(f"{learner}: same recipe, other seed, kept", share, 12, "%", digits=1)


def _is_close(labs: Labs) -> bool:
    gaps = [np.subtract(*labs.paired("gain", OURS, rule)) for rule in RULES if rule != OURS]
    return all(mean >= -2 * error for mean, error in map(_mean, (gap for gap in gaps if len(gap) >= FEWEST)))


def main() -> None:
    """Run what has not run, then report."""
    made = kept_arguments(__doc__, name="evidence_search", datasets=DATASETS)
    made.add_argument("--learners", nargs="*", default=list(LEARNERS), choices=tuple(LEARNERS))
    made.add_argument("--rules", nargs="*", default=list(RULES), choices=tuple(RULES))
    made.add_argument("--seeds", nargs=2, type=int, default=(0, 30), metavar=("FROM", "TO"))
    asked = parsed(made)
    if not asked.report:
        plan = Plan(
            datasets=asked.datasets, learners=asked.learners, rules=asked.rules, seeds=range(*asked.seeds)
        )  # fmt: skip
        run(asked.data, plan, asked.results)
    found = kept_rows(asked.results)
    if found:
        save(outcome(found), asked.out)


if __name__ == "__main__":
    main()
