"""What ships answers rows as they were answered out of fold, in whatever form they come."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.core.recipe import Recipe, Step
from assay.data.read import read_table
from assay.pipeline.fitted_recipe import with_link
from assay.pipeline.shared_design import open_design
from assay.pipeline.states import read_states
from assay.predictor.member import Ingredient, Trained
from assay.predictor.passport import Passport
from assay.predictor.predictor import Predictor
from assay.search.worker_jobs import run
from each import at_most

STEPS = (Step.of("dates"), Step.of("text_svd"), Step.of("target_mean"), Step.of("impute", indicators=True))
RECIPES = {
    "lightgbm": Recipe(steps=STEPS, model=Step.of("lightgbm", max_rounds=20, min_data=5)),
    "linear": Recipe(
        steps=(Step.of("dates"), Step.of("tfidf"), Step.of("one_hot"), Step.of("impute"), Step.of("scale")),
        model=Step.of("linear"),
    ),
    "named columns": Recipe(
        steps=(
            Step.of("leave_out", columns=["fare", "note"]),
            Step.of("combine", pairs=[["age", "noise"]], operations=["ratio", "sum"]),
            *STEPS,
        ),
        model=Step.of("lightgbm", max_rounds=20, min_data=5),
    ),
    "extra_trees": Recipe(steps=STEPS, model=Step.of("extra_trees", n_trees=20)),
}


def shipped_fold(folder, job, recipe, fold=0):
    """The out-of-fold predictions of one fold, its rows, and a Predictor of nothing but that fold's model."""
    outcome = run(job(folder, recipe, fold=fold))
    (*inner, model), link = with_link(read_states(folder.work / outcome.model), recipe.transform)
    design = open_design(folder, recipe.steps, train=folder.split.fold(fold).train)
    prefix = [encoder.state() for encoder in design.encoders]
    trained = Trained(encoders=(*prefix, *inner), model=model, link=link, rounds=outcome.rounds)
    one = Ingredient(number=1, name="", weight=1.0, trained=(trained,))
    predictor = Predictor.of(Passport.of(folder.task, metric_title=""), [one])
    return folder.predictions(outcome.predictions), folder.split.fold(fold).test, predictor


def through_csv(frame, folder):
    """The rows as Assay reads them from a file."""
    path = folder.path / "new.csv"
    frame.to_csv(path, index=False)
    return read_table(path).frame


@pytest.mark.parametrize("family", sorted(RECIPES))
@pytest.mark.parametrize("target", ["binary", "multiclass", "regression"])
def test_the_bundle_answers_the_rows_of_a_fold_as_the_fold_did(make_folder, job, mixed, target, family):
    folder = make_folder(target)
    oof, rows, predictor = shipped_fold(folder, job, RECIPES[family])
    loaded, new = Predictor.load(predictor.save(folder.path / "model.zip")), mixed.iloc[rows]
    forms = {
        "frame": new, "dicts": new.to_dict("records"), "csv": through_csv(new, folder),
        "columns in another order": new[new.columns[::-1]], "more columns": new.assign(more=1),
    }  # fmt: skip
    for name, form in forms.items():
        assert np.allclose(loaded.stored(form), oof, rtol=0, atol=1e-6), name
    one_by_one = [loaded.stored(row)[0] for row in new.head(5).to_dict("records")]
    assert np.allclose(one_by_one, oof[:5], rtol=0, atol=1e-6)


WORDS = (None, "a", "A", "b ", "ö", "", "NA", "1", "1.0", "01", 1, 1.0, -0.0, 0, True, False, "True", "yes", np.nan)
NUMBERS = (None, 1, 1.5, "2.5", -0.0, 0.0, "1e3", 10**12, -3, "7", np.nan, np.inf, "-inf")
FLAGS = (True, False, None, "true", "False", "TRUE")
IN_A_FILE = {"word": ("a", "A", "b", "ö", "", "1", "01", "x y", "-0", 'say "so"', "a,b"), "number": NUMBERS[:9]}


def odd_frame(seed, *, word, number, flag=FLAGS, n=80):
    """Cells drawn from a few of each pool, so that now and then a kind is all there is."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"x": rng.normal(size=n), "binary": rng.choice(["no", "yes"], n)})
    for name, pool in {"word": word, "number": number, "flag": flag}.items():
        few = [pool[i] for i in rng.permutation(len(pool))[: rng.integers(2, len(pool) + 1)]]
        frame[name] = pd.Series([few[i] for i in rng.integers(0, len(few), n)], dtype=object)
    return frame


quick = settings(max_examples=at_most(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SMALL = Recipe(model=Step.of("lightgbm", max_rounds=10, min_data=2))


@pytest.mark.slow
@quick
@given(seed=st.integers(0, 2**32 - 1))
def test_cells_of_any_sort_mean_the_same_in_training_and_in_every_form_of_new_rows(make_folder, job, seed):
    frame = odd_frame(seed, word=WORDS, number=NUMBERS)
    oof, rows, predictor = shipped_fold(make_folder(frame=frame, name=f"odd-{seed}"), job, SMALL)
    new = frame.iloc[rows]
    assert np.allclose(predictor.stored(new), oof, rtol=0, atol=1e-6)
    assert np.allclose(predictor.stored(new.to_dict("records")), oof, rtol=0, atol=1e-6)
    many = pd.concat([new] * 8, ignore_index=True)  # enough rows to be read column by column
    assert np.allclose(predictor.stored(many), np.tile(oof, 8), rtol=0, atol=1e-6)


@pytest.mark.slow
@quick
@given(seed=st.integers(0, 2**32 - 1))
def test_a_file_says_the_same_as_the_frame_it_was_written_from(make_folder, job, seed):
    frame = odd_frame(seed, **IN_A_FILE, flag=(True, False))
    folder = make_folder(frame=frame, name=f"file-{seed}")
    oof, rows, predictor = shipped_fold(folder, job, SMALL)
    new = through_csv(frame.iloc[rows], folder)
    assert np.allclose(predictor.stored(new), oof, rtol=0, atol=1e-6)
    assert np.allclose(predictor.stored(new.to_dict("records")), oof, rtol=0, atol=1e-6)
