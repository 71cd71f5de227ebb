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
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.contract import LabView, Recipe, ResearcherTraits, Step
from assay.core.experiment import Experiment
from assay.core.move import Parent, as_experiment
from assay.research import moves, register
from assay.research.widening import parents_of
from outcome import Check, Outcome, at_most, parser, save
from planted_moves import Lab, World, geometric_interval, plant

USEFUL, USELESS, HARMFUL = 10, 60, 30
FAMILIES = ("ash", "birch", "cedar", "elm")
WAYS = ("moves", "moves_in_turns")
SHARE = 0.8
MOST = 2_000
NAMES = tuple(f"m{place:03d}" for place in range(USEFUL + USELESS + HARMFUL))


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


def world_of(rng: np.random.Generator) -> World:
    """What each move adds to each family."""
    sizes = [*rng.uniform(1, 4, USEFUL), *np.zeros(USELESS), *-rng.uniform(1, 4, HARMFUL)]
    effects = {
        name: {family: float(size * (1 + rng.normal(0, 1 / 3))) for family in FAMILIES}
        for name, size in zip(NAMES, rng.permutation(sizes).tolist(), strict=True)
    }
    return World(effects=effects, base=dict(zip(FAMILIES, rng.normal(0, 1, len(FAMILIES)).tolist(), strict=True)))


def lab_of(seed: int, proposer: str) -> Lab:
    """A lab whose results are drawn by what drew its world."""
    rng = np.random.default_rng([7, seed])
    return Lab(world=world_of(rng), proposer=proposer, seed=seed, draws=rng)


def reachable(world: World) -> float:
    """What the useful moves give the members, on average."""
    return sum(max(own[family], 0.0) for own in world.effects.values() for family in FAMILIES) / len(FAMILIES)


def search(lab: Lab) -> int:
    """Proposals until the share of the reachable gain is found, MOST where it is not."""
    goal = SHARE * reachable(lab.world)
    for count in range(1, MOST + 1):
        if not lab.step():
            return MOST
        if lab.gained() >= goal:
            return count
    return MOST


def counts_of(seed: int) -> dict[str, int]:
    """Proposals that each way needs in one world."""
    return {proposer: search(lab_of(seed, proposer)) for proposer in WAYS}


def ask_ms(n: int) -> dict[str, float]:
    """Milliseconds of an `ask` after each new record, in a lab of so many experiments."""
    lab, rng = lab_of(0, "moves"), np.random.default_rng(0)
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


def checks_of(found: Sequence[dict[str, int]], timed: dict[str, float], n: int) -> tuple[Check, ...]:
    """The promises: how much sooner, and what an ask costs."""
    ratios = [one["moves"] / one["moves_in_turns"] for one in found]
    ratio, low, high = geometric_interval(ratios)
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
