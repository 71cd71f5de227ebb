"""What is built on: the best there is, or, where that gains nothing any more, the best three states in turns.

A search that only ever changes its best cannot find a change that pays only after another, as the first of the two is
dropped. Where the confirmed gain of the last experiments is less than can be seen, every other slot builds on states
that are near the best though nobody kept them; one that was built on often without gain makes way for the next (Go-
Explore, Ecoffet et al., 2021, keeps states for the same reason). A function of the view.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from assay.core.contract import LabView, Observation
from assay.research.search_settings import SHIPPED

MOST_PARENTS = 8
STATES = 3
"""States that are built on in turns: the best there is in every other slot, then one of the others."""
WINDOW, SEEN = round(SHIPPED.director["widening_window"]), SHIPPED.director["widening_seen"]
"""Experiments that are looked back over, and the confirmed gain in them, in σ, below which a search is flat."""
NEAR = 3.0
"""How far below the best a state may be that is built on, in σ."""
CHILDREN_PER_SIGMA = 6.0
"""Children without a gain for which a state counts one σ less."""


@dataclass(frozen=True, slots=True)
class States:
    """What the next slots build on. best: the blend's members, then the last keeps; near: states beside them, the most
    promising first, () while the search is not flat; rest: all others beside them, for slots in which these have
    nothing left."""

    best: tuple[Observation, ...]
    near: tuple[Observation, ...] = ()
    rest: tuple[Observation, ...] = ()

    def of(self, number: int) -> tuple[Observation, ...]:
        """For the experiment of that number."""
        return (self.near[number // 2 % len(self.near)], *self.best) if self.is_wide(number) else self.best

    def is_wide(self, number: int) -> bool:
        """Whether its first parent is a state beside the best."""
        return bool(self.near) and number % 2 == 1


def states_of(view: LabView, *, widens: bool = True) -> States:
    """What is built on now. widens: False: the best alone, whatever is gained."""
    best = parents_of(view)
    if not best or not widens:
        return States(best)
    beside = _beside(view, best)
    turns = STATES - 1 if is_flat(view) else 0
    return States(best, beside[:turns], beside[turns:])


def parents_of(view: LabView) -> tuple[Observation, ...]:
    """What is changed: members of the blend, the heaviest first, then the last keeps, on the table's own columns and
    the first folds."""
    able = [past for past in view.history if (past.weight > 0 or past.status == "kept") and is_state(past, view)]
    able.sort(key=lambda past: (-past.weight, -past.experiment.number))
    return tuple(able[:MOST_PARENTS])


def is_state(past: Observation, view: LabView) -> bool:
    """Whether a recipe can be changed: scored on the table's own columns and the first folds, with anything in it."""
    one = past.experiment
    is_plain = not one.recipe.on and not one.partition and bool(one.recipe.steps or one.recipe.model.params)
    return past.gain is not None and is_plain and one.recipe.model.name not in view.without


def is_flat(view: LabView) -> bool:
    """Whether the last experiments gained, in keeps, less than can be seen."""
    since = view.next_number - WINDOW
    before, now = _best_kept(view.history, until=since), _best_kept(view.history, until=view.next_number)
    return before is not None and now is not None and now - before < SEEN


def _best_kept(history: Sequence[Observation], *, until: int) -> float | None:
    return max(
        (past.gain for past in history
         if past.experiment.number < until and past.status == "kept" and past.gain is not None), default=None,
    )  # fmt: skip


def _beside(view: LabView, best: Sequence[Observation]) -> tuple[Observation, ...]:
    """States beside the best, one for each move, by their gain and by how often they were built on already."""
    top = max(past.gain or 0.0 for past in best)
    built_on = {past.experiment.number for past in best}
    children = Counter(number for past in view.history for number in past.experiment.parents)
    able = [
        past for past in view.history
        if past.gain is not None and past.gain >= top - NEAR and past.experiment.move
        and past.experiment.number not in built_on and is_state(past, view)
    ]  # fmt: skip

    def promise(past: Observation) -> tuple[float, int]:
        number = past.experiment.number
        return (past.gain or 0.0) - children[number] / CHILDREN_PER_SIGMA, -number

    found: dict[str, Observation] = {}
    for past in sorted(able, key=promise, reverse=True):
        found.setdefault(past.experiment.move, past)
    return tuple(found.values())
