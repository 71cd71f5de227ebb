"""A second level is judged on rows that taught none of what it saw, and ships above what it reads."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from assay.core.errors import LabError
from assay.core.experiment import Experiment
from assay.core.job import Job
from assay.core.recipe import Recipe, Step
from assay.pipeline.fitted_recipe import with_link
from assay.pipeline.nested_predictions import nested_rows, predictions_without_fold
from assay.pipeline.shared_design import open_design
from assay.pipeline.stacking_inputs import StackingBase, beside, store_base, table_on
from assay.pipeline.states import read_states
from assay.predictor.member import Ingredient, Trained
from assay.predictor.passport import Passport
from assay.predictor.predictor import Predictor
from assay.search.worker_jobs import run
from assay.testing.encoders import assert_equal_tables, rank_auc

STEPS = (Step.of("dates"), Step.of("text_svd"))
FIRST = Recipe(steps=STEPS, model=Step.of("lightgbm", max_rounds=15, min_data=5))
STACKED = Recipe(steps=STEPS, model=Step.of("lightgbm", max_rounds=10, min_data=5), on=(7,))


def experiment(recipe, number):
    return Experiment(number=number, recipe=recipe, what="", question="", by="test")


def fold_job(folder, recipe, number, fold):
    return Job(kind="fold", store=folder.store, experiment=experiment(recipe, number), fold=fold)


def first_level(folder, recipe=FIRST, number=7):
    """Fit the first level on every fold, and lay its out-of-fold predictions where a second level reads them."""
    outcomes = [run(fold_job(folder, recipe, number, fold)) for fold in range(folder.split.n_folds)]
    parts = [folder.predictions(outcome.predictions) for outcome in outcomes]
    oof = np.full((len(folder.target), *parts[0].shape[1:]), np.nan, dtype=np.float32)
    for fold, part in enumerate(parts):
        oof[folder.split.fold(fold).test] = part
    store_base(folder, StackingBase(experiment=experiment(recipe, number), rounds=outcomes[0].rounds), oof)
    return oof, outcomes


def trained(folder, recipe, outcome):
    """A fold's model as it ships."""
    design = open_design(folder, recipe.steps, recipe.on, train=folder.split.fold(outcome.fold).train)
    prefix = [encoder.state() for encoder in design.encoders]
    (*inner, model), link = with_link(read_states(folder.work / outcome.model), recipe.transform)
    return Trained(encoders=(*prefix, *inner), model=model, link=link, rounds=outcome.rounds)


def other_labels(folder, rows):
    values = np.array(folder.target.values)
    values[rows] = (values[rows] + 1) % folder.task.n_classes if folder.task.n_classes else -3.7 * values[rows] + 1.1
    return values


@pytest.mark.parametrize("problem", ["binary", "multiclass", "regression"])
def test_the_labels_of_a_fold_change_no_column_that_its_training_rows_show_a_second_level(make_folder, problem):
    honest = make_folder(problem, name="honest")
    fold = honest.split.fold(1)
    changed = make_folder(problem, name="changed", y=other_labels(honest, fold.test))
    base, nothing = (
        StackingBase(experiment=experiment(FIRST, 7), rounds=12),
        np.zeros(len(honest.target), dtype=np.float32),
    )
    for folder in (honest, changed):
        store_base(folder, base, nothing)
    tables = [nested_rows(folder, (7,), fold, 0) for folder in (honest, changed)]
    assert_equal_tables(tables[0], tables[1], f"training rows of a {problem} task")
    plain, both = len(honest.table.numeric_names), len(tables[0].numeric_names)
    assert both == plain + (3 if problem == "multiclass" else 1)
    assert np.isfinite(tables[0].numeric[:, plain:]).all()


