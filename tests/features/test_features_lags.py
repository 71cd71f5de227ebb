"""The past of a row's unit, and nothing but the past."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from assay.core.array import Floats
from assay.core.block.columns import CodeBlock, NumericBlock
from assay.core.block.moment import MomentBlock
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.features import registry
from assay.testing.tables import folds_of


def panel(units: int, days: int, seed: int = 0) -> tuple[Table, Floats]:
    """Each unit's `sold` on each day, and what it had sold the day before (NaN on the first)."""
    rng = np.random.default_rng(seed)
    sold = rng.normal(size=(units, days))
    before = np.hstack([np.full((units, 1), np.nan), sold[:, :-1]])
    table = Table.of(
        numeric=NumericBlock(
            np.column_stack([sold.ravel(), rng.normal(size=units * days)]).astype(np.float32), ("sold", "noise")
        ),
        codes=CodeBlock(np.repeat(np.arange(units), days)[:, None].astype(np.int32), ("shop",), (units,)),
        moment=MomentBlock(np.tile(np.arange(days, dtype=np.float64), units)),
    )
    return table, before.ravel()


def lags(**params: object) -> object:
    return registry.build(Step.of("lags", **params))


def test_new_rows_get_the_last_value_that_was_known_of_their_unit() -> None:
    table, before = panel(40, 10)
    target = Target(np.nan_to_num(before) + 0.1 * np.random.default_rng(1).normal(size=400))
    fitted = lags(top=4).fit(table, target, seeds=Seeds(0))
    assert "shop: last sold" in fitted.names
    new = table.take(np.arange(0, 400, 10)).without("moment")
    out = fitted.transform(new)
    last = out.numeric[:, out.numeric_names.index("shop: last sold")]
    np.testing.assert_allclose(last, table.numeric[9::10, 0])
    assert (out.numeric[:, out.numeric_names.index("shop: since")] == 1).all()


def test_in_blocks_of_time_the_past_of_training_rows_ends_before_their_block() -> None:
    table, before = panel(30, 12)
    block = table.moment // 2
    target = Target(np.nan_to_num(before))
    _, out = lags(top=4).fit_transform(table, target, inner=block.astype(np.int64), seeds=Seeds(0))
    last = out.numeric[:, out.numeric_names.index("shop: last sold")].reshape(30, 12)
    sold = table.numeric[:, 0].reshape(30, 12)
    assert np.isnan(last[:, :2]).all()
    np.testing.assert_array_equal(last[:, 2], sold[:, 1])
    np.testing.assert_array_equal(last[:, 3], sold[:, 1])
    since = out.numeric[:, out.numeric_names.index("shop: since")].reshape(30, 12)
    assert (since[:, 2:] == np.tile([1, 2], 5)).all()


def test_an_earlier_row_and_a_unit_never_seen_have_no_past() -> None:
    table, before = panel(20, 8)
    fitted = lags().fit(table, Target(np.nan_to_num(before)), seeds=Seeds(0))
    early = table.take(np.array([3])).with_blocks(moment=MomentBlock(np.array([3.0])))
    unseen = table.take(np.array([3])).with_cells(codes=np.array([[20]], dtype=np.int32)).without("moment")
    for rows in (early, unseen):
        assert np.isnan(fitted.transform(rows).numeric[:, 2:]).all()


@given(st.integers(0, 200), st.integers(1, 7))
def test_what_comes_later_changes_no_training_row(seed: int, day: int) -> None:
    table, before = panel(6, 8, seed)
    y, inner, late = np.nan_to_num(before), folds_of(48, 4), table.moment >= day
    changed = table.with_cells(numeric=np.where(late[:, None], -table.numeric, table.numeric))
    blocks = [
        lags(top=100).fit_transform(rows, Target(values), inner=inner, seeds=Seeds(0))[1]
        for rows, values in ((table, y), (changed, np.where(late, 3.0 - y, y)))
    ]
    shared = sorted(set(blocks[0].numeric_names[2:]) & set(blocks[1].numeric_names[2:]))
    one, other = (block.numeric[:, [block.numeric_names.index(name) for name in shared]] for block in blocks)
    np.testing.assert_array_equal(one[table.moment <= day], other[table.moment <= day])


def test_without_an_order_or_a_unit_that_comes_again_nothing_is_added() -> None:
    table, before = panel(30, 6)
    target = Target(np.nan_to_num(before))
    for rows in (
        table.without("moment"),
        table.with_blocks(codes=CodeBlock(np.arange(180)[:, None].astype(np.int32), table.code_names, (180,))),
    ):
        fitted, out = lags().fit_transform(rows, target, inner=folds_of(180), seeds=Seeds(0))
        assert out is rows
        assert fitted.transform(rows) is rows
