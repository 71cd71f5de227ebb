"""Rules of keeping on a lab of real rows, and ways to tell what the kept recipe gained: one search each, scored twice.

Every score is taken twice: on the lab's 1,000 rows out of fold, which is what a search can see, and by the same fold
models on the other rows of the table, which is the truth.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from assay.core.figure import Difference
from assay.core.seed import Seeds
from assay.evidence.bbc import ModelChoice, correct
from assay.evidence.evaluation_rows import Rows
from assay.evidence.interval import level
from assay.evidence.judge import HELD, judge
from assay.evidence.noise import Excess, Noise
from assay.evidence.paired import compare_with_excess
from evidence_learners import LEARNERS, N_ROWS, Array, Recipe, World, proposal

EXPERIMENTS, FOLDS, AGAIN, ANEW, DRAWS = 100, 5, 8, 2, 200
UNTOUCHED = 100
"""Partitions from here on have no part in any search; their seeds neither."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When a recipe is kept. c: σ over the champion that it shows in the folds of the search; fresh: whether it must be
    better in another partition, too, and by how many σ, `again`; both: σ that the mean over both partitions must show
    besides. is_free: whether what is tried next is a change of the best score so far, kept or not, instead of the
    champion; partitions: in how many others it must be better.
    """

    c: float
    fresh: bool = False
    again: float = 0.0
    both: float | None = None
    is_free: bool = False
    partitions: int = 1


RULES = {
    "keep if higher": Rule(c=0.0), "1 sigma": Rule(c=1.0), "1 sigma, fresh partition": Rule(c=1.0, fresh=True),
    "0.5 sigma, fresh partition": Rule(c=0.5, fresh=True), "higher on both partitions": Rule(c=0.0, fresh=True),
    "0.5 sigma over both partitions": Rule(c=0.0, fresh=True, both=0.5),
    "0.5 sigma, fresh partition, free": Rule(c=0.5, fresh=True, is_free=True),
    "1 sigma, fresh partition, free": Rule(c=1.0, fresh=True, is_free=True),
    "2 sigma, fresh partition, free": Rule(c=2.0, fresh=True, is_free=True),
    "1 sigma, 0.75 sigma again, free": Rule(c=1.0, fresh=True, again=HELD, is_free=True),
    "1 sigma, twice, free": Rule(c=1.0, fresh=True, again=1.0, is_free=True),
    "1 sigma, three fresh partitions, free": Rule(c=1.0, fresh=True, is_free=True, partitions=3),
}  # fmt: skip
HIGHER = "keep if higher"


@dataclass(eq=False)
class Bench:
    """Fits a recipe in the folds of a partition; the same call is answered from memory, whatever rule asks."""

    world: World
    learner: str
    seed: int
    known: dict[tuple[Recipe, int, int], Array] = field(default_factory=dict)
    scored: dict[tuple[Recipe, int, int], tuple[float, float]] = field(default_factory=dict)

    def rows(self, partition: int) -> Rows:
        rng = np.random.default_rng([self.seed, 17, partition])
        folds = np.empty(N_ROWS, dtype=np.int64)
        order = np.lexsort((rng.random(N_ROWS), self.world.y if self.world.problem.is_class else np.zeros(N_ROWS)))
        folds[order] = np.arange(N_ROWS) % FOLDS
        return Rows(y=self.world.y, problem=self.world.problem, folds=folds, seeds=Seeds(self.seed))

    def predicted(self, recipe: Recipe, partition: int, luck: int) -> Array:
        """Out-of-fold predictions of the lab's rows."""
        key = (recipe, partition, luck)
        if key not in self.known:
            self.known[key] = self._folds(recipe, partition, luck, lambda model: None)
        return self.known[key]

    def score(self, recipe: Recipe, partition: int, luck: int) -> tuple[float, float]:
        """(what the search shows, the mean score of the same fold models on the other rows)."""
        key = (recipe, partition, luck)
        if key not in self.scored:
            others, true = self.world.columns(recipe, others=True), []
            shown = self._folds(recipe, partition, luck, lambda model: true.append(self._truth(model(others))))
            self.scored[key] = level(self.world.metric, self.rows(partition), shown), float(np.mean(true))
        return self.scored[key]

    def shipped(self, recipe: Recipe) -> float:
        """The score on the other rows of the recipe fitted on all rows of the lab, the mean of three seeds."""
        X, others = self.world.columns(recipe), self.world.columns(recipe, others=True)
        return float(np.mean([self._truth(self._fit(X, self.world.y, recipe, 10**6 + j)(others)) for j in range(3)]))

    def gain(
        self, a: tuple[Recipe, int], b: tuple[Recipe, int], partition: int, noise: Noise
    ) -> tuple[Difference, Excess | None]:
        """What b gains over a on a partition; each a recipe and its luck."""
        pair = [self.predicted(recipe, partition, luck) for recipe, luck in (a, b)]
        return compare_with_excess(self.world.metric, self.rows(partition), *pair, noise=noise)

    def _folds(
        self, recipe: Recipe, partition: int, luck: int, seen: Callable[[Callable[[Array], Array]], object]
    ) -> Array:
        folds, X, out = self.rows(partition).folds, self.world.columns(recipe), np.empty(N_ROWS)
        assert folds is not None
        for fold in range(FOLDS):
            model = self._fit(X[folds != fold], self.world.y[folds != fold], recipe, luck * FOLDS + fold)
            out[folds == fold] = model(X[folds == fold])
            seen(model)
        return out

    def _fit(self, X: Array, y: Array, recipe: Recipe, luck: int) -> Callable[[Array], Array]:
        return LEARNERS[self.learner][0](X, y, recipe, problem=self.world.problem, seed=self.seed * 10_007 + luck)

    def _truth(self, prediction: Array) -> float:
        return self.world.metric.score(self.world.y_others, prediction)