def test_a_coin_is_ranked_by_chance_alone_through_two_levels(make_folder):
    n, rng = 1200, np.random.default_rng(3)
    frame = {"x": rng.normal(size=n), "z": rng.normal(size=n), "c": rng.choice(list("abcd"), n)}
    folder = make_folder("binary", pd.DataFrame({**frame, "binary": rng.choice(["no", "yes"], n)}), name="coin")
    first_level(folder)
    steps = (Step.of("one_hot"), Step.of("impute"), Step.of("scale"))
    linear = Recipe(steps=steps, model=Step.of("linear"), on=(7,))
    aucs, errors = [], []
    for fold in range(folder.split.n_folds):
        outcome = run(fold_job(folder, linear, 8, fold))
        y = folder.target.values[folder.split.fold(fold).test]
        aucs.append(rank_auc(y == 1, folder.predictions(outcome.predictions)))
        errors.append((len(y) + 1) / (12 * y.sum() * (len(y) - y.sum())))
    assert abs(np.mean(aucs) - 0.5) <= 2 * np.sqrt(np.mean(errors) / len(aucs))


@pytest.mark.parametrize("problem", ["binary", "multiclass", "regression"])
def test_a_bundle_of_two_levels_answers_as_its_parts_do_one_after_the_other(make_folder, mixed, problem):
    folder = make_folder(problem)
    _, below = first_level(folder)
    above = run(fold_job(folder, STACKED, 8, 0))
    ingredients = [
        Ingredient(number=7, name="", weight=0.0, trained=(trained(folder, FIRST, below[0]),)),
        Ingredient(number=8, name="", weight=1.0, trained=(trained(folder, STACKED, above),), on=(7,)),
    ]
    predictor = Predictor.of(Passport.of(folder.task), ingredients)
    loaded = Predictor.load(predictor.save(folder.path / "model.zip"))
    rows = folder.split.fold(0).test
    alone = Predictor.of(Passport.of(folder.task), [replace(ingredients[0], weight=1.0)])
    assert np.allclose(loaded.stored(mixed.iloc[rows]), folder.predictions(above.predictions), atol=1e-5)
    assert not np.allclose(loaded.stored(mixed.iloc[rows]), alone.stored(mixed.iloc[rows]), atol=1e-3)


def test_a_refit_of_a_second_level_reads_out_of_fold_columns(make_folder):
    folder = make_folder("binary")
    first_level(folder)
    outcome = run(Job(kind="refit", store=folder.store, experiment=experiment(STACKED, 8), rounds=10))
    assert outcome.rounds == 10


def test_a_second_level_whose_first_was_never_laid_out_says_what_to_do(make_folder):
    folder = make_folder("binary")
    with pytest.raises(LabError, match="#7") as caught:
        table_on(folder, (7,))
    assert "same fit command" in caught.value.do[0]


