"""Columns left out, with the reason: what is kept of planted columns and of noise."""

import numpy as np
import pytest

from assay.core.array import Bools, Floats
from assay.core.block.columns import CodeBlock, DateBlock, TextBlock
from assay.core.contract import FittedEncoder
from assay.core.errors import BundleError, UsageError
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.features import registry
from assay.features.selection import FittedSelection, discoveries
from assay.testing.encoders import check_encoder


def numbers(X: Floats) -> Table:
    return Table.empty(len(X)).with_numeric(X, tuple(f"x{j}" for j in range(X.shape[1])))


def kept(step: Step, X: Floats, target: Target | None, seed: int = 0) -> Bools:
    table = numbers(X)
    out = registry.build(step).fit(table, target, seeds=Seeds(seed)).transform(table)
    return np.array([name in out.numeric_names for name in table.numeric_names])


def wide(seed: int, *, noise_columns: int = 190, n: int = 1_000) -> tuple[Floats, Floats]:
    """10 true columns, the rest noise; half of the target's variance is noise."""
    rng = np.random.default_rng(seed)
    weights = rng.uniform(0.3, 1.0, 10) * rng.choice([-1.0, 1.0], 10)
    X = rng.normal(size=(n, 10 + noise_columns))
    return X, X[:, :10] @ weights + np.linalg.norm(weights) * rng.normal(size=n)


def products(seed: int, n: int = 2_000) -> tuple[Floats, Floats]:
    """Three products of two columns each without a main effect, and 50 columns of noise."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 56))
    return X, X[:, 0] * X[:, 1] + X[:, 2] * X[:, 3] + X[:, 4] * X[:, 5] + 0.5 * rng.normal(size=n)


def f1(keep: Bools, n_true: int = 10) -> float:
    return 2.0 * keep[:n_true].sum() / (keep.sum() + n_true)


@pytest.mark.parametrize(
    "step",
    [Step.of("select_univariate"), Step.of("select_linear", method="lasso"), Step.of("select_linear")],
    ids=["anova", "lasso", "stability"],
)
@pytest.mark.parametrize("is_class", [False, True])
def test_ten_columns_are_found_among_two_hundred(step: Step, is_class: bool) -> None:
    found = []
    for seed in range(5):
        X, y = wide(seed)
        target = Target((y > 0).astype(np.int32), 2) if is_class else Target(y)
        found.append(f1(kept(step, X, target, seed)))
    assert np.mean(found) >= 0.8


@pytest.mark.slow
def test_boosted_trees_find_ten_columns_among_a_hundred() -> None:
    X, y = wide(0, noise_columns=90)
    assert f1(kept(Step.of("select_trees"), X, Target(y))) >= 0.8


@pytest.mark.parametrize(
    "step",
    [
        Step.of("select_univariate"), Step.of("select_univariate", test="chi_squared"),
        Step.of("select_univariate", test="mutual_information"), Step.of("select_linear"),
        Step.of("select_linear", method="lasso"), Step.of("select_linear", method="forward"),
    ],
    ids=lambda step: "_".join(map(str, (step.name, *dict(step.params).values()))),
)  # fmt: skip
def test_of_fifty_columns_of_noise_hardly_any_stays(step: Step) -> None:
    survivors = []
    for seed in range(20):
        X, y = wide(seed, noise_columns=50, n=400)
        survivors.append(kept(step, X, Target(y), seed)[10:].sum())
    assert np.mean(survivors) <= 2


@pytest.mark.slow
@pytest.mark.parametrize("method", ["shadow", "null", "permutation"])
def test_products_without_a_main_effect_stay_and_noise_goes(method: str) -> None:
    X, y = products(1)
    keep = kept(Step.of("select_trees", method=method), X, Target(y))
    assert keep[:6].reshape(3, 2).all(axis=1).sum() >= 2
    assert keep[6:].sum() <= 2


def test_a_removed_column_has_its_reason_in_the_state() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=300)
    table = numbers(np.column_stack([x, 2 * x + 1, np.zeros(300), rng.normal(size=300)]))
    same = registry.build(Step.of("select_uncorrelated")).fit(table, None, seeds=Seeds(0))
    assert same.state().meta == {"removed": {"x1": "correlates 1.000 with x0"}}
    still = registry.build(Step.of("select_varying")).fit(table, None, seeds=Seeds(0))
    assert still.state().meta == {"removed": {"x2": "the same value in 100.0% of the rows"}}
    tested = registry.build(Step.of("select_univariate")).fit(table, Target(x), seeds=Seeds(0))
    assert isinstance(tested, FittedSelection)
    assert set(tested.removed) == {"x2", "x3"}
    assert tested.removed["x2"] == "anova 0, p = 1"


def test_categories_are_tested_and_dates_and_texts_are_left_alone() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (400, 2)).astype(np.int32)
    table = Table.of(
        codes=CodeBlock(codes, ("says", "noise"), (4, 4)),
        dates=DateBlock(np.zeros((400, 1)), ("day",)),
        text=TextBlock(np.full((400, 1), "a", dtype=object), ("note",)),
    )
    for step in (Step.of("select_univariate"), Step.of("select_linear")):
        for target in (Target((codes[:, 0] % 2).astype(np.int32), 2), Target(codes[:, 0] + 0.5 * rng.normal(size=400))):
            out = registry.build(step).fit(table, target, seeds=Seeds(0)).transform(table)
            assert (out.code_names, out.date_names, out.text_names) == (("says",), ("day",), ("note",))


def test_the_best_column_stays_where_none_passes() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(200, 5)), rng.normal(size=200)
    for step in (Step.of("select_univariate", alpha=1e-9), Step.of("select_linear", method="lasso")):
        assert 1 <= kept(step, X, Target(y)).sum() <= 2


def test_discoveries_are_those_of_benjamini_and_hochberg() -> None:
    p = np.array([0.01, 0.2, 0.029, np.nan, 0.9])
    assert discoveries(p, 0.05).tolist() == [True, False, False, False, False]
    assert discoveries(p, 0.1).tolist() == [True, False, True, False, False]
    assert not discoveries(np.empty(0), 0.05).size


@pytest.mark.parametrize(
    ("name", "setting", "noun"),
    [
        ("select_univariate", "test", "test"),
        ("select_linear", "method", "method"),
        ("select_trees", "method", "method"),
    ],
)
def test_an_unknown_way_to_select_is_refused(name: str, setting: str, noun: str) -> None:
    with pytest.raises(UsageError, match=f"There is no {noun} 'magic'"):
        registry.build(Step.of(name, **{setting: "magic"}))


def test_a_damaged_list_of_reasons_is_refused() -> None:
    fitted: FittedEncoder = registry.build(Step.of("select_varying")).fit(numbers(np.eye(4)), None, seeds=Seeds(0))
    state = fitted.state()
    with pytest.raises(BundleError, match="select_varying"):
        FittedSelection.restore(type(state)("select_varying", {"removed": [1]}, state.arrays))


@pytest.mark.parametrize(
    "step",
    [
        Step.of("select_univariate", test="mutual_information"), Step.of("select_linear", method="forward"),
        Step.of("select_linear", method="lasso"), Step.of("select_trees", method="gain"),
    ],
    ids=lambda step: step.name,
)  # fmt: skip
def test_other_ways_to_select_keep_the_contract(step: Step) -> None:
    check_encoder(step)
