"""What a keep is worth: how often the same recipe with another seed is kept, and how often a planted gain of 2 σ is.

    python benchmarks/keeps.py --data DATA [--datasets adult] [--labs 60] [--results keeps.jsonl]
    python benchmarks/keeps.py --report

A lab is 1,000 rows of a real table and small boosted trees, as in evidence_search. *Same*: the recipe against itself
with other seeds, which gains nothing. *Planted*: a column is added that is the target with so much noise that, on
average over other labs than those measured, the fold models gain 2 σ by it on rows that nobody has seen (σ: what the
judge divides by). Both are compared on the folds of the search and on other folds with other seeds, as a proposal of a
searcher is; what is written down is both differences in σ, so that every rule of keeping is told of the same probes.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.figure import Difference
from assay.evidence.judge import holds_again, judge
from assay.evidence.noise import Noise
from evidence_learners import LEARNERS, Array, Recipe, Whole, World, whole_table
from evidence_rules import Bench
from outcome import Check, Outcome, at_least, at_most, save
from played import kept_arguments, kept_rows, parsed

DATASETS = ("phoneme", "california_housing", "diamonds", "telco_churn", "bank_marketing", "adult")
SIGMAS = 2.0
PAIRS = 4
"""Pairs of seeds in a lab."""
CALIBRATING, FIRST_CALIBRATING, HALVINGS = 24, 10_000, 5
"""Labs by which the noise of the planted column is found, and the first of their seeds: none of them is measured; how
often the range of noises is halved."""
NOISES = 0.125, 16.0
"""Least and most noise of a planted column: its standard deviation in those of the target."""
MOST_OTHERS = 2_000
"""Rows that the truth is told from."""
Line = dict[str, Any]
Kept = Callable[[Difference, Difference], bool]


def _seen(first: Difference) -> bool:
    return judge(first).kept


RULES: dict[str, Kept] = {
    "1 σ": lambda first, again: _seen(first),
    "1 σ, better on other folds": lambda first, again: _seen(first) and again.value > 0,
    "1 σ, ½ σ on other folds": lambda first, again: _seen(first) and again.z >= 0.5,
    "1 σ, ¾ σ on other folds": lambda first, again: _seen(first) and again.z >= 0.75,
    "1 σ, 1 σ on other folds": lambda first, again: _seen(first) and again.z >= 1.0,
    "1 σ, and 1.2 σ over both": lambda first, again: _seen(first) and _over_both(first, again) >= 1.2,
}
"""Rules that were weighed against each other."""


def _over_both(first: Difference, again: Difference) -> float:
    spread = first.sigma + again.sigma
    return (first.value + again.value) / spread if spread > 0 else 0.0


# -- probes ---------------------------------------------------------------------------------------------------------


def planted(world: World, noise: float, seed: int) -> World:
    """The world with one more column, its last: the standardised target and noise of so many of its deviations."""
    rng, mean, spread = np.random.default_rng([seed, 29]), world.y.mean(), world.y.std()

    def told(y: Array) -> Array:
        return np.asarray((y - mean) / spread + noise * rng.standard_normal(len(y)))

    own, y_others = told(world.y), world.y_others[:MOST_OTHERS]
    others = np.column_stack([world.others[:MOST_OTHERS], told(y_others)])
    return replace(world, X=np.column_stack([world.X, own]), others=others, y_others=y_others)


def pair_of(world: World) -> tuple[Recipe, Recipe]:
    """The recipe without the last column, and with it."""
    whole = LEARNERS["boosted"][1]
    return replace(whole, dropped=(world.X.shape[1] - 1,)), whole


@dataclass
class Probes:
    """The probes of one lab. Every fit has seeds of its own, as in `fit`; noise is what the lab has heard so far."""

    bench: Bench
    noise: Noise = field(default_factory=Noise)
    luck: int = 0

    def compare(self, champion: Recipe, proposal: Recipe, place: int) -> tuple[Difference, Difference]:
        """What the proposal gains on the folds of the search, and on partition `place`."""
        found = []
        for partition in (0, place):
            self.luck += 2
            pair = (champion, self.luck), (proposal, self.luck + 1)
            difference, excess = self.bench.gain(*pair, partition, self.noise)
            found.append(difference)
            if partition == 0:
                self.noise = self.noise.seen(excess)
        return found[0], found[1]


def same(whole: Whole, seed: int) -> Iterator[tuple[Difference, Difference]]:
    """The recipe against itself; other folds take turns."""
    probes, recipe = Probes(Bench(whole.world(seed), "boosted", seed)), LEARNERS["boosted"][1]
    for turn in range(PAIRS):
        yield probes.compare(recipe, recipe, 1 + turn % 2)


def with_column(whole: Whole, noise: float, seed: int) -> tuple[Difference, Difference]:
    """What the planted column gains."""
    world = planted(whole.world(seed), noise, seed)
    return Probes(Bench(world, "boosted", seed)).compare(*pair_of(world), 1)


def noise_of(whole: Whole) -> float:
    """The noise at which a planted column truly gains SIGMAS of the mean σ, over labs that are not measured: by
    bisection, as the gain falls while noise grows.
    """
    low, high = np.log(NOISES)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _true_sigmas(whole, float(np.exp(middle))) > SIGMAS else (low, middle)
    return float(np.exp((low + high) / 2))


def _true_sigmas(whole: Whole, noise: float) -> float:
    gains, sigmas = [], []
    for seed in range(FIRST_CALIBRATING, FIRST_CALIBRATING + CALIBRATING):
        gain, sigma = true_gain(whole, noise, seed)
        gains.append(gain)
        sigmas.append(sigma)
    return float(np.mean(gains) / np.mean(sigmas))


def true_gain(whole: Whole, noise: float, seed: int) -> tuple[float, float]:
    """(what the fold models gain on the other rows, σ of the difference out of fold)."""
    world = planted(whole.world(seed), noise, seed)
    bench, (without, with_it) = Bench(world, "boosted", seed), pair_of(world)
    sign = 1.0 if world.metric.higher_is_better else -1.0
    truth = [bench.score(recipe, 0, luck)[1] for luck, recipe in enumerate((without, with_it), start=1)]
    return sign * (truth[1] - truth[0]), bench.gain((without, 1), (with_it, 2), 0, Noise())[0].sigma


def run(data: Path, datasets: Sequence[str], kinds: Sequence[str], labs: int, path: Path) -> None:
    """Every probe that is not in the results yet, a line each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    done = {(line["dataset"], line["kind"], line["seed"]) for line in kept_rows(path)}
    for name in datasets:
        left = {kind: [seed for seed in range(labs) if (name, kind, seed) not in done] for kind in kinds}
        if not any(left.values()):
            continue
        whole = whole_table(data, name)
        with path.open("a") as file:
            for seed in left.get("same", ()):
                for pair in same(whole, seed):
                    file.write(json.dumps({"dataset": name, "seed": seed, "kind": "same", **_numbers(pair)}) + "\n")
            noise = noise_of(whole) if left.get("planted") else 0.0
            for seed in left.get("planted", ()):
                gain, sigma = true_gain(whole, noise, seed)
                line = {"dataset": name, "seed": seed, "kind": "planted", "noise": noise, "truth": gain / sigma}
                file.write(json.dumps({**line, **_numbers(with_column(whole, noise, seed))}) + "\n")
                file.flush()
        print(name, f"noise {noise:.2f}", flush=True)