def test_columns_below_are_log_odds_logarithms_or_values(make_folder):
    table = make_folder("binary").table
    n = table.n_rows
    two = beside(table, {3: np.full(n, 0.5), 5: np.full((n, 2), 0.25)}, is_class=True)
    assert two.numeric_names[-3:] == ("#3", "#5:0", "#5:1")
    assert np.allclose(two.numeric[:, -3:], [0.0, np.log(0.25), np.log(0.25)])
    assert np.allclose(beside(table, {3: np.full(n, 7.0)}, is_class=False).numeric[:, -1], 7.0)
    sure = beside(table, {3: np.array([0.0, 1.0] * (n // 2))}, is_class=True)
    assert np.isfinite(sure.numeric[:, -1]).all()


def test_recipes_of_one_level_keep_their_keys_and_those_of_two_have_their_own():
    assert Recipe(model=Step.of("linear")).as_json() == {
        "steps": [], "model": {"name": "linear", "params": {}}, "transform": "identity"
    }  # fmt: skip
    assert STACKED.key != replace(STACKED, on=()).key != replace(STACKED, on=(7, 8)).key
    assert Recipe.from_json(STACKED.as_json()) == STACKED


@pytest.mark.parametrize("name", ["log1p", "yeo_johnson"])
def test_what_is_learned_on_another_scale_teaches_means_that_the_judged_fold_had_no_part_in(make_folder, name):
    rng = np.random.default_rng(0)
    x = rng.normal(size=300)
    frame = pd.DataFrame({"x": x, "z": rng.normal(size=300), "price": np.exp(1 + x + rng.normal(size=300))})
    recipe = Recipe(steps=(Step.of("impute"), Step.of("scale")), model=Step.of("linear"), transform=name)
    base = StackingBase(experiment=experiment(recipe, 7))
    honest = make_folder("price", frame, name="honest")
    fold = honest.split.fold(1)
    changed = make_folder("price", frame, name="changed", y=other_labels(honest, fold.test))
    found = [predictions_without_fold(folder, base, fold, 0) for folder in (honest, changed)]
    assert np.array_equal(found[0], found[1], equal_nan=True)
    assert found[0][fold.train].mean() == pytest.approx(honest.target.values[fold.train].mean(), rel=1e-4)
    assert np.isnan(found[0][fold.test]).all()


PAIR = Recipe(steps=(Step.of("only", columns=["#7"]), Step.of("impute"), Step.of("scale")), model=Step.of("linear"))
SECOND = replace(STACKED, model=Step.of("lightgbm", max_rounds=6, min_data=5))


def second_level(folder, number=8):
    """Both levels below a third, with out-of-fold predictions of both laid out."""
    below = first_level(folder)[1]
    return below, first_level(folder, SECOND, number)[1]


@pytest.mark.parametrize("problem", ["binary", "regression"])
def test_the_labels_of_a_fold_change_no_column_that_its_training_rows_show_a_third_level(make_folder, problem):
    honest = make_folder(problem, name="honest")
    fold = honest.split.fold(1)
    changed = make_folder(problem, name="changed", y=other_labels(honest, fold.test))
    nothing = np.zeros(len(honest.target), dtype=np.float32)
    for folder in (honest, changed):
        store_base(folder, StackingBase(experiment=experiment(FIRST, 7), rounds=6), nothing)
        store_base(folder, StackingBase(experiment=experiment(SECOND, 8), rounds=6), nothing)
    tables = [nested_rows(folder, (7, 8), fold, 0) for folder in (honest, changed)]
    assert_equal_tables(tables[0], tables[1], f"training rows of a {problem} task")
    assert tables[0].numeric_names[-2:] == ("#7", "#8")
    assert np.isfinite(tables[0].numeric[:, -2:]).all()


@pytest.mark.slow
def test_a_bundle_of_three_levels_answers_as_its_parts_do_one_after_the_other(make_folder, mixed):
    folder = make_folder("binary")
    below, middle = second_level(folder)
    third = replace(PAIR, steps=(Step.of("only", columns=["#7", "#8"]), *PAIR.steps[1:]), on=(7, 8))
    above = run(fold_job(folder, third, 9, 0))
    parts = [
        Ingredient(number=9, name="", weight=1.0, trained=(trained(folder, third, above),), on=(7, 8)),
        Ingredient(number=8, name="", weight=0.0, trained=(trained(folder, SECOND, middle[0]),), on=(7,)),
        Ingredient(number=7, name="", weight=0.0, trained=(trained(folder, FIRST, below[0]),)),
    ]
    loaded = Predictor.load(Predictor.of(Passport.of(folder.task), parts).save(folder.path / "model.zip"))
    rows = folder.split.fold(0).test
    assert np.allclose(loaded.stored(mixed.iloc[rows]), folder.predictions(above.predictions), atol=1e-5)
    again = run(fold_job(folder, third, 10, 0))
    assert np.array_equal(folder.predictions(again.predictions), folder.predictions(above.predictions))
    with pytest.raises(ValueError, match="no members of a lower level"):
        Predictor.of(Passport.of(folder.task), [*parts[:2], replace(parts[2], on=(9,))])
