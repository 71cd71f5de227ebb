"""Candidate sets of engineered columns, which steps offer: the condition for one, and its steps by kind of model."""

from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import Literal

from assay.core.recipe import Step
from assay.core.schema import Facts

Reader = Literal["trees", "distances"]
"""Kind of model that reads the columns: trees split numbers and codes as they are; distance-based models need one scale
and no codes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureSet:
    """A named set. steps: what it adds, in order; is_raw: applied before dates and text are taken apart.

    adds_columns: whether it adds columns, or only changes or drops existing ones.
    """

    name: str
    what: str
    steps: tuple[Step, ...]
    is_raw: bool = False
    adds_columns: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Idea:
    """A candidate set, which is a move: the condition for it, and its steps by kind of model; () where it has none.

    when: condition on the facts; finds: steps of which one must be in LabView.applicable_steps. is_early: proposed
    before the portfolio ends, since no entry of it covers such columns. place: how many sets of the measured order
    (research.feature_sets.ORDER) come before it; None: where that order has it, or behind all of them. only_moves: a
    move of labs that set a vault aside, and for hints; the fixed pool of every fit does not have it. applies, why,
    source, prior, cost: as in core.move.MoveTraits.
    """

    name: str
    what: str
    when: Callable[[Facts], bool] = lambda facts: True
    finds: tuple[str, ...] = ()
    trees: tuple[Step, ...] = ()
    distances: tuple[Step, ...] = ()
    is_raw: bool = False
    adds_columns: bool = True
    is_early: bool = False
    place: int | None = None
    only_moves: bool = False
    applies: str = "all tables"
    why: str = ""
    source: str = ""
    prior: float = 0.5
    cost: Literal["seconds", "minutes", "hours"] = "seconds"

    @property
    def looked_for(self) -> tuple[Step, ...]:
        """Its steps whose use is tested on some rows of the table, without the target."""
        return tuple(step for step in self.trees or self.distances if step.name in self.finds)

    def of(self, facts: Facts, applicable: Set[str], reader: Reader) -> FeatureSet | None:
        """The set for this table and kind of model, with its applicable steps; None where there are none."""
        chosen = self.trees if reader == "trees" else self.distances
        steps = tuple(step for step in chosen if step.name not in self.finds or step.name in applicable)
        is_found = not self.finds or any(step.name in applicable for step in steps)
        if not steps or not is_found or not self.when(facts):
            return None
        return FeatureSet(
            name=self.name, what=self.what, steps=steps, is_raw=self.is_raw, adds_columns=self.adds_columns
        )


def has_columns(*, numbers: int = 0, categories: int = 0) -> Callable[[Facts], bool]:
    """A condition of an Idea: at least so many numeric and code columns."""
    return lambda facts: facts.n_numeric >= numbers and facts.n_category >= categories
