"""Which sets of engineered columns a recipe has, and recipes with the sets of another."""

from collections.abc import Sequence
from functools import lru_cache

from assay.core.contract import Recipe, Step
from assay.core.feature_idea import FeatureSet, Idea
from assay.core.step_runs import run_at, without_set
from assay.research.feature_sets import has_set, ideas, with_set


@lru_cache(maxsize=4096)  # asked of all that stands at every turn
def sets_in(recipe: Recipe) -> tuple[FeatureSet, ...]:
    """The sets that add columns and whose steps are in the recipe one after another, the longest first; each step is of
    one of them."""
    able = [
        one
        for idea in ideas()
        if idea.adds_columns
        for one in _forms(idea, recipe)
        if run_at(recipe, one.steps) is not None
    ]
    held: list[FeatureSet] = []
    for one in sorted(able, key=lambda made: -len(made.steps)):
        if not any({*one.steps} & {*other.steps} for other in held):
            held.append(one)
    return tuple(held)


def _forms(idea: Idea, recipe: Recipe) -> list[FeatureSet]:
    """The idea as it may be in the recipe: whole, or without those of its steps that found nothing in the table."""
    forms = list[FeatureSet]()
    for steps in dict.fromkeys((idea.trees, idea.distances)):
        own = tuple(step for step in steps if step in recipe.steps or step.name not in idea.finds)
        if own and (not idea.finds or any(step.name in idea.finds for step in own)):
            forms.append(FeatureSet(name=idea.name, what=idea.what, steps=own, is_raw=idea.is_raw))
    return forms


def with_sets(recipe: Recipe, found: Sequence[FeatureSet]) -> tuple[Recipe, tuple[Step, ...]]:
    """The recipe with those of the sets that it lacks, and their steps as they stand in it one after another, by which
    the guard of engineered columns knows them; sets that would stand elsewhere than the first are left out.
    """
    made, added = recipe, tuple[Step, ...]()
    for one in found:
        wider, more = with_set(made, one), (*one.steps, *added)
        if not has_set(made, one) and run_at(wider, more) is not None and without_set(wider, more) == recipe:
            made, added = wider, more
    return made, added
