"""Moves that change the model: for which tables and parents they are, and what of the parent they keep."""

from dataclasses import replace

import numpy as np
import pytest

from assay.core.move import Parent
from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.core.problem.regression import Regression
from assay.core.recipe import Recipe, Step
from assay.core.researcher import LabView
from assay.core.schema import Facts
from assay.models import registry as models
from assay.research.moves import catalogue
from assay.research.moves.model_change import BOOSTERS, ModelChange
from assay.research.portfolio import entries
from each import each

CLASSES = Facts(
    problem=Binary(), n_rows=3_000, n_numeric=30, n_category=3, n_dates=0, n_text=0, n_classes=2, minority=300,
    metric="roc_auc",
)  # fmt: skip
NUMBERS = replace(
    CLASSES, problem=Regression(), n_classes=0, minority=3_000, metric="rmse", target_skew=3.0, target_min=0.0
)
SEVERAL = replace(CLASSES, problem=Multiclass(), n_classes=6, metric="log_loss")
MOVES = {move.name: move for move in catalogue() if isinstance(move, ModelChange)}
LIGHTGBM = Step.of("lightgbm", leaves=20, learning_rate=0.07)


def view_of(facts, without=frozenset()):
    return LabView(facts=facts, without=without, asked=frozenset(), history=(), seconds_left=None, next_number=9)


def made_by(name, facts, model=LIGHTGBM, **recipe):
    of = Parent(recipe=Recipe(steps=(Step.of("dates"),), model=model, **recipe), what="boosted", number=3)
    move, view = MOVES[name], view_of(facts)
    return list(move.changes(of, view, np.random.default_rng(0))) if move.suits(view) else []


def test_there_are_many_mechanisms():
    assert len(MOVES) >= 25


@each("name", MOVES)
def test_what_is_made_can_be_built_and_keeps_the_steps_and_the_parent(name):
    for facts in (CLASSES, NUMBERS, SEVERAL, replace(NUMBERS, target_min=1.0)):
        for family in BOOSTERS:
            for made in made_by(name, facts, Step.of(family)):
                models.build(made.recipe.model)
                assert models.build(made.recipe.model).cost(facts).seconds > 0
                assert made.recipe.steps[0] == Step.of("dates")
                assert made.parents == (3,)
                assert Recipe.from_json(made.recipe.as_json()) == made.recipe


@each(
    ("name", "suits", "not_for"),
    [
        ("poisson_loss", NUMBERS, (CLASSES, replace(NUMBERS, target_min=-1.0), replace(NUMBERS, metric="mae"))),
        ("tweedie_loss", NUMBERS, (replace(NUMBERS, target_min=2.0), replace(NUMBERS, target_skew=0.1))),
        ("gamma_loss", replace(NUMBERS, target_min=0.1), (NUMBERS, CLASSES)),
        ("huber_loss", NUMBERS, (replace(NUMBERS, metric="rmsle"), CLASSES)),
        ("pairwise_loss", CLASSES, (replace(CLASSES, metric="log_loss"), NUMBERS)),
        ("focal_loss", CLASSES, (replace(CLASSES, minority=1_400), NUMBERS)),
        ("zero_then_amount", NUMBERS, (replace(NUMBERS, target_min=5.0), replace(NUMBERS, metric="mae"), CLASSES)),
        ("ordered_classes", SEVERAL, (CLASSES, NUMBERS)),
        ("one_vs_rest", SEVERAL, (CLASSES, NUMBERS)),
        ("error_correcting_codes", SEVERAL, (replace(SEVERAL, n_classes=3), NUMBERS)),
        ("stable_trends", CLASSES, (SEVERAL, replace(CLASSES, n_numeric=0))),
        ("segment_models", CLASSES, (replace(CLASSES, n_rows=200),)),
        ("gradient_sampling", replace(CLASSES, n_rows=9_000), (CLASSES,)),
    ],
)
def test_moves_are_for_tables_of_their_kind(name, suits, not_for):
    assert made_by(name, suits)
    assert not any(made_by(name, facts) for facts in not_for)


def test_a_family_over_the_parent_keeps_its_settings():
    (made,) = made_by("seed_bag", CLASSES)
    assert made.recipe.model == Step.of("bag", base="lightgbm", settings=LIGHTGBM.params)
    (made,) = made_by("seed_bag", CLASSES, Step.of("catboost", depth=4))
    assert dict(made.recipe.model.params)["base"] == "catboost"
    assert made_by("seed_bag", CLASSES, made.recipe.model) == []
    assert made_by("trend_residual", CLASSES, Step.of("linear")) == []


def test_losses_of_the_mean_leave_a_transformed_target_alone():
    assert made_by("poisson_loss", NUMBERS)
    assert made_by("poisson_loss", NUMBERS, transform="log1p") == []


def test_a_smaller_model_of_many_columns_selects_some():
    (made,) = made_by("smaller_model", CLASSES)
    assert made.recipe.steps[-1].name == "select_trees"
    (few,) = made_by("smaller_model", replace(CLASSES, n_numeric=5))
    assert len(few.recipe.steps) == 1
    assert dict(few.recipe.model.params)["max_rounds"] == 60


def test_families_left_out_are_not_brought_back_and_second_levels_are_left_alone():
    move = MOVES["trend_residual"]
    of = Parent(recipe=Recipe(model=LIGHTGBM), what="boosted", number=3)
    assert list(move.changes(of, view_of(CLASSES, frozenset({"residual"})), np.random.default_rng(0))) == []
    assert made_by("trend_residual", CLASSES, on=(1, 2)) == []


@pytest.mark.parametrize("facts", [CLASSES, NUMBERS, SEVERAL])
def test_what_a_fit_tries_by_default_is_as_it_was(facts):
    over = {"bag", "residual", "two_stage", "segmented", "ordinal", "output_codes", "scored_trees", "dart", "formula"}
    assert not over & {entry.recipe.model.name for entry in entries(facts)}
    asked = entries(facts, families=frozenset({"bag"}))
    assert "bag" in {entry.recipe.model.name for entry in asked if not entry.is_idle}
