"""A question to a table: the law by the kind of target, baselines named, what was left out said, one message for each
thing that cannot be."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("statsmodels")

from assay.core.errors import AssayError, DataError, TaskError, UsageError
from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.infer.infer_table import infer_table
from assay.infer.inference_question import Question, UnusedRows

N = 300


@pytest.fixture(scope="module")
def shop():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({
        "age": rng.normal(40, 10, N).round(1), "city": rng.choice(["Bern", "Oslo", "Riga"], N, p=[0.2, 0.5, 0.3]),
        "smoker": rng.choice(["yes", "no"], N), "shop": rng.integers(0, 40, N),
    })  # fmt: skip
    frame["spent"] = 3 + 0.2 * frame.age + 2 * (frame.city == "Bern") + 3 * rng.normal(size=N)
    frame["late"] = np.where(0.05 * (frame.age - 40) + rng.normal(size=N) > 0.4, "yes", "no")
    frame["visits"] = rng.poisson(np.exp(0.03 * (frame.age - 40)) * rng.exponential(size=N) * 2)
    frame["cost"] = np.exp(0.03 * frame.age + rng.normal(size=N))
    frame["colour"] = rng.choice(["red", "blue", "green"], N, p=[0.5, 0.3, 0.2])
    return frame


def asked(frame, target, *, asked=None, columns=("age", "city", "smoker"), **options):
    return infer_table(
        read_table(frame[[*columns, target]]), TaskOptions(target=target, **options), asked or Question()
    )


def named(found, name):
    return next(one for one in found.coefficients if one.name == name)


@pytest.mark.parametrize(
    ("target", "family", "errors"),
    [("spent", "gaussian", "hc3"), ("late", "binomial", "classical"), ("visits", "negative_binomial", "classical"),
     ("cost", "gamma", "hc3"), ("colour", "multinomial", "classical")],
)  # fmt: skip
def test_the_kind_of_target_decides_law_and_errors(shop, target, family, errors):
    found = asked(shop, target)
    assert (found.model.family, found.model.errors) == (family, errors)
    assert all(one.shown.p is not None for one in found.coefficients)
    assert {spread.kind for spread in found.coefficients[0].spreads} == {"classical", "hc3"}


def test_a_category_is_held_against_its_most_frequent_level_and_says_so(shop):
    bern = named(asked(shop, "spent"), "city = Bern")
    assert (bern.level, bern.against) == ("Bern", "Oslo")
    assert bern.words.startswith("spent is ")
    assert bern.words.endswith("higher for city = Bern than for Oslo")


def test_several_classes_are_held_against_the_most_frequent(shop):
    found = asked(shop, "colour")
    assert {one.outcome for one in found.coefficients} == {"blue", "green"}
    assert any("against red" in note for note in found.notes)


def test_a_named_effect_is_not_corrected_and_all_others_are(shop):
    found = asked(shop, "spent", asked=Question(effect="age", adjust=("city",)))
    effects = [one for one in found.coefficients if one.role == "effect"]
    assert [(one.name, one.holm) for one in effects] == [("age", None)]
    others = [one for one in found.coefficients if one.role == "other"]
    assert all(one.holm >= one.bh >= one.shown.p for one in others)
    assert found.adjust == ("city",)


def test_groups_widen_the_errors_of_a_column_that_is_the_same_within_each(shop):
    rng = np.random.default_rng(2)
    frame = shop.assign(spent=rng.normal(size=40)[shop["shop"]] + 0.2 * rng.normal(size=N),
                        area=rng.normal(size=40)[shop["shop"]])  # fmt: skip
    found = asked(frame, "spent", columns=("area", "shop"), group="shop")
    spreads = {spread.kind: spread.se for spread in named(found, "area").spreads}
    assert (found.model.errors, found.model.units) == ("cluster", 40)
    assert spreads["cluster"] > 1.5 * spreads["hc3"]
    assert all(one.p is None for one in found.alone)


def test_rows_with_a_missing_cell_are_left_out_and_said(shop):
    frame = shop.assign(age=shop.age.where(np.arange(N) >= 30))
    found = asked(frame, "spent")
    assert found.model.rows == N - 30
    assert any("30 of 300 rows (10%) left out" in text and "age 30" in text for text in found.left_out)


def test_what_repeats_or_never_changes_is_left_out_and_said(shop):
    frame = shop.assign(twice=2 * shop.age + 1, one=7)
    found = asked(frame, "spent", columns=("age", "twice", "one", "city"))
    texts = " ".join(found.left_out)
    assert "twice left out: other columns add up to it" in texts
    assert "one left out" in texts
    assert [one.name for one in found.coefficients][1] == "age"


def test_the_effect_itself_must_say_something_of_its_own(shop):
    frame = shop.assign(twice=2 * shop.age + 1)
    with pytest.raises(TaskError, match=r'effect "twice" is made up of the other columns'):
        asked(frame, "spent", columns=("age", "twice"), asked=Question(effect="twice", adjust=("age",)))


def test_a_column_that_separates_is_named_penalised_and_keeps_an_interval(shop):
    frame = shop.assign(sick=np.where(shop.late == "yes", "yes", "no"))
    frame.loc[:9, "sick"] = "no"  # never sick without being late, some late without being sick
    found = asked(frame, "late", columns=("sick", "age"))
    sick = named(found, "sick = yes")
    check = next(check for check in found.checks if check.name == "separation")
    assert "sick = yes" in check.message
    assert np.isfinite(sick.value)
    assert sick.shown.low > 0
    assert sick.shown.p < 1e-6
    assert "Firth" in sick.note


def test_a_level_in_which_nothing_is_counted_is_named(shop):
    frame = shop.assign(visits=shop.visits.where(shop.city != "Riga", 0))
    check = next(check for check in asked(frame, "visits").checks if check.name == "separation")
    assert check.verdict == "bad"
    assert "city = Riga" in check.message


def test_weights_count_as_sampling_weights_and_their_worth_is_said(shop):
    rng = np.random.default_rng(6)
    frame = shop.assign(w=rng.uniform(0.2, 3.0, N))
    found = asked(frame, "spent", columns=("age", "city", "w"), weights="w")
    assert found.model.errors == "hc3"
    assert found.model.equal_rows < N
    doubled = asked(frame.assign(w=2 * frame.w), "spent", columns=("age", "city", "w"), weights="w")
    assert named(doubled, "age").shown.se == pytest.approx(named(found, "age").shown.se)


def test_a_leak_is_not_in_the_model(shop):
    frame = shop.assign(copy=np.where(shop.late == "yes", "ja", "nein"))
    found = asked(frame, "late", columns=("age", "copy"))
    assert {one.column for one in found.coefficients} == {"", "age"}
    assert any(notice.column == "copy" for notice in found.notices)


def test_rows_a_search_has_seen_give_estimates_and_no_p(shop):
    unused = UnusedRows(without_p=True, why="the lab has searched all of these rows")
    found = asked(shop, "spent", asked=Question(effect="age", adjust=("city",), unused=unused))
    assert not found.tested
    assert found.selection == "the lab has searched all of these rows"
    assert all(one.shown.p is None and one.holm is None for one in found.coefficients)
    assert found.whole.p is None
    assert all(one.p is None for one in (*found.alone, *found.machine, *found.columns))


def test_only_fresh_rows_are_used_and_the_level_paid_for_widens_the_interval(shop):
    plain = asked(shop, "spent", asked=Question(effect="age", adjust=(), unused=UnusedRows(rows=np.arange(100))))
    dear = asked(
        shop, "spent", asked=Question(effect="age", adjust=(), unused=UnusedRows(rows=np.arange(100), level=0.001))
    )
    assert plain.model.rows == dear.model.rows == 100
    wide, narrow = (one.coefficients[1].shown for one in (dear, plain))
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)
    assert wide.p == narrow.p


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda f: asked(f, "spent", asked=Question(effect="agee")), 'There is no column "agee"'),
        (lambda f: asked(f, "spent", asked=Question(effect="spent")), "is the target"),
        (lambda f: asked(f, "spent", asked=Question(family="poisson")), "needs counts"),
        (lambda f: asked(f, "spent", asked=Question(family="binomial")), None),
        (lambda f: asked(f, "late", asked=Question(family="gamma")), None),
        (lambda f: asked(f, "spent", asked=Question(errors="cluster")), "Clustered errors need groups"),
        (
            lambda f: asked(f.assign(w=1.0 + f.visits), "colour", columns=("age", "w"), weights="w"),
            "cannot be used with",
        ),
        (
            lambda f: asked(
                f.head(5).assign(a=[1.5, 2, 8, 3, 1], b=[2.5, 1, 4, 4, 9], c=[3.5, 1, 0, 4, 2]),
                "spent",
                columns=("age", "a", "b", "c"),
            ),
            "5 complete rows cannot tell 5 coefficients",
        ),
        (lambda f: asked(f.assign(k=1), "spent", columns=("k",)), None),
        (lambda f: asked(f.assign(g=1), "spent", columns=("age", "g"), group="g"), "All rows are of one group"),
        (lambda f: asked(f.assign(age=np.nan), "spent", columns=("age",)), "no column to ask about"),
        (
            lambda f: asked(f, "spent", asked=Question(unused=UnusedRows(rows=np.empty(0, dtype=np.int64)))),
            "no row is left",
        ),
        (lambda f: Question(adjust=("age",)), "name the effect too"),
        (lambda f: Question(effect="age", adjust=("age",)), "cannot be adjusted for itself"),
        (lambda f: Question(family="normal"), "--family cannot be 'normal'"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_sentence(shop, make, message):
    with pytest.raises(AssayError) as caught:
        make(shop)
    assert isinstance(caught.value, UsageError | TaskError | DataError)
    if message:
        assert message in caught.value.message


def test_the_same_question_gives_the_same_answer(shop):
    first, second = (asked(shop, "visits") for _ in range(2))
    assert first.coefficients == second.coefficients
    assert first.points == second.points


@pytest.mark.parametrize("target", ["spent", "late", "visits", "cost"])
def test_residuals_are_normal_scores_where_the_law_is_right(shop, target):
    residuals = np.array(asked(shop, target).points.residuals)
    assert abs(residuals.mean()) < 0.2
    assert 0.8 < residuals.std() < 1.2


def test_few_groups_take_p_from_the_bootstrap(shop):
    frame = shop.assign(block=shop["shop"] % 8)
    found = asked(frame, "spent", columns=("age", "smoker", "block"), group="block")
    assert any(check.name == "groups" and "wild cluster bootstrap" in check.message for check in found.checks)
    assert 0.01 < named(found, "smoker = yes").shown.p <= 1.0
