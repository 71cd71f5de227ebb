"""Moves that cross what two experiments have: columns of one with the family of another, sets of both, one set less."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from assay.core.contract import LabView, Observation, Recipe
from assay.core.feature_idea import FeatureSet
from assay.core.move import Changed, MoveTraits, Parent
from assay.core.step_runs import without_set
from assay.pipeline.monotone_recipes import honours
from assay.research.feature_sets import has_set, ideas, reader_of
from assay.research.moves import register
from assay.research.moves.sets_of_recipes import sets_in, with_sets
from assay.research.portfolio import FLOOR

MOST_OTHERS = 4
"""Families, or second parents, that are tried with one parent."""
MOST_LOOKED_AT = 30
"""Results among which one with sets of columns is looked for."""


def _standing(view: LabView) -> list[Observation]:
    """Results of the first level and first folds that may be crossed, the best first."""
    able = [
        past for past in view.history
        if past.gain is not None and not past.experiment.recipe.on and not past.experiment.partition
        and past.experiment.entry not in FLOOR and past.experiment.recipe.model.name not in view.without
    ]  # fmt: skip
    return sorted(able, key=lambda past: (-(past.gain or 0.0), past.experiment.number))


def _in_form_for(recipe: Recipe, found: Sequence[FeatureSet]) -> list[FeatureSet]:
    """The same sets as the recipe's kind of model reads them; those it does not read are left out."""
    known, reader = {idea.name: idea for idea in ideas()}, reader_of(recipe)
    forms = []
    for one in found:
        idea = known[one.name]
        steps = idea.trees if reader == "trees" else idea.distances
        own = tuple(step for step in steps if step.name not in idea.finds or step.name in {s.name for s in one.steps})
        if own:
            forms.append(replace(one, steps=own))
    return forms


@register("other_family")
@dataclass(frozen=True)
class OtherFamily:
    """Gives the sets of columns of a parent to the best recipe of each other family."""

    name: str = "other_family"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="gives the parent's engineered columns to another family",
        why="Columns that paid in one family are worth trying in the others, whose errors differ.",
        applies="parents with engineered columns, where another family has a result", prior=1.0,
    )  # fmt: skip

    def suits(self, view: LabView) -> bool:
        return len({past.experiment.recipe.model.name for past in _standing(view)}) > 1

    def changes(self, of: Parent, view: LabView, rng: np.random.Generator) -> Iterator[Changed]:
        found, seen = sets_in(of.recipe), {of.recipe.model.name}
        for past in _standing(view) if found else ():
            base = past.experiment
            if base.recipe.model.name in seen or len(seen) > MOST_OTHERS:
                continue
            seen.add(base.recipe.model.name)
            recipe, adds = with_sets(base.recipe, _in_form_for(base.recipe, found))
            if adds and honours(recipe, view.facts):
                yield Changed(
                    recipe=recipe, what=f"{base.what}, with the columns of #{of.number}",
                    parents=(base.number, of.number), adds=adds,
                    question=f"Do the columns of #{of.number} help {base.recipe.model.name}, #{base.number}, too?",
                )  # fmt: skip


@register("crossover")
@dataclass(frozen=True)
class Crossover:
    """The sets of columns of two parents in the recipe of the first; two sets or more, as one is a move of its own."""

    name: str = "crossover"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="adds all sets of columns that another good experiment has",
        why="Sets that each paid a little alone may pay together, and one by one none would be seen.",
        applies="two experiments with engineered columns", prior=1.0, source="Olson and Moore, TPOT (2016)",
    )  # fmt: skip

    def suits(self, view: LabView) -> bool:
        return any(sets_in(past.experiment.recipe) for past in _standing(view)[:MOST_LOOKED_AT])

    def changes(self, of: Parent, view: LabView, rng: np.random.Generator) -> Iterator[Changed]:
        own = {one.name for one in sets_in(of.recipe)}
        others = [past for past in _standing(view)[:MOST_LOOKED_AT] if len(sets_in(past.experiment.recipe)) > 1]
        for past in others[:MOST_OTHERS]:
            missing = [one for one in sets_in(past.experiment.recipe) if one.name not in own]
            found = [one for one in _in_form_for(of.recipe, missing) if not has_set(of.recipe, one)]
            recipe, adds = with_sets(of.recipe, found)
            if sum(one.steps[0] in adds for one in found) < 2 or not honours(recipe, view.facts):
                continue
            number = past.experiment.number
            yield Changed(
                recipe=recipe, what=f"{of.what} + the columns of #{number}", parents=(of.number, number), adds=adds,
                question=f"Do the columns of #{of.number} and #{number} pay together?",
            )  # fmt: skip


@register("without_set")
@dataclass(frozen=True)
class WithoutSet:
    """Leaves out one set of columns: simpler, if it scores the same."""

    name: str = "without_set"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="leaves out one set of engineered columns",
        why="A set that was kept by luck, or that a later one replaced, only adds noise and cost.",
        applies="parents with engineered columns", prior=0.3,
    )  # fmt: skip

    def suits(self, view: LabView) -> bool:
        return any(sets_in(past.experiment.recipe) for past in _standing(view)[:MOST_LOOKED_AT])

    def changes(self, of: Parent, view: LabView, rng: np.random.Generator) -> Iterator[Changed]:
        for one in sets_in(of.recipe):
            recipe = without_set(of.recipe, one.steps)
            if honours(recipe, view.facts):
                yield Changed(
                    recipe=recipe, what=f"{of.what} − {one.what}", parents=(of.number,),
                    question=f"Is #{of.number} as good without {one.what}?",
                )  # fmt: skip
