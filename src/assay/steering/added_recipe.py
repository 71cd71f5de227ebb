"""A recipe that a person adds: checked against what is installed and what the lab has, before it is recorded."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from assay.core.array import Json
from assay.core.errors import AssayError
from assay.core.recipe import Recipe, Step
from assay.features import registry as steps
from assay.features import traits_of
from assay.journal.experiment_entry import ExperimentEntry
from assay.models import registry as models
from assay.pipeline.row_weights import parsed
from assay.pipeline.target_transforms import transform_kind

KNOWN = frozenset({"steps", "model", "transform", "on", "weighting", "pseudo_labels"})
FOLDS_OF_A_THIRD_LEVEL = 4


def added_recipe(body: Json, *, able: Collection[int], columns: Collection[str]) -> Recipe:
    """The recipe of that JSON, as `assay show NUMBER --recipe` prints one. ValueError says what is wrong with it.

    able: experiments whose predictions a second level can read (may_be_read); columns: the features of the table.
    """
    if not isinstance(body, dict):
        raise ValueError("a recipe is a JSON object with a model, as `assay show NUMBER --recipe` prints it")
    others = sorted(set(body) - KNOWN)
    if others:
        raise ValueError(f"it has the field {others[0]!r}; a recipe has {', '.join(sorted(KNOWN))}")
    try:
        recipe = Recipe.from_json(body)
        models.build(recipe.model)
        for step in recipe.steps:
            steps.build(step)
        transform_kind(recipe.transform)
        parsed(recipe.weighting)
    except (AssayError, KeyError, TypeError, ValueError, RecursionError) as error:
        why = error.message if isinstance(error, AssayError) else str(error)
        raise ValueError(why.removesuffix(".")) from error
    if recipe.pseudo_labels and recipe.on:
        raise ValueError("rows without a target have no predictions of other experiments, so it cannot use both `on` "
                         "and `pseudo_labels`")  # fmt: skip
    _check_numbers(recipe, body, able)
    _check_columns(recipe, columns)
    return recipe


def added_steps(recipe: Recipe, other: Recipe) -> tuple[Step, ...]:
    """The steps that a recipe has more than another, where nothing else differs; () where anything does."""
    more = tuple(step for step in recipe.steps if step not in other.steps)
    rest = tuple(step for step in recipe.steps if step not in more)
    return more if replace(recipe, steps=rest) == other else ()


def _check_numbers(recipe: Recipe, body: Mapping[str, Json], able: Collection[int]) -> None:
    if list(recipe.on) != body.get("on", []) or len(set(recipe.on)) < len(recipe.on):
        raise ValueError("its `on` is a list of different numbers of experiments")
    for number in recipe.on:
        if number not in able:
            raise ValueError(f"it reads #{number}, which has no predictions of its own that a second level can read")


def _check_columns(recipe: Recipe, columns: Collection[str]) -> None:
    for step in recipe.steps:
        lacking = sorted(name for name in {*named_columns(step)} - {*columns} if not _is_prediction(name, recipe))
        if lacking:
            raise ValueError(f"its step {step.name} names the column {lacking[0]!r}, which the table does not have")


def _is_prediction(name: str, recipe: Recipe) -> bool:
    """Whether a column is of the predictions that the recipe reads: #12, or of several classes #12:0, #12:1, …"""
    number, _, output = name.partition(":")
    return number in {f"#{one}" for one in recipe.on} and (output.isdecimal() or number == name)


def may_be_read(
    entry: ExperimentEntry, entries: Mapping[int, ExperimentEntry] | None = None, *, n_folds: int = 0
) -> bool:
    """Whether others can read an experiment's predictions: it stands, and is of the first folds. One that reads others
    itself may be read by a third level where `entries`, all of the lab, show that it reads the first level, none of
    them learned a transformed target, and there are four folds, as its inputs are made without three of them.
    """
    one, result = entry.experiment, entry.result
    has_score = result is not None and result.complete and result.oof is not None
    if not has_score or entry.is_void or one.is_blend or one.partition:
        return False
    if not one.recipe.on:
        return True
    if entries is None or n_folds < FOLDS_OF_A_THIRD_LEVEL:
        return False
    known = [entries[number].experiment.recipe for number in one.recipe.on if number in entries]
    plain = all(recipe.transform == "identity" and not recipe.on for recipe in known)
    return plain and len(known) == len(one.recipe.on) and one.recipe.transform == "identity"


def named_columns(step: Step) -> tuple[str, ...]:
    """The columns that a step names: alone, or in pairs."""
    params = dict(step.params)
    columns, pairs = params.get("columns"), params.get("pairs")
    alone = columns if traits_of(step.name).names_columns and isinstance(columns, tuple) else ()
    two = [name for pair in (pairs if isinstance(pairs, tuple) else ()) if isinstance(pair, tuple) for name in pair]
    return tuple(str(name) for name in (*alone, *two))
