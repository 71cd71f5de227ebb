"""Codes as zeros and ones, means, counts, buckets and pairs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.block.columns import CodeBlock
from assay.core.contract import FittedEncoder
from assay.core.errors import UsageError
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.features import registry
from assay.testing.tables import folds_of


def coded(codes: np.ndarray | list[int], *levels: int) -> Table:
    block = np.asarray(codes, dtype=np.int32).reshape(-1, len(levels))
    names = tuple("abcdefgh"[: len(levels)])
    return Table.of(codes=CodeBlock(block, names, levels))


def fit(table: Table, name: str, target: Target | None = None, **params: object) -> FittedEncoder:
    return registry.build(Step.of(name, **params)).fit(table, target, seeds=Seeds(0))


def fit_transform(name: str, table: Table, target: Target, inner: np.ndarray, **params: object) -> Table:
    encoder = registry.build(Step.of(name, **params))
    return encoder.fit_transform(table, target, inner=inner, seeds=Seeds(0))[1]


def test_frequent_levels_missing_cells_and_the_rest_have_a_column_each() -> None:
    table = coded([0] * 6 + [1] * 5 + [2] * 3 + [3] * 2 + [-1] * 5, 4)
    out = fit(table, "one_hot").transform(coded([0, 1, 2, 3, 4, -1], 4))
    assert out.numeric_names == ("a=0", "a=1", "a=missing", "a=other")
    assert out.numeric.tolist() == [
        [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 1, 0],
    ]  # fmt: skip
    assert out.code_names == ()


def test_two_levels_become_one_column_and_one_level_none() -> None:
    table = coded([[0, 0]] * 7 + [[1, 0]] * 5, 2, 1)
    out = fit(table, "one_hot").transform(table)
    assert out.numeric_names == ("a=1",)
    assert out.numeric[:, 0].tolist() == [0.0] * 7 + [1.0] * 5


def test_columns_with_many_levels_stay_codes() -> None:
    out = fit(coded([[0, 0], [1, 1]] * 8, 2, 51), "one_hot").transform(coded([[0, 7]], 2, 51))
    assert (out.numeric_names, out.code_names, out.codes.tolist()) == (("a=1",), ("b",), [[7]])


def test_counts_are_logs_of_rows_and_unseen_is_nought() -> None:
    table = coded([0, 0, 0, 1, 2, 2, -1], 2)
    out = fit(table, "counts", above=0).transform(coded([0, 1, 2, -1], 2))
    np.testing.assert_allclose(out.numeric[:, 0], np.log([4, 2, 1, 2]), rtol=1e-6)


def test_every_coded_cell_falls_into_one_bucket_and_buckets_are_even() -> None:
    table = coded([[k % 900, k // 2 % 700] for k in range(1_800)], 900, 700)
    block = fit(table, "hashing", buckets=16).transform(table).numeric
    assert (block.sum(axis=1) == 2).all()
    assert block.sum(axis=0).min() > 0.7 * block.sum(axis=0).mean()


def test_a_training_row_has_the_mean_of_the_other_folds_computed_by_hand() -> None:
    rng = np.random.default_rng(0)
    slot, y, weight = rng.integers(-1, 5, 40), rng.normal(size=40), rng.uniform(0.5, 2.0, 40)
    inner, table = folds_of(40, 4), coded(slot.tolist(), 4)
    block = fit_transform("target_mean", table, Target(y, 0, weight), inner, above=0, m=2.0).numeric[:, 0]
    weight = weight / weight.mean()
    for row in range(40):
        others = inner != inner[row]
        same = others & (slot == slot[row])
        prior = np.average(y[others], weights=weight[others])
        expected = (weight[same] @ y[same] + 2.0 * prior) / (weight[same].sum() + 2.0)
        assert block[row] == pytest.approx(expected, rel=1e-5)


@given(st.integers(0, 1_000), st.floats(0.1, 100.0))
def test_means_do_not_depend_on_the_scale_of_weights(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    y, weight = rng.integers(0, 2, 30).astype(np.int32), rng.uniform(0.5, 2.0, 30)
    table, inner = coded(rng.integers(0, 4, 30).tolist(), 4), folds_of(30)
    one = fit_transform("target_mean", table, Target(y, 2, weight), inner, above=0)
    other = fit_transform("target_mean", table, Target(y, 2, scale * weight), inner, above=0)
    np.testing.assert_allclose(one.numeric, other.numeric, rtol=1e-5)


def test_levels_without_rows_have_the_overall_mean() -> None:
    table = coded([0] * 30 + [1] * 10, 3)
    y = Target(np.array([0] * 30 + [1] * 10, dtype=np.int32), 2)
    out = fit(table, "target_mean", y, above=0).transform(coded([0, 1, 2, 3, -1], 3)).numeric[:, 0]
    np.testing.assert_allclose(out, [2.5 / 40, 12.5 / 20, 0.25, 0.25, 0.25], rtol=1e-6)


def test_of_many_classes_the_twenty_most_frequent_have_a_mean() -> None:
    classes = np.repeat(np.arange(30), np.arange(30, 0, -1)).astype(np.int32)
    table = coded((classes % 3).tolist(), 3)
    fitted = fit(table, "target_mean", Target(classes, 30), above=0, m=0.0, keep=False)
    out = fitted.transform(coded([0, 1, 2], 3))
    assert out.numeric_names == tuple(f"a:mean {k}" for k in range(20))
    assert out.code_names == ()
    assert out.numeric[0, 3] == pytest.approx(27 / (classes % 3 == 0).sum())


def test_one_inner_fold_is_refused() -> None:
    with pytest.raises(UsageError, match="at least 2 inner folds"):
        fit_transform("target_mean", coded([0, 1], 2), Target(np.zeros(2)), np.zeros(2, dtype=np.int64), above=0)


@pytest.mark.parametrize("name", ["target_mean", "pairs", "arithmetic"])
def test_steps_that_learn_from_the_target_ask_for_it(name: str) -> None:
    with pytest.raises(UsageError, match=f"'{name}' learns from the target"):
        fit(coded([0, 1], 2), name)


def exclusive_or(n: int = 600, kind: str = "binary") -> tuple[Table, Target]:
    rng = np.random.default_rng(1)
    codes = np.column_stack([rng.integers(0, k, n) for k in (2, 3, 4)])
    odd = (codes[:, 0] + codes[:, 2]) % 2
    table = coded(codes, 2, 3, 4)
    return table, Target(odd.astype(np.int32), 2) if kind == "binary" else Target(odd + 0.1 * rng.normal(size=n))


@pytest.mark.parametrize("kind", ["binary", "regression"])
def test_the_pair_that_interacts_is_found_and_no_other(kind: str) -> None:
    table, target = exclusive_or(kind=kind)
    fitted = fit(table, "pairs", target)
    block = fitted.transform(table)
    assert block.numeric_names == ("a & c:mean",)
    assert np.corrcoef(block.numeric[:, 0], target.values)[0, 1] > 0.9


def test_a_pair_of_levels_never_seen_together_has_the_overall_mean() -> None:
    table, target = exclusive_or()
    out = fit(table, "pairs", target).transform(coded([[2, 0, 0], [0, 0, 4], [-1, 0, -1]], 2, 3, 4))
    np.testing.assert_allclose(out.numeric[:, 0], target.values.mean(), rtol=1e-6)


def test_noise_has_no_pairs() -> None:
    rng = np.random.default_rng(2)
    table = coded(rng.integers(0, 30, (1_000, 4)), 30, 30, 30, 30)
    target = Target(rng.integers(0, 2, 1_000).astype(np.int32), 2)
    assert fit(table, "pairs", target).transform(table).numeric_names == ()
