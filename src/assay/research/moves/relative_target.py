"""Moves that learn the target relative to one numeric column, inside each fold the one by which it spreads least."""

from abc import ABC
from dataclasses import dataclass
from typing import ClassVar

from assay.core.contract import Facts, Recipe, Step
from assay.core.move import MoveTraits
from assay.core.offset_columns import How
from assay.features import traits_of as step_traits
from assay.research.moves import register
from assay.research.moves.model_change import BOOSTERS, ModelChange, over

READERS = (*BOOSTERS, "random_forest", "extra_trees")
"""Families that read numbers as they are, so that a column is what the target refers to."""


class RelativeTarget(ModelChange, ABC):
    """Base of both moves."""

    how: ClassVar[How]

    def changed_model(self, recipe: Recipe, facts: Facts) -> Step | None:
        if recipe.transform != "identity" or any(step_traits(step.name).scales for step in recipe.steps):
            return None
        return over("offset", recipe.model, *READERS, how=self.how)


@register("ratio_target")
@dataclass(frozen=True)
class RatioTarget(RelativeTarget):
    """Learns the target divided by a column."""

    name: str = "ratio_target"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="learns the target as a rate, times a column",
        why="Trees add up steps and cannot multiply: where the target is a rate times an amount, the rate is simple.",
        applies="regression, a target that varies half as much relative to a column", prior=3.0, cost="minutes",
        source="Ohlsson and Johansson (2010), exposure in rate models",
    )  # fmt: skip
    words: ClassVar[str] = "as a rate of a column"
    how: ClassVar[How] = "ratio"

    def suits_table(self, facts: Facts) -> bool:
        return bool(facts.ratio_column)


@register("difference_target")
@dataclass(frozen=True)
class DifferenceTarget(RelativeTarget):
    """Learns the target minus a column."""

    name: str = "difference_target"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="learns the target as a change from a column",
        why="Trees repeat levels that they saw: a change from a former value also holds where levels are new.",
        applies="regression, a target whose difference from a column varies half as much", prior=3.0, cost="minutes",
        source="Hyndman and Athanasopoulos (2021), differencing",
    )  # fmt: skip
    words: ClassVar[str] = "as a change from a column"
    how: ClassVar[How] = "difference"

    def suits_table(self, facts: Facts) -> bool:
        return bool(facts.difference_column)
