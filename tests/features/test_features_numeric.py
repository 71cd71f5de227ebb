"""Imputation, scaling and curves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from assay.core.block.columns import NumericBlock
from assay.core.block.moment import MomentBlock
from assay.core.contract import FittedEncoder
from assay.core.errors import UsageError
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.features import registry
from assay.features.splines import spline_terms

NAN = np.nan


def numbers(*columns: list[float]) -> Table:
    block = np.column_stack([np.array(column, dtype=np.float32) for column in columns])
    names = tuple("abcdefgh"[: block.shape[1]])
    return Table.of(numeric=NumericBlock(block, names))


def fit(table: Table, name: str, **params: object) -> FittedEncoder:
    return registry.build(Step.of(name, **params)).fit(table, None, seeds=Seeds(0))


def test_missing_numbers_become_the_median_and_are_marked() -> None:
    table = numbers([1, NAN, 3, 10], [5, 6, 7, 8])
    out = fit(table, "impute").transform(table)
    assert out.numeric_names == ("a", "b", "a=missing")
    assert out.numeric.tolist() == [[1, 5, 0], [3, 6, 1], [3, 7, 0], [10, 8, 0]]


def test_a_column_without_a_value_is_dropped() -> None:
    table = numbers([NAN, NAN], [1, 2])
    assert fit(table, "impute").transform(table).numeric_names == ("b",)


def test_columns_that_miss_together_share_one_indicator() -> None:
    table = numbers([1, NAN, 3], [NAN, 2, 3], [7, NAN, 9])
    assert fit(table, "impute").transform(table).numeric_names == ("a", "b", "c", "a=missing", "b=missing")


def test_a_cell_missing_only_in_new_rows_is_filled_without_an_indicator() -> None:
    fitted = fit(numbers([1, 2, 6]), "impute", strategy="mean")
    assert fitted.transform(numbers([NAN])).numeric.tolist() == [[3.0]]


def test_scaled_columns_have_mean_zero_and_sd_one_and_constants_go() -> None:
    table = numbers([1, 2, 3, 4], [7, 7, 7, 7], [1e8, 2e8, 3e8, 9e8])
    out = fit(table, "scale").transform(table)
    assert out.numeric_names == ("a", "c")
    np.testing.assert_allclose(out.numeric.mean(axis=0), 0.0, atol=1e-6)
    np.testing.assert_allclose(out.numeric.std(axis=0), 1.0, rtol=1e-6)


finite = st.floats(-(2.0**127), 2.0**127, width=32)


@given(arrays(np.float32, (12, 2), elements=finite), arrays(np.float32, (5, 2), elements=finite), st.booleans())
def test_scaled_cells_never_leave_the_clip(train: np.ndarray, new: np.ndarray, soft: bool) -> None:
    for robust in (False, True):
        fitted = fit(numbers(*train.T.tolist()), "scale", clip=3.0, soft=soft, robust=robust)
        assert (np.abs(fitted.transform(numbers(*new.T.tolist())).numeric) <= 3.0001).all()


def test_robust_scaling_ignores_an_outlier() -> None:
    table = numbers([0, 1, 2, 3, 4, 1e6])
    z = fit(table, "scale", robust=True).transform(table).numeric[:, 0]
    assert np.ptp(z[:5]) > 1.0
    assert z[5] == 8.0


@given(st.integers(0, 10_000))
def test_a_restricted_spline_is_straight_beyond_its_outer_knots(seed: int) -> None:
    rng = np.random.default_rng(seed)
    knots = np.sort(rng.normal(0.0, 1.0, (1, 5)) + np.arange(5))
    span = knots[0, -1] - knots[0, 0]
    right = knots[0, -1] + span * np.array([[0.5], [1.0], [1.5]])
    left = knots[0, 0] - span * np.array([[0.5], [1.0]])
    curve = spline_terms(right, knots)[:, 0]
    np.testing.assert_allclose(curve[2] - curve[1], curve[1] - curve[0], rtol=1e-6)
    assert (spline_terms(left, knots) == 0).all()


def test_a_line_on_curves_follows_a_wave() -> None:
    x = np.linspace(-3, 3, 400)
    table = numbers(x.tolist())
    out = fit(table, "splines", knots=7).transform(table).numeric
    design = np.column_stack([np.ones(400), out])
    residual = np.sin(x) - design @ np.linalg.lstsq(design, np.sin(x), rcond=None)[0]
    assert residual.std() < 0.05


@pytest.mark.parametrize("step", ["splines", "impute", "scale"])
def test_a_row_gets_the_same_cells_alone_and_among_thousands(step: str) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1000, 3))
    x[rng.random(x.shape) < 0.1] = NAN
    table = numbers(*x.T.tolist())
    fitted = fit(table, step)
    together = fitted.transform(table).numeric
    for i in (0, 255, 256, 999):
        alone = fitted.transform(table.take(np.array([i]))).numeric
        np.testing.assert_array_equal(alone[0], together[i])


def test_columns_with_few_values_get_no_curve() -> None:
    assert fit(numbers([0, 1, 0, 1, 2, 1] * 10), "splines").transform(numbers([1, 2])).numeric_names == ("a",)


def test_too_few_knots_are_refused() -> None:
    with pytest.raises(UsageError, match="at least 3 knots, not 2"):
        registry.build(Step.of("splines", knots=2))


def test_what_orders_the_rows_gets_no_curve_as_all_that_comes_lies_beyond_its_last_knot() -> None:
    rng = np.random.default_rng(0)
    moment = np.sort(rng.uniform(size=200)) * 400.0
    table = numbers(np.floor(moment), rng.normal(size=200), -moment).with_blocks(moment=MomentBlock(moment))
    names = fit(table, "splines").transform(table).numeric_names
    assert names == ("a", "b", "c", "b:curve 1", "b:curve 2", "b:curve 3")
    assert len(fit(table.without("moment"), "splines").transform(table).numeric_names) == 12
