"""Steps that learn their columns from many rows' texts learn in each fold from its training rows alone."""

from dataclasses import replace

import numpy as np
import pytest

from assay.core.block.columns import TextBlock
from assay.core.experiment import Experiment
from assay.core.recipe import Recipe, Step
from assay.core.seed import Seeds
from assay.features import registry
from assay.pipeline.fit_jobs import fold_members
from assay.pipeline.fold_view import LabFoldView
from assay.pipeline.shared_design import OF_FOLD, fits_in_fold, key_of, open_design
from assay.pipeline.store import TaskFolder
from assay.pipeline.text_steps import TextSteps
from assay.search.disk_room import DiskRoom
from assay.search.serving_cost import ships_alone
from assay.search.worker_jobs import run
from assay.testing.encoders import assert_equal_tables

LEARNS = {
    "tfidf": (Step.of("tfidf", min_df=1),), "text_svd": (Step.of("text_svd", min_df=1, components=3),),
    "text_topics": (Step.of("text_topics"),), "name_terms": (Step.of("name_terms"), Step.of("without_text")),
    "behind another": (Step.of("dates"), Step.of("scale"), Step.of("tfidf", min_df=1)),
}  # fmt: skip
TEXTS = (Step.of("tfidf"), Step.of("one_hot"), Step.of("impute"), Step.of("scale"))


def view_of(folder, steps, *, fold=0):
    recipe = Recipe(steps=steps, model=Step.of("linear"))
    return LabFoldView(folder, recipe, folder.split.fold(fold), folder.task.loss, Seeds(0))


def with_other_texts(folder, path, rows):
    """The same task in another folder, where these rows have texts of words that no other row has."""
    cells = folder.table.text.copy()
    cells[rows] = np.array([f"unheard novelty number{k % 7} novelty" for k in range(len(rows))], dtype=object)[:, None]
    table = folder.table.with_blocks(text=TextBlock(cells, folder.table.text_names))
    task = replace(folder.task, hash="other")
    return TaskFolder.create(path, task=task, table=table, target=folder.target, split=folder.split)


@pytest.mark.parametrize("steps", LEARNS.values(), ids=LEARNS)
def test_texts_of_held_out_rows_change_nothing_of_what_a_fold_is_trained_on(make_folder, tmp_path, steps):
    folder = make_folder()
    other = with_other_texts(folder, tmp_path / "other", folder.split.fold(0).test)
    assert_equal_tables(view_of(folder, steps).table("train"), view_of(other, steps).table("train"), "trained on")
    all_rows = [open_design(one, steps).table.take(folder.split.fold(0).train) for one in (folder, other)]
    if steps != LEARNS["name_terms"]:  # names are no texts; its own test is below
        with pytest.raises(AssertionError):
            assert_equal_tables(*all_rows, "learned from all rows")


def test_every_step_that_counts_words_of_many_rows_is_fitted_in_the_fold():
    learning = {name for name in registry.names() if registry.get(name).traits.fits_in_fold}
    assert learning == {
        "tfidf",
        "text_svd",
        "text_topics",
        "name_terms",
        "count_terms",
        "recurring_lines",
        "term_crosses",
    }


@pytest.mark.slow
def test_all_experiments_of_a_fold_share_one_design_and_every_fold_has_its_own(make_folder, job):
    folder = make_folder()
    for fold in range(folder.split.n_folds):
        for number, model in enumerate(("linear", "naive_bayes"), start=1):
            run(job(folder, Recipe(steps=TEXTS, model=Step.of(model)), fold=fold, number=number))
    places = [path.name for path in folder.cache.iterdir() if path.is_dir() and not path.name.startswith(".")]
    key = key_of(folder, Recipe(steps=TEXTS, model=Step.of("linear")))
    assert len(places) == folder.split.n_folds
    assert all(place.startswith(key + OF_FOLD) for place in places)


def test_the_designs_of_folds_are_dropped_with_their_recipe(make_folder):
    folder = make_folder()
    recipes = [Recipe(steps=(*TEXTS[:1], *more), model=Step.of("linear")) for more in ((), TEXTS[1:])]
    for recipe in recipes:
        for fold in range(2):
            open_design(folder, recipe.steps, train=folder.split.fold(fold).train)
    kept = Experiment(number=1, recipe=recipes[1], what="", question="", by="testing")
    DiskRoom(folder, cache_bytes=1).drop_designs([kept])
    left = [path.name for path in folder.cache.iterdir() if path.is_dir()]
    assert len(left) == 2
    assert all(name.startswith(key_of(folder, recipes[1])) for name in left)


def test_fold_members_answer_raw_rows_as_their_fold_did(make_folder, job):
    folder, recipe = make_folder(), Recipe(steps=TEXTS, model=Step.of("linear"))
    jobs = [job(folder, recipe, fold=fold) for fold in range(folder.split.n_folds)]
    outcomes = [run(one) for one in jobs]
    for fold, (member, outcome) in enumerate(zip(fold_members(jobs[0], folder), outcomes, strict=True)):
        answer = member.predict(folder.table.take(folder.split.fold(fold).test))
        np.testing.assert_allclose(answer, folder.predictions(outcome.predictions), atol=1e-6)


