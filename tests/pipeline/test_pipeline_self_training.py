"""Rows without a target teach where they say something, and no held-out row teaches through them."""

import numpy as np
import pandas as pd
import pytest

from assay.core.contract import Limits, Seeds
from assay.core.errors import UsageError
from assay.core.recipe import Recipe, Step
from assay.core.table import Table
from assay.core.target import Target
from assay.pipeline.fold_view import LabFoldView
from assay.pipeline.joined_rows import joined
from assay.pipeline.recipe_fit import _left_out
from assay.pipeline.self_training import CrossFit, FreshRows, _cross_fit, sure, with_pseudo_labels
from assay.pipeline.step_surroundings import built_model
from assay.search.worker_jobs import run
from assay.testing.tables import tiny_table

TREES = Step.of("lightgbm", learning_rate=0.1, leaves=4, max_rounds=40)
NEAR = Recipe(steps=(Step.of("impute"), Step.of("scale")), model=Step.of("knn"))
LINEAR = Recipe(steps=(Step.of("impute"), Step.of("scale")), model=Step.of("linear"))


def clusters(n, seed, k=8, d=5, spread=2.0):
    """Clouds around k points, which are of two classes in turn: near rows are alike, far ones are not."""
    middles = np.random.default_rng(7).normal(size=(k, d)) * spread
    rng = np.random.default_rng(seed)
    cloud = rng.integers(0, k, n)
    x = middles[cloud] + rng.normal(size=(n, d))
    return pd.DataFrame({**{f"x{j}": x[:, j] for j in range(d)}, "side": np.where(cloud % 2 == 1, "b", "a")})


@pytest.fixture
def folder_with(make_folder):
    """folder_with(labelled, without): a folder whose frame has rows without a target."""

    def make(labelled, without, target="side", name="task", **options):
        frame = pd.concat([labelled, without.assign(**{target: None})], ignore_index=True)
        return make_folder(target, frame, name=name, unlabelled="missing", **options)

    return make


def loss_of(folder, recipe, job, number):
    out = []
    for fold in range(folder.split.n_folds):
        done = run(job(folder, recipe, number=number, fold=fold))
        held = folder.split.fold(fold).test
        p, y = np.asarray(folder.predictions(done.predictions), dtype=np.float64), folder.target.values[held]
        out.append(-np.log(np.clip(np.where(y == 1, p, 1 - p), 1e-9, 1)))
    return np.concatenate(out)


def with_weight(recipe, weight=0.5):
    return Recipe(steps=recipe.steps, model=recipe.model, pseudo_labels=weight)


@pytest.mark.slow
def test_useful_rows_without_a_target_help_and_useless_ones_cost_little(folder_with, job):
    rng = np.random.default_rng(5)
    gains = {"useful": [], "useless": []}
    for seed in range(2):
        labelled, useful = clusters(80, seed), clusters(600, 100 + seed)
        useless = useful.assign(**{f"x{j}": rng.normal(size=600) * 3 for j in range(5)})
        for name, without in (("useful", useful), ("useless", useless)):
            folder = folder_with(labelled, without, name=f"{name}-{seed}")
            assert folder.unlabelled.n_rows == 600
            plain, taught = (loss_of(folder, one, job, i) for i, one in enumerate((NEAR, with_weight(NEAR)), 1))
            gains[name].append(plain.mean() - taught.mean())
    assert np.mean(gains["useful"]) > 0.02
    assert np.mean(gains["useless"]) > -0.02


def view_of(folder, recipe, fold=0):
    return LabFoldView(folder, recipe, folder.split.fold(fold), folder.task.loss, Seeds(1))


def taught_by(folder, recipe):
    view = view_of(folder, recipe)
    inner = folder.inner_numbers(view.train_rows, 0)
    rows = FreshRows(table=view.unlabelled(), share=0.5, inner=inner)
    return with_pseudo_labels(view, rows, built_model(recipe.model, folder), limits=Limits(), seeds=Seeds(2))


def test_held_out_targets_change_nothing_that_teaches(folder_with):
    folder = folder_with(clusters(120, 0), clusters(300, 1))
    recipe = Recipe(model=TREES)
    before = taught_by(folder, recipe)
    held, values = folder.split.fold(0).test, folder.target.values.copy()
    values[held] = 1 - values[held]
    folder.__dict__["target"] = Target(values, 2)
    after = taught_by(folder, recipe)
    assert len(before.target("train")) > len(folder.split.fold(0).train) + 20
    assert np.array_equal(before.target("train").values, after.target("train").values)
    assert np.array_equal(before.target("train").weight, after.target("train").weight)
    assert np.array_equal(before.table("train").numeric, after.table("train").numeric)
    assert np.array_equal(after.target("test").values, values[held])


def test_numbers_are_labelled_where_two_learners_agree(make_folder, job):
    rng = np.random.default_rng(0)
    frame = clusters(700, 3, spread=3.0)
    known = np.arange(700) < 100
    level = frame.pop("side").eq("b") * 10.0 + frame["x0"]
    folder = make_folder("y", frame.assign(y=np.where(known, level + 0.1 * rng.normal(size=700), np.nan)),
                         unlabelled="missing")  # fmt: skip
    recipe = Recipe(model=Step.of("lightgbm", learning_rate=0.1, leaves=4, max_rounds=60), pseudo_labels=0.5)
    assert 0 < len(taught_by(folder, recipe).target("train")) - len(folder.split.fold(0).train) <= 600
    assert run(job(folder, recipe)).rounds
    assert run(job(folder, recipe, kind="refit", rounds=9)).rounds == 9


