"""Boosters walked together answer as piece by piece, in what was saved by this version and by earlier ones."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from assay.models._boosting import Boosted
from assay.models.flat_boosted import flattened
from assay.predictor.member import Ingredient, Trained
from assay.predictor.prediction_plan import PredictionPlan
from assay.predictor.predictor import Predictor


def small(fitted, table):
    """A fitted recipe as it ships."""
    model = flattened(fitted.model, fitted.encode(table), rounds=fitted.rounds)
    return replace(fitted, model=model, rounds=None)


@pytest.fixture(params=[False, True], ids=["all flat", "one of each member as its library stores it"])
def both(case, request):
    """A predictor of native boosters, and of the same made small."""
    table = case.folder.table
    ours = {n: [f for f in recipes if isinstance(f.model, Boosted)] for n, recipes in case.recipes.items()}
    chosen = {n: recipes for n, recipes in ours.items() if recipes}
    kept = 1 if request.param else 0
    made = {n: [*recipes[:kept], *(small(f, table) for f in recipes[kept:])] for n, recipes in chosen.items()}

    def predictor(recipes):
        ingredients = [
            Ingredient(number=n, name=str(n), weight=1.0 + n, trained=tuple(Trained.of(f, "fold") for f in found))
            for n, found in recipes.items()
        ]
        return Predictor.of(case.predictor.passport, ingredients)

    return predictor(chosen), predictor(made)


@pytest.mark.parametrize("n", [1, 3, 64, 200])
def test_small_models_answer_as_those_of_their_libraries(both, case, n):
    native, made = both
    rows = case.frame.iloc[:n]
    np.testing.assert_allclose(made.stored(rows), native.stored(rows), rtol=2e-5, atol=2e-6)


def test_a_row_does_not_feel_how_many_are_asked_with_it(both, case):
    _, made = both
    joint = made.stored(case.frame.iloc[:150])
    alone = np.stack([made.stored(case.frame.iloc[[i]])[0] for i in range(0, 150, 30)])
    np.testing.assert_allclose(alone, joint[::30], rtol=1e-9, atol=1e-12)


def test_saved_and_loaded_they_answer_the_same(both, case, tmp_path):
    _, made = both
    loaded = Predictor.load(made.save(tmp_path / "model"))
    np.testing.assert_array_equal(loaded.stored(case.frame.iloc[:5]), made.stored(case.frame.iloc[:5]))


ALONE = """
import json, sys
from assay.predictor.predictor import Predictor
print(Predictor.load(sys.argv[1]).stored(json.loads(sys.argv[2])).ravel().tolist())
print([name for name in ("lightgbm", "xgboost", "catboost", "sklearn", "pandas") if name in sys.modules])
"""


def test_one_row_is_answered_without_the_library_that_trained_the_model(binary, tmp_path):
    table = binary.folder.table
    boosted = [f for recipes in binary.recipes.values() for f in recipes if isinstance(f.model, Boosted)]
    trained = tuple(Trained.of(small(fitted, table), "refit") for fitted in boosted)
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
    table = binary.folder.table
    boosted = [f for recipes in binary.recipes.values() for f in recipes if isinstance(f.model, Boosted)]
    trained = tuple(Trained.of(small(fitted, table), "refit") for fitted in boosted)
    made = Predictor.of(binary.predictor.passport, [Ingredient(number=1, name="one", weight=1.0, trained=trained)])
    binary.frame.iloc[np.resize(np.arange(len(binary.frame)), 2500)].to_csv(tmp_path / "rows.csv", index=False)
    done = subprocess.run(
        [sys.executable, "-c", MANY_ALONE, str(made.save(tmp_path / "model")), str(tmp_path / "rows.csv")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["2500", "[]"]


@pytest.mark.parametrize("n", [1024, 1025, 5000])
def test_rows_in_chunks_by_threads_come_back_in_their_order(both, case, n):
    _, made = both
    rows = case.frame.iloc[np.resize(np.arange(len(case.frame)), n)].reset_index(drop=True)
    chunked, alone = made.stored(rows), made.stored(case.frame)
    np.testing.assert_allclose(chunked, alone[np.resize(np.arange(len(alone)), n)], rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(made.stored(rows), chunked)


def test_no_rows_have_no_answers(both, case):
    _, made = both
    assert made.stored(case.frame.iloc[:0]).shape == (0, *made.stored(case.frame.iloc[:2]).shape[1:])


def test_no_rows_have_no_answers_of_symmetric_trees(symmetric):
    trained = tuple(Trained.of(small(fitted, symmetric.folder.table), "refit") for fitted in symmetric.recipes[1][-1:])
    made = Predictor.of(symmetric.predictor.passport, [Ingredient(number=1, name="one", weight=1.0, trained=trained)])
    assert made.stored(symmetric.frame.iloc[:0]).shape == (0,)
    assert len(made.predict(symmetric.frame.iloc[:0])) == 0


def test_they_are_asked_in_one_walk_for_few_rows(both, case):
    _, made = both
    plan = PredictionPlan.of(made.members, made._bundle.states, made.passport.scale)
    assert plan.joint is not None
    pieces = sum(len(member.pieces) for member in made.members)
    assert len(plan.joint.pieces) in (pieces, pieces - len(made.members))