def _numbers(pair: tuple[Difference, Difference]) -> Line:
    first, again = pair
    return {"value": first.value, "sigma": first.sigma, "again": again.value, "sigma_again": again.sigma}


# -- report ---------------------------------------------------------------------------------------------------------


def differences(line: Line) -> tuple[Difference, Difference]:
    """The two differences of a probe."""
    return _difference(line["value"], line["sigma"]), _difference(line["again"], line["sigma_again"])


def _difference(value: float, sigma: float) -> Difference:
    return Difference(
        value=value, origin="oof", sigma=sigma, df=1.0, n_units=1, low=None, high=None, p=None, e=None
    )  # fmt: skip


def share(lines: Sequence[Line], kept: Kept) -> tuple[float, float, float]:
    """Percent of probes that are kept, with a 95 % interval by resampling labs."""
    by_lab: dict[tuple[str, int], list[bool]] = {}
    for line in lines:
        by_lab.setdefault((line["dataset"], line["seed"]), []).append(kept(*differences(line)))
    rates = 100 * np.array([np.mean(found) for found in by_lab.values()])
    bags = np.random.default_rng(0).integers(len(rates), size=(4000, len(rates)))
    low, high = np.quantile(rates[bags].mean(axis=1), [0.025, 0.975])
    return float(rates.mean()), float(low), float(high)


def is_kept(first: Difference, again: Difference) -> bool:
    """The rule of `fit`."""
    return judge(first).kept and holds_again(again)


def outcome(lines: Sequence[Line]) -> Outcome:
    """Both promises under the rule of `fit`, and all rules beside it."""
    kinds = {kind: [line for line in lines if line["kind"] == kind] for kind in ("same", "planted")}
    checks: list[Check] = []
    for kind, limit, check in (("same", 5.0, at_most), ("planted", 80.0, at_least)):
        value, low, high = share(kinds[kind], is_kept)
        what = {"same": "kept though only the seed differs", "planted": "planted gains of 2 σ that are kept"}[kind]
        checks.append(check(f"{what} ({low:.1f} to {high:.1f})", value, limit, "%", digits=1))
    truth = float(np.mean([line["truth"] for line in kinds["planted"]]))
    checks.append(Check(what="true gain of the planted columns", asked="2 σ", measured=f"{truth:.2f} σ"))
    rules = {"as fit does": is_kept, **RULES}
    details = {rule: {kind: share(kinds[kind], kept) for kind in kinds} for rule, kept in rules.items()}
    tables = {
        name: {kind: share([x for x in own if x["dataset"] == name], is_kept) for kind, own in kinds.items()}
        for name in sorted({line["dataset"] for line in lines})
    }
    return Outcome(
        name="keeps", title="What a keep is worth", checks=tuple(checks),
        details={"rules": details, "tables": tables},
        method=f"{len(kinds['planted'])} labs of 1,000 rows; {len(kinds['same'])} pairs of the same recipe",
    )  # fmt: skip


def main() -> None:
    """Run, then report."""
    made = kept_arguments(__doc__, name="keeps", datasets=DATASETS)
    made.add_argument("--kinds", nargs="*", default=["same", "planted"], choices=("same", "planted"))
    made.add_argument("--labs", type=int, default=40, help="labs a table (40)")
    asked = parsed(made)
    if not asked.report:
        run(asked.data, asked.datasets, asked.kinds, asked.labs, asked.results)
    found = outcome(kept_rows(asked.results))
    save(found, asked.out)
    for rule, told in found.details["rules"].items():
        said = [f"{kind} {told[kind][0]:.1f} % ({told[kind][1]:.1f} to {told[kind][2]:.1f})" for kind in told]
        print(f"  {rule}: {', '.join(said)}")


if __name__ == "__main__":
    main()
