"""Wrong labels: seen where the law is nearly certain, not invented where it is not."""

import numpy as np
import pytest

from assay.core.errors import DataError
from assay.explain.feature_columns import FeatureColumn
from assay.explain.label_noise import suspect_labels


def logistic(scores):
    return 1 / (1 + np.exp(-scores))


def table(seed, *, rows=1200, size=6.0, wrong=0.05):
    """Two columns, class labels by a logistic law of them, a share of them wrong, and what two models say of them."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, 3))
    score = size * (X[:, 0] - X[:, 1]) / np.sqrt(2)
    y = (rng.random(rows) < logistic(score)).astype(np.int64)
    bad = rng.random(rows) < wrong
    models = [wrong + (1 - 2 * wrong) * logistic(score + 0.7 * rng.normal(size=rows)) for _ in range(2)]
    columns = tuple(
        FeatureColumn(name=name, form="number", values=column) for name, column in zip("abc", X.T, strict=False)
    )
    return np.stack(models), np.where(bad, 1 - y, y), bad, columns


@pytest.mark.slow
def test_flipped_labels_are_seen_counted_and_pointed_at():
    models, y, bad, columns = table(1, rows=2000)
    found = suspect_labels(models, y, is_class=True, columns=columns)
    assert found.is_visible
    assert found.low <= 0.05 <= found.high
    hits = [bad[one.row] for one in found.rows]
    assert len(hits) > 0.3 * bad.sum()
    assert np.mean(hits) > 0.75
    assert all(one.expected == 1 - one.given == 1 - y[one.row] for one in found.rows)
    assert [one.chance for one in found.rows] == sorted((one.chance for one in found.rows), reverse=True)


@pytest.mark.slow
@pytest.mark.parametrize("size", [6.0, 3.0, 1.5])
def test_nothing_is_said_of_labels_that_are_right(size):
    models, y, _, columns = table(2, size=size, wrong=0.0)
    found = suspect_labels(models, y, is_class=True, columns=columns)
    assert not found.is_visible
    assert found.rows == ()


@pytest.mark.slow
def test_flipped_labels_of_a_weak_law_cannot_be_told_and_are_not():
    models, y, _, columns = table(3, size=0.7)
    assert suspect_labels(models, y, is_class=True, columns=columns).rows == ()


@pytest.mark.slow
def test_a_row_is_a_suspect_only_if_all_models_reject_it():
    models, y, _, columns = table(1, rows=2000)
    undecided = np.vstack([models, np.full(len(y), 0.5)])
    assert suspect_labels(undecided, y, is_class=True, columns=columns).rows == ()


def test_swapped_numbers_are_seen_and_heavy_tails_are_not():
    rng = np.random.default_rng(4)
    truth = rng.normal(size=1500) * 8.0
    y = truth + rng.standard_t(4, 1500)
    models = np.stack([truth + 0.2 * rng.normal(size=1500) for _ in range(2)])
    assert not suspect_labels(models, y, is_class=False).is_visible
    bad = rng.random(1500) < 0.05
    swapped = np.where(bad, rng.permutation(y), y)
    found = suspect_labels(models, swapped, is_class=False)
    assert found.is_visible
    assert found.low < 0.05 < found.high + 0.01
    assert np.mean([bad[one.row] for one in found.rows]) > 0.8
    assert abs(found.rows[0].expected - truth[found.rows[0].row]) < 2.0


def test_wrong_labels_of_three_classes_are_seen():
    rng = np.random.default_rng(5)
    X = rng.normal(size=(1500, 2))
    scores = 7.0 * np.column_stack([X[:, 0], X[:, 1], -X[:, 0] - X[:, 1]])
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    y = (scores + rng.gumbel(size=scores.shape)).argmax(axis=1)
    bad = rng.random(1500) < 0.06
    given = np.where(bad, (y + rng.integers(1, 3, 1500)) % 3, y)
    columns = tuple(
        FeatureColumn(name=name, form="number", values=column) for name, column in zip("ab", X.T, strict=False)
    )
    found = suspect_labels(np.stack([shares, 0.97 * shares + 0.01]), given, is_class=True, columns=columns)
    assert found.is_visible
    assert np.mean([bad[one.row] for one in found.rows]) > 0.8


def test_few_rows_say_nothing_and_unequal_lengths_are_refused():
    assert not suspect_labels(np.full((2, 50), 0.5), np.zeros(50, dtype=int), is_class=True).is_visible
    with pytest.raises(DataError, match="60 rows"):
        suspect_labels(np.full((2, 50), 0.5), np.zeros(60, dtype=int), is_class=True)
