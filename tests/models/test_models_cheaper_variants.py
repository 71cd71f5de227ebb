"""A configuration in a hurry is one of its family, costs less and is told apart from the other."""

import numpy as np
import pytest

from assay.core.block.columns import NumericBlock
from assay.core.clock import Limits
from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.core.problem.regression import Regression
from assay.core.recipe import Step
from assay.core.schema import Facts
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.models import registry as models
from assay.models.cheaper_variants import MOST_RATE, cheaper_variants, faster
from assay.research.portfolio import entries
from assay.testing.memory_view import MemoryView
from each import each

TABLES = {
    "two classes": Facts(problem=Binary(), n_rows=5_000, n_numeric=10, n_category=5, n_dates=0, n_text=0, n_classes=2),
    "nine classes": Facts(
        problem=Multiclass(), n_rows=10_000, n_numeric=25, n_category=0, n_dates=0, n_text=0, n_classes=9
    ),
    "values": Facts(problem=Regression(), n_rows=900, n_numeric=8, n_category=0, n_dates=0, n_text=0),
}
ENTRIES = {
    f"{table}, {entry.name}": (facts, entry.recipe.model)
    for table, facts in TABLES.items()
    for _, family in models
    for entry in family.portfolio(facts)
}


@each(("facts", "model"), ENTRIES.values(), ids=list(ENTRIES))
def test_whatever_the_portfolio_holds_is_never_dearer_in_a_hurry(facts, model):
    ways = (model, *cheaper_variants(model))
    assert len(set(ways)) == len(ways)
    seconds = [models.build(way).cost(facts).seconds for way in ways]
    assert seconds == sorted(seconds, reverse=True)


def test_boosters_and_networks_have_a_hurry_and_forests_have_none():
    found = {model.name for _, model in ENTRIES.values() if cheaper_variants(model)}
    assert {"lightgbm", "xgboost", "catboost", "realmlp"} <= found
    assert not {"random_forest", "extra_trees", "linear", "knn"} & found


def test_a_booster_in_a_hurry_may_still_learn_as_much():
    for _, model in ENTRIES.values():
        whole = models.build(model)
        for way in map(models.build, cheaper_variants(model)):
            if hasattr(whole, "max_rounds"):
                assert way.max_rounds == whole.max_rounds
                assert whole.learning_rate < way.learning_rate <= MOST_RATE


def clouds(n_classes, n=700):
    """16 whole numbers, two clouds a class that overlap little: most rows are soon all but certain."""
    rng = np.random.default_rng(1)
    centres = rng.normal(7.5, 1.3, (n_classes, 1, 16)) + rng.normal(0, 1.1, (n_classes, 2, 16))
    y, cloud = rng.integers(n_classes, size=n), rng.integers(2, size=n)
    X = np.round(centres[y, cloud] + rng.normal(size=(n, 16))).astype(np.float32)
    table = Table.of(numeric=NumericBlock(X, tuple(f"m{j}" for j in range(16))))
    return MemoryView.of(table, Target(y, n_classes))


def loss_of(model, view):
    fitted, y = models.build(model).fit(view, limits=Limits(), seeds=Seeds(0)), view.target("test").values
    chances = fitted.predict(view.table("test"), rounds=fitted.rounds)
    return float(-np.log(chances[np.arange(len(y)), y]).mean())


CASES = [
    ("lgb_std", 2), ("lgb_std", 9), ("lgb_std", 26), ("lgb_eager", 5), ("lgb_eager", 9), ("xgb_std", 2), ("xgb_std", 9),
    ("xgb_small", 5), ("cat_sharp", 2), ("cat_sharp", 5),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("name", "n_classes"), CASES)
def test_in_a_hurry_no_booster_falls_apart_at_any_number_of_classes(name, n_classes):
    view = clouds(n_classes)
    standard = next(entry.recipe.model for entry in entries(view.facts) if entry.name == name)
    usual = loss_of(standard, view)
    for way in cheaper_variants(standard):
        assert loss_of(way, view) < 1.5 * usual + 0.03


def test_a_fit_told_fewer_rounds_learns_faster_only_where_rounds_are_added():
    boosted, network = Step.of("lightgbm", learning_rate=0.05), Step.of("realmlp", learning_rate=0.04)
    assert dict(faster(boosted, 3.0).params)["learning_rate"] == pytest.approx(0.15)
    assert dict(faster(boosted, 100.0).params)["learning_rate"] == MOST_RATE
    assert faster(network, 3.0) == network
    assert faster(Step.of("linear"), 3.0) == Step.of("linear")
