"""Missing numbers filled from their column, from like rows, from the row's other numbers."""

import numpy as np
import pytest

from assay.core.block.columns import NumericBlock
from assay.core.contract import FittedEncoder
from assay.core.errors import UsageError
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.features import registry

NAN = np.nan


def numbers(block: np.ndarray) -> Table:
    names = tuple(f"x{j}" for j in range(block.shape[1]))
    return Table.of(numeric=NumericBlock(block.astype(np.float32), names))


def fit(table: Table, name: str, **params: object) -> FittedEncoder:
    return registry.build(Step.of(name, **params)).fit(table, None, seeds=Seeds(0))


def with_gaps(share: float, n: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """Five columns of two hidden factors, complete and with a share of cells missing at random."""
    rng = np.random.default_rng(0)
    whole = rng.normal(0.0, 1.0, (n, 2)) @ rng.normal(0.0, 1.0, (2, 5)) + 0.1 * rng.normal(0.0, 1.0, (n, 5))
    whole = 100.0 + 30.0 * whole
    return whole, np.where(rng.random(whole.shape) < share, NAN, whole)


def error(name: str, **params: object) -> float:
    """Root mean squared error of the filled cells in units of their sd."""
    whole, gappy = with_gaps(0.2)
    filled = fit(numbers(gappy), name, **params).transform(numbers(gappy)).numeric[:, :5]
    gaps = np.isnan(gappy)
    assert not np.isnan(filled).any()
    np.testing.assert_allclose(filled[~gaps], whole[~gaps], rtol=1e-6)
    return float(np.sqrt(np.mean((filled - whole)[gaps] ** 2)) / whole.std())


def test_other_columns_tell_what_is_missing_better_than_its_own() -> None:
    plain = error("impute", strategy="mean")
    assert error("impute_neighbours") < 0.5 * plain
    assert error("impute_chain") < 0.25 * plain


def test_a_chain_finds_the_regression_line() -> None:
    x = np.random.default_rng(1).normal(0.0, 1.0, 400)
    table = np.column_stack([x, 3.0 * x + 7.0, np.random.default_rng(2).normal(0.0, 1.0, 400)])
    table[:100, 1] = NAN
    new = numbers(np.array([[1.0, NAN, 0.0], [NAN, 10.0, 0.0]]))
    out = fit(numbers(table), "impute_chain", ridge=1e-4).transform(new).numeric
    np.testing.assert_allclose(out[:, :2], [[1.0, 10.0], [1.0, 10.0]], atol=0.05)


@pytest.mark.parametrize("name", ["impute", "impute_neighbours", "impute_chain"])
def test_every_way_marks_the_same_gaps_and_drops_what_has_no_value(name: str) -> None:
    _, gappy = with_gaps(0.2, n=80)
    gappy[:, 3] = NAN
    out = fit(numbers(gappy), name).transform(numbers(gappy))
    assert out.numeric_names[:4] == ("x0", "x1", "x2", "x4")
    assert out.numeric_names[4:] == ("x0=missing", "x1=missing", "x2=missing", "x4=missing")
    assert len(fit(numbers(gappy), name, indicators=False).transform(numbers(gappy)).numeric_names) == 4


@pytest.mark.parametrize("name", ["impute_neighbours", "impute_chain"])
def test_a_row_without_any_number_gets_the_middle(name: str) -> None:
    whole, gappy = with_gaps(0.2)
    out = fit(numbers(gappy), name).transform(numbers(np.full((1, 5), NAN))).numeric[0, :5]
    assert (np.abs(out - np.median(whole, axis=0)) < 0.5 * whole.std(axis=0)).all()


@pytest.mark.parametrize("name", ["impute_neighbours", "impute_chain"])
def test_filled_cells_stay_near_what_training_rows_have(name: str) -> None:
    _, gappy = with_gaps(0.2)
    wild = np.array([[1e30, NAN, NAN, -1e30, NAN]])
    filled = fit(numbers(gappy), name).transform(numbers(wild)).numeric[0, [1, 2, 4]]
    assert (np.abs(filled - 100.0) < 1_000.0).all()


def test_the_nearest_row_lends_its_number() -> None:
    table = numbers(np.array([[0.0, 0.0, 10.0], [1.0, 1.0, 20.0], [9.0, 9.0, 90.0], [8.0, 8.0, 80.0]]))
    out = fit(table, "impute_neighbours", k=1).transform(numbers(np.array([[0.9, 1.1, NAN], [NAN, 8.9, NAN]])))
    assert out.numeric[:, 2].tolist() == [20.0, 90.0]


def test_the_most_frequent_value_and_a_constant_fill() -> None:
    table = numbers(np.array([[1.0], [5.0], [5.0], [9.0], [9.0], [NAN]]))
    assert fit(table, "impute", strategy="most_frequent").transform(table).numeric[5, 0] == 5.0
    assert fit(table, "impute", strategy="constant", value=-1.0).transform(table).numeric[5, 0] == -1.0


def test_settings_that_fill_nothing_are_refused() -> None:
    with pytest.raises(UsageError, match="cannot be filled by 'modal'"):
        registry.build(Step.of("impute", strategy="modal"))
    with pytest.raises(UsageError, match="1 or more"):
        registry.build(Step.of("impute_neighbours", k=0))
    with pytest.raises(UsageError, match="ridge above 0"):
        registry.build(Step.of("impute_chain", ridge=0))
