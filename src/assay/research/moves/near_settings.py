"""Small changes of a model's settings, as a local search makes them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from assay.core.contract import Frozen, LabView, Step
from assay.core.move import Changed, MoveTraits, Parent
from assay.core.space import Choice, Float, Int, Space, When
from assay.models import registry as models
from assay.research.family_history import FEW_ROWS
from assay.research.moves import register

SPREAD = 0.4
"""Standard deviation of a log-parameter's change."""


def changed(value: Frozen, dimension: Float | Int, rng: np.random.Generator) -> float | int:
    """A number near the given one, within its dimension; log-scaled ones are multiplied by e^N(0, SPREAD)."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return dimension.sample(rng)
    if dimension.log and value > 0:
        moved = float(value) * math.exp(rng.normal(0, SPREAD))
    else:
        moved = float(value) + rng.normal(0, SPREAD) * (dimension.high - dimension.low) / 4
    moved = min(max(moved, dimension.low), dimension.high)
    return round(moved) if isinstance(dimension, Int) else float(f"{moved:.4g}")


def perturbed(step: Step, space: Space, rng: np.random.Generator) -> Step:
    """The step with every number changed a little and one choice redrawn."""
    params = dict(step.params)
    numbers = [(name, d) for name, d in space.dimensions if isinstance(d, Float | Int)]
    choices = [(name, d) for name, d in space.dimensions if isinstance(d, Choice)]
    for name, number in numbers:
        params[name] = changed(params.get(name), number, rng)
    if choices and rng.random() < 0.5:
        name, choice = choices[int(rng.integers(len(choices)))]
        params[name] = choice.sample(rng)
    for name, dimension in space.dimensions:
        if isinstance(dimension, When) and params.get(dimension.other) != dimension.equals:
            params.pop(name, None)
    return Step.of(step.name, **params)


@register("near_settings")
@dataclass(frozen=True)
class NearSettings:
    """One draw of settings near the parent's, in a family with settings to search; another draw each time."""

    name: str = "near_settings"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="other settings near those of the parent",
        why="The settings of the portfolio are compromises over many tables; each table has its own best near them.",
        applies="1,000 rows or more", source="arXiv 2603.24647 (search in fixed spaces)", prior=0.1,
    )  # fmt: skip

    def suits(self, view: LabView) -> bool:
        return view.facts.n_rows >= FEW_ROWS

    def changes(self, of: Parent, view: LabView, rng: np.random.Generator) -> Iterator[Changed]:
        family = of.recipe.model.name
        space = models.get(family).space(view.facts) if family in models and family not in view.without else Space()
        if space.dimensions:
            yield Changed(
                recipe=replace(of.recipe, model=perturbed(of.recipe.model, space, rng)), parents=(of.number,),
                what=f"{family}, near #{of.number}",
                question=f"Do other settings near those of #{of.number} suit {family} better?",
            )  # fmt: skip
