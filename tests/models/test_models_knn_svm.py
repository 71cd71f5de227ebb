"""Neighbours and kernels in numpy agree with scikit-learn, and do not depend on the company of a row."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors as Theirs
from sklearn.svm import SVC, SVR

from assay.core.clock import Deadline, Limits
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.models.knn import NearestNeighbours
from assay.models.nearest_points import Nearest, main_axes
from assay.models.platt import platt
from assay.models.svm import Svm
from assay.testing.memory_view import MemoryView

SEEDS = Seeds(2)


def view_of(y, X) -> MemoryView:
    table = Table.empty(len(X)).with_numeric(X, tuple(f"x{i}" for i in range(X.shape[1])))
    return MemoryView.of(table, y)


def ring(n: int = 400) -> MemoryView:
    X = np.random.default_rng(0).normal(size=(n, 2)).astype(np.float32)
    return view_of(Target(((X**2).sum(axis=1) > 1.4).astype(np.int32), 2), X)


def accuracy(model, view) -> float:
    fitted = model.fit(view, limits=Limits(), seeds=SEEDS)
    return float((fitted.predict(view.table("test")).argmax(axis=1) == view.target("test").values).mean())


def test_neighbours_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    points, rows = rng.normal(size=(500, 7)).astype(np.float32), rng.normal(size=(20, 7))
    near = Nearest(points).query(rows, 9)
    distances, positions = Theirs(n_neighbors=9, algorithm="brute").fit(points.astype(np.float64)).kneighbors(rows)
    np.testing.assert_array_equal(near.rows.reshape(20, 9), positions)
    np.testing.assert_allclose(near.distances.reshape(20, 9), distances, atol=1e-9)


@given(seed=st.integers(0, 200), k=st.integers(1, 30))
def test_all_points_at_the_distance_of_the_kth_are_neighbours(seed, k):
    rng = np.random.default_rng(seed)
    points = rng.integers(0, 2, (30, 4)).astype(np.float32)
    row = rng.integers(0, 2, (1, 4)).astype(np.float64)
    near = Nearest(points).query(row, k)
    exact = np.sqrt(((row - points) ** 2).sum(axis=1))
    assert sorted(near.rows) == list(np.flatnonzero(exact <= np.sort(exact)[k - 1]))


def test_a_row_is_not_its_own_neighbour_where_it_is_left_out():
    points = np.arange(10, dtype=np.float32)[:, None]
    near = Nearest(points).query(points.astype(np.float64), 1, without=np.arange(10))
    own = np.repeat(np.arange(10), np.diff(near.starts))
    assert not (near.rows == own).any()


def test_the_main_axes_hold_the_most_variance():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 5)) * [5.0, 0.1, 3.0, 0.1, 0.1]
    mean, axes = main_axes(X, 2)
    kept = ((X - mean) @ axes).var(axis=0).sum() / X.var(axis=0).sum()
    assert kept > 0.99
    np.testing.assert_allclose(axes.T @ axes, np.eye(2), atol=1e-12)


@pytest.mark.parametrize("model", [NearestNeighbours(), Svm()])
def test_a_ring_that_no_line_divides_is_learned(model):
    assert accuracy(model, ring()) > 0.9


@pytest.mark.parametrize("k", [None, 5])
def test_neighbours_follow_a_smooth_function(k):
    X = np.random.default_rng(0).uniform(-2, 2, (500, 2)).astype(np.float32)
    view = view_of(Target(np.sin(2.0 * X[:, 0].astype(np.float64))), X)
    fitted = NearestNeighbours(k=k).fit(view, limits=Limits(), seeds=SEEDS)
    assert np.abs(fitted.predict(view.table("test")) - view.target("test").values).mean() < 0.25


def test_neighbours_give_medians_under_absolute_loss():
    X = np.zeros((60, 1), dtype=np.float32)
    X[:, 0] = np.arange(60) % 2
    y = np.where(np.arange(60) < 10, 1e6, X[:, 0].astype(np.float64))
    view = replace(view_of(Target(y), X), loss="absolute")
    fitted = NearestNeighbours().fit(view, limits=Limits(), seeds=SEEDS)
    np.testing.assert_allclose(fitted.predict(view.table("test")), X[view.test_rows, 0])


def test_the_decisions_of_two_classes_are_those_of_scikit_learn():
    view = ring()
    fitted = Svm().fit(view, limits=Limits(), seeds=SEEDS)
    X, y = view.table("train").numeric.astype(np.float64), view.target("train").values
    theirs = SVC(C=3.0, gamma="scale").fit(X, y).decision_function(X)
    np.testing.assert_allclose(fitted.machines.decide(X)[:, 0], theirs, atol=1e-6)


def test_the_values_of_regression_are_those_of_scikit_learn():
    X = np.random.default_rng(0).normal(size=(200, 3)).astype(np.float32)
    y = X[:, 0] * 30.0 + 500.0
    view = view_of(Target(y.astype(np.float64)), X)
    fitted = Svm().fit(view, limits=Limits(), seeds=SEEDS)
    train, goal = view.table("train").numeric.astype(np.float64), view.target("train").values
    theirs = SVR(C=3.0, gamma="scale").fit(train, (goal - goal.mean()) / goal.std()).predict(train)
    np.testing.assert_allclose(fitted.predict(view.table("train")), theirs * goal.std() + goal.mean(), atol=1e-4)


def test_sigmoids_find_the_slope_probabilities_were_made_with():
    rng = np.random.default_rng(0)
    f = rng.normal(size=20_000)
    positive = rng.random(20_000) < 1 / (1 + np.exp(-(1.7 * f - 0.4)))
    slope, offset = platt(f, positive, np.ones(20_000))
    assert abs(slope - 1.7) < 0.1
    assert abs(offset + 0.4) < 0.1


def test_separable_decisions_keep_a_finite_slope():
    f = np.array([-2.0, -1.0, 1.0, 2.0])
    assert np.isfinite(platt(f, f > 0, np.ones(4))).all()


def test_a_kernel_machine_that_cannot_end_in_time_is_refused():
    with pytest.raises(TimeoutError, match="support vector machine"):
        Svm().fit(ring(), limits=Limits(deadline=Deadline.after(-60.0)), seeds=SEEDS)
