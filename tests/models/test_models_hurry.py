"""A configuration in a hurry is one of its family, costs less and is told apart from the other."""

import pytest

from assay.core.recipe import Step
from assay.core.schema import Facts
from assay.models import registry as models
from assay.models.hurry import MOST_RATE, faster, hurried

TABLES = {
    "two classes": Facts(problem="binary", n_rows=5_000, n_numeric=10, n_category=5, n_dates=0, n_text=0, n_classes=2),
    "values": Facts(problem="regression", n_rows=900, n_numeric=8, n_category=0, n_dates=0, n_text=0),
}
ENTRIES = {
    f"{table}, {entry.name}": (facts, entry.recipe.model)
    for table, facts in TABLES.items()
    for _, family in models
    for entry in family.portfolio(facts)
}


@pytest.mark.parametrize(("facts", "model"), ENTRIES.values(), ids=list(ENTRIES))
def test_whatever_the_portfolio_holds_is_never_dearer_in_a_hurry(facts, model):
    cheaper = hurried(model)
    if cheaper is not None:
        assert cheaper != model
        assert models.build(cheaper).cost(facts).seconds <= models.build(model).cost(facts).seconds


def test_boosters_and_networks_have_a_hurry_and_forests_have_none():
    found = {model.name for _, model in ENTRIES.values() if hurried(model) is not None}
    assert {"lightgbm", "xgboost", "catboost", "realmlp"} <= found
    assert not {"random_forest", "extra_trees", "linear", "knn"} & found


def test_a_fit_told_fewer_rounds_learns_faster_only_where_rounds_are_added():
    boosted, network = Step.of("lightgbm", learning_rate=0.05), Step.of("realmlp", learning_rate=0.04)
    assert dict(faster(boosted, 3.0).params)["learning_rate"] == pytest.approx(0.15)
    assert dict(faster(boosted, 100.0).params)["learning_rate"] == MOST_RATE
    assert faster(network, 3.0) == network
    assert faster(Step.of("linear"), 3.0) == Step.of("linear")
