"""Forests as flat arrays predict what scikit-learn's do."""

import numpy as np
import pytest
from sklearn import ensemble

from assay.core.contract import State
from assay.models.forest_trees import BLOCK_ROWS, FEW_ROWS, FlatForest, flatten


def rows(n: int = 300, d: int = 5, *, missing: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(n, d)).astype(np.float32)
    X[:, 1] = np.round(X[:, 1])
    X[rng.random((n, d)) < missing] = np.nan
    return X


def goal(X: np.ndarray) -> np.ndarray:
    return np.nan_to_num(X[:, 0]) ** 2 + np.isnan(X[:, 2]) + 0.3 * np.nan_to_num(X[:, 1])


@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize("kind", [ensemble.RandomForestRegressor, ensemble.ExtraTreesRegressor])
def test_values_equal_those_of_scikit_learn_to_1e_12(kind, missing):
    X = rows(missing=missing)
    theirs = kind(20, random_state=0).fit(X, goal(X))
    forest = flatten([tree.tree_ for tree in theirs.estimators_], X.shape[1])
    np.testing.assert_allclose(forest.mean(X)[:, 0], theirs.predict(X), rtol=0, atol=1e-12)


@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize("kind", [ensemble.RandomForestClassifier, ensemble.ExtraTreesClassifier])
def test_probabilities_equal_those_of_scikit_learn_to_1e_12(kind, missing):
    X = rows(missing=missing)
    y = np.digitize(goal(X), [0.5, 1.5])
    theirs = kind(20, random_state=0, min_samples_leaf=3).fit(X, y)
    forest = flatten([tree.tree_ for tree in theirs.estimators_], X.shape[1])
    np.testing.assert_allclose(forest.mean(X), theirs.predict_proba(X), rtol=0, atol=1e-12)


def test_cells_missing_only_in_new_rows_go_where_scikit_learn_sends_them():
    X = rows()
    theirs = ensemble.RandomForestRegressor(10, random_state=0).fit(X, goal(X))
    forest = flatten([tree.tree_ for tree in theirs.estimators_], X.shape[1])
    new = rows(missing=0.3)
    expected = np.mean([tree.tree_.predict(new)[:, 0] for tree in theirs.estimators_], axis=0)
    np.testing.assert_allclose(forest.mean(new)[:, 0], expected, rtol=0, atol=1e-12)


def test_few_rows_and_many_rows_take_two_ways_to_the_same_bits():
    X = rows(missing=0.1)
    theirs = ensemble.ExtraTreesRegressor(30, random_state=0).fit(X, goal(X))
    forest = flatten([tree.tree_ for tree in theirs.estimators_], X.shape[1])
    parts = [forest.mean(X[i : i + FEW_ROWS]) for i in range(0, len(X), FEW_ROWS)]
    assert np.array_equal(np.concatenate(parts), forest.mean(X))


@pytest.mark.parametrize("n_trees", [1, 7, 30])
def test_the_first_trees_are_the_forest_that_was_grown_of_them_alone(n_trees):
    X = rows(missing=0.1)
    trees = [tree.tree_ for tree in ensemble.ExtraTreesRegressor(30, random_state=0).fit(X, goal(X)).estimators_]
    first = flatten(trees, X.shape[1]).first(n_trees)
    first.check()
    assert np.array_equal(first.mean(X), flatten(trees[:n_trees], X.shape[1]).mean(X))


@pytest.mark.parametrize("n", [FEW_ROWS + 1, BLOCK_ROWS, 2 * BLOCK_ROWS + 3])
def test_rows_in_blocks_end_in_the_leaves_that_each_reaches_alone(n):
    X = rows(missing=0.1)
    theirs = ensemble.ExtraTreesClassifier(12, random_state=0).fit(X, np.digitize(goal(X), [0.5, 1.5]))
    forest = flatten([tree.tree_ for tree in theirs.estimators_], X.shape[1])
    many = np.resize(np.arange(len(X)), n)
    alone = np.concatenate([forest.mean(X[i : i + 1]) for i in range(len(X))])
    assert np.array_equal(forest.mean(X[many]), alone[many])


def test_a_tree_of_one_leaf_and_no_rows_are_no_trouble():
    X = rows(20)
    theirs = ensemble.RandomForestRegressor(2, random_state=0).fit(X, np.ones(20))
    forest = flatten([tree.tree_ for tree in theirs.estimators_], X.shape[1])
    assert np.array_equal(forest.mean(X), np.ones((20, 1)))
    assert forest.mean(X[:0]).shape == (0, 1)


def test_the_leaf_of_a_row_holds_its_value():
    X = rows()
    theirs = ensemble.RandomForestRegressor(3, random_state=0).fit(X, goal(X))
    forest = flatten([tree.tree_ for tree in theirs.estimators_], X.shape[1])
    for i, tree in enumerate(theirs.estimators_):
        np.testing.assert_allclose(forest.values[forest.leaves(X, i), 0], tree.predict(X), rtol=0, atol=1e-12)


def grown():
    X = rows()
    theirs = ensemble.RandomForestRegressor(5, random_state=0, max_depth=4).fit(X, goal(X))
    return flatten([tree.tree_ for tree in theirs.estimators_], X.shape[1])


def test_a_forest_survives_its_arrays():
    forest = grown()
    back = FlatForest.restore(State("random_forest", {}, dict(forest.arrays())), forest.n_columns)
    np.testing.assert_allclose(back.mean(rows()), forest.mean(rows()), rtol=1e-6)


@pytest.mark.parametrize(("name", "at", "value"), [
    ("left", 0, 10**6), ("left", 0, -3), ("left", 2, 1), ("feature", 0, 99), ("feature", 0, -1), ("roots", 1, 10**6),
    ("roots", 0, -1), ("depths", 0, -1), ("left", -1, 1),
])  # fmt: skip
def test_a_forest_whose_numbers_lead_out_of_it_is_not_restored(name, at, value):
    arrays = {key: array.copy() for key, array in grown().arrays().items()}
    arrays[name] = arrays[name].astype(np.int64)
    arrays[name][at] = value
    with pytest.raises(ValueError, match="forest"):
        FlatForest.restore(State("random_forest", {}, arrays), 5)


@pytest.mark.parametrize("beyond", [-1, 0, 1])
def test_a_forest_whose_tree_leads_into_the_next_is_not_restored(beyond):
    arrays = {key: array.copy() for key, array in grown().arrays().items()}
    arrays["left"][0] = arrays["roots"][1] + beyond
    with pytest.raises(ValueError, match="nodes of the forest"):
        FlatForest.restore(State("random_forest", {}, arrays), 5)


def test_a_forest_whose_leaves_ask_something_is_not_restored():
    """A walk would go on beyond them, without an end."""
    arrays = dict(grown().arrays())
    arrays["threshold"] = np.where(np.isinf(arrays["threshold"]), np.float32(-np.inf), arrays["threshold"])
    with pytest.raises(ValueError, match="leaves of the forest"):
        FlatForest.restore(State("random_forest", {}, arrays), 5)


def test_rows_of_another_width_than_the_forest_reads_are_refused():
    with pytest.raises(ValueError, match="reads 5 columns, the rows have 4"):
        grown().mean(rows()[:, :4])


@pytest.mark.parametrize("name", ["feature", "threshold", "left", "values", "roots", "depths"])
def test_a_forest_with_an_array_cut_short_is_not_restored(name):
    arrays = dict(grown().arrays())
    arrays[name] = arrays[name][:-1]
    with pytest.raises(ValueError, match="forest"):
        FlatForest.restore(State("random_forest", {}, arrays), 5)