def test_rows_without_a_target_weigh_no_more_in_all_than_they_are_told(folder_with):
    view = taught_by(folder_with(clusters(120, 0), clusters(900, 1)), Recipe(model=TREES))
    weight = view.target("train").weight
    assert weight[96:].sum() <= 0.5 * weight[:96].sum() + 1e-9
    assert weight[96:].max() < weight[:96].min()


def test_a_lab_without_such_rows_refuses_the_recipe(make_folder, job):
    with pytest.raises(UsageError, match="keeps no rows without a target"):
        run(job(make_folder("side", clusters(120, 0)), with_weight(LINEAR)))


def found_of(said, truth, guesses):
    return CrossFit(truth=Target(np.asarray(truth), 2), said=said, guesses=guesses)


def test_classes_that_are_guessed_keep_their_proportions_the_surest_first():
    said = np.array([[0.9, 0.1]] * 20 + [[0.6, 0.4]] * 10 + [[0.1, 0.9]] * 20)
    truth = [0] * 20 + [1] * 6 + [0] * 4 + [1] * 20
    guesses = np.array([[0.95, 0.05]] * 30 + [[0.55, 0.45]] * 10 + [[0.05, 0.95]] * 4 + [[0.0, 1.0]])
    kept = sure(found_of(said, truth, guesses))
    assert set(kept.values.tolist()) == {0, 1}
    assert not set(range(30, 40)) & set(kept.rows.tolist())
    assert 44 in kept.rows
    assert (kept.values == 0).sum() / (kept.values == 1).sum() == pytest.approx(
        guesses[:, 0].sum() / guesses[:, 1].sum(), rel=0.3
    )


def test_a_class_that_is_guessed_wrongly_keeps_all_others_out():
    said = np.array([[0.9, 0.1]] * 12 + [[0.2, 0.8]] * 12)
    kept = sure(found_of(said, [0] * 12 + [0, 1] * 6, np.array([[0.95, 0.05], [0.1, 0.9]])))
    assert not len(kept.rows)


def test_tables_are_joined_row_by_row_whatever_their_blocks():
    one, other = tiny_table(seed=1, n=30), tiny_table(seed=2, n=20)
    both = joined(one, other)
    assert both.n_rows == 50
    for name in both.blocks:
        above, below = (both.blocks[name].take(rows).arrays() for rows in (np.arange(30), np.arange(30, 50)))
        for key, array in above.items():
            assert np.array_equal(array, one.blocks[name].arrays()[key], equal_nan=array.dtype.kind == "f")
            assert np.array_equal(below[key], other.blocks[name].arrays()[key], equal_nan=array.dtype.kind == "f")
    with pytest.raises(UsageError, match="other columns"):
        joined(Table.empty(3).with_numeric(np.zeros((3, 1)), ("a",)), Table.empty(2))


def test_keys_of_recipes_without_pseudo_labels_are_what_they_were():
    assert "pseudo_labels" not in LINEAR.as_json()
    assert Recipe.from_json(with_weight(LINEAR).as_json()) == with_weight(LINEAR)
    assert with_weight(LINEAR).key != LINEAR.key
    with pytest.raises(ValueError, match="from 0 to 1"):
        Recipe.from_json({"model": {"name": "linear"}, "pseudo_labels": 2})


def coin(seed, n=300, without=200):
    """A target that nothing tells, and a category of few rows a level, whose means remember single rows."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"c": rng.integers(0, 150, n + without).astype(str), "x": rng.normal(size=n + without)})
    return frame.assign(side=rng.choice(["a", "b"], n + without))[:n], frame[n:]


MEANS = Recipe(steps=(Step.of("target_mean", above=2, m=1.0, keep=False),), model=TREES, pseudo_labels=0.5)


def test_nothing_that_is_compared_on_a_part_of_the_rows_knows_the_part(folder_with):
    folder = folder_with(*coin(0), kinds={"c": "category"})
    held = np.flatnonzero(folder.inner_numbers(folder.split.fold(0).train, 0) == 1)
    before = _left_out(view_of(folder, MEANS), held)
    values = folder.target.values.copy()
    rows = folder.split.fold(0).train[held]
    values[rows] = 1 - values[rows]
    kept = [before.view.table("train"), before.view.table("test"), before.fresh]
    folder.__dict__["target"] = Target(values, 2)
    after = _left_out(view_of(folder, MEANS), held)
    for one, other in zip(kept, [after.view.table("train"), after.view.table("test"), after.fresh], strict=True):
        assert np.array_equal(one.numeric, other.numeric)
    assert before.view.table("test").n_rows == len(held)
    assert before.fresh.n_rows == 200


def test_of_a_coin_a_model_alone_says_no_more_than_chance(folder_with):
    """Rounds that a part chose for itself, and means of categories that know it, said more: 0.66 for 0.69."""
    losses = []
    for seed in range(4):
        folder = folder_with(*coin(seed), name=f"coin-{seed}", kinds={"c": "category"})
        view = view_of(folder, MEANS)
        inner = folder.inner_numbers(view.train_rows, 0)
        parts = [np.flatnonzero(inner == part) for part in np.unique(inner)]
        left = [_left_out(view, held) for held in parts]
        said, guesses = _cross_fit(left, built_model(MEANS.model, folder), limits=Limits(), seeds=Seeds(2))
        truth = view.target("train").take(np.concatenate(parts))
        losses.append(CrossFit(truth=truth, said=said, guesses=guesses).loss)
    assert np.mean(losses) > np.log(2) - 0.005


def test_rows_with_guessed_targets_are_marked_as_such(folder_with):
    target = taught_by(folder_with(clusters(120, 0), clusters(300, 1)), Recipe(model=TREES)).target("train")
    assert not target.ties.guessed[:96].any()
    assert target.ties.guessed[96:].all()
    assert len(target) > 96
