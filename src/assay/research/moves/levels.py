"""Moves of levels: a linear model of predictions alone, and a third level over second ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.contract import Facts, LabView, Observation, Recipe, Step
from assay.core.move import Changed, MoveTraits, Parent
from assay.models import registry as models
from assay.research.moves import register
from assay.research.moves.on_members import NESTED_COST, SHARE, may_be_input

SECOND_LEVEL = "linear"
FEWEST_ROWS, FEWEST_FOLDS = 1_000, 4
"""Rows below which no level learns how much to believe others; folds of a third level, whose inputs are made without
three of them."""
LEAST_SECONDS = 60.0
_ALONE = "only"


def in_time(view: LabView, below: Sequence[Observation]) -> bool:
    """Whether rows are enough and dealt to folds, and what is below can be fitted again in the time left."""
    if view.partitions < 2 or view.facts.n_rows < FEWEST_ROWS or SECOND_LEVEL not in models:
        return False
    if SECOND_LEVEL in view.without or view.seconds_left is None:
        return SECOND_LEVEL not in view.without
    again = NESTED_COST * sum(past.wall_seconds for past in below)
    return view.seconds_left >= LEAST_SECONDS and again <= SHARE * view.seconds_left


def on_predictions(on: tuple[int, ...], facts: Facts) -> Recipe:
    """A linear model of predictions of these experiments and of nothing else."""
    classes = range(facts.n_outputs)
    names = [f"#{number}:{k}" if facts.n_outputs > 1 else f"#{number}" for number in on for k in classes]
    steps = (Step.of(_ALONE, columns=names), Step.of("impute"), Step.of("scale", clip=8.0))
    return Recipe(steps=steps, model=Step.of(SECOND_LEVEL), on=on)


@register("third_level")
@dataclass(frozen=True)
class ThirdLevel:
    """A linear model on the two best second levels and the best experiment of the first."""

    name: str = "third_level"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="weighs second levels, and the best experiment below them, in a linear third level",
        why="Second levels that read the same predictions differ in what they make of them, and a sum errs less.",
        applies="1,000 rows or more in several partitions of four folds or more, with two second levels", prior=0.5,
        source="Erickson et al., AutoGluon (2020)", cost="hours",
    )  # fmt: skip

    def suits(self, view: LabView) -> bool:
        return view.n_folds >= FEWEST_FOLDS and len(_second(view)) > 1 and in_time(view, _below(view))

    def changes(self, of: Parent, view: LabView, rng: np.random.Generator) -> Iterator[Changed]:
        on = tuple(sorted(past.experiment.number for past in _below(view)))
        if of.recipe.on or view.facts.monotone:
            return
        numbers = " ".join(f"#{number}" for number in on)
        yield Changed(
            recipe=on_predictions(on, view.facts), what=f"{SECOND_LEVEL}, on {numbers} alone", parents=on,
            question=f"Do the second levels among {numbers} say more together?",
        )  # fmt: skip


def _best(found: Sequence[Observation]) -> list[Observation]:
    return sorted(found, key=lambda past: (-(past.gain or 0.0), past.experiment.number))


def _second(view: LabView) -> list[Observation]:
    """Second levels over first ones whose targets were learned as they are, the best first."""
    able = {past.experiment.number for past in view.history if may_be_input(past, view.facts) and _is_plain(past)}
    return _best([
        past for past in view.history
        if past.gain is not None and past.experiment.recipe.on and {*past.experiment.recipe.on} <= able
        and not past.experiment.partition and _is_plain(past)
    ])  # fmt: skip


def _is_plain(past: Observation) -> bool:
    return past.experiment.recipe.transform == "identity"


def _below(view: LabView) -> list[Observation]:
    first = _best([past for past in view.history if past.gain is not None and may_be_input(past, view.facts)])
    return [*_second(view)[:2], *[past for past in first if _is_plain(past)][:1]]
