"""Entries of the portfolio of LightGBM, XGBoost and CatBoost, and the points of their spaces."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.contract import Model
from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.core.problem.regression import Regression
from assay.core.schema import Facts
from assay.features import registry as steps
from assay.models import _boosting as boosting
from assay.models import registry as models
from assay.models.early_stopping import expected_rounds, patience_of
from assay.testing.memory_view import facts_of
from assay.testing.tables import tiny_table, tiny_target
from each import at_most

ENTRIES = {
    "lightgbm": {
        "lgb_std", "lgb_fe", "lgb_texts", "lgb_names", "lgb_xt", "lgb_small", "lgb_eager", "lgb_sets", "lgb_large",
        "lgb_te",
    },
    "xgboost": {"xgb_std", "xgb_small"},
    "catboost": {"cat_std", "cat_deep", "cat_sharp"},
}  # fmt: skip

each_family = pytest.mark.parametrize("family", ENTRIES)

FACTS = st.builds(
    Facts,
    problem=st.just(Multiclass()),
    n_rows=st.integers(20, 2_000_000), n_numeric=st.integers(0, 3000), n_category=st.integers(0, 60),
    n_dates=st.integers(0, 2), n_text=st.integers(0, 2), n_classes=st.integers(3, 300), high_columns=st.integers(0, 3),
)  # fmt: skip


@each_family
@given(facts=FACTS)
@settings(max_examples=at_most(60), deadline=None)
def test_every_entry_can_be_built_and_its_cost_told(family, facts):
    for entry in models.get(family).portfolio(facts):
        assert entry.name in ENTRIES[family]
        assert entry.what.startswith(family)
        for step in entry.recipe.steps:
            steps.build(step)
        cost = models.build(entry.recipe.model).cost(facts)
        assert 0 < cost.seconds < np.inf
        assert cost.bytes > 0
        assert 1 <= cost.rounds <= boosting.MAX_ROUNDS


@pytest.mark.parametrize(("characters", "expected"), [(25.0, True), (400.0, False)], ids=["titles", "notes"])
def test_scores_stand_beside_the_components_of_short_texts_and_in_place_of_those_of_long_ones(characters, expected):
    facts = Facts(
        problem=Binary(), n_rows=3_000, n_numeric=3, n_category=1, n_dates=0, n_text=1, n_classes=2,
        text_chars=characters,
    )  # fmt: skip
    entry = next(one for one in models.get("lightgbm").portfolio(facts) if one.name == "lgb_texts")
    names = [step.name for step in entry.recipe.steps]
    assert names[-1] == "text_scores"
    assert ("text_svd" in names) is expected


@each_family
@given(facts=FACTS, seed=st.integers(0, 1000))
@settings(max_examples=at_most(60), deadline=None)
def test_every_point_of_the_space_is_a_configuration(family, facts, seed):
    chosen = models.get(family).space(facts).sample(np.random.default_rng(seed))
    configured = models.get(family)(**chosen)
    assert {name: getattr(configured, name) for name in chosen} == chosen


def test_configurations_follow_the_facts():
    facts = Facts(problem=Binary(), n_rows=10_000, n_numeric=8, n_category=4, n_dates=0, n_text=0, n_classes=2)

    def lightgbm(name: str, **changed: object) -> Model:
        entries = {entry.name: entry for entry in models.get("lightgbm").portfolio(replace(facts, **changed))}
        return models.build(entries[name].recipe.model)

    assert (lightgbm("lgb_std").learning_rate, lightgbm("lgb_std").leaves, lightgbm("lgb_std").min_data) == (
        0.04,
        50,
        40,
    )
    assert (lightgbm("lgb_std", n_rows=1_000).leaves, lightgbm("lgb_std", n_rows=1_000).min_data) == (25, 10)
    assert lightgbm("lgb_std", problem=Regression(), n_classes=0).leaves == 100
    many = lightgbm("lgb_std", problem=Multiclass(), n_classes=10)
    assert (many.learning_rate, many.leaves) == (0.08, 16)
    assert lightgbm("lgb_std", n_numeric=600).feature_fraction == 0.2
    cats = [models.build(entry.recipe.model) for entry in models.get("catboost").portfolio(replace(facts, n_rows=400))]
    assert [cat.depth for cat in cats] == [4, 8, 4]


def test_entries_that_need_something_appear_only_with_it():
    table = tiny_table(n=300, plain=True)
    facts = facts_of(table, tiny_target("binary", table))

    def names(**changed: object) -> set[str]:
        return {entry.name for entry in models.get("lightgbm").portfolio(replace(facts, **changed))}

    assert "lgb_te" in names()
    assert "lgb_te" not in names(high_columns=0)
    assert "lgb_fe" not in names(n_numeric=1)
    assert "lgb_large" in names(n_rows=5_000)
    assert "lgb_large" not in names(n_rows=4_999)
    assert not names(n_classes=201)


def test_patience_and_expected_rounds_follow_the_rate():
    assert [patience_of(rate) for rate in (0.5, 0.04, 0.001)] == [25, 50, 200]
    assert [expected_rounds(rate, 100) for rate in (0.5, 0.1, 0.001)] == [12, 60, 100]
