"""A family whose library is not installed proposes nothing, so that a search never fails on it."""

import sys

import pytest

from assay.core.problem.binary import Binary
from assay.core.schema import Facts
from assay.models.catboost import CatBoost
from assay.research.portfolio import entries

FACTS = Facts(problem=Binary(), n_rows=5_000, n_numeric=8, n_category=2, n_dates=0, n_text=0, n_classes=2, minority=900)


def test_the_portfolio_has_catboost_where_it_is_installed() -> None:
    assert [entry.name for entry in CatBoost.portfolio(FACTS)] == ["cat_std", "cat_deep", "cat_sharp"]


def test_without_catboost_the_order_goes_on_with_the_other_families(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "catboost", None)
    assert CatBoost.portfolio(FACTS) == ()
    families = [entry.recipe.model.name for entry in entries(FACTS)]
    assert "catboost" not in families
    assert {"linear", "lightgbm", "xgboost", "extra_trees"} <= set(families)
