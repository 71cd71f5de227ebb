"""Blends of numbers: weights, and loss against the best single model, in the folds, cross-fitted and on other rows.

    python benchmarks/blends.py --data DATA [--datasets abalone] [--seeds 6]

A lab is 100, 300 or 1,000 rows of a real table and eleven recipes of four families, each predicted out of fold. What
ships is chosen as a lab does. *In the folds*: its loss by that of the best single model, on the rows that chose both;
*going on*: that of the blend of a search, to which the models come one after the other. *Cross-fitted*: every fold is
predicted by the weights that the other folds choose, and by the single model that is best there; *in hindsight*: by the
one that all folds choose, which favours it. *Other rows*: the rest of the table, which nobody has seen, against what
scores best in the folds.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.contract import Metric
from assay.core.problem.regression import Regression
from assay.core.seed import Seeds
from assay.core.target import Target
from assay.ensemble.candidate import Blend, BlendLimits, Candidate, held
from assay.ensemble.greedy import blend
from assay.metrics.choose_metric import evaluate, find
from assay.ship.ensemble_choice import EnsembleChooser
from evidence_learners import LEARNERS, Array, Recipe, Whole, whole_table
from outcome import Outcome, at_most, parser, save

DATASETS = ("abalone", "california_housing", "diamonds", "bike_sharing", "car_dekho", "beijing_pm25")
METRICS = ("rmse", "mae", "r2", "pinball:0.8", "mape")
SIZES, FOLDS, MOST_OTHERS = (100, 300, 1000), 5, 2_000
ALLOWED = 0.5
"""Percent by which a blend may be worse than the best single model."""
REGRESSION = Regression()
Row = dict[str, Any]
Fit = Callable[[Array, Array], Callable[[Array], Array]]


def library() -> list[tuple[str, Fit]]:
    """(family, fit) of the recipes."""
    (boosted, plain, _), (linear, _, _) = LEARNERS["boosted"], LEARNERS["linear"]
    shapes = [plain, *[plain.with_param(name, value) for name, value in (("leaves", 3), ("rate", 0.2), ("least", 40))]]
    lines = [Recipe(params=(("l2", l2),)) for l2 in (0.1, 10.0, 100.0)]
    made: list[tuple[str, Fit]] = [("trees", _of(boosted, recipe)) for recipe in shapes]
    made += [("linear", _of(linear, recipe)) for recipe in lines]
    return [*made, ("near", _near(5)), ("near", _near(20)), ("forest", _forest(1)), ("forest", _forest(10))]


def _of(fit: Any, recipe: Recipe) -> Fit:
    return lambda X, y: fit(X, y, recipe, problem=REGRESSION, seed=1)


def _near(k: int) -> Fit:
    from sklearn.neighbors import KNeighborsRegressor

    return lambda X, y: KNeighborsRegressor(min(k, len(y))).fit(X, y).predict


def _forest(least: int) -> Fit:
    from sklearn.ensemble import ExtraTreesRegressor

    return lambda X, y: ExtraTreesRegressor(40, min_samples_leaf=least, random_state=0, n_jobs=1).fit(X, y).predict


def loss(metric: Metric, y: Array, prediction: Array) -> float:
    """The metric, or what it lacks of 1 where more is better."""
    score = evaluate(metric, y, prediction, REGRESSION)
    return 1.0 - score if metric.higher_is_better else score


class Lab:
    """The library's predictions out of fold, (m, n), and of other rows, (m, others): the mean of the fold models."""

    def __init__(self, whole: Whole, n: int, seed: int) -> None:
        rng = np.random.default_rng([seed, n])
        order = rng.permutation(whole.inside)
        mine, others = order[:n], order[n : n + MOST_OTHERS]
        mean, spread = whole.X[mine].mean(axis=0), whole.X[mine].std(axis=0)
        spread[spread == 0.0] = 1.0
        X, beyond = (np.clip((whole.X[rows] - mean) / spread, -5, 5) for rows in (mine, others))
        self.y, self.y_others, self.seed = whole.y[mine], whole.y[others], seed
        self.folds = rng.permutation(np.arange(n) % FOLDS)
        self.families = [family for family, _ in library()]
        self.oof, self.beyond = np.empty((len(self.families), n)), np.zeros((len(self.families), len(others)))
        for place, (_, fit) in enumerate(library()):
            for fold in range(FOLDS):
                out = self.folds == fold
                model = fit(X[~out], self.y[~out])
                self.oof[place, out] = model(X[out])
                self.beyond[place] += model(beyond) / FOLDS

    def candidates(self, metric: Metric, rows: Array) -> list[Candidate]:
        return [
            Candidate(number=place + 1, family=family, read=held(self.oof[place][rows]),
                      score=evaluate(metric, self.y[rows], self.oof[place][rows], REGRESSION))
            for place, family in enumerate(self.families)
        ]  # fmt: skip

    def shipped(self, metric: Metric, rows: Array) -> Blend:
        """As a lab of these rows chooses."""
        chooser = EnsembleChooser(
            target=Target(self.y[rows]), folds=self.folds[rows], metric=metric, limits=BlendLimits(),
            seeds=Seeds(self.seed), score=lambda shown: evaluate(metric, self.y[rows], shown, REGRESSION),
        )  # fmt: skip
        return chooser.choose(self.candidates(metric, rows)).blend

    def going_on(self, metric: Metric) -> Blend:
        """The blend of a search to which the models come one after the other."""
        rows, found = np.arange(len(self.y)), None
        known = self.candidates(metric, rows)
        for count in range(1, len(known) + 1):
            found = blend(known[:count], Target(self.y), metric=metric, seeds=Seeds(self.seed), last=found)
        assert found is not None
        return found

    def measured(self, name: str) -> Row:
        """Every ratio, for one metric."""
        metric, rows = find(name, REGRESSION), np.arange(len(self.y))
        single = [loss(metric, self.y, one) for one in self.oof]
        best = int(np.argmin(single))
        chosen, running = self.shipped(metric, rows), self.going_on(metric)
        crossed, alike = np.empty(len(rows)), np.empty(len(rows))
        for fold in range(FOLDS):
            out = self.folds == fold
            made = self.shipped(metric, rows[~out])
            crossed[out] = made.predict(_numbered(self.oof[:, out]))
            told = [loss(metric, self.y[~out], one[~out]) for one in self.oof]
            alike[out] = self.oof[int(np.argmin(told)), out]
        shipped = loss(metric, self.y_others, chosen.predict(_numbered(self.beyond)))
        return {
            "members": len(chosen.numbers), "sum": float(sum(chosen.weights)), "least": float(min(chosen.weights)),
            "in the folds": loss(metric, self.y, chosen.predict(_numbered(self.oof))) / single[best],
            "going on": loss(metric, self.y, running.predict(_numbered(self.oof))) / single[best],
            "cross-fitted, hindsight": loss(metric, self.y, crossed) / single[best],
            "cross-fitted": loss(metric, self.y, crossed) / loss(metric, self.y, alike),
            "other rows": shipped / loss(metric, self.y_others, self.beyond[best]),
        }  # fmt: skip


