"""The researcher of moves: which change is tried next, on which parent, by what each change gained so far."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

import numpy as np

from assay.core.contract import LabView, Observation, ResearcherTraits, Seeds, Step
from assay.core.experiment import Experiment
from assay.core.hint import WishKind
from assay.core.move import Changed, Expense, Move, Parent, as_experiment
from assay.research import register
from assay.research.earned_turns import LIVES, Earned, by_turn, faded
from assay.research.moves import catalogue

MOST_PARENTS = 8
MOST_EFFECT = 6.0
"""Largest gain or loss of a try that is believed, in units of noise."""
PRIOR_TRIES, HALF_LIFE, FLOOR = 0.5, 200.0, 0.05
"""Tries that a move's prior counts as, experiments after which a try counts half, and the share of the turns that are
dealt at random; chosen on planted catalogues, of other seeds than benchmarks/bandit.py reports (docs/log.md)."""
LEANINGS: dict[WishKind, float] = {"try": 1.2, "prefer": 1.5, "avoid": 0.5}
"""By kind of hint, for each degree of its strength."""
COSTS: dict[Expense, float] = {"seconds": 1.0, "minutes": 1.5, "hours": 4.0}
"""Cost of a try relative to its parent's, by class; what models cost is the parent's, whatever the move."""


def looked_for() -> tuple[Step, ...]:
    """What moves must know of the table."""
    return tuple(dict.fromkeys(step for move in catalogue() for step in move.traits.looks_for))


@register("moves")
@dataclass(frozen=True)
class Moves:
    """Proposes changes of what was kept or has weight, by what each change gained over its parents so far.

    A move begins with its prior and is drawn by what it gained over its parents per cost (research/earned_turns.py), so
    that one that paid on one parent is soon tried on the others, and one that harmed is not. It builds on scores, so
    that its proposals are no fixed pool: for labs whose figure comes from a vault.
    """

    traits: ClassVar[ResearcherTraits] = ResearcherTraits(
        pool="adaptive", queue=90, needs_vault=True, looks_for=looked_for
    )  # fmt: skip

    seed: int = 0
    name: str = "moves"

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        parents = parents_of(view)
        moves = {move.name: move for move in catalogue() if parents and move.suits(view)}
        asked, out = set(view.asked), list[Experiment]()
        known = earned(moves, view)
        for number in range(view.next_number, view.next_number + n if moves else 0):
            rng = Seeds(self.seed).child(self.name, number).rng()
            ordered, _ = by_turn(known, rng, floor=FLOOR)
            fresh = (
                (moves[name], made)
                for name in ordered
                for made in _changes(moves[name], parents, view, rng)
                if made.recipe.key not in asked
            )
            for move, made in islice(fresh, 1):
                asked.add(made.recipe.key)
                out.append(
                    as_experiment(
                        made, move, number=view.next_number + len(out), by=self.name, seed=self.seed,
                        expected=(_expected(made, known[move.name].mean, parents, view), None),
                    )
                )  # fmt: skip
        return tuple(out)


def parents_of(view: LabView) -> tuple[Observation, ...]:
    """What is changed: members of the blend, the heaviest first, then the last keeps, on the table's own columns and
    the first folds."""
    able = [past for past in view.history if _is_worth(past, view)]
    able.sort(key=lambda past: (-past.weight, -past.experiment.number))
    return tuple(able[:MOST_PARENTS])


def _is_worth(past: Observation, view: LabView) -> bool:
    if past.gain is None or (past.weight <= 0 and past.status != "kept"):
        return False
    one = past.experiment
    is_plain = not one.recipe.on and not one.partition and bool(one.recipe.steps or one.recipe.model.params)
    return is_plain and one.recipe.model.name not in view.without


def _changes(move: Move, parents: Sequence[Observation], view: LabView, rng: np.random.Generator) -> Iterator[Changed]:
    for past in parents:
        yield from move.changes(Parent.of(past.experiment), view, rng)


def _expected(made: Changed, effect: float, parents: Sequence[Observation], view: LabView) -> float:
    """The gain over the champion that is expected of a change: its own, and what its parent is ahead or behind."""
    best = max((past.gain for past in view.history if past.status == "kept" and past.gain is not None), default=0.0)
    ahead = [past.gain - best for past in parents if past.experiment.number in made.parents and past.gain is not None]
    return round(effect + max(ahead, default=0.0), 2)


def earned(moves: dict[str, Move], view: LabView) -> dict[str, Earned]:
    """What each move gained over its parents in the last experiments, whoever proposed them; its prior before."""
    tries, sums = dict.fromkeys(moves, 0.0), dict.fromkeys(moves, 0.0)
    latest = [past for past in view.history[-round(LIVES * HALF_LIFE) :] if past.experiment.move in moves]
    wanted = {number for past in latest for number in past.experiment.parents}
    gains = {past.experiment.number: past.gain for past in view.history if past.experiment.number in wanted}
    for past in latest:
        name, effect = past.experiment.move, _effect(past, gains)
        if effect is not None:
            weight = faded(view.next_number - past.experiment.number, HALF_LIFE)
            tries[name] += weight
            sums[name] += weight * effect
    return {
        name: Earned(
            tries=tries[name], gain=sums[name], cost=tries[name] * COSTS[move.traits.cost],
            prior=move.traits.prior * _leaning(name, view),
            prior_cost=COSTS[move.traits.cost], weight=PRIOR_TRIES,
        )
        for name, move in moves.items()
    }  # fmt: skip


def _leaning(name: str, view: LabView) -> float:
    """What a prior is multiplied by where a person leans to a move or away from it."""
    share = 1.0
    for hint in view.hints:
        if hint.wish.subject == "move" and name in hint.wish.names and hint.wish.kind in LEANINGS:
            share *= LEANINGS[hint.wish.kind] ** hint.wish.strength
    return share


def _effect(past: Observation, gains: dict[int, float | None]) -> float | None:
    """What a change gained over the best of its parents, in units of noise; a failure gained nothing."""
    found = (gains.get(number) for number in past.experiment.parents)
    before = [gain for gain in found if gain is not None]
    if past.status == "failed":
        return 0.0
    if past.gain is None or not before:
        return None
    return min(max(past.gain - max(before), -MOST_EFFECT), MOST_EFFECT)
