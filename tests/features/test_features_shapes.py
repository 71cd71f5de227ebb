"""Numbers on other scales: powers, ranks, ranges, bounds, bins."""

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
from assay.features.unskew import straightness

NAN = np.nan
RNG_ROWS = 1_000


def column(values: object) -> Table:
    block = np.asarray(values, dtype=np.float32).reshape(-1, 1)
    return Table.of(numeric=NumericBlock(block, ("x",)))


def fit(table: Table, name: str, **params: object) -> FittedEncoder:
    return registry.build(Step.of(name, **params)).fit(table, None, seeds=Seeds(0))


def through(values: object, name: str, **params: object) -> np.ndarray:
    return fit(column(values), name, **params).transform(column(values)).numeric[:, 0]


def skew(values: np.ndarray) -> float:
    z = (values - values.mean()) / values.std()
    return float(np.mean(z**3))


SKEWED = {
    "lognormal": np.random.default_rng(0).lognormal(5.0, 1.0, RNG_ROWS),
    "squares": np.random.default_rng(1).normal(10.0, 2.0, RNG_ROWS) ** 2,
    "counts": np.random.default_rng(2).poisson(np.random.default_rng(3).gamma(1.0, 30.0, RNG_ROWS)).astype(float),
    "left": -np.random.default_rng(4).lognormal(0.0, 0.8, RNG_ROWS),
    "tiny": 1e-6 * np.random.default_rng(5).lognormal(0.0, 1.0, RNG_ROWS),
    "shifted": np.random.default_rng(6).lognormal(0.0, 0.6, RNG_ROWS) - 2.0,
}


@pytest.mark.parametrize("name", list(SKEWED))
def test_skew_goes_and_the_order_stays(name: str) -> None:
    values = SKEWED[name]
    out = through(values, "unskew")
    assert abs(skew(values)) > 0.35
    assert abs(skew(out)) < max(0.35, abs(skew(values)) / 3.0)  # counts keep their heap of noughts
    assert straightness(np.sort(out)) > straightness(np.sort(values))
    assert (np.diff(out[np.argsort(values)]) >= 0).all()
    assert abs(out.mean()) < 0.1
    assert abs(out.std() - 1.0) < 0.1


def test_the_simplest_curve_that_does_it_is_taken() -> None:
    lognormal = through(SKEWED["lognormal"], "unskew")
    assert np.corrcoef(lognormal, np.log(SKEWED["lognormal"]))[0, 1] > 1.0 - 1e-4
    squares = through(SKEWED["squares"], "unskew", kinds=["root", "box_cox", "yeo_johnson"])
    assert np.corrcoef(squares, np.sqrt(SKEWED["squares"]))[0, 1] > 1.0 - 1e-4


def test_box_cox_finds_its_power() -> None:
    cubes = np.random.default_rng(7).normal(10.0, 2.0, 5_000).clip(1.0) ** 3
    fitted = fit(column(cubes), "unskew", kinds=["box_cox"])
    assert abs(float(fitted.state().arrays["power"][0]) - 1.0 / 3.0) < 0.15


def test_normal_flat_and_coarse_columns_stay_as_they_are() -> None:
    rng = np.random.default_rng(8)
    for values in (rng.normal(5.0, 1.0, 500), rng.uniform(0.0, 1.0, 500), rng.integers(0, 5, 500)):
        np.testing.assert_array_equal(through(values, "unskew"), np.asarray(values, dtype=np.float32))


@given(arrays(np.float32, 40, elements=st.floats(-(2.0**100), 2.0**100, width=32)))
def test_curves_and_ranks_are_finite_and_keep_the_order(values: np.ndarray) -> None:
    order = np.argsort(values)
    for name in ("unskew", "quantile"):
        out = through(values, name)
        assert np.isfinite(out).all()
        assert (np.diff(out[order]) >= 0).all()


def test_ranks_are_normal_or_even_and_ends_hold() -> None:
    values = SKEWED["lognormal"]
    normal, even = through(values, "quantile"), through(values, "quantile", to="uniform")
    assert straightness(np.sort(normal)) > 0.999
    np.testing.assert_allclose(np.sort(even), (np.arange(RNG_ROWS) + 0.5) / RNG_ROWS, atol=0.01)
    fitted = fit(column(values), "quantile", to="uniform")
    out = fitted.transform(column([-1e9, 1e9, NAN])).numeric[:, 0]
    assert 0.0 < out[0] < 0.01 < 0.99 < out[1] < 1.0
    assert np.isnan(out[2])


def test_equal_values_share_their_middle_rank() -> None:
    assert through([3.0, 1.0, 1.0, 1.0], "quantile", to="uniform").tolist() == [0.875, 0.375, 0.375, 0.375]


def test_training_rows_lie_between_nought_and_one() -> None:
    out = through([5.0, 10.0, NAN, 15.0], "scale", min_max=True)
    np.testing.assert_array_equal(out, np.array([0.0, 0.5, NAN, 1.0], dtype=np.float32))