def _numbered(predictions: Array) -> dict[int, Array]:
    return {place + 1: one for place, one in enumerate(predictions)}


def run(data: Path, datasets: Sequence[str], seeds: range) -> list[Row]:
    """Every lab by every metric."""
    rows: list[Row] = []
    for name in datasets:
        whole = whole_table(data, name)
        whole = replace(whole, y=whole.y - min(0.0, float(whole.y.min())) + 1e-9)
        for n in SIZES:
            for seed in seeds:
                lab = Lab(whole, n, seed)
                rows += [{"dataset": name, "n": n, "seed": seed, "metric": one, **lab.measured(one)} for one in METRICS]
        print(name, flush=True)
    return rows


def outcome(rows: Sequence[Row]) -> Outcome:
    """Weights, and every ratio: its mean over tables with an interval, and the worst."""
    wrong = sum(not (row["least"] >= 0 and abs(row["sum"] - 1) < 1e-9) for row in rows)
    checks = [at_most(f"blends of {len(rows)} whose weights are below 0 or do not sum to 1", wrong, 0, "", digits=0)]
    for way in ("in the folds", "going on", "cross-fitted", "cross-fitted, hindsight", "other rows"):
        ratios = np.array([100 * (row[way] - 1) for row in rows])
        if way in ("in the folds", "going on"):
            checks.append(at_most(f"loss {way}, by the best single model's: worst", float(ratios.max()), ALLOWED, "%"))
            continue
        low, high = _interval(rows, ratios)
        what = f"loss {way}, by the best single model's: mean ({low:+.2f} to {high:+.2f})"
        checks.append(at_most(what, float(ratios.mean()), ALLOWED, "%"))
    ways = ("cross-fitted", "other rows", "members")
    by = {}
    for metric in METRICS:
        for n in SIZES:
            own = [row for row in rows if (row["metric"], row["n"]) == (metric, n)]
            by[f"{metric}, {n} rows"] = {way: float(np.mean([row[way] for row in own])) for way in ways}
    return Outcome(
        name="blends", title="Blends of numbers", checks=tuple(checks), details={"means": by, "rows": list(rows)},
        method=f"{len({row['dataset'] for row in rows})} tables, {len(rows)} blends",
    )  # fmt: skip


def _interval(rows: Sequence[Row], ratios: Array) -> tuple[float, float]:
    """By resampling labs: of one table, size and seed, whose metrics go together."""
    labs: dict[tuple[str, int, int], list[float]] = {}
    for row, ratio in zip(rows, ratios, strict=True):
        labs.setdefault((row["dataset"], row["n"], row["seed"]), []).append(float(ratio))
    means = np.array([np.mean(found) for found in labs.values()])
    bags = np.random.default_rng(0).integers(len(means), size=(4000, len(means)))
    low, high = np.quantile(means[bags].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def main() -> None:
    """Measure and save."""
    asked = parser(__doc__)
    asked.add_argument("--data", type=Path, required=True, help="folder with manifest.json and its tables")
    asked.add_argument("--datasets", nargs="*", default=list(DATASETS))
    asked.add_argument("--seeds", type=int, default=6, help="labs of each table and size (6)")
    args = asked.parse_args()
    found = outcome(run(args.data, args.datasets, range(args.seeds)))
    save(found, args.out)
    for name, means in found.details["means"].items():
        print(f"  {name}: " + ", ".join(f"{way} {value:.3f}" for way, value in means.items()))


if __name__ == "__main__":
    main()
