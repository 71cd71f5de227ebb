"""Planted worlds of moves for benchmarks: a lab whose scores are drawn and in which everything else is the real one.

A world says what each move adds to a recipe of each family, alone and after another; the state folded from records, the
director, its view, the researchers and the rule of keeps are the product's. Nothing is fitted.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from assay.core.codec import to_json
from assay.core.contract import Facts, LabView, LedgerRecord, Recipe, Step
from assay.core.experiment import Experiment
from assay.core.figure import Difference
from assay.core.fold_scores import FoldScores
from assay.core.move import Changed, MoveTraits, Parent
from assay.core.problem.binary import Binary
from assay.core.result import Result
from assay.ensemble.candidate import Blend
from assay.evidence.judge import holds_again, judge
from assay.journal.records import VerdictRecord
from assay.journal.state import LabState
from assay.research import moves
from assay.search.director import Director

PAIR_SIGMA = 1.0
"""Standard deviation of the difference of two scores; the unit of all gains."""
FACTS = Facts(
    problem=Binary(), n_rows=5_000, n_numeric=0, n_category=0, n_dates=0, n_text=0, n_classes=2, minority=2_000,
    metric="roc_auc",
)  # fmt: skip
"""No move of the product suits a table without columns."""
LIVE: set[str] = set()
"""Names of the planted moves that take part in the world of now; a catalogue is registered once for a process."""


def plant(added: str, prior: float, columns: tuple[str, ...] = ()) -> None:
    """Register a move that adds a step of its name."""

    @moves.register(added)
    @dataclass(frozen=True)
    class Planted:
        """Adds a step."""

        name: str = added
        traits: ClassVar[MoveTraits] = MoveTraits(what=f"adds {added}", prior=prior, columns=columns)

        def suits(self, view: LabView) -> bool:
            return self.name in LIVE

        def changes(self, of: Parent, view: LabView, rng: np.random.Generator) -> Iterator[Changed]:
            if all(step.name != self.name for step in of.recipe.steps):
                recipe = Recipe(steps=(*of.recipe.steps, Step.of(self.name)), model=of.recipe.model)
                yield Changed(recipe=recipe, what=f"{of.what} + {self.name}", question="", parents=(of.number,))


@dataclass(frozen=True, kw_only=True)
class World:
    """The truth. effects: by move and family; together: what two moves add once a recipe has both; base: by family."""

    effects: Mapping[str, Mapping[str, float]]
    base: Mapping[str, float]
    together: Mapping[tuple[str, str], float] = field(default_factory=dict)

    @property
    def families(self) -> tuple[str, ...]:
        return tuple(self.base)

    def truth(self, recipe: Recipe) -> float:
        """The true score of a recipe."""
        family, names = recipe.model.name, {step.name for step in recipe.steps}
        pairs = sum(gain for (first, second), gain in self.together.items() if {first, second} <= names)
        return self.base[family] + sum(self.effects[name][family] for name in names) + pairs

    def best(self, family: str) -> float:
        """The highest score that a family can reach; every pair is of moves of its own."""
        paired = {name for pair in self.together for name in pair}
        alone = sum(max(own[family], 0.0) for name, own in self.effects.items() if name not in paired)
        pairs = 0.0
        for (first, second), gain in self.together.items():
            one, two = self.effects[first][family], self.effects[second][family]
            pairs += max(0.0, one, two, one + two + gain)
        return self.base[family] + alone + pairs


@dataclass
class Lab:
    """A lab of a world. proposer: the researcher that is compared; priors, studies: what it is told besides."""

    world: World
    proposer: str
    seed: int
    director: Director = field(init=False)
    state: LabState = field(default_factory=LabState)
    records: int = 0
    best: dict[str, int] = field(default_factory=dict)
    priors: tuple[tuple[str, float], ...] = ()
    draws: np.random.Generator | None = None
    """What draws results; made of the seed where none is given."""
    rng: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        LIVE.clear()
        LIVE.update(self.world.effects)
        self.rng = np.random.default_rng([11, self.seed]) if self.draws is None else self.draws
        self.director = Director(
            FACTS, frozenset(), self.seed, names=(self.proposer,), sigma=lambda state: PAIR_SIGMA, priors=self.priors
        )
        for number, family in enumerate(self.world.families, start=1):
            one = Experiment(
                number=number, recipe=Recipe(model=Step.of(family, start=1)), what=family, question="", by="portfolio",
                entry="lgb_std" if number == 1 else family, pool="fixed",
            )  # fmt: skip
            self.end(one)

    def write(self, kind: str, value: object, experiment: int | None = None) -> None:
        """A record, folded as a ledger's is."""
        self.records += 1
        self.state.apply(LedgerRecord(
            number=self.records, kind=kind, experiment=experiment, at="", previous="", hash="",
            body={"value": to_json(value), "seconds_in": float(self.records)},
        ))  # fmt: skip

    def end(self, one: Experiment) -> None:
        """Propose, score, judge, and blend the best of each family."""
        truth = self.world.truth(one.recipe)
        self.write("asked", one, one.number)
        score = truth + self.rng.normal(0, PAIR_SIGMA / math.sqrt(2))
        result = Result(
            score=score, folds=FoldScores.of(), oof=None, complete=True, wall_seconds=1.0, cpu_seconds=1.0,
            peak_bytes=0, model_bytes=0, row_ms=0.1,
        )  # fmt: skip
        self.write("result", result, one.number)
        self.write("verdict", self.verdict(score, truth), one.number)
        family = one.recipe.model.name
        if family not in self.best or score > self.score_of(self.best[family]):
            self.best[family] = one.number
        numbers = tuple(sorted(self.best.values()))
        self.write("blend", Blend(numbers=numbers, weights=(1 / len(numbers),) * len(numbers)))

    def score_of(self, number: int) -> float:
        found = self.state.entries[number].result
        assert found is not None
        assert found.score is not None
        return found.score

    def verdict(self, score: float, truth: float) -> VerdictRecord:
        """By the rule of keeps against the champion, with the try on other folds."""
        champion = self.state.champion
        if champion is None:
            return VerdictRecord(kept=True, rule="first", why="")
        found = difference(score - self.score_of(champion), champion)
        first = judge(found)
        if not first.kept:
            return VerdictRecord(kept=False, rule=first.rule, why="", against=found)
        real = truth - self.world.truth(self.state.entries[champion].experiment.recipe)
        again = difference(real + self.rng.normal(0, PAIR_SIGMA), champion)
        kept = holds_again(again)
        return VerdictRecord(kept=kept, rule="gain" if kept else "not again", why="", against=found, confirm=again)

    def step(self) -> bool:
        """One more experiment; False where nobody has anything left to propose."""
        asked = self.director.ask(self.state, n=1, seconds_left=None)
        for one in asked:
            self.end(one)
        return bool(asked)

    def gained(self) -> float:
        """What the members of the blend have gained in truth, on average."""
        members = [self.state.entries[number].experiment.recipe for number in self.best.values()]
        return float(np.mean([self.world.truth(one) - self.world.base[one.model.name] for one in members]))

    def champion_truth(self) -> float:
        """The true score of the champion."""
        assert self.state.champion is not None
        return self.world.truth(self.state.entries[self.state.champion].experiment.recipe)

    def curve(self, n: int) -> list[float]:
        """What the members gained after each of so many experiments; the last stays where nothing is left."""
        return self._measured(n, self.gained)

    def champions(self, n: int) -> list[float]:
        """The champion's true score after each of so many experiments."""
        return self._measured(n, self.champion_truth)

    def _measured(self, n: int, figure: "object") -> list[float]:
        assert callable(figure)
        out: list[float] = []
        while len(out) < n and self.step():
            out.append(float(figure()))
        return out + [out[-1] if out else float(figure())] * (n - len(out))


def difference(value: float, over: int) -> Difference:
    """In units of noise."""
    return Difference(
        value=float(value), origin="oof", sigma=PAIR_SIGMA, df=100.0, n_units=5_000, low=None, high=None, p=None,
        e=None, over=over,
    )  # fmt: skip


def geometric_interval(ratios: Sequence[float]) -> tuple[float, float, float]:
    """Geometric mean with a 95 % interval, by a bootstrap over what it is the mean of."""
    rng, logs = np.random.default_rng(0), np.log(ratios)
    drawn = [np.exp(rng.choice(logs, len(logs)).mean()) for _ in range(5_000)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(np.exp(logs.mean())), float(low), float(high)
