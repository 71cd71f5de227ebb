"""A recipe that a person adds: checked against what is installed and what the lab has, before it is recorded."""

from collections.abc import Mapping

from assay.core.array import Json
from assay.core.errors import AssayError
from assay.core.recipe import Recipe
from assay.features import registry as steps
from assay.models import registry as models
from assay.pipeline.target_transforms import transform_kind

KNOWN = frozenset({"steps", "model", "transform", "on", "weighting"})
WEIGHTINGS = ("none", "balanced")


def added_recipe(body: Json, *, has_score: Mapping[int, bool]) -> Recipe:
    """The recipe of that JSON, as `assay show NUMBER --recipe` prints one. ValueError says what is wrong with it.

    has_score: the lab's experiments, and whether each has predictions that a second level can read.
    """
    if not isinstance(body, dict):
        raise ValueError("a recipe is a JSON object with a model, as `assay show NUMBER --recipe` prints it")
    others = sorted(set(body) - KNOWN)
    if others:
        raise ValueError(f"it has the field {others[0]!r}; a recipe has {', '.join(sorted(KNOWN))}")
    recipe = Recipe.from_json(body)
    try:
        models.build(recipe.model)
        for step in recipe.steps:
            steps.build(step)
        transform_kind(recipe.transform)
    except (AssayError, KeyError, TypeError, ValueError) as error:
        raise ValueError(error.message if isinstance(error, AssayError) else str(error)) from error
    if recipe.weighting not in WEIGHTINGS:
        raise ValueError(f"its weighting is {recipe.weighting!r}; known: {', '.join(WEIGHTINGS)}")
    for number in recipe.on:
        if not has_score.get(number, False):
            raise ValueError(f"it reads the predictions of #{number}, which this lab does not have")
    return recipe
