"""Differences, ratios and products."""

import numpy as np
import pytest

from assay.core.block.columns import NumericBlock
from assay.core.contract import FittedEncoder
from assay.core.errors import UsageError
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.features import registry


def numbers(block: np.ndarray) -> Table:
    names = tuple(f"x{j}" for j in range(block.shape[1]))
    return Table.of(numeric=NumericBlock(block.astype(np.float32), names))


def fit(table: Table, target: Target, **params: object) -> FittedEncoder:
    return registry.build(Step.of("arithmetic", **params)).fit(table, target, seeds=Seeds(0))


def problem(kind: str) -> tuple[Table, Target]:
    """Twenty columns, of which x3 and x17 matter by their ratio."""
    rng = np.random.default_rng(0)
    block = rng.lognormal(0.0, 1.0, (800, 20))
    ratio = block[:, 3] / block[:, 17]
    if kind == "regression":
        return numbers(block), Target(np.log(ratio))
    k = 2 if kind == "binary" else 14
    return numbers(block), Target((np.argsort(np.argsort(ratio)) * k // 800).astype(np.int32), k)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_the_columns_that_matter_are_combined(kind: str) -> None:
    table, target = problem(kind)
    out = fit(table, target, top=2, kinds=["ratio"]).transform(table)
    assert out.numeric_names[20:] == ("x3 / x17",)
    np.testing.assert_allclose(out.numeric[:, 20], table.numeric[:, 3] / table.numeric[:, 17])


def test_all_pairs_of_the_top_columns_are_made_of_each_kind() -> None:
    table, target = problem("binary")
    assert len(fit(table, target, top=4).transform(table).numeric_names) == 20 + 3 * 6


def test_a_ratio_to_nought_is_missing_and_the_column_with_fewer_noughts_divides() -> None:
    table = numbers(np.array([[1.0, 4.0], [0.0, 2.0], [0.0, 0.0], [3.0, 1.0]]))
    out = fit(table, Target(np.arange(4.0)), kinds=["ratio"]).transform(table)
    assert out.numeric_names[2:] == ("x0 / x1",)
    np.testing.assert_array_equal(out.numeric[:, 2], np.array([0.25, 0.0, np.nan, 3.0], dtype=np.float32))


def test_a_product_too_large_for_single_precision_is_missing() -> None:
    table = numbers(np.array([[1e30, 1e30], [1.0, 2.0], [3.0, 4.0]]))
    product = fit(table, Target(np.arange(3.0)), kinds=["product"]).transform(table).numeric[:, 2]
    np.testing.assert_array_equal(product, np.array([np.nan, 2.0, 12.0], dtype=np.float32))


def test_constant_columns_and_constant_results_are_left_out() -> None:
    x = np.arange(10.0)
    table = numbers(np.column_stack([x, x, np.ones(10)]))
    assert fit(table, Target(x)).transform(table).numeric_names[3:] == ("x0 * x1",)


def test_one_numeric_column_adds_nothing() -> None:
    table = numbers(np.arange(10.0)[:, None])
    assert fit(table, Target(np.arange(10.0))).transform(table).numeric_names == ("x0",)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(UsageError, match="no 'sum'"):
        registry.build(Step.of("arithmetic", kinds=["sum"]))
