"""Neighbours by a learned distance look where the target does."""

import numpy as np
import pytest

from assay.core.clock import Limits
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.models.knn import NearestNeighbours
from assay.models.knn_learned import LearnedNeighbours, gradient_axes
from assay.testing.memory_view import MemoryView


def view_of(y, X) -> MemoryView:
    table = Table.empty(len(X)).with_numeric(X, tuple(f"x{j}" for j in range(X.shape[1])))
    return MemoryView.of(table, Target(y))


def squared_error(model, view) -> float:
    fitted = model.fit(view, limits=Limits(), seeds=Seeds(1))
    return float(np.mean((fitted.predict(view.table("test")) - view.target("test").values) ** 2))


def test_columns_of_noise_hardly_harm():
    X = np.random.default_rng(0).normal(size=(600, 12))
    view = view_of(np.sin(2 * X[:, 0]) + X[:, 1], X)
    assert squared_error(LearnedNeighbours(), view) < 0.5 * squared_error(NearestNeighbours(), view)


@pytest.mark.parametrize("informative", [0, 2])
def test_the_longest_axis_is_the_direction_the_target_depends_on(informative):
    X = np.random.default_rng(1).normal(size=(300, 4))
    y = X[:, informative : informative + 1]
    axes = gradient_axes(X, y - y.mean(), np.ones(300), ridge=0.1, components=4)
    assert np.abs(axes[:, 0]).argmax() == informative
    assert np.linalg.norm(axes[:, 0]) == pytest.approx(1.0)
    assert np.linalg.norm(axes[:, 1]) < 0.5


def test_a_target_that_depends_on_nothing_and_equal_rows_give_a_model():
    view = view_of(np.zeros(40), np.ones((40, 3)))
    assert squared_error(LearnedNeighbours(), view) == 0.0
