"""Moves that add, or change, engineered columns: one for each set that a step offers."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from assay.core.contract import LabView
from assay.core.feature_idea import Idea
from assay.core.move import Changed, MoveTraits, Parent
from assay.pipeline.monotone_recipes import honours
from assay.research.feature_sets import has_set, is_read, needed_columns, reader_of, with_set


@dataclass(frozen=True)
class ColumnSet:
    """Adds a set of columns to a recipe that lacks it, where its monotone constraints hold with it."""

    idea: Idea

    @property
    def name(self) -> str:
        return self.idea.name

    @property
    def traits(self) -> MoveTraits:
        idea = self.idea
        return MoveTraits(
            what=f"adds {idea.what}" if idea.adds_columns else idea.what, why=idea.why, applies=idea.applies,
            source=idea.source, prior=idea.prior, cost=idea.cost, looks_for=idea.looked_for,
            columns=needed_columns(idea),
        )  # fmt: skip

    def suits(self, view: LabView) -> bool:
        found = (self.idea.of(view.facts, view.applicable_steps, reader) for reader in ("trees", "distances"))
        return any(one is not None for one in found)

    def changes(self, of: Parent, view: LabView, rng: np.random.Generator) -> Iterator[Changed]:
        added = self.idea.of(view.facts, view.applicable_steps, reader_of(of.recipe))
        if added is None or has_set(of.recipe, added):
            return
        recipe = with_set(of.recipe, added)
        if honours(recipe, view.facts) and is_read(of.recipe, recipe):
            yield Changed(
                recipe=recipe, what=f"{of.what} + {added.what}", parents=(of.number,),
                question=f"What do {added.what} add to #{of.number}, {of.what}?",
                adds=added.steps if added.adds_columns else (),
            )  # fmt: skip
