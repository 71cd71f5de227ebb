"""Boosters walked together answer as piece by piece, in what was saved by this version and by earlier ones."""

import json
import subprocess
import sys

import numpy as np
import pytest

from assay.models.flat_boosted import FlatBoosted
from assay.predictor.member import Ingredient, Trained
from assay.predictor.prediction_plan import PredictionPlan
from assay.predictor.predictor import Predictor


@pytest.fixture
def made(case):
    """A predictor of all boosters."""
    ours = {n: [f for f in recipes if isinstance(f.model, FlatBoosted)] for n, recipes in case.recipes.items()}
    ingredients = [
        Ingredient(number=n, name=str(n), weight=1.0 + n, trained=tuple(Trained.of(f, "fold") for f in found))
        for n, found in ours.items()
        if found
    ]
    return Predictor.of(case.predictor.passport, ingredients)


@pytest.mark.parametrize("n", [1, 3, 64, 200])
def test_boosters_together_answer_as_one_by_one(made, case, n):
    table = case.folder.table.take(np.arange(n))
    parts = {
        m: np.mean([f.predict(table) for f in recipes if isinstance(f.model, FlatBoosted)], axis=0)
        for m, recipes in case.recipes.items()
        if any(isinstance(f.model, FlatBoosted) for f in recipes)
    }
    weights = {m: 1.0 + m for m in parts}
    want = sum(weights[m] * part for m, part in parts.items()) / sum(weights.values())
    plan = PredictionPlan.of(made.members, made._bundle.states, made.passport.scale)
    np.testing.assert_allclose(plan.predict(table), want, rtol=1e-9, atol=1e-12)


def test_a_row_does_not_feel_how_many_are_asked_with_it(made, case):
    joint = made.stored(case.frame.iloc[:150])
    alone = np.stack([made.stored(case.frame.iloc[[i]])[0] for i in range(0, 150, 30)])
    np.testing.assert_allclose(alone, joint[::30], rtol=1e-9, atol=1e-12)


def test_saved_and_loaded_they_answer_the_same(made, case, tmp_path):
    loaded = Predictor.load(made.save(tmp_path / "model"))
    np.testing.assert_array_equal(loaded.stored(case.frame.iloc[:5]), made.stored(case.frame.iloc[:5]))


ALONE = """
import json, sys
from assay.predictor.predictor import Predictor
print(Predictor.load(sys.argv[1]).stored(json.loads(sys.argv[2])).ravel().tolist())
print([name for name in ("lightgbm", "xgboost", "catboost", "sklearn", "pandas") if name in sys.modules])
"""


def test_one_row_is_answered_without_the_library_that_trained_the_model(binary, tmp_path):
    boosted = [f for recipes in binary.recipes.values() for f in recipes if isinstance(f.model, FlatBoosted)]
    trained = tuple(Trained.of(fitted, "refit") for fitted in boosted)
    made = Predictor.of(binary.predictor.passport, [Ingredient(number=1, name="one", weight=1.0, trained=trained)])
    row = {
        "age": 30.5,
        "fare": 20.0,
        "job": "nurse",
        "city": "town 3",
        "member": True,
        "since": "2020-03-01",
        "rooms": 3,
    }
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(made.save(tmp_path / "model")), json.dumps(row)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    answer, imported = done.stdout.splitlines()
    assert imported == "[]"
    np.testing.assert_allclose(json.loads(answer), made.stored(row).ravel(), rtol=1e-12)


MANY_ALONE = """
import sys
import pandas as pd
from assay.predictor.predictor import Predictor
print(len(Predictor.load(sys.argv[1]).stored(pd.read_csv(sys.argv[2]))))
print([name for name in ("lightgbm", "xgboost", "catboost", "sklearn") if name in sys.modules])
"""


def test_thousands_of_rows_are_answered_without_those_libraries_too(binary, tmp_path):
    boosted = [f for recipes in binary.recipes.values() for f in recipes if isinstance(f.model, FlatBoosted)]
    trained = tuple(Trained.of(fitted, "refit") for fitted in boosted)
    made = Predictor.of(binary.predictor.passport, [Ingredient(number=1, name="one", weight=1.0, trained=trained)])
    binary.frame.iloc[np.resize(np.arange(len(binary.frame)), 2500)].to_csv(tmp_path / "rows.csv", index=False)
    done = subprocess.run(
        [sys.executable, "-c", MANY_ALONE, str(made.save(tmp_path / "model")), str(tmp_path / "rows.csv")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["2500", "[]"]


@pytest.mark.parametrize("n", [1024, 1025, 5000])
def test_rows_in_chunks_by_threads_come_back_in_their_order(made, case, n):
    rows = case.frame.iloc[np.resize(np.arange(len(case.frame)), n)].reset_index(drop=True)
    chunked, alone = made.stored(rows), made.stored(case.frame)
    np.testing.assert_allclose(chunked, alone[np.resize(np.arange(len(alone)), n)], rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(made.stored(rows), chunked)


def test_no_rows_have_no_answers(made, case):
    assert made.stored(case.frame.iloc[:0]).shape == (0, *made.stored(case.frame.iloc[:2]).shape[1:])


def test_no_rows_have_no_answers_of_symmetric_trees(symmetric):
    trained = tuple(Trained.of(fitted, "refit") for fitted in symmetric.recipes[1][-1:])
    made = Predictor.of(symmetric.predictor.passport, [Ingredient(number=1, name="one", weight=1.0, trained=trained)])
    assert made.stored(symmetric.frame.iloc[:0]).shape == (0,)
    assert len(made.predict(symmetric.frame.iloc[:0])) == 0


def test_they_are_asked_in_one_walk_for_few_rows(made, case):
    plan = PredictionPlan.of(made.members, made._bundle.states, made.passport.scale)
    assert plan.joint is not None
    assert len(plan.joint.pieces) == sum(len(member.pieces) for member in made.members)
