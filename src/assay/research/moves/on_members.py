"""A second level: a model that reads, beside the columns, what the best first-level ones predicted out of fold."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from assay.core.contract import Facts, LabView, Observation
from assay.core.move import Changed, MoveTraits, Parent
from assay.models import traits_of
from assay.pipeline.monotone_recipes import honours
from assay.research.moves import register
from assay.research.portfolio import FLOOR

FEWEST_ROWS = 5000
"""Below it stacking did not beat the blend on held-out rows: on three tables of 2,000 to 3,500 rows it
lost a little."""
LEAST_SECONDS = 90.0
"""Least time left when the researchers before it are done; a search of less than 300 s does not get there."""
MOST_BELOW, MOST_COLUMNS = 4, 40
FEWEST_BELOW = 2
NESTED_COST = 2.0
"""Cost of nested columns relative to the experiment itself: K (K - 1) / 2 fits of (K - 2) / K of the rows, for K = 5,
with a margin."""
KEEPS_NAMED = "only"
"""The step after which no predictions of members are left to read, as it keeps the columns it names alone."""
SHARE = 0.5
"""Most of the time left that may go into nested columns."""


@register("stack")
@dataclass(frozen=True)
class OnMembers:
    """Puts a recipe on the heaviest members of the blend (Wolpert, 1992), or on the inputs of the first that was put
    so and has a result, so that all of them share them."""

    name: str = "stack"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="reads what the heaviest members of the blend predicted",
        why="A second level can weigh models by the row, where a blend has one weight for all rows.",
        applies="5,000 rows or more in several partitions, with two members of the blend or more", prior=5.0,
        source="Wolpert (1992)", cost="minutes",
    )  # fmt: skip

    def suits(self, view: LabView) -> bool:
        return _is_time(view) and len(below(view)) >= FEWEST_BELOW

    def changes(self, of: Parent, view: LabView, rng: np.random.Generator) -> Iterator[Changed]:
        on = below(view)
        above = dict(traits_of(of.recipe.model.name).second_level)
        if of.recipe.on or len(on) < FEWEST_BELOW or any(step.name == KEEPS_NAMED for step in of.recipe.steps):
            return
        recipe = replace(of.recipe, model=of.recipe.model.with_params(**above), on=on)
        if not honours(recipe, view.facts):
            return
        numbers = " ".join(f"#{number}" for number in on)
        yield Changed(
            recipe=recipe, what=f"{of.what}, on {numbers}", parents=on,
            question=f"Is there more in what {numbers} predicted than their weighted mean says?",
        )  # fmt: skip


def below(view: LabView) -> tuple[int, ...]:
    """Numbers of the experiments that a second level reads."""
    return _earlier_inputs(view) or _heaviest(view)


def _is_time(view: LabView) -> bool:
    """With one partition (a holdout, or time) most rows have no out-of-fold prediction to learn from."""
    if view.partitions < 2 or view.facts.n_rows < FEWEST_ROWS:
        return False
    return view.seconds_left is None or view.seconds_left >= LEAST_SECONDS


def _earlier_inputs(view: LabView) -> tuple[int, ...]:
    """Inputs of an earlier second-level experiment; () before there is one."""
    return next((past.experiment.recipe.on for past in view.history if past.experiment.recipe.on), ())


def _heaviest(view: LabView) -> tuple[int, ...]:
    """Members of the blend that can be fitted again in time, the heaviest, in order of number."""
    able = [past for past in view.history if past.weight > 0 and may_be_input(past, view.facts)]
    chosen: list[Observation] = []
    for past in sorted(able, key=lambda t: (-t.weight, t.experiment.number)):
        more = [*chosen, past]
        if len(more) <= MOST_BELOW and view.facts.n_outputs * len(more) <= MOST_COLUMNS and _affordable(more, view):
            chosen = more
    return tuple(sorted(past.experiment.number for past in chosen))


def may_be_input(past: Observation, facts: Facts) -> bool:
    """Of the first level, of the first partition, and learned on the scale it answers on.

    A model of a transformed target has its mean corrected by held-out rows (pipeline.target_link), which nested columns
    must not see; a metric of logarithms needs no such correction.
    """
    one = past.experiment
    plain = one.recipe.transform == "identity" or facts.metric == "rmsle"
    return past.z is not None and one.entry not in FLOOR and not one.recipe.on and not one.partition and plain


def _affordable(below: Sequence[Observation], view: LabView) -> bool:
    if view.seconds_left is None:
        return True
    return NESTED_COST * sum(past.wall_seconds for past in below) <= SHARE * view.seconds_left
