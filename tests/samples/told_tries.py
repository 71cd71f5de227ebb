"""What researchers are told of tries of moves, made up for tests of lessons and widening."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from assay.core.contract import LabView, Observation, Recipe, Step
from assay.core.experiment import Experiment
from assay.core.move import Changed, MoveTraits, Parent
from assay.core.problem.binary import Binary
from assay.core.schema import Facts

FACTS = Facts(problem=Binary(), n_rows=5_000, n_numeric=3, n_category=2, n_dates=0, n_text=0, n_classes=2)
FAMILIES = ("ash", "birch")


def told(
    number: int, family: str, *, gain: float | None, move: str = "", parents: tuple[int, ...] = (),
    steps: tuple[str, ...] = (), status: str = "dropped", weight: float = 0.0,
) -> Observation:  # fmt: skip
    """What is told of one experiment."""
    recipe = Recipe(steps=tuple(map(Step.of, steps)), model=Step.of(family, n=1 if not steps else number))
    one = Experiment(
        number=number, recipe=recipe, what=family, question="", by="moves" if move else "portfolio", move=move,
        parents=parents,
    )  # fmt: skip
    return Observation(experiment=one, status=status, z=0.0, gain=gain, weight=weight, wall_seconds=1.0)


START = tuple(told(n, family, gain=0.0, status="kept", weight=0.5) for n, family in enumerate(FAMILIES, start=1))


def view_of(history: Sequence[Observation] = START, **known: Any) -> LabView:
    """A view of that history."""
    number = max(past.experiment.number for past in history) + 1
    usual: dict[str, Any] = {"without": frozenset(), "asked": frozenset(), "seconds_left": None, "next_number": number}
    return LabView(facts=FACTS, history=tuple(history), **{**usual, **known})


@dataclass(frozen=True)
class Adds:
    """A move that adds a step of its name."""

    name: str
    traits: MoveTraits = field(default=MoveTraits(what="adds a step", prior=0.5))

    def suits(self, view: LabView) -> bool:
        return True

    def changes(self, of: Parent, view: LabView, rng: np.random.Generator) -> Iterator[Changed]:
        if all(step.name != self.name for step in of.recipe.steps):
            recipe = replace(of.recipe, steps=(*of.recipe.steps, Step.of(self.name)))
            yield Changed(recipe=recipe, what=f"{of.what} + {self.name}", question="?", parents=(of.number,))