@dataclass(eq=False)
class Search:
    """100 experiments under a rule. champion: recipe and luck; where: the partition that its keep was shown on last.
    best: whose score in the folds of the search is the highest.
    """

    bench: Bench
    rule: Rule
    champion: tuple[Recipe, int]
    best: tuple[Recipe, int]
    noise: Noise = field(default_factory=Noise)
    where: int = 0
    kept: int = 0
    asked: int = 0
    pool: dict[int, Array] = field(default_factory=dict)
    runs: set[tuple[Recipe, int, int]] = field(default_factory=set)

    @classmethod
    def run(cls, bench: Bench, rule: Rule) -> "Search":
        first, rng = (LEARNERS[bench.learner][1], 0), np.random.default_rng([bench.seed, 5])
        search = cls(bench, rule, first, first)
        search.pool[0] = bench.predicted(*search._run(search.champion, 0))
        for number in range(1, EXPERIMENTS + 1):
            base = search.best if rule.is_free else search.champion
            search._try((proposal(bench.world, base[0], bench.learner, rng), number))
        return search

    def _run(self, one: tuple[Recipe, int], partition: int) -> tuple[Recipe, int, int]:
        run = (one[0], partition, one[1])
        self.runs.add(run)
        return run

    def _try(self, one: tuple[Recipe, int]) -> None:
        self.pool[one[1]] = self.bench.predicted(*self._run(one, 0))
        found, excess = self.bench.gain(self.champion, one, 0, self.noise)
        self.noise = self.noise.seen(excess)
        if self.rule.is_free and self.bench.gain(self.best, one, 0, self.noise)[0].value > 0:
            self.best = one
        if not judge(found, c=self.rule.c).kept or (self.rule.fresh and not self._holds(one, found)):
            return
        self.champion, self.kept = one, self.kept + 1
        self.where = 1 + self.asked % AGAIN if self.rule.fresh else 0

    def _holds(self, one: tuple[Recipe, int], found: Difference) -> bool:
        """Whether other partitions agree, every one of them."""
        seen = [self._holds_there(one, found) for _ in range(self.rule.partitions)]
        return all(seen)

    def _holds_there(self, one: tuple[Recipe, int], found: Difference) -> bool:
        """Whether the next partition agrees; they take turns."""
        self.asked += 1
        place = 1 + self.asked % AGAIN
        for each in (self.champion, one):
            self._run(each, place)
        fresh, _ = self.bench.gain(self.champion, one, place, self.noise)
        if self.rule.both is None:
            return fresh.value > 0 and fresh.z >= self.rule.again
        return found.value + fresh.value >= self.rule.both * (found.sigma + fresh.sigma) > 0


def told(search: Search) -> dict[str, float | None]:
    """What the search may say that it gained, and what is true. Gains are oriented: positive is better.

    claimed, optimism: in the folds that it was kept in, the mean over both partitions where a rule asks for two. again:
    in the last of these alone. anew: in partitions and with seeds that chose nothing. bbc: by
    resampling the rows over all recipes tried, choosing the best. Each optimism is against the truth of fold models.
    """
    bench, champion, base = search.bench, search.champion, (LEARNERS[search.bench.learner][1], 0)
    sign = 1.0 if bench.world.metric.higher_is_better else -1.0
    if champion == base:
        claimed = again = anew = np.zeros(2)
        gain = 0.0
    else:
        claimed = np.mean([_gain(bench, base, champion, place) for place in {0, search.where}], axis=0) * sign
        again = _gain(bench, base, champion, search.where) * sign
        fresh = [(UNTOUCHED + k, (base[0], 10_000 + k), (champion[0], 20_000 + k)) for k in range(ANEW)]
        anew = np.mean([_gain(bench, a, b, place) for place, a, b in fresh], axis=0) * sign
        gain = sign * (bench.shipped(champion[0]) - bench.shipped(base[0]))
    found = correct(
        bench.world.metric, bench.rows(0), ModelChoice(pool=search.pool, baseline=search.pool[0], draws=DRAWS)
    ).gain
    bbc = None if found is None else found.value
    return {
        "kept": search.kept, "fits": len(search.runs) * FOLDS, "claimed": float(claimed[0]),
        "optimism": float(claimed[0] - claimed[1]), "again": float(again[0] - again[1]),
        "anew": float(anew[0] - anew[1]), "bbc": None if bbc is None else float(bbc - anew[1]), "gain": gain,
    }  # fmt: skip


def _gain(bench: Bench, a: tuple[Recipe, int], b: tuple[Recipe, int], partition: int) -> Array:
    """(shown, true) of b over a on a partition, unoriented."""
    return np.subtract(bench.score(b[0], partition, b[1]), bench.score(a[0], partition, a[1]))


def same_again(bench: Bench, runs: int = 12) -> dict[str, float]:
    """A/A: the first recipe against itself with other seeds on the same folds; the share that each rule keeps."""
    recipe, noise = LEARNERS[bench.learner][1], Noise()
    kept = dict.fromkeys(RULES, 0.0)
    for run in range(runs):
        a, b = (recipe, 2 * run), (recipe, 2 * run + 1)
        found, excess = bench.gain(a, b, 0, noise)
        noise = noise.seen(excess)
        for name, rule in RULES.items():
            probe = Search(bench, rule, a, a, noise=noise, asked=run - 1)
            kept[name] += (judge(found, c=rule.c).kept and (not rule.fresh or probe._holds(b, found))) / runs
    return kept
