"""What a row is beside others: clusters, projections, isolation, statistics, gaps, neighbours."""

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
from assay.features.neighbour_means import NeighbourMeans
from assay.testing.encoders import folds_of, rank_auc
from assay.testing.tables import tiny_table, tiny_target

NAN = np.nan


def numbers(block: np.ndarray) -> Table:
    names = tuple(f"x{j}" for j in range(block.shape[1]))
    return Table.of(numeric=NumericBlock(block.astype(np.float32), names))


def fit(table: Table, name: str, **params: object) -> FittedEncoder:
    return registry.build(Step.of(name, **params)).fit(table, None, seeds=Seeds(0))


def added(block: np.ndarray, name: str, **params: object) -> np.ndarray:
    """The numeric columns a step adds to its own training rows."""
    table = numbers(block)
    return fit(table, name, **params).transform(table).numeric[:, block.shape[1] :]


def linear_r2(block: np.ndarray, y: Floats) -> float:
    """On the second half of the rows, of least squares on the first."""
    half, X = len(y) // 2, np.column_stack([np.ones(len(y)), block.astype(np.float64)])
    weights = np.linalg.lstsq(X[:half], y[:half], rcond=None)[0]
    return 1.0 - float(np.var(y[half:] - X[half:] @ weights) / np.var(y[half:]))


def test_distances_to_clusters_tell_a_line_which_group_a_row_is_in() -> None:
    rng = np.random.default_rng(0)
    group = rng.integers(0, 7, 1_200)
    turn = 2.0 * np.pi * np.arange(7) / 7.0
    X = 5.0 * np.stack([np.cos(turn), np.sin(turn)], axis=1)[group] + 0.4 * rng.normal(0.0, 1.0, (1_200, 2))
    y = np.array([5.0, -4.0, 4.0, -5.0, 3.0, -4.0, 1.0])[group]
    assert linear_r2(X, y) < 0.3
    assert linear_r2(np.hstack([X, added(X, "clusters", k=7)]), y) > 0.9


def test_clusters_are_no_more_than_there_are_different_rows() -> None:
    assert added(np.tile(np.array([[0.0, 0.0], [1.0, 5.0]]), (20, 1)), "clusters", k=8).shape[1] == 2


def test_the_first_component_is_the_hidden_factor() -> None:
    rng = np.random.default_rng(1)
    factor = rng.normal(0.0, 1.0, 800)
    X = factor[:, None] * rng.uniform(0.5, 2.0, 12) + 0.7 * rng.normal(0.0, 1.0, (800, 12))
    first = added(X, "projection", components=2)[:, 0]
    assert abs(np.corrcoef(first, factor)[0, 1]) > 0.97
    assert abs(first.mean()) < 1e-4


def test_uncentred_components_keep_where_nought_is() -> None:
    X = np.random.default_rng(2).normal(10.0, 1.0, (300, 3))
    centred, raw = (added(X, "projection", kind=kind, components=1) for kind in ("pca", "svd"))
    assert abs(float(centred.mean())) < 1e-4 < 1.0 < abs(float(raw.mean()))


def test_a_row_far_from_all_others_has_the_highest_isolation() -> None:
    rng = np.random.default_rng(3)
    X = rng.normal(0.0, 1.0, (500, 4))
    X[::50] = rng.choice([-1.0, 1.0], (10, 4)) * rng.uniform(6.0, 9.0, (10, 4))
    score = added(X, "isolation")[:, 0]
    planted = np.arange(500) % 50 == 0
    assert rank_auc(planted, score.astype(np.float64)) > 0.995
    assert 0.3 < np.median(score) < 0.55 < score[planted].min() < score.max() < 1.0


def test_isolation_agrees_with_scikit_learn() -> None:
    from sklearn.ensemble import IsolationForest

    rng = np.random.default_rng(4)
    X = rng.standard_t(3, (600, 5)).astype(np.float32)
    known = -IsolationForest(n_estimators=150, random_state=0).fit(X).score_samples(X)
    ours = added(X, "isolation", trees=150)[:, 0]
    assert np.corrcoef(known, ours)[0, 1] > 0.97
    np.testing.assert_allclose(ours.mean(), known.mean(), atol=0.02)


def test_row_statistics_are_of_standardised_numbers() -> None:
    rng = np.random.default_rng(5)
    level, width = rng.normal(0.0, 1.0, 1_000), rng.uniform(0.1, 2.0, 1_000)
    X = 1_000.0 * (level[:, None] + width[:, None] * rng.normal(0.0, 1.0, (1_000, 40)))
    out = fit(numbers(X), "row_statistics").transform(numbers(X))
    assert out.numeric_names[40:] == ("row mean", "row sd", "row min", "row max")  # no cell is missing
    assert np.corrcoef(out.numeric[:, 40], level)[0, 1] > 0.97
    assert np.corrcoef(out.numeric[:, 41], width)[0, 1] > 0.97