def test_a_lab_of_before_goes_on_learning_terms_from_all_rows(make_folder):
    folder = make_folder()
    task = replace(folder.task, steps_in_fold=False)
    before = TaskFolder.create(
        folder.path, task=task, table=folder.table, target=folder.target, split=folder.split, groups=folder.groups
    )
    train = before.split.fold(0).train
    assert open_design(before, TEXTS, train=train).key == open_design(before, TEXTS).key


def test_a_recipe_that_learns_texts_in_the_fold_ships_its_refit_alone():
    assert ships_alone(Recipe(steps=TEXTS, model=Step.of("linear")))
    assert not ships_alone(Recipe(steps=TEXTS[1:], model=Step.of("linear")))
    assert fits_in_fold(TEXTS)


LINES, SVD = Step.of("recurring_lines", min_rows=2), Step.of("text_svd", min_df=1, components=3, keep=True)
LISTS = {
    "alone": (SVD,), "behind a column": (Step.of("dates"), Step.of("counts"), SVD),
    "behind other texts": (LINES, SVD), "twice": (SVD, Step.of("tfidf", min_df=1), LINES, Step.of("text_svd")),
    "after texts are gone": (Step.of("tfidf", min_df=1), Step.of("impute"), SVD),
}  # fmt: skip


def test_steps_that_were_fitted_for_other_lists_of_steps_make_what_they_would_make_anew(make_folder, tmp_path):
    folder = make_folder()
    for fold in (0, 1):
        train = folder.split.fold(fold).train
        for what, steps in LISTS.items():
            alone = TaskFolder.open(tmp_path / f"{what}{fold}")
            made = TaskFolder.create(
                alone.path, task=folder.task, table=folder.table, target=folder.target, split=folder.split
            )
            ours, anew = open_design(folder, steps, train=train), open_design(made, steps, train=train)
            assert_equal_tables(ours.table, anew.table, what)
            table, seeds = folder.table, Seeds(folder.task.seed).child("design")
            for i, step in enumerate(steps):
                seen = table.take(train) if fits_in_fold(steps[: i + 1]) else table
                one = registry.build(step)
                own = seeds.child(step.name) if one.traits.texts_alone else seeds.child(i, step.name)
                table = one.fit(seen, None, seeds=own).transform(table)
            assert_equal_tables(ours.table, table, f"{what}, by hand")


def test_a_step_of_texts_is_fitted_once_a_fold_whatever_else_a_recipe_has(make_folder):
    folder = make_folder()
    for more in ((), (Step.of("one_hot"),), (Step.of("impute"), Step.of("scale"))):
        for fold in (0, 1):
            open_design(folder, (SVD, *more), train=folder.split.fold(fold).train)
    assert len(TextSteps.of(folder)._kept) == 2


def test_steps_say_truly_that_they_learn_from_texts_alone(make_folder):
    folder = make_folder()
    other = folder.table.with_cells(numeric=folder.table.numeric * 2 + 1, codes=folder.table.codes[::-1])
    for name in registry.names():
        if not registry.get(name).traits.texts_alone:
            continue
        made = [registry.build(Step.of(name)).fit(t, None, seeds=Seeds(0)).transform(t) for t in (folder.table, other)]
        width = len(folder.table.numeric_names)
        np.testing.assert_array_equal(made[0].numeric[:, width:], made[1].numeric[:, width:])
        assert made[0].numeric_names[:width] == folder.table.numeric_names
        np.testing.assert_array_equal(made[0].numeric[:, :width], folder.table.numeric)


SCORED = (Step.of("tfidf", min_df=1), Step.of("text_scores", grid=(1.0,)))
MORE = (Step.of("text_style"), Step.of("dates"), *SCORED)


def test_scores_of_terms_that_another_recipe_fitted_are_those_that_would_be_made_anew(make_folder, tmp_path):
    folder, tables = make_folder(), {}
    for steps in (SCORED, MORE):
        other = with_other_texts(folder, tmp_path / f"{len(steps)}", np.array([0]))
        for what, one in (("ours", folder), ("other texts", other)):
            view = view_of(one, steps)
            tables[what, steps] = view.table("train"), view.table("test"), view.encoders()[-1].transform(view.whole())
    assert len(TextSteps.of(folder)._kept) == 3  # terms, scores and how texts are written
    anew = TaskFolder.create(
        TaskFolder.open(tmp_path / "anew").path, task=folder.task, table=folder.table, target=folder.target,
        split=folder.split,
    )  # fmt: skip
    for part, name in enumerate(("train", "test", "whole")):
        few, many = (tables["ours", steps][part] for steps in (SCORED, MORE))
        if part < 2:
            assert_equal_tables(view_of(anew, MORE).table(name), many, name)
        np.testing.assert_array_equal(few.numeric[:, -1], many.numeric[:, -1])
        assert few.sparse is None
        assert many.sparse is None
    assert (tables["ours", SCORED][0].numeric[:, -1] != tables["other texts", SCORED][0].numeric[:, -1]).any()
