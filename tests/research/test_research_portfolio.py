"""The portfolio: its order follows from the facts of a task, and each entry is asked once."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.contract import LabView
from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.core.problem.regression import Regression
from assay.core.schema import Facts
from assay.models import registry as models
from assay.research import registry as researchers
from assay.research.portfolio import FLOOR, Portfolio, SmallPortfolio, entries, order
from each import each


def facts(**changes):
    """A table of the middle size: 5,000 rows, 10 numbers, 5 categories, two classes."""
    usual = Facts(
        problem=Binary(), n_rows=5_000, n_numeric=10, n_category=5, n_dates=0, n_text=0, n_classes=2, minority=2_000,
        most_levels=12, metric="roc_auc",
    )  # fmt: skip
    return replace(usual, **changes)


def view(
    known=None, *, asked=frozenset(), history=(), without=frozenset(), next_number=1, seconds_left=None, families=()
):
    return LabView(
        facts=known or facts(), without=without, asked=asked, history=history, seconds_left=seconds_left,
        next_number=next_number, families=frozenset(families),
    )  # fmt: skip


def names(known, **options):
    return [entry.name for entry in entries(known, **options)]


@pytest.mark.parametrize(
    ("changes", "learners"),
    [
        ({"n_rows": 500, "minority": 200}, "cat_std lgb_std linear_fe lgb_sets gp lgb_eager et svm lgb_xt xgb_std"),
        ({}, "lgb_std lgb_fe cat_std linear_fe lgb_sets et fm xgb_std et_grown lgb_eager lgb_xt"),
        ({"n_rows": 300_000}, "lgb_std lgb_xt cat_std lgb_large lgb_fe"),
        (
            {"problem": Multiclass(), "n_classes": 12},
            "et knn gp nn lgb_std linear_fe lgb_sets lgb_eager cat_std xgb_std lgb_xt cat_sharp",
        ),
        ({"problem": Multiclass(), "n_classes": 40}, "et knn cat_std rf lgb_std"),
        ({"problem": Multiclass(), "n_classes": 300}, "knn et"),
    ],
    ids=["tiny", "middle", "large", "several classes", "many classes", "very many classes"],
)
def test_after_the_floor_and_a_linear_model_the_order_follows_the_facts(changes, learners):
    assert " ".join(names(facts(**changes))).startswith(" ".join([*FLOOR, "linear", learners]))


def test_where_categories_are_the_majority_their_learners_come_before_arithmetic():
    tried = names(facts(n_numeric=3, n_category=8))
    assert tried[3:7] == ["lgb_std", "lgb_sets", "cat_std", "lgb_fe"]


def test_products_of_levels_come_early_where_there_are_levels_late_elsewhere_and_never_for_many_columns():
    mixed, numbers = names(facts()), names(facts(n_category=0, most_levels=0))
    assert mixed.index("et") + 1 == mixed.index("fm") < mixed.index("xgb_std")
    assert numbers.index("fm") > numbers.index("cat_sharp")
    assert "fm" not in names(facts(n_numeric=200))


def test_without_two_numbers_there_is_no_arithmetic():
    tried = names(facts(n_numeric=1, high_columns=1, most_levels=80))
    assert "lgb_fe" not in tried
    assert tried[3:7] == ["lgb_std", "lgb_sets", "cat_std", "lgb_te"]


def test_names_are_read_by_their_pieces_early_and_only_where_there_are_some():
    tried = names(facts(n_names=1, high_columns=1))
    assert {"linear_names", "lgb_names"} <= set(tried[:6])
    assert not {"linear_names", "lgb_names"} & set(names(facts(high_columns=1)))


def test_wide_tables_get_a_sparse_linear_model_early():
    assert names(facts(n_numeric=800))[:4] == [*FLOOR, "linear", "linear_l1"]
    assert "linear_l1" not in names(facts())


@given(
    n_rows=st.sampled_from([10, 300, 999, 1_000, 5_000, 100_000, 100_001, 10**6]),
    n_numeric=st.sampled_from([0, 1, 2, 30, 3_000]),
    n_category=st.sampled_from([0, 1, 40]),
    n_classes=st.sampled_from([0, 2, 3, 8, 31, 201]),
)
def test_every_table_has_a_portfolio_whose_recipes_differ_and_can_be_built(n_rows, n_numeric, n_category, n_classes):
    problem = {0: Regression(), 2: Binary()}.get(n_classes, Multiclass())
    known = facts(
        n_rows=n_rows, n_numeric=n_numeric, n_category=n_category, n_classes=n_classes, problem=problem,
        minority=n_rows // max(n_classes, 1), high_columns=n_category,
    )  # fmt: skip
    found = entries(known)
    assert len({entry.recipe.key for entry in found}) == len({entry.name for entry in found}) == len(found)
    assert {entry.name for entry in found} >= {*FLOOR, "linear"}
    assert [entry.name for entry in found] == [name for name in order(known) if name in names(known)]
    for entry in found:
        assert models.build(entry.recipe.model).cost(known).seconds >= 0.0


def test_families_left_out_are_not_asked_for():
    left = entries(facts(), without=frozenset({"lightgbm", "catboost"}))
    assert {entry.recipe.model.name for entry in left}.isdisjoint({"lightgbm", "catboost"})


@each("beside", [(), ("linear",), ("linear", "lightgbm")])
@each("rows", [400, 5_000, 300_000])
@each("family", sorted({name for name, _ in models} - set(FLOOR) - {"tabm"}))
def test_a_family_asked_for_by_name_is_tried_where_it_offers_anything(family, rows, beside):
    known, families = facts(n_rows=rows, minority=rows // 3), {family, *beside}
    others = frozenset(name for name, _ in models if name not in families | set(FLOOR))
    proposed = Portfolio().ask(view(known, without=others, families=families), n=40)
    tried = {experiment.recipe.model.name for experiment in proposed}
    assert (family in tried) == bool(models.get(family).portfolio(known))


def test_nothing_of_the_usual_order_changes_where_a_family_is_left_out():
    whole = [entry for entry in entries(facts(n_rows=400)) if entry.recipe.model.name != "catboost"]
    assert whole == [*entries(facts(n_rows=400), without=frozenset({"catboost"}))]


@pytest.mark.parametrize("rows", [400, 5_000, 300_000])
def test_models_to_be_read_are_tried_on_tables_of_every_size(rows):
    assert {"tree", "gam", "rules"} <= {*names(facts(n_rows=rows, minority=rows // 3), purpose="interpretable")}


def test_a_metric_of_logarithms_is_learned_on_logarithms():
    learned = {entry.recipe.transform for entry in entries(facts(problem=Regression(), n_classes=0, metric="rmsle"))}
    assert learned == {"log1p"}
    assert {entry.recipe.transform for entry in entries(facts(problem=Regression(), n_classes=0))} == {"identity"}


def test_what_was_asked_is_not_asked_again_and_numbers_go_on():
    first = Portfolio().ask(view(), n=3)
    asked = frozenset(one.recipe.key for one in first)
    rest = Portfolio().ask(view(asked=asked, next_number=4), n=100)
    assert [one.number for one in rest] == list(range(4, 4 + len(rest)))
    assert [one.entry for one in (*first, *rest)] == [entry.name for entry in entries(facts()) if not entry.is_idle]


def test_the_same_facts_and_seed_give_the_same_proposals():
    assert Portfolio(3).ask(view(), n=20) == Portfolio(3).ask(view(), n=20)


def test_an_idle_entry_is_asked_for_only_by_name():
    idle = {entry.name for entry in entries(facts()) if entry.is_idle}
    assert idle == {"lgb_small", "cat_deep"}
    assert not {one.entry for one in Portfolio().ask(view(), n=100)} & idle
    assert [one.entry for one in Portfolio(only=("lgb_small",)).ask(view(), n=100)] == ["lgb_small"]


def test_a_portfolio_that_is_through_says_nothing():
    asked = frozenset(entry.recipe.key for entry in entries(facts()))
    assert Portfolio().ask(view(asked=asked), n=5) == ()


def test_the_small_portfolio_is_three_cheap_entries_of_the_large_one():
    found = SmallPortfolio().ask(view(facts(n_rows=200, minority=90), next_number=7), n=10)
    assert [one.entry for one in found] == ["linear", "lgb_small", "et"]
    assert [one.number for one in found] == [7, 8, 9]
    assert {one.recipe.key for one in found} <= {entry.recipe.key for entry in entries(facts(n_rows=200, minority=90))}


def test_researchers_are_found_by_name():
    assert {"portfolio", "random", "small"} <= set(researchers.names())


def test_numbers_are_asked_as_a_plain_sum_before_any_transform_of_the_target_is_raced():
    tried = names(facts(problem=Regression(), n_classes=0, metric="rmse"))
    assert tried[:4] == [*FLOOR, "linear", "linear_free"]
    assert "linear_free" not in names(facts())