def test_missing_cells_of_all_blocks_are_counted() -> None:
    table = tiny_table(0, 60)
    out = fit(table, "row_statistics", kinds=["missing"]).transform(table)
    expected = np.isnan(table.numeric).sum(axis=1) + (table.codes < 0).sum(axis=1)
    expected = expected + np.isnan(table.dates).sum(axis=1) + (table.text == "").sum(axis=1)
    assert out.numeric[:, -1].tolist() == expected.tolist()


def test_two_columns_have_no_row_statistics() -> None:
    assert added(np.random.default_rng(6).normal(0.0, 1.0, (30, 2)), "row_statistics").shape[1] == 0


def test_patterns_of_gaps_are_levels_and_new_ones_are_unseen() -> None:
    block = np.tile(np.array([[1.0, 2.0, 3.0], [NAN, 2.0, 3.0], [NAN, NAN, 3.0]]), (10, 1))
    fitted = fit(numbers(block), "missingness")
    out = fitted.transform(numbers(np.vstack([block[:3], [[1.0, NAN, 3.0]]])))
    assert out.code_names == ("missing pattern",)
    assert out.codes[:, 0].tolist() == [0, 1, 2, 3]
    assert out.levels == (3,)


def test_gaps_in_one_column_alone_add_no_pattern() -> None:
    block = np.array([[1.0, 2.0], [NAN, 2.0]] * 10)
    assert fit(numbers(block), "missingness").transform(numbers(block)).code_names == ()


def ring(n: int = 1_500) -> tuple[Table, Target]:
    """Whether a row lies in a ring of two of four columns: no single column tells."""
    X = np.random.default_rng(7).uniform(-1.0, 1.0, (n, 4))
    radius = np.hypot(X[:, 0], X[:, 1])
    return numbers(X), Target(((radius > 0.4) & (radius < 0.85)).astype(np.int32), 2)


def test_neighbours_know_what_no_column_knows_out_of_fold() -> None:
    table, target = ring()
    step = registry.build(Step.of("neighbour_means"))
    assert isinstance(step, NeighbourMeans)
    _, block = step.fit_transform(table, target, inner=folds_of(table.n_rows, 5), seeds=Seeds(0))
    assert block.numeric_names[-1] == "neighbours:mean"
    assert rank_auc(target.values == 1, block.numeric[:, -1].astype(np.float64)) > 0.93


def test_a_random_target_is_not_known_to_neighbours_out_of_fold() -> None:
    step = registry.build(Step.of("neighbour_means"))
    assert isinstance(step, NeighbourMeans)
    areas = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        table, labels = numbers(rng.normal(0.0, 1.0, (800, 5))), rng.integers(0, 2, 800).astype(np.int32)
        _, block = step.fit_transform(table, Target(labels, 2), inner=folds_of(800, 5), seeds=Seeds(seed))
        areas.append(rank_auc(labels == 1, block.numeric[:, -1].astype(np.float64)))
    assert abs(np.mean(areas) - 0.5) < 0.03


def test_copies_of_a_row_answer_for_it() -> None:
    X = np.repeat(np.array([[0.0, 0.0], [5.0, 5.0], [9.0, 1.0]]), 40, axis=0)
    y = np.repeat(np.array([1.0, 2.0, 3.0]), 40)
    fitted = registry.build(Step.of("neighbour_means", k=5)).fit(numbers(X), Target(y), seeds=Seeds(0))
    out = fitted.transform(numbers(X[::40])).numeric[:, -1]
    np.testing.assert_allclose(out, [1.0, 2.0, 3.0], atol=0.05)


@pytest.mark.parametrize("problem", ["multiclass", "regression"])
def test_there_is_one_mean_per_class_or_one_of_the_value(problem: str) -> None:
    table = tiny_table(0, 120)
    target = tiny_target(problem, table)  # type: ignore[arg-type]
    fitted = registry.build(Step.of("neighbour_means")).fit(table, target, seeds=Seeds(0))
    assert len(fitted.transform(table).numeric_names) - 4 == (4 if problem == "multiclass" else 1)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (Step.of("clusters", k=1), "k of 2 or more"),
        (Step.of("projection", kind="ica"), "of the kind 'ica'"),
        (Step.of("isolation", trees=0), "1 tree or more"),
        (Step.of("row_statistics", kinds=["median"]), "no 'median'"),
        (Step.of("neighbour_means", k=1), "2 or more"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused(step: Step, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        registry.build(step)
