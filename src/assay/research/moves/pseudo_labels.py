"""A move that lets rows without a target teach by what is predicted for them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from assay.core.contract import Facts, LabView
from assay.core.move import Changed, MoveTraits, Parent
from assay.pipeline.monotone_recipes import honours
from assay.research.moves import register

LEAST_SHARE, FEWEST = 0.2, 50
"""Rows without a target, relative to those with one and in number, from which they are tried."""
FEWEST_ROWS = 50
WEIGHT = 0.5


def has_fresh_rows(facts: Facts) -> bool:
    """Whether there are rows without a target, and enough of both kinds."""
    return facts.n_unlabelled >= max(FEWEST, LEAST_SHARE * facts.n_rows) and facts.n_rows >= FEWEST_ROWS


@register("pseudo_labels")
@dataclass(frozen=True)
class PseudoLabels:
    """Fits once more with rows without a target, of which two learners are sure."""

    name: str = "pseudo_labels"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="lets rows without a target teach",
        why="They show where rows lie close, so that a few targets tell those of many.",
        applies="at least a fifth as many rows without a target as with one (--unlabelled)", prior=0.3,
        source="Blum and Mitchell (1998); Zhou, Bousquet, Lal, Weston and Schölkopf (2004)", cost="minutes",
    )  # fmt: skip

    def suits(self, view: LabView) -> bool:
        return has_fresh_rows(view.facts) and view.facts.n_numeric + view.facts.n_category > 0

    def changes(self, of: Parent, view: LabView, rng: np.random.Generator) -> Iterator[Changed]:
        if of.recipe.pseudo_labels or of.recipe.on:
            return
        recipe = replace(of.recipe, pseudo_labels=WEIGHT)
        if honours(recipe, view.facts):
            yield Changed(
                recipe=recipe, what=f"{of.what}, with rows without a target", parents=(of.number,),
                question=f"Do rows without a target teach #{of.number}, {of.what}, more?",
            )  # fmt: skip
