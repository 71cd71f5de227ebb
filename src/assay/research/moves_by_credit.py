"""The researcher of moves: which change is tried next, on which parent, by the lessons of this lab so far."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

import numpy as np

from assay.core.contract import LabView, Observation, ResearcherTraits, Seeds, Step
from assay.core.experiment import Experiment
from assay.core.move import Changed, Expense, Move, Parent, as_experiment
from assay.research import register
from assay.research.feature_sets import is_read
from assay.research.lessons import Beliefs, trials
from assay.research.move_priors import priors_of
from assay.research.moves import catalogue
from assay.research.search_settings import SHIPPED
from assay.research.widening import states_of

FLOOR = SHIPPED.director["moves_floor"]
"""The share of the turns that are dealt at random."""
TURNS = round(SHIPPED.director["moves_turns"])
"""Slots for one of another's, as one researcher has a hundred kinds of change to try."""
BEHIND = SHIPPED.director["moves_behind"]
"""Share of what a parent is behind the best that counts against a change of it: 1 where the best alone is of worth, 0
where the blend gains by any member as much."""
OF_STATE = 1.0
"""Standard deviation, in units of noise, of a move's gain on a state beside the best around its gain on that family."""
COSTS: dict[Expense, float] = {"seconds": 1.0, "minutes": 1.5, "hours": 4.0}
"""Cost of a try relative to its parent's, by class; what models cost is the parent's, whatever the move."""


def looked_for() -> tuple[Step, ...]:
    """What moves must know of the table."""
    return tuple(dict.fromkeys(step for move in catalogue() for step in move.traits.looks_for))


@register("moves")
@dataclass(frozen=True)
class Moves:
    """Proposes changes of what was kept or has weight, by what lessons say of each change on each family.

    Of every move and family a gain is drawn from what is known of it (research/lessons.py); the highest per cost is
    next. Where the search is flat it builds on states beside the best, too (research/widening.py); widens: whether it
    does; behind: see BEHIND. It builds on scores, so that its proposals are no fixed pool: for labs whose figure comes
    from a vault.
    """

    traits: ClassVar[ResearcherTraits] = ResearcherTraits(
        pool="adaptive", queue=90, needs_vault=True, looks_for=looked_for, turns=TURNS
    )  # fmt: skip

    seed: int = 0
    name: str = "moves"
    widens: bool = True
    behind: float = BEHIND

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        states = states_of(view, widens=self.widens)
        moves = {move.name: move for move in catalogue() if states.best and move.suits(view)}
        beliefs = believed(moves, view)
        asked, out = set(view.asked), list[Experiment]()
        for number in range(view.next_number, view.next_number + n if moves else 0):
            rng = Seeds(self.seed).child(self.name, number).rng()
            slots = (
                _MoveSlot(view, parents, number, _families(parents, view), self.behind, states.is_wide(number))
                for parents in (states.of(number), states.rest)
            )
            found = (
                (slot, move, made) for slot in slots for move, made in slot.changes(moves, beliefs, rng)
                if made.recipe.key not in asked
            )  # fmt: skip
            for slot, move, made in islice(found, 1):
                asked.add(made.recipe.key)
                expected = slot.expected(made, beliefs.of_pair(move.name, slot.families_of(made)).mean)
                out.append(as_experiment(
                    made, move, number=view.next_number + len(out), by=self.name, seed=self.seed,
                    expected=(expected, None),
                ))  # fmt: skip
        return tuple(out)


def believed(moves: Mapping[str, Move], view: LabView) -> Beliefs:
    """What this lab believes of these moves."""
    tried = trials(view, moves)
    return Beliefs.of(tried, priors_of(moves, view, tried), now=view.next_number)


@dataclass(frozen=True)
class _MoveSlot:
    """One slot. parents: what may be changed; families: by the number of each, its family and those of its ancestors;
    behind: see BEHIND; is_wide: whether the first parent is a state beside the best."""

    view: LabView
    parents: tuple[Observation, ...]
    number: int
    families: Mapping[int, tuple[str, ...]]
    behind: float
    is_wide: bool

    def changes(
        self, moves: Mapping[str, Move], beliefs: Beliefs, rng: np.random.Generator
    ) -> Iterator[tuple[Move, Changed]]:
        """What could be proposed, the most promising first."""
        for name, past in self._ordered(moves, beliefs, rng):
            for made in moves[name].changes(Parent.of(past.experiment), self.view, rng):
                if is_read(past.experiment.recipe, made.recipe):
                    yield moves[name], made

    def _ordered(
        self, moves: Mapping[str, Move], beliefs: Beliefs, rng: np.random.Generator
    ) -> list[tuple[str, Observation]]:
        """Moves on parents, by a draw of what each gains for its cost; a share of the turns at random."""
        names, parents = tuple(moves), self.parents
        if rng.random() < FLOOR:
            return [(names[place], past) for place in rng.permutation(len(names)) for past in parents]
        draw = beliefs.draw(rng)
        lines = dict.fromkeys(self.families[past.experiment.number] for past in parents)
        gains = {(name, line): draw.gain(name, line) for name in names for line in lines}
        worth: dict[tuple[str, int], float] = {}
        best = max((past.gain or 0.0 for past in parents), default=0.0)
        for place, past in enumerate(parents):
            line, is_beside = self.families[past.experiment.number], not place and self.is_wide
            behind = self.behind * (best - (past.gain or 0.0))
            for name in names:
                gain = gains[name, line] + (rng.normal(0.0, OF_STATE) if is_beside else 0.0) - behind
                cost = COSTS[moves[name].traits.cost]
                worth[name, place] = gain / cost if gain > 0 else gain * cost
        pairs = [(name, place) for name in names for place in range(len(parents))]
        if self.is_wide:  # this slot is the state's; the best are for where it has nothing left
            pairs.sort(key=lambda pair: (pair[1] > 0, -worth[pair], pair[1]))
        else:
            pairs.sort(key=lambda pair: (-worth[pair], pair[1]))
        return [(name, parents[place]) for name, place in pairs]

    def families_of(self, made: Changed) -> tuple[str, ...]:
        """Those of the parent that was changed."""
        return next((self.families[number] for number in made.parents if number in self.families), ())

    def expected(self, made: Changed, effect: float) -> float:
        """The gain over the champion that is expected of a change: its own, and what its parent is ahead or behind."""
        gains = (past.gain for past in self.view.history if past.status == "kept" and past.gain is not None)
        best = max(gains, default=0.0)
        able = (past for past in self.parents if past.experiment.number in made.parents)
        return round(effect + max((past.gain - best for past in able if past.gain is not None), default=0.0), 2)


def _families(parents: Sequence[Observation], view: LabView) -> dict[int, tuple[str, ...]]:
    """By parent: its own family, then those of its ancestors, the nearest first, each once."""
    known = {past.experiment.number: past.experiment for past in view.history}
    found = {}
    for past in parents:
        line, number, seen = dict[str, None](), past.experiment.number, set[int]()
        while number in known and number not in seen:
            seen.add(number)
            line[known[number].recipe.model.name] = None
            number = known[number].parents[0] if known[number].parents else 0
        found[past.experiment.number] = tuple(line)
    return found
