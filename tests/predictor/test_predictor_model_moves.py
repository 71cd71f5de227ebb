"""What moves make of a model ships: fitted by the pipeline, saved as a bundle, loaded, the same bits."""

from dataclasses import replace

import numpy as np
import pytest

from assay.core.clock import Limits
from assay.core.move import Parent
from assay.core.recipe import Recipe, Step
from assay.core.researcher import LabView
from assay.core.seed import Seeds
from assay.core.split import Fold
from assay.models import registry
from assay.pipeline.fitted_recipe import FittedRecipe
from assay.pipeline.fold_view import LabFoldView
from assay.pipeline.store import TaskFolder
from assay.predictor.member import Ingredient, Trained
from assay.predictor.predictor import Predictor
from assay.research.moves import catalogue
from assay.research.moves.model_change import ModelChange

QUICK = {
    "lightgbm": Step.of("lightgbm", max_rounds=61, min_data=5, leaves=8),
    "catboost": Step.of("catboost", max_rounds=8, depth=3),
}
"""Parents of so few rounds that all moves are fitted in seconds."""


def made_by(move, facts):
    """The recipe that a move makes of the first parent that it changes; None for a table that it is not for."""
    view = LabView(
        facts=facts, without=frozenset(), asked=frozenset(), history=(), seconds_left=None, next_number=2
    )  # fmt: skip
    for family, model in QUICK.items():
        steps = (Step.of("dates"),)
        parent = Parent(recipe=Recipe(steps=steps, model=model), what=family, number=1)
        for made in move.changes(parent, view, np.random.default_rng(0)):
            small = {"generations": 2, "population": 40} if made.recipe.model.name == "formula" else {}
            return replace(made.recipe, model=made.recipe.model.with_params(**small))
    return None


@pytest.fixture(scope="module")
def refits(case):
    """Of each move that learns this target: the recipe fitted on all rows."""
    facts = replace(case.folder.task.facts, target_min=0.0, target_skew=2.0, metric="rmse", n_rows=5_000)
    if facts.problem.is_class:
        facts = replace(facts, metric="roc_auc", minority=100)
    rows = np.arange(len(case.prepared.target))
    out = {}
    for move in (move for move in catalogue() if isinstance(move, ModelChange) and move.suits_table(facts)):
        recipe = made_by(move, facts)
        out[move.name] = fitted(case.folder, recipe, rows)
    return out


def fitted(folder: TaskFolder, recipe: Recipe, rows):
    view = LabFoldView(folder, recipe, Fold(0, rows, rows[:0]), folder.task.loss, Seeds(0), 0)
    model = registry.build(recipe.model).fit(view, limits=Limits(), seeds=Seeds(0), rounds=None)
    return FittedRecipe((*view.base.encoders, *view.encoders()), model, view.link, model.rounds)


def test_every_move_of_the_model_ships_and_answers_the_same_bits(case, refits, tmp_path):
    assert len(refits) >= 12
    ingredients = [
        Ingredient(number=number, name=name, weight=1.0, trained=(Trained.of(one, "refit"),))
        for number, (name, one) in enumerate(refits.items(), start=1)
    ]
    made = Predictor.of(case.predictor.passport, ingredients)
    loaded = Predictor.load(made.save(tmp_path / "model"))
    rows = case.frame.iloc[:40]
    np.testing.assert_array_equal(loaded.stored(rows), made.stored(rows))
    table = case.folder.table.take(np.arange(40))
    want = np.mean([one.predict(table) for one in refits.values()], axis=0)
    got = made.stored(rows)
    if not case.folder.task.problem.is_class:  # classes are calibrated on the way
        np.testing.assert_allclose(got, want, rtol=1e-6)
    assert np.isfinite(got).all()
