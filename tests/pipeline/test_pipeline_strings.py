"""Codes and keys reach the steps of a recipe, in training and when new rows are answered; so does the order of rows."""

import numpy as np
import pandas as pd

from assay.core.recipe import Recipe, Step
from assay.pipeline.fitted_recipe import with_link
from assay.pipeline.shared_design import open_design
from assay.pipeline.states import read_states
from assay.predictor.member import Ingredient, Trained
from assay.predictor.passport import Passport
from assay.predictor.predictor import Predictor
from assay.search.worker_jobs import run

STRINGS = (Step.of("string_parts"), Step.of("min_hash", components=4), Step.of("similarity", prototypes=5))
SELECTED = (Step.of("target_mean", above=0), Step.of("select_univariate"))
MODEL = Step.of("lightgbm", max_rounds=30, min_data=5)


def keyed_frame(n=400):
    """A key whose second digit tells the target, a cabin of many values, an order."""
    rng = np.random.default_rng(0)
    digits = rng.integers(0, 10, (n, 5))
    effect = rng.permutation(10) / 3.0
    return pd.DataFrame({
        "key": ["K" + "".join(map(str, row)) for row in digits],
        "cabin": [f"{'ABC'[k % 3]}{k}" for k in rng.integers(1, 60, n)],
        "shop": [f"shop {k}" for k in rng.integers(0, 20, n)],
        "x": rng.normal(size=n), "day": np.arange(n) // 4,
        "regression": effect[digits[:, 1]] + 0.2 * rng.normal(size=n),
    })  # fmt: skip


def fold_of(folder, job, steps):
    """The predictions of fold 1, its rows, and a Predictor of that fold's model."""
    recipe = Recipe(steps=steps, model=MODEL)
    outcome = run(job(folder, recipe, fold=1))
    (*inner, model), link = with_link(read_states(folder.work / outcome.model), recipe.transform)
    design = open_design(folder, recipe.steps, train=folder.split.fold(1).train)
    prefix = [encoder.state() for encoder in design.encoders]
    trained = Trained(encoders=(*prefix, *inner), model=model, link=link, rounds=outcome.rounds)
    one = Ingredient(number=1, name="", weight=1.0, trained=(trained,))
    predictor = Predictor.of(Passport.of(folder.task, metric_title=""), [one])
    return folder.predictions(outcome.predictions), folder.split.fold(1).test, predictor


def test_parts_of_a_key_predict_where_the_key_itself_is_no_feature(make_folder, job):
    frame = keyed_frame()
    folder = make_folder("regression", frame)
    assert folder.task.schema["key"].kind == "identifier"
    assert folder.table.moment is None
    oof, rows, predictor = fold_of(folder, job, (*STRINGS, *SELECTED))
    assert np.corrcoef(oof, frame["regression"].to_numpy()[rows])[0, 1] > 0.9
    loaded, new = Predictor.load(predictor.save(folder.path / "model.zip")), frame.iloc[rows]
    for form in (new, new.to_dict("records"), new[new.columns[::-1]]):
        np.testing.assert_allclose(loaded.stored(form), oof, rtol=0, atol=1e-6)
    assert np.isfinite(loaded.stored(new.drop(columns="key"))).all()  # keys are not asked for: missing


def test_rows_in_order_have_moments_and_lags_and_new_rows_come_next(make_folder, job):
    frame = keyed_frame()
    folder = make_folder("regression", frame, order_by="day")
    np.testing.assert_array_equal(folder.table.moment, frame["day"])
    oof, rows, predictor = fold_of(folder, job, (Step.of("lags"),))
    assert np.isfinite(oof).all()
    new = frame.iloc[rows]
    together, alone = predictor.stored(new), [predictor.stored(row)[0] for row in new.head(3).to_dict("records")]
    np.testing.assert_allclose(together[:3], alone, rtol=0, atol=1e-9)
