"""Recipes as points: what occurs in them, and their settings scaled, so that distances mix both."""

from collections.abc import Iterator, Sequence

import numpy as np

from assay.core.array import Floats
from assay.core.recipe import Recipe, Step

Mechanism = tuple[str, tuple[str, ...], str, str, bool]


def mechanism(recipe: Recipe) -> Mechanism:
    """What kind of recipe it is, without settings: family, steps, transform, weighting, whether it is a second
    level."""
    steps = tuple(sorted(step.name for step in recipe.steps))
    return recipe.model.name, steps, recipe.transform, recipe.weighting, bool(recipe.on)


def near_keys(recipe: Recipe) -> set[str]:
    """A key of the recipe, and one for each of its settings without that setting's value: two recipes that share any
    differ in one setting at most."""
    settings = dict(_settings(recipe))
    body = {name: repr(value) for name, value in settings.items()}
    head = repr((mechanism(recipe), recipe.on))
    return {head + repr(sorted(body.items()))} | {head + repr(sorted({**body, name: "?"}.items())) for name in body}


def _settings(recipe: Recipe) -> Iterator[tuple[str, object]]:
    """Each setting by the name of its part; a second step of one name by "name (2)"."""
    seen: dict[str, int] = {}
    for part in (*recipe.steps, recipe.model):
        seen[part.name] = seen.get(part.name, 0) + 1
        place = part.name if seen[part.name] == 1 else f"{part.name} ({seen[part.name]})"
        yield from ((f"{place}.{name}", value) for name, value in part.params)


def recipe_points(recipes: Sequence[Recipe]) -> Floats:
    """(n, d): 1/√2 for each word of a recipe (family, step, transform, text setting), and for each numeric setting its
    place between the smallest and the largest that occur, 0 where the recipe has none.

    So two recipes that differ in their family alone are 1 apart, as are two at the ends of one setting.
    """
    words = [set(_words(recipe)) for recipe in recipes]
    numbers = [dict(_numbers(recipe)) for recipe in recipes]
    vocabulary = sorted(set().union(*words)) if words else []
    names = sorted({name for one in numbers for name in one})
    points = np.zeros((len(recipes), len(vocabulary) + len(names)))
    column = {word: place for place, word in enumerate(vocabulary)}
    for row, held in enumerate(words):
        points[row, [column[word] for word in held]] = np.sqrt(0.5)
    for place, name in enumerate(names, start=len(vocabulary)):
        known = [one[name] for one in numbers if name in one]
        low, span = min(known), max(known) - min(known)
        for row, one in enumerate(numbers):
            points[row, place] = (one[name] - low) / span if name in one and span > 0 else 0.0
    return points


def _words(recipe: Recipe) -> Iterator[str]:
    yield f"family {recipe.model.name}"
    yield f"transform {recipe.transform}"
    yield f"weighting {recipe.weighting}"
    if recipe.on:
        yield "second level"
    seen: dict[str, int] = {}
    for step in recipe.steps:
        seen[step.name] = seen.get(step.name, 0) + 1
        yield f"step {_place(step, seen)}"
    for name, value in _settings(recipe):
        if not _is_number(value):
            yield f"{name}={value!r}"


def _place(step: Step, seen: dict[str, int]) -> str:
    return step.name if seen[step.name] == 1 else f"{step.name} ({seen[step.name]})"


def _numbers(recipe: Recipe) -> Iterator[tuple[str, float]]:
    return ((name, float(value)) for name, value in _settings(recipe) if _is_number(value))  # type: ignore[arg-type]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
