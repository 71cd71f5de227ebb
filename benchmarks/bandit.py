"""Does credit find planted gains sooner than taking turns, and what does an `ask` cost in a long lab?

    python benchmarks/bandit.py [--seeds 0 20] [--prior 1.0]

A planted catalogue of 100 moves, 10 useful (1 to 4 σ), 60 useless, 30 harmful (-1 to -4 σ), is tried on a lab whose
blend has four members of different families; what a move does differs by family, by a third of its size. Nothing is
fitted: scores are drawn, with the noise of a real lab (1 σ between a recipe and its parent), and everything else is
real: the state folded from records, the director, its view, the researcher `moves`, the rule of keeps with its try on
other folds. All moves have the same prior, so that nothing is known beforehand. Compared is the same researcher with
moves in turns, the one with the fewest tries first, as the director shares slots of those who search early on. Counted
are the proposals until the members have gained, in truth, 80 % of what all useful moves together would give them.

Chosen on seeds 1000 to 1019; seeds 0 to 19 are reported.
"""

import math
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from assay.core.codec import to_json
from assay.core.contract import Facts, LabView, LedgerRecord, Recipe, ResearcherTraits, Step
from assay.core.experiment import Experiment
from assay.core.figure import Difference
from assay.core.fold_scores import FoldScores
from assay.core.move import Changed, MoveTraits, Parent, as_experiment
from assay.core.problem.binary import Binary
from assay.core.result import Result
from assay.ensemble.candidate import Blend
from assay.evidence.judge import holds_again, judge
from assay.journal.records import VerdictRecord
from assay.journal.state import LabState
from assay.research import moves, register
from assay.research.widening import parents_of
from assay.search.director import Director
from outcome import Check, Outcome, at_most, parser, save

USEFUL, USELESS, HARMFUL = 10, 60, 30
FAMILIES = ("ash", "birch", "cedar", "elm")
WAYS = ("moves", "moves_in_turns")
SHARE = 0.8
MOST = 2_000
PAIR_SIGMA = 1.0
"""Standard deviation of the difference of two scores; the unit of all gains."""
FACTS = Facts(
    problem=Binary(), n_rows=5_000, n_numeric=0, n_category=0, n_dates=0, n_text=0, n_classes=2, minority=2_000,
    metric="roc_auc",
)  # fmt: skip


NAMES = tuple(f"m{place:03d}" for place in range(USEFUL + USELESS + HARMFUL))


def plant(added: str, prior: float) -> None:
    """Register a move that adds a step of its name. Those of the product do not suit a table without columns."""

    @moves.register(added)
    @dataclass(frozen=True)
    class Planted:
        """Adds a step."""

        name: str = added
        traits: ClassVar[MoveTraits] = MoveTraits(what=f"adds {added}", prior=prior)

        def suits(self, view: LabView) -> bool:
            return True

        def changes(self, of: Parent, view: LabView, rng: np.random.Generator) -> Iterator[Changed]:
            if all(step.name != self.name for step in of.recipe.steps):
                recipe = Recipe(steps=(*of.recipe.steps, Step.of(self.name)), model=of.recipe.model)
                yield Changed(recipe=recipe, what=f"{of.what} + {self.name}", question="", parents=(of.number,))


@register("moves_in_turns")
@dataclass(frozen=True)
class InTurns:
    """The same proposals as those of `moves`, the move with the fewest tries first."""

    traits: ClassVar[ResearcherTraits] = ResearcherTraits()

    seed: int = 0
    name: str = "moves_in_turns"

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        tries = Counter(past.experiment.move for past in view.history)
        parents, rng = parents_of(view), np.random.default_rng(0)
        able = [move for move in moves.catalogue() if move.suits(view)]
        for move in sorted(able, key=lambda one: tries[one.name]):
            for past in parents:
                for made in move.changes(Parent.of(past.experiment), view, rng):
                    if made.recipe.key not in view.asked:
                        return (as_experiment(made, move, number=view.next_number, by=self.name, seed=self.seed),)
        return ()


@dataclass
class World:
    """The truth: what each move adds to each family, and the scores that a lab sees."""

    seed: int
    rng: np.random.Generator = field(init=False)
    effects: dict[str, dict[str, float]] = field(init=False)
    base: dict[str, float] = field(init=False)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng([7, self.seed])
        sizes = [*self.rng.uniform(1, 4, USEFUL), *np.zeros(USELESS), *-self.rng.uniform(1, 4, HARMFUL)]
        self.effects = {
            name: {family: float(size * (1 + self.rng.normal(0, 1 / 3))) for family in FAMILIES}
            for name, size in zip(NAMES, self.rng.permutation(sizes).tolist(), strict=True)
        }
        self.base = dict(zip(FAMILIES, self.rng.normal(0, 1, len(FAMILIES)).tolist(), strict=True))

    @property
    def reachable(self) -> float:
        """What the useful moves give the members, on average."""
        return sum(max(own[family], 0.0) for own in self.effects.values() for family in FAMILIES) / len(FAMILIES)

    def truth(self, recipe: Recipe) -> float:
        """The true score of a recipe."""
        family = recipe.model.name
        return self.base[family] + sum(self.effects[step.name][family] for step in recipe.steps)

    def gained(self, members: Sequence[Recipe]) -> float:
        """What members gained in truth over where they began, on average."""
        return float(np.mean([self.truth(one) - self.base[one.model.name] for one in members]))


