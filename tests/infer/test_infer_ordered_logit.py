"""Ratings and other levels that have an order: one number for all, what it rests on, and what is offered else."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("statsmodels")

from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import TaskError
from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.infer.infer_table import infer_table
from assay.infer.inference_question import Question
from assay.infer.ordered_logit import fit_ordered
from assay.report.inference_text import answer_text

N = 500
AGREE = ("strongly disagree", "disagree", "neutral", "agree", "strongly agree")


def rated(seed=3, n=N):
    rng = np.random.default_rng(seed)
    x, city = rng.normal(size=n), rng.choice(["Bern", "Oslo"], n, p=[0.6, 0.4])
    answer = 0.8 * x + 0.5 * (city == "Oslo") + rng.logistic(size=n)
    return pd.DataFrame({"x": x, "city": city, "rating": np.digitize(answer, [-1.5, -0.3, 0.8, 2.2]) + 1})


def found(frame, *, group=None, weights=None, kinds=None, **asked):
    options = TaskOptions(target="rating", group=group, weights=weights, kinds=kinds or {})
    return infer_table(read_table(frame), options, Question(**asked))


def of(answer, name):
    return next(one for one in answer.coefficients if one.name == name and one.role != "intercept")


def check(answer, name):
    return next(one for one in answer.checks if one.name == name)


def test_a_rating_is_answered_by_the_odds_of_a_higher_one_and_says_how_it_was_read():
    one = found(rated(), effect="x", adjust=("city",))
    assert one.model.family == "ordered"
    assert answer_text(one).startswith("the odds of a higher rating are 1.")
    assert "1 < 2 < 3 < 4 < 5" in one.model.family_why
    assert "gaussian" in one.model.family_why
    assert one.machine[0].method == "partially linear"


def test_it_is_the_model_of_statsmodels_on_the_same_rows():
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    frame = rated(n=300)
    told = OrderedModel(frame.rating.to_numpy(), frame[["x"]].to_numpy(), distr="logit").fit(
        method="bfgs", disp=False, gtol=1e-9
    )
    one = found(frame, effect="x", adjust=())
    assert of(one, "x").value == pytest.approx(told.params[0], abs=1e-5)
    assert of(one, "x").shown.se == pytest.approx(told.bse[0], rel=1e-4)
    cuts = told.model.transform_threshold_params(told.params)[1:-1]
    reached = [item for item in one.coefficients if item.role == "intercept"]
    assert [item.value for item in reached] == pytest.approx((-cuts).tolist(), abs=1e-4)
    assert [item.outcome for item in reached] == ["2", "3", "4", "5"]
    assert one.model.loglik == pytest.approx(told.llf, rel=1e-8)


def test_words_of_an_order_are_levels_and_answers_outside_of_it_are_left_out_and_said():
    frame = rated()
    words = np.array(AGREE, dtype=object)[frame.rating - 1]
    words[:7] = "no opinion"
    one = found(frame.assign(rating=words), effect="x")
    assert one.model.family == "ordered"
    assert one.model.rows == N - 7
    assert "strongly disagree < disagree < neutral < agree < strongly agree" in one.model.family_why
    assert any("7 rows left out" in notice.message and "no opinion" in notice.message for notice in one.notices)
    assert "the odds of a higher level of rating are" in answer_text(one)
    assert one.machine == ()
    assert any("no double machine learning" in note for note in one.notes)
    assert of(one, "x").value == pytest.approx(of(found(frame.iloc[7:], effect="x"), "x").value)


def test_an_ordered_categorical_of_a_frame_and_numbers_on_demand_are_levels():
    frame = rated()
    levels = pd.Categorical.from_codes(frame.rating - 1, ["zebra", "ant", "cow", "bee", "dog"], ordered=True)
    assert "zebra < ant < cow < bee < dog" in found(frame.assign(rating=levels)).model.family_why
    from_zero = frame.assign(rating=frame.rating - 1)
    assert found(from_zero).model.family == "multinomial"
    one = found(from_zero, family="ordered")
    assert one.model.family == "ordered"
    assert of(one, "x").value == pytest.approx(of(found(frame), "x").value)


def test_words_without_an_order_are_refused_where_one_is_asked_for():
    frame = rated().assign(rating=lambda f: f.rating.map({1: "ant", 2: "bee", 3: "cow", 4: "dog", 5: "eel"}))
    with pytest.raises(TaskError, match="Nothing tells the order") as told:
        found(frame, family="ordered")
    assert any("number its levels" in what for what in told.value.do)
    assert found(frame).model.family == "multinomial"


@given(seed=st.integers(0, 10_000))
def test_turning_the_scale_around_turns_every_sign_and_nothing_else(seed):
    rng = np.random.default_rng(seed)
    z = np.column_stack([np.ones(80), rng.normal(size=(80, 2))])
    y = np.digitize(z[:, 1] + rng.logistic(size=80), [-1.0, 0.5]).astype(float)
    if len(np.unique(y)) < 3:
        return
    one, other = fit_ordered(z, y), fit_ordered(z, 7.0 - 2.0 * y)
    assert other.params[1:3] == pytest.approx(-one.params[1:3], abs=1e-6)
    assert other.loglik == pytest.approx(one.loglik, rel=1e-9)


@pytest.mark.slow
def test_whole_weights_estimate_what_rows_written_so_often_do_and_errors_are_by_row():
    frame = rated(n=200).assign(w=lambda f: 1 + (f.index % 3))
    once, often = found(frame, effect="x", weights="w"), found(frame.loc[frame.index.repeat(frame.w)].drop(columns="w"),
                                                               effect="x")  # fmt: skip
    assert of(once, "x").value == pytest.approx(of(often, "x").value, abs=1e-7)
    assert once.model.errors == "hc3"


def test_rows_written_four_times_over_have_half_the_error_but_not_when_clustered():
    frame = rated(n=160).assign(who=lambda f: f.index)
    four = pd.concat([frame] * 4, ignore_index=True)
    alone, fourfold, grouped = found(frame, effect="x", adjust=()), found(four, effect="x", adjust=()), found(
        four, effect="x", adjust=(), group="who"
    )  # fmt: skip
    by_row = next(one for one in of(alone, "x").spreads if one.kind == "hc3").se
    assert of(fourfold, "x").shown.se == pytest.approx(of(alone, "x").shown.se / 2, rel=1e-6)
    assert of(grouped, "x").shown.se == pytest.approx(by_row, rel=2e-2)


@pytest.mark.slow
def test_a_column_that_does_not_act_alike_at_all_levels_is_named_with_both_odds():
    rng = np.random.default_rng(5)
    x, n = rng.normal(size=2000), 2000
    likes = x + rng.logistic(size=n) > 0
    loves = -x + rng.logistic(size=n) > 0
    one = found(pd.DataFrame({"x": x, "other": rng.normal(size=n), "rating": 1 + 2 * likes + loves}), family="ordered",
                effect="x")  # fmt: skip
    steps = check(one, "steps")
    assert steps.verdict in ("look", "bad")
    assert "x does not act alike at all levels" in steps.message
    assert "multinomial" in steps.do
    assert check(found(rated(), effect="x"), "steps").verdict == "good"


def test_odds_that_turn_around_between_levels_put_the_answer_in_doubt():
    rng = np.random.default_rng(6)
    x = rng.normal(size=1500)
    low, high = rng.uniform(size=1500) < 1 / (1 + np.exp(1 - x)), rng.uniform(size=1500) < 1 / (1 + np.exp(1 - x))
    frame = pd.DataFrame({"x": x, "rating": np.where(high, 3, np.where(low, 1, 2))})
    one = found(frame, family="ordered", effect="x", adjust=())
    assert check(one, "steps").verdict == "bad"
    assert "In doubt (below): steps" in answer_text(one)


def test_levels_told_without_exception_are_answered_as_classes_and_refused_where_order_was_asked_for():
    frame = rated(n=200).drop(columns="city").assign(sure=lambda f: (f.rating == 5).astype(int))
    one = found(frame)
    assert one.model.family == "multinomial"
    assert "sure tells rating" in one.model.family_why
    with pytest.raises(TaskError, match="sure tells rating") as told:
        found(frame, family="ordered")
    assert any("multinomial" in what for what in told.value.do)


def test_a_column_of_several_levels_is_tested_as_a_whole_by_the_likelihood_ratio():
    frame = rated().assign(city=lambda f: np.where(f.index % 3 == 0, "Rome", f.city))
    one = found(frame)
    city = next(joint for joint in one.columns if joint.columns == ("city",))
    assert (city.df, city.method) == (2, "likelihood ratio of nested models")
    assert one.whole.df == 3


@pytest.mark.slow
def test_the_average_move_is_that_of_the_mean_rating():
    frame = rated()
    one = found(frame, effect="city", adjust=("x",))
    effect = next(item for item in one.coefficients if item.role == "effect")
    straight = found(frame, effect="city", adjust=("x",), family="gaussian")
    linear = next(item for item in straight.coefficients if item.role == "effect")
    assert effect.average == pytest.approx(linear.value, abs=0.05)
    assert effect.average_low < effect.average < effect.average_high
