"""Whether the effect of one column differs with another: the product's test and interval as statsmodels' formulas have
them, slopes as a model centred elsewhere has them, for every kind of target."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("statsmodels")

import statsmodels.api as sm
import statsmodels.formula.api as smf
from statsmodels.miscmodels.ordinal_model import OrderedModel

from assay.core.errors import TaskError, UsageError
from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.infer.infer_table import check_question, infer_table
from assay.infer.inference_question import Question, UnusedRows

N = 400


def people(seed=0, n=N, together=0.0):
    rng = np.random.default_rng(seed)
    age = rng.normal(40, 10, n)
    pay = 3 + (together * (age - 40) / 10 + np.sqrt(1 - together**2) * rng.normal(size=n))
    city = rng.choice(["Bern", "Oslo", "Riga"], n, p=[0.25, 0.45, 0.3])
    signal = 0.05 * (age - 40) + 0.3 * pay + 0.03 * (age - 40) * (pay - 3) + 0.04 * (city == "Bern") * (age - 40)
    noise = rng.logistic(size=n)
    return pd.DataFrame({
        "age": age, "pay": pay, "city": city, "branch": rng.integers(0, 40, n),
        "spent": signal + noise, "late": np.where(signal - 0.9 + noise > 0, "yes", "no"),
        "stars": np.digitize(signal - 0.9 + noise, [-3, -1, 1, 3]) + 1,
        "colour": np.array(["red", "blue", "green"])[np.digitize(signal - 0.9 + noise, [0.5, 2])],
        "visits": rng.poisson(np.exp(0.5 * signal - 0.4)), "cost": np.exp(0.3 * signal + 0.6 * rng.normal(size=n)),
    })  # fmt: skip


def asked(frame, target, effect="age*pay", *, adjust=(), columns=("age", "pay", "city"), family=None, errors=None,
          **options):  # fmt: skip
    return infer_table(read_table(frame[[*columns, target]]), TaskOptions(target=target, **options),
                       Question(effect=effect, adjust=adjust, family=family, errors=errors))  # fmt: skip


def named(found, name, outcome=""):
    return next(one for one in found.coefficients if one.name == name and one.outcome == outcome)


def test_the_product_is_that_of_a_formula_and_each_column_stands_at_the_others_mean():
    frame = people()
    found = asked(frame, "spent", adjust=("city",))
    other = frame.assign(a=frame.age - frame.age.mean(), p=frame.pay - frame.pay.mean())
    fit = smf.ols("spent ~ a * p + C(city, Treatment('Oslo'))", other).fit(cov_type="HC3", use_t=True)
    for name, theirs in (("age × pay", "a:p"), ("age", "a"), ("pay", "p")):
        one = named(found, name)
        assert one.value == pytest.approx(fit.params[theirs], rel=1e-8)
        assert one.shown.se == pytest.approx(fit.bse[theirs], rel=1e-8)
        assert one.shown.p == pytest.approx(fit.pvalues[theirs], rel=1e-6)
    assert (found.effect, found.adjust) == ("age × pay", ("city",))
    assert named(found, "age × pay").role == "effect"
    assert named(found, "age × pay").holm is None
    assert any("count from the mean" in note for note in found.notes)


@pytest.mark.parametrize("target", ["late", "visits", "cost"])
def test_products_of_other_laws_are_those_of_a_formula_too(target):
    frame = people()
    found = asked(frame, target, "age*city", errors="classical",
                  family={"late": "binomial", "visits": "poisson", "cost": "gamma"}[target])  # fmt: skip
    law = {"late": sm.families.Binomial(), "visits": sm.families.Poisson(),
           "cost": sm.families.Gamma(sm.families.links.Log())}[target]  # fmt: skip
    other = frame.assign(late=(frame.late == "yes").astype(int), a=frame.age - frame.age.mean())
    fit = smf.glm(f"{target} ~ a * C(city, Treatment('Oslo'))", other, family=law).fit(tol=1e-12)
    for level in ("Bern", "Riga"):
        one, theirs = named(found, f"age × city = {level}"), f"a:C(city, Treatment('Oslo'))[T.{level}]"
        assert one.value == pytest.approx(fit.params[theirs], rel=1e-6)
        assert one.shown.se == pytest.approx(fit.bse[theirs], rel=1e-5)
    joint = next(joint for joint in found.columns if joint.columns == ("age × city",))
    assert joint.df == 2


def test_ordered_levels_and_several_classes_have_products_too():
    frame = people()
    products = pd.DataFrame({"a": frame.age - frame.age.mean(), "p": frame.pay - frame.pay.mean()})
    products["ap"] = products.a * products.p
    ordered = OrderedModel(frame.stars, products, distr="logit").fit(method="bfgs", disp=0, gtol=1e-8)
    assert named(asked(frame, "stars"), "age × pay").value == pytest.approx(ordered.params["ap"], rel=1e-3)
    found = asked(frame, "colour")
    base = frame.colour.mode()[0]
    names = [base, *sorted(set(frame.colour) - {base})]
    several = sm.MNLogit(frame.colour.map(names.index), sm.add_constant(products)).fit(disp=0)
    for place, name in enumerate(names[1:]):
        assert named(found, "age × pay", name).value == pytest.approx(several.params[place]["ap"], rel=1e-5)


def test_a_slope_is_the_columns_own_coefficient_where_the_other_is_centred_there():
    frame = people()
    found = asked(frame, "spent")
    mean, spread = frame.pay.mean(), frame.pay.std(ddof=0)
    assert [one.at for one in found.product.slopes] == pytest.approx([mean - spread, mean, mean + spread])
    for slope in found.product.slopes:
        fit = smf.ols("spent ~ age * p", frame.assign(p=frame.pay - slope.at)).fit(cov_type="HC3", use_t=True)
        one = slope.coefficient
        assert (one.value, one.shown.se) == pytest.approx((fit.params["age"], fit.bse["age"]), rel=1e-8)
        assert one.shown.low == pytest.approx(fit.conf_int().loc["age", 0], rel=1e-6)
        assert one.holm >= one.shown.p
    assert "pay at" in found.product.slopes[0].held
    assert "one standard deviation below its mean" in found.product.slopes[0].coefficient.words
    assert found.product.centred == (("age", pytest.approx(frame.age.mean())), ("pay", pytest.approx(mean)))


@pytest.mark.parametrize(("target", "family"), [("late", None), ("stars", None), ("visits", "poisson")])
def test_a_slope_at_each_level_is_that_of_the_model_with_this_level_as_its_baseline(target, family):
    frame = people()
    slopes = asked(frame, target, "age*city", family=family).product.slopes
    assert {one.held for one in slopes} == {"city = Oslo", "city = Riga", "city = Bern"}
    bern = next(one.coefficient for one in slopes if one.held == "city = Bern")
    turned = frame.assign(city=pd.Categorical(frame.city, ["Bern", "Oslo", "Riga"], ordered=True))  # the lowest first
    at_base = named(asked(turned, target, "age*city", family=family), "age")
    assert bern.value == pytest.approx(at_base.value, rel=1e-5)
    assert [one.se for one in bern.spreads] == pytest.approx([one.se for one in at_base.spreads], rel=1e-4)
    assert [one.df or 0 for one in bern.spreads] == pytest.approx([one.df or 0 for one in at_base.spreads], rel=1e-4)


def test_slopes_of_separated_levels_come_by_profile():
    frame = people()
    frame["flat"] = np.where(np.arange(N) % 3 == 0, "yes", "no")
    frame.loc[(frame.city == "Bern") & (frame.flat == "yes"), "late"] = "no"
    found = asked(frame, "late", "flat*city", columns=("city", "flat"))
    bern = next(one.coefficient for one in found.product.slopes if one.held == "city = Bern")
    oslo = next(one.coefficient for one in found.product.slopes if one.held == "city = Oslo")
    assert "by profile" in bern.note
    assert bern.shown.high < 0
    assert not oslo.note


def test_clustered_errors_of_a_product_are_those_of_leaving_out_each_group_and_weights_move_the_mean():
    frame = people()
    found = asked(frame, "spent", columns=("age", "pay", "branch"), group="branch")
    centred = frame.assign(a=frame.age - frame.age.mean(), p=frame.pay - frame.pay.mean())
    whole, *without = (
        smf.ols("spent ~ a * p", part).fit().params["a:p"]
        for part in (centred, *(centred[centred.branch != branch] for branch in centred.branch.unique()))
    )
    share = (len(without) - 1) / len(without)
    left_out = np.sqrt(share * np.sum((np.array(without) - whole) ** 2))
    one = named(found, "age × pay")
    assert (found.model.errors, one.shown.se) == ("cluster", pytest.approx(left_out, rel=1e-8))
    heavy = frame.assign(w=np.where(frame.pay > 3, 3.0, 1.0))
    found = asked(heavy, "spent", columns=("age", "pay", "w"), weights="w")
    centre = np.average(heavy.pay, weights=heavy.w)
    assert dict(found.product.centred)["pay"] == pytest.approx(centre)
    fit = smf.wls("spent ~ age * p", heavy.assign(p=heavy.pay - centre), weights=heavy.w).fit()
    assert named(found, "age").value == pytest.approx(fit.params["age"])


def test_few_groups_and_a_level_of_few_rows_keep_their_own_ways_in_slopes():
    frame = people(n=120).assign(branch=np.arange(120) % 8)
    found = asked(frame, "spent", columns=("age", "pay", "branch"), group="branch")
    middle = found.product.slopes[1].coefficient
    assert middle.shown.se == pytest.approx(named(found, "age").shown.se, rel=1e-9)
    assert middle.shown.df == named(found, "age").shown.df == 7
    frame = people().assign(city=np.where(np.arange(N) < 5, "Bern", "Oslo"))
    found = asked(frame, "spent", "age*city")
    bern = next(one.coefficient for one in found.product.slopes if one.held == "city = Bern")
    assert bern.shown.df < 6
    assert "stand behind it" in bern.note


def test_a_product_that_is_nearly_a_sum_of_the_others_is_warned_of():
    frame = people()
    frame["flat"] = np.where(np.arange(N) < N - 12, "yes", "no")
    found = asked(frame, "spent", "city*flat", columns=("city", "flat"))
    check = next(check for check in found.checks if check.name == "collinearity")
    assert check.verdict == "look"
    assert "× flat = yes: other columns nearly tell it" in check.message
    assert "beside their product" in check.do


def test_a_bend_that_looks_like_a_product_is_said():
    frame = people(together=0.9, seed=3)
    frame["spent"] = 0.03 * (frame.age - 40) ** 2 + np.random.default_rng(1).normal(size=N)
    check = next(check for check in asked(frame, "spent").checks if check.name == "bend")
    assert "may stand for a bend" in check.message
    assert not [check for check in asked(people(), "spent").checks if check.name == "bend"]


def test_two_levels_that_no_row_has_together_are_left_out_and_not_told_of():
    frame = people()
    frame["flat"] = np.where(np.arange(N) % 3 == 0, "yes", "no")
    frame = frame[~((frame.city == "Bern") & (frame.flat == "yes"))]
    found = asked(frame, "spent", "city*flat", columns=("city", "flat"))
    assert any("city = Bern × flat = yes left out: no row has both" in text for text in found.left_out)
    told = {(one.held, one.coefficient.name) for one in found.product.slopes}
    assert ("flat = no", "city = Bern") in told
    assert ("flat = yes", "city = Bern") not in told
    assert ("flat = yes", "city = Riga") in told


def test_a_cell_in_which_nothing_is_counted_is_named():
    frame = people()
    frame["flat"] = np.where(np.arange(N) % 3 == 0, "yes", "no")
    frame.loc[(frame.city == "Bern") & (frame.flat == "yes"), "visits"] = 0
    found = asked(frame, "visits", "city*flat", columns=("city", "flat"), family="poisson")
    check = next(check for check in found.checks if check.name == "separation")
    assert "city = Bern × flat = yes" in check.message


def test_a_square_is_told_by_its_slopes():
    frame = people()
    frame["spent"] = 0.02 * (frame.age - 40) ** 2 + np.random.default_rng(2).normal(size=N)
    found = asked(frame, "spent", "age^2")
    fit = smf.ols("spent ~ a + I(a**2)", frame.assign(a=frame.age - frame.age.mean())).fit(cov_type="HC3", use_t=True)
    assert named(found, "age²").value == pytest.approx(fit.params["I(a ** 2)"], rel=1e-8)
    low, middle, high = (one.coefficient for one in found.product.slopes)
    spread = frame.age.std(ddof=0)
    assert middle.value == pytest.approx(fit.params["a"], rel=1e-6)
    assert high.value - low.value == pytest.approx(4 * spread * fit.params["I(a ** 2)"], rel=1e-6)


def test_the_words_say_what_differs_and_where():
    found = asked(people(), "spent", "age*city")
    assert named(found, "age × city = Bern").words.startswith("a further unit of age adds ")
    assert named(found, "age × city = Bern").words.endswith("to spent for city = Bern than for Oslo")
    assert named(found, "age").words.endswith("for each further unit of age, for city = Oslo")
    odds = named(asked(people(), "late"), "age × pay").words
    assert odds.startswith("the odds ratio of a further unit of age for late = yes is ")


def test_a_column_with_a_star_in_its_name_is_a_column():
    frame = people().rename(columns={"age": "a*b"})
    found = asked(frame, "spent", "a*b", columns=("a*b", "pay"))
    assert found.product is None
    assert found.effect == "a*b"
    assert asked(frame, "spent", "a*b*pay", columns=("a*b", "pay")).effect == "a*b × pay"


def test_columns_are_told_of_alone_and_a_named_product_has_no_machine():
    found = asked(people(), "spent", adjust=("city",))
    assert [one.column for one in found.alone] == ["age", "pay", "city"]
    assert not found.machine
    assert any("how it differs" in note for note in found.notes)


def test_what_an_opening_pays_for_counts_slopes():
    frame = people()[["age", "pay", "city", "spent"]]
    question = Question(effect="age*city", adjust=("pay",))
    assert check_question(read_table(frame), TaskOptions(target="spent"), question) == 6 + 3


@pytest.mark.parametrize(("effect", "error", "message"), [
    ("age*wage", UsageError, 'no column "wage"'), ("age*pay*city", UsageError, "one column or two"),
    ("city^2", TaskError, "is no number, so that it has no square"),
    ("age*spent", UsageError, '"spent" is the target'),
])  # fmt: skip
def test_a_product_that_cannot_be_is_refused_in_words(effect, error, message):
    with pytest.raises(error, match=message):
        asked(people(), "spent", effect)


def test_a_product_all_of_which_the_columns_add_up_to_is_refused():
    frame = people()
    frame["pay"] = np.where(frame.age > 40, 1.0, 0.0)
    frame["age"] = np.where(frame.age > 40, frame.age, 0.0)
    with pytest.raises(TaskError, match="age × pay cannot be estimated"):
        asked(frame, "spent")


def test_rows_a_search_has_seen_give_slopes_without_p():
    frame = people()[["age", "pay", "spent"]]
    unused = UnusedRows(without_p=True, why="the lab has searched all of these rows")
    found = infer_table(read_table(frame), TaskOptions(target="spent"), Question(effect="age*pay", unused=unused))
    assert not found.tested
    assert all(one.coefficient.shown.p is None and one.coefficient.holm is None for one in found.product.slopes)


def test_dates_truth_values_and_words_with_an_order_can_be_what_it_differs_with():
    frame = people()
    rng = np.random.default_rng(5)
    frame["since"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, N), unit="D")
    frame["member"] = rng.random(N) < 0.4
    frame["grade"] = rng.choice(["low", "medium", "high"], N)
    held = [one.held for one in asked(frame, "spent", "age*since", columns=("age", "since")).product.slopes]
    assert held[1].startswith("since at 2021-")
    held = [one.held for one in asked(frame, "spent", "age*grade", columns=("age", "grade")).product.slopes]
    assert held[0] == "grade = low"
    held = [one.held for one in asked(frame, "spent", "age*member", columns=("age", "member")).product.slopes]
    assert len(held) == 2


def test_rates_have_products_too():
    frame = people().assign(years=np.random.default_rng(6).uniform(0.5, 3, N))
    table = read_table(frame[["age", "pay", "years", "visits"]])
    found = infer_table(
        table, TaskOptions(target="visits"), Question(effect="age*pay", exposure="years", family="poisson")
    )
    fit = smf.glm("visits ~ a * p", frame.assign(a=frame.age - frame.age.mean(), p=frame.pay - frame.pay.mean()),
                  family=sm.families.Poisson(), offset=np.log(frame.years)).fit(tol=1e-12)  # fmt: skip
    assert named(found, "age × pay").value == pytest.approx(fit.params["a:p"], rel=1e-6)


def test_more_products_than_anybody_reads_are_refused_before_they_are_made():
    rng = np.random.default_rng(7)
    frame = pd.DataFrame(
        {"street": rng.integers(0, 40, 2000).astype(str), "town": rng.integers(0, 40, 2000).astype(str)}
    )
    frame = frame.map("n{}".format).assign(spent=rng.normal(size=2000))
    with pytest.raises(TaskError, match=r"1,599 coefficients are asked for; 500 are the most"):
        asked(frame, "spent", "street*town", columns=("street", "town"))


def test_a_second_column_without_a_first_is_no_question():
    with pytest.raises(UsageError, match="name the effect"):
        Question(moderator="pay")