@dataclass
class Lab:
    """A lab whose results are drawn; everything else is the real one."""

    world: World
    proposer: str
    state: LabState = field(default_factory=LabState)
    records: int = 0
    best: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.director = Director(
            FACTS, frozenset(), self.world.seed, names=(self.proposer,), sigma=lambda state: PAIR_SIGMA
        )
        for number, family in enumerate(FAMILIES, start=1):
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
        rng, truth = self.world.rng, self.world.truth(one.recipe)
        self.write("asked", one, one.number)
        score = truth + rng.normal(0, PAIR_SIGMA / np.sqrt(2))
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
        again = difference(real + self.world.rng.normal(0, PAIR_SIGMA), champion)
        kept = holds_again(again)
        return VerdictRecord(kept=kept, rule="gain" if kept else "not again", why="", against=found, confirm=again)

    def search(self) -> int:
        """Proposals until the share of the reachable gain is found, MOST where it is not."""
        goal = SHARE * self.world.reachable
        for count in range(1, MOST + 1):
            asked = self.director.ask(self.state, n=1, seconds_left=None)
            if not asked:
                return MOST
            self.end(asked[0])
            members = [self.state.entries[number].experiment.recipe for number in self.best.values()]
            if self.world.gained(members) >= goal:
                return count
        return MOST


def difference(value: float, over: int) -> Difference:
    """In units of noise."""
    return Difference(
        value=float(value), origin="oof", sigma=PAIR_SIGMA, df=100.0, n_units=5_000, low=None, high=None, p=None,
        e=None, over=over,
    )  # fmt: skip


def counts_of(seed: int) -> dict[str, int]:
    """Proposals that each way needs in one world."""
    return {proposer: Lab(World(seed), proposer).search() for proposer in WAYS}


def ask_ms(n: int) -> dict[str, float]:
    """Milliseconds of an `ask` after each new record, in a lab of so many experiments."""
    lab, rng = Lab(World(0), "moves"), np.random.default_rng(0)
    while lab.state.next_number <= n:
        number = lab.state.next_number
        steps = tuple(Step.of(name) for name in sorted(rng.choice(NAMES, 3, replace=False).tolist()))
        recipe = Recipe(steps=steps, model=Step.of(FAMILIES[number % len(FAMILIES)], n=number))
        parent = int(rng.integers(1, number))
        lab.end(Experiment(
            number=number, recipe=recipe, what="", question="", by="moves", move=steps[0].name, parents=(parent,),
        ))  # fmt: skip
    taken = []
    for _ in range(30):
        began = time.perf_counter()
        (one,) = lab.director.ask(lab.state, n=1, seconds_left=None)
        taken.append(1e3 * (time.perf_counter() - began))
        lab.end(one)
    return {"median": float(np.median(taken)), "largest": max(taken)}


def interval(ratios: Sequence[float]) -> tuple[float, float]:
    """95 % interval of the geometric mean, by a bootstrap over seeds."""
    rng, logs = np.random.default_rng(0), np.log(ratios)
    drawn = [np.exp(rng.choice(logs, len(logs)).mean()) for _ in range(5_000)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def checks_of(found: Sequence[dict[str, int]], timed: dict[str, float], n: int) -> tuple[Check, ...]:
    """The promises: how much sooner, and what an ask costs."""
    ratios = [one["moves"] / one["moves_in_turns"] for one in found]
    (low, high), ratio = interval(ratios), float(np.exp(np.mean(np.log(ratios))))
    ours, theirs = (np.median([one[way] for one in found]) for way in WAYS)
    what = (
        f"proposals until {SHARE:.0%} of the gain, by credit over by turns, geometric mean of {len(found)} worlds "
        f"(95 % from {low:.2f} to {high:.2f}; medians {ours:.0f} and {theirs:.0f})"
    )
    asked = at_most(f"an ask after {n:,} experiments, median of 30", timed.get("median", math.nan), 20, "ms", digits=1)
    return at_most(what, ratio, 0.60, ""), asked


def main() -> None:
    """Search every world in both ways, time an ask, save."""
    made = parser(__doc__)
    made.add_argument("--seeds", type=int, nargs=2, default=(0, 20))
    made.add_argument("--prior", type=float, default=1.0, help="of all moves alike, in σ")
    made.add_argument("--long", type=int, default=10_000, help="experiments of the lab whose ask is timed; 0: none")
    args = made.parse_args()
    for name in NAMES:
        plant(name, args.prior)
    found = [counts_of(seed) for seed in range(*args.seeds)]
    timed = ask_ms(args.long) if args.long else {}
    save(Outcome(
        name="bandit", title="Moves by credit", checks=checks_of(found, timed, args.long),
        details={"seeds": args.seeds, "proposals": found, "ask_ms": timed}, method=str(__doc__),
    ), args.out)  # fmt: skip


if __name__ == "__main__":
    main()
