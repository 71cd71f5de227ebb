"""A move that tells the model what was to be expected of the columns that say most of the target."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.contract import LabView, Step
from assay.core.feature_idea import FeatureSet
from assay.core.move import Changed, MoveTraits, Parent
from assay.pipeline.monotone_recipes import honours
from assay.research.feature_sets import has_set, with_set
from assay.research.moves import register

FEWEST_COLUMNS, FEWEST_ROWS = 4, 200
WORDS = "what was expected of its strongest columns"
ADDED = FeatureSet(name="auxiliary_columns", what=WORDS, steps=(Step.of("auxiliary"),))


@register("auxiliary_columns")
@dataclass(frozen=True)
class AuxiliaryColumns:
    """Adds what other columns say of the strongest ones, and how far these depart from it."""

    name: str = "auxiliary_columns"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="adds what the other columns say of the strongest ones, and the rest",
        why="A number that is low for a row like this may tell more than the number itself.",
        applies="four numeric columns or more, 200 rows or more", prior=0.1, source="Caruana (1997)",
    )  # fmt: skip

    def suits(self, view: LabView) -> bool:
        return view.facts.n_numeric >= FEWEST_COLUMNS and view.facts.n_rows >= FEWEST_ROWS

    def changes(self, of: Parent, view: LabView, rng: np.random.Generator) -> Iterator[Changed]:
        if has_set(of.recipe, ADDED):
            return
        recipe = with_set(of.recipe, ADDED)
        if honours(recipe, view.facts):
            yield Changed(
                recipe=recipe, what=f"{of.what} + {WORDS}", parents=(of.number,), adds=ADDED.steps,
                question=f"What does {WORDS} add to #{of.number}, {of.what}?",
            )  # fmt: skip