@pytest.mark.parametrize("rule", ["iqr", "robust_z"])
def test_gross_errors_are_cut_or_taken_as_missing_and_counted(rule: str) -> None:
    rng = np.random.default_rng(9)
    values = rng.normal(0.0, 1.0, 400)
    values[::20] = 1e4 * rng.choice([-1, 1], 20)
    assert np.abs(through(values, "outliers", rule=rule)).max() < 6.0
    out = fit(column(values), "outliers", rule=rule, action="missing", count=True).transform(column(values))
    assert np.flatnonzero(np.isnan(out.numeric[:, 0])).tolist() == list(range(0, 400, 20))
    assert np.flatnonzero(out.numeric[:, 1]).tolist() == list(range(0, 400, 20))


def test_winsorised_columns_keep_the_share_at_their_ends() -> None:
    out = through(np.arange(1_001.0), "outliers", rule="winsorise", share=0.05)
    assert (out.min(), out.max()) == (50.0, 950.0)


def test_numbers_are_kept_within_what_was_met_but_for_time_under_another_name() -> None:
    rng = np.random.default_rng(11)
    moment = np.sort(rng.uniform(size=200))
    block = NumericBlock(np.stack([rng.normal(size=200), moment + 0.05 * rng.normal(size=200)], 1), ("number", "tells"))
    table = Table.of(numeric=block).with_blocks(moment=MomentBlock(moment))
    far = Table.of(numeric=NumericBlock(np.float32([[9.0, 9.0], [NAN, NAN]]), block.names))
    most = block.values.max(axis=0)
    kept, all_kept = (
        fit(one, "outliers", rule="range").transform(far).numeric for one in (table, table.without("moment"))
    )
    np.testing.assert_allclose(kept, [[most[0], 9.0], [NAN, NAN]])
    np.testing.assert_allclose(all_kept, [most, [NAN, NAN]])


def test_a_line_after_gross_errors_is_nearly_the_line_without() -> None:
    rng = np.random.default_rng(10)
    X = rng.normal(0.0, 1.0, (2_000, 5))
    y = X @ np.array([3.0, -2.0, 1.0, 0.5, 0.0]) + rng.normal(0.0, 1.0, 2_000)
    dirty = np.where(rng.random(X.shape) < 0.05, 1e3 * rng.normal(0.0, 1.0, X.shape), X)
    table = Table.of(numeric=NumericBlock(dirty.astype(np.float32), tuple("abcde")))
    cleaned = fit(table, "outliers", action="missing").transform(table)
    filled = fit(cleaned, "impute", indicators=False).transform(cleaned).numeric
    assert r2(filled, y) > 0.8 * r2(X, y)
    assert r2(dirty, y) < 0.2


def r2(X: np.ndarray, y: np.ndarray) -> float:
    """On the second half of the rows, of a line fitted on the first."""
    half, design = len(y) // 2, np.column_stack([np.ones(len(y)), X.astype(np.float64)])
    weights = np.linalg.lstsq(design[:half], y[:half], rcond=None)[0]
    return 1.0 - float(np.var(y[half:] - design[half:] @ weights) / np.var(y[half:]))


def bins(values: object, **params: object) -> tuple[list[int], int]:
    out = fit(column(values), "bins", **params).transform(column(values))
    return out.codes[:, 0].tolist(), out.levels[0]


def test_bins_hold_equally_many_rows_or_are_equally_wide_or_cluster() -> None:
    values = [0.0, 1.0, 2.0, 3.0, 4.0, 100.0, NAN]
    assert bins(values, n_bins=2) == ([0, 0, 0, 1, 1, 1, -1], 2)
    assert bins(values, n_bins=2, kind="width") == ([0, 0, 0, 0, 0, 1, -1], 2)
    assert bins([1.0, 2.0, 50.0, 51.0, 90.0, 91.0], n_bins=3, kind="kmeans") == ([0, 0, 1, 1, 2, 2], 3)


def test_few_values_have_a_bin_each_and_a_constant_has_none() -> None:
    assert bins([3.0, 1.0, 2.0, 1.0], n_bins=5) == ([2, 0, 1, 0], 3)
    assert fit(column([7.0, 7.0]), "bins").transform(column([7.0])).code_names == ()


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (Step.of("unskew", kinds=["logs"]), "not taken by 'logs'"),
        (Step.of("quantile", to="even"), "cannot be made 'even'"),
        (Step.of("quantile", knots=1), "2 knots or more"),
        (Step.of("outliers", rule="z"), "no rule 'z'"),
        (Step.of("outliers", action="drop"), "cannot be made 'drop'"),
        (Step.of("outliers", share=0.7), "share below 0.5"),
        (Step.of("bins", kind="equal"), "of the kind 'equal'"),
        (Step.of("bins", n_bins=1), "2 bins or more"),
        (Step.of("scale", robust=True, min_max=True), "not both"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused(step: Step, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        registry.build(step)
