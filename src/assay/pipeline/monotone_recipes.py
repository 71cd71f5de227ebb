"""Monotone constraints: which recipes can guarantee them."""

from collections.abc import Sequence

from assay.core.contract import Facts, Recipe
from assay.core.errors import UsageError
from assay.features import traits_of as traits_of_step
from assay.models import registry
from assay.models import traits_of as traits_of_family


def honours(recipe: Recipe, facts: Facts) -> bool:
    """Whether a recipe can guarantee the constraints in `facts`: its family is `monotone`, its steps keep order, and it
    does not read other models' predictions."""
    if not facts.monotone:
        return True
    is_harmless = not recipe.on and all(traits_of_step(step.name).keeps_monotone for step in recipe.steps)
    return is_harmless and traits_of_family(recipe.model.name).monotone


def refuse_unpromised(recipe: Recipe, facts: Facts) -> None:
    """UsageError for a recipe that could break the constraints."""
    if not honours(recipe, facts):
        columns = ", ".join(name for name, _ in facts.monotone)
        raise UsageError(
            f"The model {recipe.model.name!r} with its steps cannot promise to be monotone in {columns}. "
            f"Families that can: {', '.join(families())}."
        )


def families() -> Sequence[str]:
    """Names of the families that can guarantee them."""
    return [name for name, family in registry if family.traits.monotone]
