"""Jobs: names in, names out; predictions are honest, models on disk say what they said in memory."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from assay.core.errors import UsageError
from assay.core.fold_scores import FoldScore
from assay.core.job import BlendPart
from assay.core.recipe import Recipe, Step
from assay.core.target import Target
from assay.ensemble.combine import combine
from assay.models import registry as models
from assay.pipeline.fit_jobs import load_fold_member
from assay.search.experiment_run import ExperimentRun
from assay.search.worker_jobs import run
from assay.testing.encoders import rank_auc

PROBLEMS = ("binary", "multiclass", "regression")
LEARNED = (Step.of("target_mean"), Step.of("dates"), Step.of("text_svd"))
FREE = (Step.of("dates"), Step.of("text_svd"))


def all_folds(folder, job, recipe, **fields):
    """Outcomes of every fold, in a Course that knows the rounds."""
    first = job(folder, recipe, **fields)
    course = ExperimentRun(first.experiment, folder.split.n_folds, False, 0.0)
    for fold in range(folder.split.n_folds):
        course.folds[fold] = run(job(folder, recipe, fold=fold, **fields))
    return course


def rescored(folder, job, recipe, course):
    return folder.predictions(
        run(job(folder, recipe, kind="rescore", fold_rounds=course.rounds_for_each())).predictions
    )


@pytest.mark.parametrize("steps", [FREE, LEARNED], ids=["shared design", "fitted in the fold"])
@pytest.mark.parametrize("problem", PROBLEMS)
def test_rescoring_predicts_each_fold_at_the_rounds_the_others_chose(make_folder, job, booster, problem, steps):
    folder, recipe = make_folder(problem), booster(*steps)
    course = all_folds(folder, job, recipe)
    oof = rescored(folder, job, recipe, course)
    for fold, rounds in enumerate(course.rounds_for_each()):
        rows = folder.split.fold(fold).test
        member = load_fold_member(folder, f"1-p0-f{fold}", transform="identity", rounds=rounds)
        again = run(job(folder, recipe, fold=fold, rounds=rounds, number=2))
        assert rounds <= course.folds[fold].rounds_done
        assert np.array_equal(oof[rows], member.predict(_design(folder, recipe, fold).take(rows)).astype(oof.dtype))
        if steps == FREE:  # a fit of exactly so many rounds is the first so many rounds of a longer fit
            assert np.allclose(oof[rows], folder.predictions(again.predictions), atol=1e-6)


def _design(folder, recipe, fold=None):
    from assay.pipeline.shared_design import open_design

    train = None if fold is None else folder.split.fold(fold).train
    return open_design(folder, recipe.steps, train=train).table


def test_in_time_and_with_a_holdout_rows_never_scored_have_no_prediction(make_folder, job, booster):
    folder, recipe = make_folder(order_by="since"), booster(*FREE)
    oof = rescored(folder, job, recipe, all_folds(folder, job, recipe))
    assert np.array_equal(np.isnan(oof), ~folder.split.scored())


def test_stored_predictions_have_the_form_of_their_problem(make_folder, job, booster):
    for problem, shape in (("binary", ()), ("multiclass", (3,)), ("regression", ())):
        folder = make_folder(problem, name=problem)
        outcome = run(job(folder, booster(*FREE)))
        stored = folder.predictions(outcome.predictions)
        assert stored.shape == (len(folder.split.fold(0).test), *shape)
        if problem != "regression":
            assert ((stored >= 0) & (stored <= 1)).all()
        if shape:
            assert np.allclose(stored.sum(axis=1), 1.0)


def test_a_fold_score_says_what_was_done_and_never_scores_itself(make_folder, job, booster):
    folder = make_folder()
    outcome = run(job(folder, booster(*FREE), fold=2))
    assert (outcome.fold, outcome.partition) == (2, 0)
    assert math.isnan(outcome.score)
    assert 1 <= outcome.rounds <= outcome.rounds_done
    assert outcome.model_bytes == (folder.work / outcome.model).stat().st_size
    assert min(outcome.wall_seconds, outcome.cpu_seconds, outcome.peak_bytes, outcome.row_ms) > 0


@pytest.mark.parametrize("kind", ["fold", "refit"])
def test_the_same_job_gives_the_same_bytes_in_any_order(make_folder, job, booster, kind):
    folder, recipe = make_folder(), booster(*LEARNED, extra_trees=True)
    fields = {"kind": kind, "rounds": 10 if kind == "refit" else None}
    run(job(folder, recipe, **fields))
    name = "1-refit.state" if kind == "refit" else "1-p0-f0.npy"
    first = (folder.work / name).read_bytes()
    run(job(folder, recipe, fold=1) if kind == "fold" else job(folder, recipe, number=3, **fields))
    run(job(folder, recipe, **fields))
    assert (folder.work / name).read_bytes() == first


def test_another_seed_of_an_experiment_is_another_fit(make_folder, job, booster):
    folder, recipe = make_folder(), booster(*FREE, extra_trees=True)
    one = job(folder, recipe)
    other = replace(one, experiment=replace(one.experiment, number=2, seed=1))
    predictions = [folder.predictions(run(each).predictions) for each in (one, other)]
    assert not np.array_equal(*predictions)


def test_a_time_limit_ends_a_fit_early_and_is_said(make_folder, job, booster):
    folder = make_folder()
    outcome = run(job(folder, booster(*FREE, max_rounds=2000, learning_rate=0.001), seconds=0.02))
    assert outcome.ended == "deadline"
    assert outcome.rounds_done < 2000


def test_a_refit_trains_on_all_rows_for_the_rounds_it_is_told(make_folder, job, booster):
    folder, recipe = make_folder(), booster(*FREE)
    outcome = run(job(folder, recipe, kind="refit", rounds=7))
    member = load_fold_member(folder, "1-refit", transform="identity", rounds=outcome.rounds)
    assert outcome.rounds == 7
    assert member.predict(_design(folder, recipe)).shape == folder.target.values.shape


def test_a_recipe_of_an_unknown_step_or_transform_is_refused_by_name(make_folder, job):
    folder = make_folder("regression")
    for recipe, word in (
        (Recipe(steps=(Step.of("one_hott"),), model=Step.of("lightgbm")), "one_hot"),
        (Recipe(model=Step.of("lightgmb")), "lightgbm"),
        (Recipe(steps=FREE, model=Step.of("constant"), transform="log2p"), "log1p"),
    ):
        with pytest.raises(UsageError, match=word):
            run(job(folder, recipe))


def test_a_transform_is_undone_on_what_is_predicted(make_folder, job, booster):
    folder = make_folder("regression")
    plain, logged = (
        run(job(folder, booster(*FREE, transform=name), number=i)) for i, name in ((1, "identity"), (2, "log1p"))
    )
    a, b = (folder.predictions(outcome.predictions) for outcome in (plain, logged))
    assert np.corrcoef(a, b)[0, 1] > 0.9
    assert abs(np.median(a) - np.median(b)) < 5


# -- honest rounds -----------------------------------------------------------------------------


@pytest.mark.slow
def test_on_noise_the_honest_score_is_chance_and_the_folds_own_rounds_flatter(make_folder, job, booster):
    honest, flattered = [], []
    for seed in range(16):
        rng = np.random.default_rng(seed)
        frame = pd.DataFrame(rng.normal(size=(300, 5)), columns=list("abcde"))
        frame["binary"] = rng.choice(["no", "yes"], 300)
        folder, recipe = make_folder(frame=frame, name=f"seed-{seed}", n_folds=4), booster(max_rounds=40)
        course = all_folds(folder, job, recipe)
        oof, positive = rescored(folder, job, recipe, course), folder.target.values == 1
        for fold in range(4):
            rows = folder.split.fold(fold).test
            honest.append(rank_auc(positive[rows], oof[rows]))
            flattered.append(rank_auc(positive[rows], folder.predictions(course.folds[fold].predictions)))
    assert abs(np.mean(honest) - 0.5) < 0.02
    assert np.mean(flattered) > np.mean(honest)


# -- importance --------------------------------------------------------------------------------


def test_importance_predicts_held_out_rows_plainly_then_with_each_column_shuffled(make_folder, job, booster):
    folder, recipe = make_folder(), booster(*LEARNED)
    course = all_folds(folder, job, recipe)
    rounds = tuple(score.rounds for score in course.folds.values())
    outcome = run(job(folder, recipe, kind="importance", fold_rounds=rounds))
    predictions, rows = folder.predictions(outcome.predictions), folder.predictions(outcome.rows)
    assert outcome.columns == ("age", "fare", "noise", "grade", "city", "since", "note")
    assert predictions.shape == (1 + len(outcome.columns), len(rows))
    assert sorted(rows) == list(range(len(folder.target)))
    stored = np.concatenate([folder.predictions(score.predictions) for score in course.folds.values()])
    tests = np.concatenate([folder.split.fold(fold).test for fold in range(folder.split.n_folds)])
    assert np.allclose(predictions[0][np.argsort(rows)], stored[np.argsort(tests)], atol=1e-6)
    moved = np.abs(predictions[1:] - predictions[0]).mean(axis=1)
    assert outcome.columns[int(moved.argmax())] == "fare"


def test_a_column_no_model_uses_changes_no_prediction(make_folder, job):
    folder, recipe = make_folder(), Recipe(steps=FREE, model=Step.of("constant"))
    all_folds(folder, job, recipe)
    outcome = run(job(folder, recipe, kind="importance"))
    predictions = folder.predictions(outcome.predictions)
    assert (predictions == predictions[0]).all()


@pytest.mark.slow
@pytest.mark.parametrize("on_logits", [False, True])
def test_the_importance_of_a_blend_is_that_of_its_blended_answers(make_folder, job, booster, on_logits):
    folder, recipes = make_folder(), {1: booster(*FREE), 2: Recipe(steps=FREE, model=Step.of("linear"))}
    parts, alone = [], {}
    for (number, recipe), weight in zip(recipes.items(), (0.7, 0.3), strict=True):
        course = all_folds(folder, job, recipe, number=number)
        asked = job(folder, recipe, kind="importance", number=number, fold_rounds=course.rounds_for_each())
        parts.append(BlendPart(experiment=asked.experiment, weight=weight, fold_rounds=asked.fold_rounds))
        alone[number] = folder.predictions(run(asked).predictions)
    outcome = run(job(folder, recipes[1], kind="importance", parts=tuple(parts), on_logits=on_logits))
    scale = "logit" if on_logits else "plain"
    together = [combine(pair, (0.7, 0.3), scale) for pair in zip(alone[1], alone[2], strict=True)]
    assert np.allclose(folder.predictions(outcome.predictions), together, atol=1e-4)  # logits of 32 bits near 1


def test_importance_out_of_time_leaves_columns_out_and_says_which_it_reached(make_folder, job, booster):
    folder, recipe = make_folder(), booster(*FREE)
    course = all_folds(folder, job, recipe)
    outcome = run(job(folder, recipe, kind="importance", fold_rounds=course.rounds_for_each(), seconds=1e-6))
    assert len(outcome.columns) < 7
    assert folder.predictions(outcome.predictions).shape[0] == 1 + len(outcome.columns)


@pytest.mark.slow
def test_every_entry_of_the_portfolio_runs_on_a_table_with_columns_of_every_kind(make_folder, job):
    from assay.research.portfolio import entries

    folder = make_folder("binary")
    slow = frozenset({"catboost", "xgboost", "realmlp", "svm"})
    for number, entry in enumerate(entries(folder.task.facts, without=slow), start=1):
        outcome = run(job(folder, entry.recipe, number=number))
        assert isinstance(outcome, FoldScore)
        assert models.get(entry.recipe.model.name) is not None
        assert np.isfinite(folder.predictions(outcome.predictions)).all(), entry.name


def test_weights_reach_the_view_in_the_order_of_its_rows(make_folder, job, booster):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=80), "w": np.arange(1.0, 81.0), "binary": ["no", "yes"] * 40})
    folder = make_folder(frame=frame, weights="w")
    assert isinstance(folder.target, Target)
    assert np.array_equal(folder.target.take(folder.split.fold(0).train).weight, folder.split.fold(0).train + 1.0)
    assert isinstance(run(job(folder, booster())), FoldScore)
