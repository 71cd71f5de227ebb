"""The floor: one answer for all rows, and two answers divided by one question."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from assay.core.block.columns import CodeBlock
from assay.core.clock import Limits
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.models.constant import Constant
from assay.models.rule import Rule
from assay.testing.memory_view import MemoryView

SEEDS = Seeds(0)


def numbers(**columns) -> Table:
    block = np.column_stack(list(columns.values())).astype(np.float32)
    return Table.empty(len(block)).with_numeric(block, tuple(columns))


def categories(codes, levels: int) -> Table:
    codes = np.asarray(codes, dtype=np.int32)[:, None]
    return Table.of(codes=CodeBlock(codes, ("colour",), (levels,)))


def all_train(table: Table, target: Target, **options) -> MemoryView:
    return replace(MemoryView.of(table, target, test_rows=np.zeros(0, dtype=np.int64)), **options)


def fit(model, view):
    return model.fit(view, limits=Limits(), seeds=SEEDS)


def test_the_constant_of_classes_is_their_weighted_shares():
    target = Target(np.array([0, 0, 1, 2], dtype=np.int32), 4, np.array([1.0, 1.0, 2.0, 4.0]))
    fitted = fit(Constant(), all_train(Table.empty(4), target))
    np.testing.assert_allclose(fitted.predict(Table.empty(2)), [[0.25, 0.25, 0.5, 0.0]] * 2)


@pytest.mark.parametrize(
    ("loss", "quantile", "answer"), [("squared", 0.5, 22.0), ("absolute", 0.5, 3.0), ("quantile", 0.9, 100.0)]
)
def test_the_constant_of_values_minimises_the_loss(loss, quantile, answer):
    target = Target(np.array([1.0, 2.0, 3.0, 4.0, 100.0]))
    fitted = fit(Constant(), all_train(Table.empty(5), target, loss=loss, quantile=quantile))
    np.testing.assert_allclose(fitted.predict(Table.empty(1)), [answer])


def test_the_rule_finds_the_column_and_the_threshold():
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 10, 400)
    table = numbers(noise=rng.normal(size=400), wage=x)
    fitted = fit(Rule(), all_train(table, Target((x > 7).astype(np.int32), 2)))
    meta = fitted.state().meta
    assert meta["column"] == "wage"
    assert abs(meta["threshold"] - 7.0) < 0.1
    assert (fitted.predict(table).argmax(axis=1) == (x > 7)).all()


def test_the_rule_can_ask_whether_a_cell_is_missing():
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    x[:60] = np.nan
    fitted = fit(Rule(), all_train(numbers(x=x), Target(np.isnan(x).astype(np.float64))))
    np.testing.assert_allclose(fitted.predict(numbers(x=[np.nan, 0.0, 99.0])), [1.0, 0.0, 0.0])


def test_the_rule_gathers_levels_and_new_levels_say_no():
    codes = np.tile([0, 1, 2, 3, -1], 40)
    y = np.isin(codes, [1, 3]).astype(np.float64) * -5.0
    fitted = fit(Rule(), all_train(categories(codes, 4), Target(y)))
    assert fitted.state().meta["levels"] == [1, 3]
    np.testing.assert_allclose(fitted.predict(categories([1, 3, 0, -1, 4], 4)), [-5.0, -5.0, 0.0, 0.0, 0.0])


def test_rare_levels_are_not_named():
    codes = np.array([0] * 50 + [1] * 50 + [2, 3, 4])
    y = np.where(codes >= 2, 100.0, codes * 1.0)
    fitted = fit(Rule(), all_train(categories(codes, 5), Target(y)))
    assert set(fitted.state().meta["levels"]) <= {0, 1}


def test_without_anything_to_split_the_rule_is_the_constant():
    view = all_train(numbers(x=np.ones(30)), Target(np.arange(30.0)))
    assert fit(Rule(), view).state().name == "constant"


@given(
    x=arrays(np.float32, 40, elements=st.integers(-3, 3).map(float)),
    y=arrays(np.float64, 40, elements=st.floats(-10, 10)),
    missing=arrays(bool, 40),
)
def test_no_threshold_does_better_than_the_rule(x, y, missing):
    x = np.where(missing, np.nan, x).astype(np.float32)
    fitted = fit(Rule(), all_train(numbers(x=x), Target(y)))
    error = ((fitted.predict(numbers(x=x)) - y) ** 2).sum()
    for cut in np.arange(-3.5, 4):
        for side in (x <= cut, (x <= cut) | np.isnan(x)):
            if min(side.sum(), (~side).sum()) >= 5:
                best = ((y[side] - y[side].mean()) ** 2).sum() + ((y[~side] - y[~side].mean()) ** 2).sum()
                assert error <= best + 1e-6
