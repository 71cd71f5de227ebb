"""Transforms of a numeric target are undone, stay finite, learn from training rows alone; weights say what they say."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from assay.core.codec import from_json, to_json
from assay.core.errors import UsageError
from assay.core.recipe import Recipe, Step
from assay.core.seed import Seeds
from assay.core.target import Target
from assay.pipeline.fit_jobs import load_fold_member
from assay.pipeline.fitted_recipe import with_link
from assay.pipeline.fold_view import LabFoldView
from assay.pipeline.states import read_states
from assay.pipeline.target_link import TargetLink, corrected, cross_decoded, fit_link, with_mean_shift
from assay.pipeline.target_transforms import KINDS
from assay.predictor.member import FittedPiece, Ingredient, Trained
from assay.predictor.passport import Passport
from assay.predictor.predictor import Predictor
from assay.search.worker_jobs import run
from each import at_most

MODEL = Step.of("constant")
LEARNED = sorted(set(KINDS) - {"identity"})

few = st.sampled_from([0.0, 1.0, -1.0, 5.0, 1e300, -1e300, 1e-300])
hostile = arrays(np.float64, st.integers(1, 60), elements=st.one_of(st.floats(-1e300, 1e300), few))


def link_of(values, name, weight=None):
    return fit_link(Recipe(model=MODEL, transform=name), Target(np.asarray(values, dtype=np.float64), 0, weight))


@pytest.mark.parametrize("name", LEARNED)
@settings(max_examples=at_most(40), deadline=None)
@given(values=hostile, scores=arrays(np.float64, 30, elements=st.floats(-1e300, 1e300)))
@example(values=np.array([0.0] * 4 + [-9e7] + [1e-300] * 14), scores=np.zeros(30))
@example(values=np.array([0.0] * 4 + [-9e7] + [5e-324] * 14), scores=np.zeros(30))
@example(values=np.array([-1e300] * 9 + [1e300] * 9), scores=np.linspace(-1e300, 1e300, 30))
def test_predictions_are_finite_rise_with_the_score_and_stay_near_the_targets(name, values, scores):
    link = corrected(link_of(values, name), np.zeros(len(values)), Target(values))
    out = link.decode(np.sort(scores))
    assert np.isfinite(link.encode(values)).all()
    assert np.isfinite(out).all()
    assert np.all(out[1:] >= out[:-1] - 1e-9 * np.abs(out[:-1]))
    margin = values.max() / 2 - values.min() / 2
    slack = 1e-6 * np.abs(values).max() + 1e-6
    assert out.max() <= max(values.max() + margin, 0.0) + slack
    assert out.min() >= min(values.min() - margin, values.min()) - slack or name == "log1p"


@pytest.mark.parametrize("name", sorted(set(LEARNED) - {"clipped"}))
@settings(max_examples=at_most(40), deadline=None)
@given(values=arrays(np.float64, st.integers(2, 80), elements=st.floats(0, 1e6, width=32)))
def test_a_transform_is_undone_and_keeps_the_order(name, values):
    link = link_of(values, name)
    encoded = link.encode(values)
    assert np.all(np.diff(encoded[np.argsort(values)]) >= 0)
    assert np.allclose(link.decode(encoded), values, rtol=1e-6, atol=1e-6 * max(values.max(), 1.0))


@pytest.mark.parametrize("name", LEARNED)
def test_a_row_alone_is_decoded_as_among_others(name):
    link = link_of(np.random.default_rng(0).normal(size=200), name)
    scores = np.linspace(-3, 3, 31)
    assert np.concatenate([link.decode(one[None]) for one in scores]) == pytest.approx(link.decode(scores), rel=1e-12)


@pytest.mark.parametrize("name", LEARNED)
def test_a_link_survives_json_and_answers_the_same(name):
    values = np.random.default_rng(0).lognormal(2, 1, 500)
    link = corrected(link_of(values, name), np.zeros(500), Target(values))
    again = from_json(TargetLink, json.loads(json.dumps(to_json(link))))
    scores = np.linspace(-4, 4, 50)
    assert np.array_equal(again.decode(scores), link.decode(scores))
    assert TargetLink.restore(link.state()) == link


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "log", "parameters": (0.0, 0.0)}, {"name": "log", "parameters": (0.0,)},
        {"name": "normal", "parameters": (2.0, 1.0, 0.0, 1.0)}, {"name": "normal", "parameters": (1.0, 2.0, 0.0)},
        {"name": "yeo_johnson", "parameters": (9.0, 0.0, 1.0)}, {"name": "log1p", "parameters": (float("nan"),)},
        {"name": "log1p", "low": 1.0, "high": 0.0}, {"name": "log1p", "shift": float("inf")},
        {"class_weights": (1.0, 0.0)},
    ],
)  # fmt: skip
def test_a_link_that_was_tampered_with_refuses_to_be_built(wrong):
    with pytest.raises(ValueError, match=r"positive|take|rise|scores|power|finite|ordered"):
        TargetLink(**wrong)


def test_a_target_without_its_ends_keeps_all_others_and_its_mean():
    values = np.random.default_rng(0).lognormal(0, 1.5, 1_000)
    link = link_of(values, "clipped")
    encoded = link.encode(values)
    assert (encoded != values).sum() == pytest.approx(20, abs=2)
    assert encoded.max() < values.max()
    assert corrected(link, encoded, Target(values)).decode(encoded).mean() == pytest.approx(values.mean(), rel=1e-3)


def test_an_unknown_transform_or_weighting_is_refused_with_the_known_ones():
    with pytest.raises(UsageError, match="log1p"):
        link_of([1.0, 2.0], "log2p")
    with pytest.raises(UsageError, match="balanced"):
        fit_link(Recipe(model=MODEL, weighting="balance"), Target(np.array([0, 1]), 2))


# -- the mean on the user's scale ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["log", "log1p", "yeo_johnson", "normal"])
def test_the_corrected_mean_of_a_lognormal_target_is_its_mean_and_not_its_median(name):
    rng = np.random.default_rng(0)
    x = rng.normal(3, 1, 20_000)
    y = np.exp(x + rng.normal(0, 0.7, 20_000))
    link = link_of(y, name)
    scores = link.encode(np.exp(x))  # a model that knows the median of each row
    plain, means = link.decode(scores), corrected(link, scores, Target(y)).decode(scores)
    assert plain.mean() < 0.85 * y.mean()
    assert means.mean() == pytest.approx(y.mean(), rel=1e-6)


@pytest.mark.parametrize("name", LEARNED)
def test_one_row_predicted_far_too_low_does_not_move_the_others(name):
    rng = np.random.default_rng(0)
    y = rng.lognormal(size=1_000)
    link = link_of(y, name)
    scores = link.encode(y * np.exp(0.3 * rng.normal(size=1_000)))
    sane = corrected(link, scores, Target(y)).decode(scores)
    scores[0] = -1e6
    assert np.allclose(corrected(link, scores, Target(y)).decode(scores)[1:], sane[1:], rtol=0.02, atol=0.02)


@pytest.mark.parametrize("name", LEARNED)
def test_a_row_of_weight_two_counts_as_two_rows(name):
    rng = np.random.default_rng(0)
    y, weight = rng.lognormal(size=400), np.where(np.arange(400) % 3 == 0, 2.0, 1.0)
    twice = np.repeat(np.arange(400), weight.astype(int))
    # log and power are centred on unweighted quantiles, which only set the unit in which they work
    link = link_of(y, name, weight) if name == "normal" else link_of(y, name)
    if name == "normal":
        assert link.parameters == pytest.approx(link_of(y[twice], name).parameters)
    scores = rng.normal(size=400)
    weighed = corrected(link, scores, Target(y, 0, weight))
    repeated = corrected(link, scores[twice], Target(y[twice]))
    assert weighed.shift == pytest.approx(repeated.shift, abs=1e-9)
    assert fit_link(Recipe(model=MODEL, weighting="balanced"), Target(np.arange(400) % 4, 4, weight)).class_weights == (
        pytest.approx(fit_link(Recipe(model=MODEL, weighting="balanced"), Target(twice % 4, 4)).class_weights)
    )


def test_a_row_has_no_part_in_the_correction_of_its_own_prediction():
    rng = np.random.default_rng(0)
    y = rng.lognormal(size=40)
    link, scores = link_of(y, "log"), rng.normal(size=40)
    before = cross_decoded(link, scores, Target(y))
    y[4] = 1e6
    after = cross_decoded(link, scores, Target(y))
    assert before[4] == after[4]
    assert before[5] != after[5]


def test_the_mean_of_corrections_is_taken_where_there_are_some():
    one, two = (TargetLink(name="log1p", shift=s) for s in (0.1, 0.3))
    assert with_mean_shift(TargetLink(name="log1p"), [one, two]).shift == pytest.approx(0.2)
    assert with_mean_shift(one, [TargetLink(name="log1p")]) == one


# -- through the pipeline ------------------------------------------------------------------------------------------


def skewed_frame(n=300, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return pd.DataFrame({"x": x, "z": rng.normal(size=n), "price": np.exp(1 + x + 0.5 * rng.normal(size=n))})


@pytest.mark.parametrize("name", LEARNED)
def test_targets_of_held_out_rows_change_nothing_that_is_learned(make_folder, name):
    honest = make_folder("price", skewed_frame(), name="honest")
    fold, y = honest.split.fold(1), np.array(honest.target.values)
    y[fold.test] = 1e6 - y[fold.test]
    changed = make_folder("price", skewed_frame(), name="changed", y=y)
    recipe = Recipe(model=MODEL, transform=name)
    views = [LabFoldView(one, recipe, fold, "squared", Seeds(0)) for one in (honest, changed)]
    assert views[0].link == views[1].link
    assert np.array_equal(views[0].target("train").values, views[1].target("train").values)


@pytest.mark.parametrize("family", ["lightgbm", "linear"])
@pytest.mark.parametrize("name", LEARNED)
def test_folds_are_rescored_and_refitted_with_the_correction_of_the_other_folds(make_folder, job, name, family):
    folder = make_folder("price", skewed_frame())
    steps = () if family == "lightgbm" else (Step.of("impute"), Step.of("scale"))
    params = {"max_rounds": 40, "min_data": 5} if family == "lightgbm" else {}
    recipe = Recipe(steps=steps, model=Step.of(family, **params), transform=name)
    outcomes = [run(job(folder, recipe, fold=fold)) for fold in range(folder.split.n_folds)]
    links = [with_link(read_states(folder.work / one.model), name)[1] for one in outcomes]
    assert all(link.shift is not None for link in links)
    rounds = tuple(one.rounds for one in outcomes if one.rounds is not None)
    rescored = folder.predictions(run(job(folder, recipe, kind="rescore", fold_rounds=rounds)).predictions)
    y = folder.target.values
    assert np.isfinite(rescored).all()
    assert rescored.mean() == pytest.approx(y.mean(), rel=0.2)
    refit = run(job(folder, recipe, kind="refit", rounds=outcomes[0].rounds))
    _, link = with_link(read_states(folder.work / refit.model), name)
    assert link.shift == pytest.approx(np.mean([one.shift for one in links]))


@pytest.mark.parametrize("name", LEARNED)
def test_in_order_of_time_no_later_target_moves_what_is_predicted_of_earlier_rows(make_folder, job, name):
    frame = skewed_frame().assign(day=np.arange(300) // 2)
    honest = make_folder("price", frame, name="honest", order_by="day")
    y = np.array(honest.target.values)
    y[192:] *= 40.0  # the third of five blocks begins there
    changed = make_folder("price", frame, name="changed", order_by="day", y=y)
    recipe = Recipe(steps=(Step.of("impute"), Step.of("scale")), model=Step.of("linear"), transform=name)
    rescored = []
    for folder in (honest, changed):
        for fold in range(folder.split.n_folds):
            run(job(folder, recipe, fold=fold))
        rescored.append(folder.predictions(run(job(folder, recipe, kind="rescore")).predictions))
    assert honest.split.numbers[191:193, 0].tolist() == [1, 2]
    assert np.array_equal(rescored[0][:192], rescored[1][:192], equal_nan=True)
    uncorrected = honest.predictions(run(job(honest, recipe, fold=1)).predictions)
    assert np.mean(rescored[0][156:192] != uncorrected) > 0.8  # by the block before; the others lie at a bound


@pytest.mark.parametrize("name", LEARNED)
def test_in_order_of_time_a_block_is_not_corrected_by_its_own_later_rows(make_folder, job, name):
    frame = skewed_frame().assign(day=np.arange(300))
    honest = make_folder("price", frame, name="honest", order_by="day", n_folds=2)
    y = np.array(honest.target.values)
    y[251:] *= 40.0
    changed = make_folder("price", frame, name="changed", order_by="day", n_folds=2, y=y)
    recipe = Recipe(steps=(Step.of("impute"), Step.of("scale")), model=Step.of("linear"), transform=name)
    one, other = (folder.predictions(run(job(folder, recipe, fold=1)).predictions) for folder in (honest, changed))
    assert np.array_equal(one, other)


def test_a_metric_of_logarithms_or_absolute_errors_gets_no_mean(make_folder, job):
    folder = make_folder("price", skewed_frame(), metric="mae")
    recipe = Recipe(model=Step.of("lightgbm", max_rounds=10), transform="log")
    for changes in ({"loss": "absolute"}, {"loss": "squared", "metric": "rmsle"}):
        task = replace(folder.task, **changes)
        (folder.data / "task.json").write_text(json.dumps(to_json(task)))
        outcome = run(job(folder, recipe))
        assert with_link(read_states(folder.work / outcome.model), "log")[1].shift is None


def test_relative_errors_are_learned_with_weights_of_one_over_the_target(make_folder):
    folder = make_folder("price", skewed_frame())
    (folder.data / "task.json").write_text(json.dumps(to_json(replace(folder.task, metric="mape", loss="absolute"))))
    view = LabFoldView(type(folder)(folder.path), Recipe(model=MODEL), folder.split.fold(0), "absolute", Seeds(0))
    target = view.target("train")
    assert target.weight.mean() == pytest.approx(1.0)
    large = target.values > np.median(target.values) / 10
    product = target.weight[large] * target.values[large]
    assert np.allclose(product, product[0])


# -- weights of classes --------------------------------------------------------------------------------------------


@given(
    labels=arrays(np.int32, st.integers(1, 80), elements=st.integers(0, 3)),
    q=arrays(np.float64, (5, 4), elements=st.floats(1e-6, 1.0)),
)
def test_balanced_classes_weigh_alike_and_probabilities_still_sum_to_one(labels, q):
    link = fit_link(Recipe(model=MODEL, weighting="balanced"), Target(labels, 4))
    weight = np.array(link.class_weights)
    mass = np.bincount(labels, weights=weight[labels], minlength=4)
    assert np.allclose(mass[mass > 0], mass.max())
    assert weight[labels].mean() == pytest.approx(1.0)
    p = link.true_priors(q / q.sum(axis=1, keepdims=True))
    assert np.allclose(p.sum(axis=1), 1.0)
    assert (p >= 0).all()


def imbalanced_frame(n=3_000, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return pd.DataFrame({"x": x, "z": rng.normal(size=n), "hit": np.where(x + rng.logistic(size=n) > 3.5, "yes", "no")})


def test_a_model_of_balanced_classes_gives_probabilities_of_the_true_priors(make_folder, job):
    folder = make_folder("hit", imbalanced_frame(), positive="yes")
    model = Step.of("lightgbm", learning_rate=0.1, leaves=4, min_data=20, max_rounds=60)
    plain, even = (
        run(job(folder, Recipe(model=model, weighting=weighting), number=i))
        for i, weighting in enumerate(["none", "balanced"], start=1)
    )
    share = folder.target.values.mean()
    a, b = (folder.predictions(one.predictions) for one in (plain, even))
    assert not np.array_equal(a, b)
    assert share < 0.1
    assert b.mean() == pytest.approx(share, rel=0.35)
    assert np.corrcoef(a, b)[0, 1] > 0.8


def test_a_bundle_answers_as_the_fold_did_with_its_class_weights_and_shifts(make_folder, job):
    cases = [
        ("hit", imbalanced_frame(600), Recipe(model=Step.of("lightgbm", max_rounds=20), weighting="balanced")),
        ("price", skewed_frame(), Recipe(model=Step.of("lightgbm", max_rounds=20), transform="normal")),
    ]
    for target, frame, recipe in cases:
        folder = make_folder(target, frame, name=target)
        outcome = run(job(folder, recipe))
        (model,), link = with_link(read_states(folder.work / outcome.model), recipe.transform)
        trained = Trained(encoders=(), model=model, link=link, rounds=outcome.rounds)
        one = Ingredient(number=1, name="", weight=1.0, trained=(trained,))
        predictor = Predictor.of(Passport.of(folder.task, metric_title=""), [one])
        loaded = Predictor.load(predictor.save(folder.path / "model.zip"))
        held = folder.split.fold(0).test
        expected = load_fold_member(folder, "1-p0-f0", transform=recipe.transform, rounds=outcome.rounds)
        assert np.allclose(loaded.stored(frame.iloc[held]), expected.predict(folder.table.take(held)), rtol=1e-9)
        assert link.class_weights if target == "hit" else link.shift


def test_a_link_without_parameters_reads_what_versions_with_names_only_have_stored():
    states, link = with_link((), "log1p")
    assert states == ()
    assert link.decode(np.log1p(np.array([0.0, 5.0]))) == pytest.approx([0.0, 5.0])


def test_a_piece_of_an_older_bundle_has_the_link_that_its_transform_names():
    body = {"encoders": [], "model": "m", "transform": "log1p", "rounds": 7, "source": "fold", "share": 1.0}
    assert from_json(FittedPiece, body).target == TargetLink(name="log1p")


def test_keys_of_recipes_without_a_weighting_are_what_they_were():
    assert "weighting" not in Recipe(model=MODEL, transform="log1p").as_json()
    recipe = Recipe(model=MODEL, weighting="balanced")
    assert Recipe.from_json(recipe.as_json()) == recipe
    assert recipe.key != Recipe(model=MODEL).key


@pytest.mark.parametrize("far", [0.0, 1e9, -1e12])
def test_targets_far_from_zero_are_learned_by_what_they_differ_by(make_folder, job, far):
    frame = skewed_frame().assign(price=lambda own: far + own["price"].rank() / 100.0)
    folder = make_folder("price", frame)
    recipe = Recipe(model=Step.of("lightgbm", max_rounds=40, min_data=5))
    outcomes = [run(job(folder, recipe, fold=fold)) for fold in range(folder.split.n_folds)]
    rounds = tuple(one.rounds for one in outcomes)
    rescored = folder.predictions(run(job(folder, recipe, kind="rescore", fold_rounds=rounds)).predictions)
    y = folder.target.values
    assert np.corrcoef(rescored - far, y - far)[0, 1] > 0.5
    assert len(np.unique(rescored)) > 20
    assert abs(np.mean(rescored - y)) < 0.2
