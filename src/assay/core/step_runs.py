"""Sets of steps in a recipe: whether one is there, and the recipe without it. Whoever takes a set out does it here."""

from collections.abc import Sequence
from dataclasses import replace

from assay.core.errors import UsageError
from assay.core.recipe import Recipe, Step


def run_at(recipe: Recipe, run: Sequence[Step]) -> int | None:
    """Where the first run of steps begins that is equal to these, one after another; None where there is none."""
    ends = range(len(recipe.steps) - len(run) + 1)
    return next((at for at in ends if recipe.steps[at : at + len(run)] == tuple(run)), None)


def taken_out(recipe: Recipe, adds: Sequence[Step]) -> Recipe | None:
    """The recipe before a set was added: without the first run equal to the set's; where later steps came between them,
    without the first of each in their order. None where they are not all there.

    Other equal steps stay: a set brings its own coding of categories, which the recipe may also have for all others.
    """
    at = run_at(recipe, adds)
    if at is not None:
        return replace(recipe, steps=(*recipe.steps[:at], *recipe.steps[at + len(adds) :]))
    left, wanted = list[Step](), list(adds)
    for step in recipe.steps:
        if wanted and step == wanted[0]:
            del wanted[0]
        else:
            left.append(step)
    return None if wanted else replace(recipe, steps=tuple(left))


def without_set(recipe: Recipe, adds: Sequence[Step]) -> Recipe:
    """As `taken_out`; UsageError where the recipe lacks one of the steps."""
    found = taken_out(recipe, adds)
    if found is None:
        names = ", ".join(step.name for step in adds)
        raise UsageError(f"The set {names} is not in the recipe: its steps are not all there in this order.")
    return found
