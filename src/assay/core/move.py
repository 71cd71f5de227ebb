"""Moves: changes of a recipe that researchers know by name, each with the reason why it may help."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol, Self

import numpy as np

from assay.core.experiment import Experiment
from assay.core.recipe import Recipe, Step
from assay.core.researcher import LabView

Expense = Literal["seconds", "minutes", "hours"]
"""What a move costs beside the fit of its parent, on a table of medium size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveTraits:
    """Traits of a move.

    what: what it does to a recipe, for people; applies: the tables it is for, in words; why: one sentence why it may
    help; source: where that is from, "" for a judgement of ours. prior: the gain over its parent, in units of noise,
    that is expected before it was tried, times the chance that it helps; a start, which results correct. cost: its
    class of cost. looks_for: the steps of which it must know whether they find anything in the table. columns: kinds of
    columns without which it has nothing to read ("numbers", "categories", "dates", "texts"), () for any table.
    """

    what: str
    why: str = ""
    applies: str = "all tables"
    source: str = ""
    prior: float = 0.5
    cost: Expense = "seconds"
    looks_for: tuple[Step, ...] = ()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """A recipe to be changed. what: for people; number: of its experiment, 0 where it was never run."""

    recipe: Recipe
    what: str
    number: int = 0

    @classmethod
    def of(cls, experiment: Experiment) -> Self:
        return cls(recipe=experiment.recipe, what=experiment.what, number=experiment.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What a move makes of a parent. parents: numbers of the experiments that it builds on; adds: as in Experiment."""

    recipe: Recipe
    what: str
    question: str
    parents: tuple[int, ...]
    adds: tuple[Step, ...] = ()


class Move(Protocol):
    """A named change of recipes. It proposes nothing itself: researchers choose moves and parents."""

    @property
    def name(self) -> str: ...
    @property
    def traits(self) -> MoveTraits: ...
    def suits(self, view: LabView) -> bool:
        """Whether it is for this table, at this point of the search."""
        ...

    def changes(self, of: Parent, view: LabView, rng: np.random.Generator) -> Iterator[Changed]:
        """What it makes of this parent on a table that it suits, nothing where that has it already or cannot take it.
        rng: for moves that draw."""
        ...


UNKNOWN: tuple[None, None] = (None, None)


def as_experiment(
    made: Changed,
    move: Move,
    *,
    number: int,
    by: str,
    seed: int,
    expected: tuple[float | None, float | None] = UNKNOWN,
) -> Experiment:
    """The proposal to try what a move made. expected: Experiment.predicted_sigma and predicted_keep."""
    return Experiment(
        number=number, recipe=made.recipe, what=made.what, question=made.question, by=by, parents=made.parents,
        predicted_sigma=expected[0], predicted_keep=expected[1], seed=seed, adds=made.adds, move=move.name,
    )  # fmt: skip
