"""A model of a rate or a change: it says what trees cannot, chooses its column inside the training rows, ships."""

import json
from dataclasses import replace

import numpy as np
import pytest

from assay.core.block.columns import NumericBlock
from assay.core.contract import Limits, Seeds, State, Step
from assay.core.errors import BundleError, UsageError
from assay.core.offset_columns import offset_column
from assay.core.table import Table
from assay.core.target import Target
from assay.models import registry
from assay.testing.memory_view import MemoryView

SETTINGS = (("leaves", 4), ("learning_rate", 0.1), ("max_rounds", 60))
TREES = Step.of("lightgbm", **dict(SETTINGS))


def rows_of(how, n=400, seed=0):
    """Two columns of noise, one amount; y is a rate times it, or a change from it, the rate told by the first."""
    rng = np.random.default_rng(seed)
    noise, amount = rng.normal(size=(n, 2)), rng.lognormal(0, 1.5, n)
    rate = np.where(noise[:, 0] > 0, 2.0, 1.0) * np.exp(0.05 * rng.normal(size=n))
    former = rng.normal(0, 50, n)
    y = rate * amount if how == "ratio" else former + rate
    table = Table.of(numeric=NumericBlock(
        np.column_stack([noise, amount if how == "ratio" else former]).astype(np.float32), ("u", "v", "amount")
    ))  # fmt: skip
    return table, Target(y)


def fitted(model, view):
    return registry.build(model).fit(view, limits=Limits(), seeds=Seeds(1))


@pytest.mark.parametrize("how", ["ratio", "difference"])
def test_a_target_relative_to_a_column_is_learned_better_than_by_trees_alone(how):
    view = MemoryView.of(*rows_of(how))
    offset = fitted(Step.of("offset", base="lightgbm", settings=SETTINGS, how=how), view)
    errors = [
        np.sqrt(np.mean((one.predict(view.table("test")) - view.target("test").values) ** 2))
        for one in (offset, fitted(TREES, view))
    ]
    assert offset.reference.column == "amount"
    assert errors[0] < 0.6 * errors[1]
    again = registry.get("offset").restore(
        State("offset", json.loads(json.dumps(offset.state().meta)), offset.state().arrays)
    )
    assert np.array_equal(again.predict(view.table("test")), offset.predict(view.table("test")))


def test_tested_targets_choose_no_column_and_teach_nothing():
    table, target = rows_of("ratio")
    view = MemoryView.of(table, target)
    values = target.values.copy()
    values[view.test_rows] = np.random.default_rng(1).permutation(values[view.test_rows]) * 100
    other = replace(view, values=Target(values))
    model = Step.of("offset", base="lightgbm", settings=SETTINGS)
    one, two = (fitted(model, each).predict(table) for each in (view, other))
    assert np.array_equal(one, two)


def test_without_a_column_that_helps_it_is_the_inner_family():
    rng = np.random.default_rng(0)
    table = Table.empty(200).with_numeric(rng.normal(size=(200, 3)), ("a", "b", "c"))
    view = MemoryView.of(table, Target(rng.lognormal(size=200)))
    assert fitted(Step.of("offset", settings=SETTINGS), view).reference is None
    assert offset_column(table.numeric, view.values.values, "difference") is None
    assert offset_column(np.ones((200, 2)), np.ones(200), "ratio") is None


def test_gaps_and_zeros_of_the_column_are_bridged():
    table, target = rows_of("ratio")
    view = MemoryView.of(table, target)
    offset = fitted(Step.of("offset", settings=SETTINGS, column="amount"), view)
    strange = table.take(np.arange(3)).with_cells(numeric=np.array([[0, 0, np.nan], [0, 0, 0], [0, 0, -5]], np.float32))
    assert np.isfinite(offset.predict(strange)).all()
    assert (offset.predict(strange) > 0).all()


@pytest.mark.parametrize(
    ("model", "target", "says"),
    [
        (Step.of("offset", column="amout"), "numbers", "amout"),
        (Step.of("offset", column="amount"), "classes", "no ratio"),
    ],
)
def test_a_column_that_cannot_be_meant_is_refused(model, target, says):
    table, values = rows_of("ratio")
    given = values if target == "numbers" else Target((values.values > 1).astype(np.int32), 2)
    with pytest.raises(UsageError, match=says):
        fitted(model, MemoryView.of(table, given))


@pytest.mark.parametrize("change", [{"how": "sum"}, {"column": 3}, {"middle": None}, {"middle": -1.0}])
def test_a_damaged_state_is_refused(change):
    state = fitted(Step.of("offset", settings=SETTINGS), MemoryView.of(*rows_of("ratio"))).state()
    with pytest.raises((BundleError, ValueError)):
        registry.get("offset").restore(State("offset", {**state.meta, **change}, state.arrays))
