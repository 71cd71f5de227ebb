"""Products, ratios and differences found among all pairs, without building them."""

import numpy as np
import pytest

from assay.core.array import Floats
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


def fit(block: np.ndarray, target: Target, seed: int = 0, **params: object) -> FittedEncoder:
    step = Step.of("arithmetic", screen="pairs", **params)
    return registry.build(step).fit(numbers(block), target, seeds=Seeds(seed))


def added(block: np.ndarray, target: Target, **params: object) -> tuple[str, ...]:
    return fit(block, target, **params).transform(numbers(block)).numeric_names[block.shape[1] :]


def linear_r2(block: np.ndarray, y: Floats) -> float:
    """On the second half of the rows, of least squares on the first."""
    half, X = len(y) // 2, np.column_stack([np.ones(len(y)), np.nan_to_num(block.astype(np.float64))])
    weights = np.linalg.lstsq(X[:half], y[:half], rcond=None)[0]
    return 1.0 - float(np.var(y[half:] - X[half:] @ weights) / np.var(y[half:]))


def classes(y: Floats, k: int) -> Target:
    return Target((np.argsort(np.argsort(y)) * k // len(y)).astype(np.int32), k)


@pytest.mark.parametrize("n_columns", [2, 10, 60])
def test_a_product_takes_a_line_from_nothing_to_nearly_all(n_columns: int) -> None:
    rng = np.random.default_rng(1)
    X = rng.normal(0.0, 1.0, (1_500, n_columns))
    y = X[:, 0] * X[:, 1] + 0.1 * rng.normal(0.0, 1.0, len(X))
    assert linear_r2(X, y) < 0.1
    assert linear_r2(fit(X, Target(y)).transform(numbers(X)).numeric, y) > 0.9
    assert added(X, Target(y)) == ("x0 * x1",)


@pytest.mark.parametrize("n_columns", [2, 60])
def test_a_ratio_is_found_the_right_way_round(n_columns: int) -> None:
    X = np.random.default_rng(2).lognormal(0.0, 0.7, (1_500, n_columns))
    y = X[:, 1] / X[:, 0]
    assert linear_r2(fit(X, Target(y)).transform(numbers(X)).numeric, y) > 0.99
    assert added(X, Target(y)) == ("x1 / x0",)


@pytest.mark.parametrize("k", [2, 4])
def test_a_product_behind_classes_is_found(k: int) -> None:
    X = np.random.default_rng(3).normal(0.0, 1.0, (1_200, 12))
    assert added(X, classes(X[:, 3] * X[:, 7], k)) == ("x3 * x7",)


def test_columns_whose_distance_matters_are_subtracted() -> None:
    X = np.random.default_rng(4).uniform(1.0, 5.0, (2_000, 12))
    assert added(X, classes(np.abs(X[:, 2] - X[:, 9]), 2)) == ("x2 - x9",)


def test_one_pair_of_five_hundred_columns_is_found_by_matrix_products() -> None:
    rng = np.random.default_rng(5)
    X = rng.normal(0.0, 1.0, (2_000, 500))
    assert added(X, Target(X[:, 123] * X[:, 456] + 0.5 * rng.normal(0.0, 1.0, 2_000))) == ("x123 * x456",)


def test_three_interactions_under_main_effects_are_all_found() -> None:
    rng = np.random.default_rng(6)
    X = rng.normal(0.0, 1.0, (1_500, 20))
    y = X[:, 0] * X[:, 1] + X[:, 2] * X[:, 3] + X[:, 4] * X[:, 5] + 2.0 * X[:, 6] + rng.normal(0.0, 1.0, 1_500)
    assert set(added(X, Target(y))) == {"x0 * x1", "x2 * x3", "x4 * x5"}


@pytest.mark.parametrize("seed", range(6))
def test_noise_and_sums_of_single_effects_get_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X = rng.normal(0.0, 1.0, (500, 30))
    assert added(X, Target(rng.normal(0.0, 1.0, 500))) == ()
    assert added(X, classes(rng.normal(0.0, 1.0, 500), 2)) == ()
    assert added(X, Target(X[:, :4].sum(axis=1) + rng.normal(0.0, 1.0, 500))) == ()


def test_a_column_that_only_widens_the_target_names_no_pairs() -> None:
    rng = np.random.default_rng(7)
    X = rng.normal(0.0, 1.0, (2_000, 15))
    assert added(X, Target(np.exp(X[:, 0]) * rng.normal(0.0, 1.0, 2_000)), kinds=["product", "ratio"]) == ()


def test_at_most_top_combinations_are_made_and_only_of_the_kinds_asked_for() -> None:
    X = np.random.default_rng(8).normal(0.0, 1.0, (1_000, 8))
    y = X[:, 0] * X[:, 1] + 0.5 * X[:, 2] * X[:, 3]
    assert added(X, Target(y), top=1) == ("x0 * x1",)
    assert all(" - " in name for name in added(X, Target(y), kinds=["difference"]))


def test_few_rows_and_one_column_say_nothing() -> None:
    X = np.random.default_rng(9).normal(0.0, 1.0, (50, 4))
    assert added(X, Target(X[:, 0] * X[:, 1])) == ()
    assert added(np.tile(X[:, :1], (4, 1)), Target(np.tile(X[:, 0], 4))) == ()


def test_an_unknown_screen_is_refused() -> None:
    with pytest.raises(UsageError, match="not chosen by 'all'"):
        registry.build(Step.of("arithmetic", screen="all"))


def test_columns_that_know_nearly_the_same_are_combined_too() -> None:
    rng = np.random.default_rng(10)
    size = rng.lognormal(0.0, 0.6, 1_500)
    X = size[:, None] * np.array([1.0, 0.45, 0.3]) * rng.lognormal(0.0, 0.15, (1_500, 3))
    y = np.log(size) + 4.0 * np.log(X[:, 1] / X[:, 0]) + 0.3 * rng.normal(0.0, 1.0, 1_500)
    assert {"x1 / x0", "x0 / x1"} & set(added(X, Target(y), kinds=["ratio"]))
