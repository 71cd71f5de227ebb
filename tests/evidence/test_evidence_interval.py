"""The figure's interval covers the truth, on every scale and for few rows."""

import numpy as np
import pytest
from scipy.special import ndtr

from assay.core.errors import DataError
from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.core.problem.regression import Regression
from assay.evidence.evaluation_rows import Rows
from assay.evidence.interval import figure, level, wilson
from assay.metrics.choose_metric import find, fitting_names


def two_gaussians(seed, n, distance=1.5):
    """The AUC of x is Φ(distance / √2), exactly (generator G2)."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.4).astype(np.int32)
    return y, 1 / (1 + np.exp(-(rng.normal(size=n) + distance * y)))


@pytest.mark.parametrize(("n", "runs"), [(120, 100), (700, 300)])
def test_the_interval_of_the_auc_covers_the_true_auc(n, runs):
    truth, hits = ndtr(1.5 / np.sqrt(2)), 0
    for seed in range(runs):
        y, p = two_gaussians(seed, n)
        found = figure(find("auc", Binary()), Rows(y=y, problem=Binary()), p)
        hits += found.low <= truth <= found.high
    assert 0.95 - 3.5 * np.sqrt(0.0475 / runs) - 0.01 <= hits / runs <= 0.99


@pytest.mark.parametrize("name", ["rmse", "mae"])
def test_the_interval_of_an_error_covers_the_true_error(name):
    truth, hits, rng = {"rmse": 1.0, "mae": np.sqrt(2 / np.pi)}[name], 0, np.random.default_rng(0)
    for _ in range(300):
        y = rng.normal(size=600)
        found = figure(find(name, Regression()), Rows(y=y, problem=Regression()), np.zeros(600))
        hits += found.low <= truth <= found.high
    assert 0.91 <= hits / 300 <= 0.985


@pytest.mark.parametrize("problem", [Binary(), Multiclass(), Regression()])
def test_every_metric_gets_an_interval_around_its_value_and_within_its_bounds(problem):
    rng = np.random.default_rng(1)
    y = {Binary(): rng.integers(0, 2, 800), Multiclass(): rng.integers(0, 3, 800), Regression(): rng.random(800) + 0.5}[
        problem
    ]
    raw = np.eye(3)[y.astype(int)] + rng.random((800, 3)) * 2
    p = {
        Binary(): 0.3 * y + 0.6 * rng.random(800),
        Multiclass(): raw / raw.sum(axis=1, keepdims=True),
        Regression(): rng.random(800),
    }
    for name in fitting_names(problem):
        metric = find(name, problem)
        found = figure(metric, Rows(y=y, problem=problem, folds=np.arange(800) % 5), p[problem])
        assert metric.bounds[0] <= found.low < found.value < found.high <= metric.bounds[1]
        assert level(metric, Rows(y=y, problem=problem, folds=np.arange(800) % 5), p[problem]) == found.value
        assert (found.metric, found.title, found.rows, found.certified) == (name, metric.title, 800, False)


def test_accuracy_has_wilsons_interval():
    y = np.ones(1000, dtype=int)
    y[:400] = 0
    p = np.where(np.arange(1000) < 900, y, 1 - y) * 0.8 + 0.1
    found = figure(find("accuracy", Binary()), Rows(y=y, problem=Binary()), p)
    assert (found.value, found.method) == (0.9, "Wilson")
    assert (found.low, found.high) == pytest.approx((0.8799, 0.9171), abs=1e-4)
    assert wilson(0.5, 100)[0] + wilson(0.5, 100)[1] == pytest.approx(1.0)


def test_a_perfect_auc_is_not_printed_as_certain():
    y = np.r_[np.zeros(500, dtype=int), np.ones(50, dtype=int)]
    found = figure(find("auc", Binary()), Rows(y=y, problem=Binary()), np.arange(550) / 550)
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(wilson(1.0, 50)[0])


def test_few_rows_get_a_value_without_an_interval():
    y, p = two_gaussians(0, 25)
    found = figure(find("auc", Binary()), Rows(y=y, problem=Binary()), p)
    assert (found.low, found.high, found.method) == (None, None, "too few rows for an interval")


def test_a_figure_without_an_interval_shows_the_digits_that_its_rows_earn():
    rng = np.random.default_rng(0)
    y, groups = 60.0 * rng.normal(size=255), np.repeat(np.arange(17), 15)
    found = figure(find("rmse", Regression()), Rows(y=y, problem=Regression(), groups=groups), np.zeros(255))
    assert (found.low, found.method) == (None, "too few groups (17) for an interval")
    assert found.digits == 0
    assert "." not in found.text


def test_few_rows_of_a_class_get_no_interval():
    """From 3 positives BCa held the truth in 65 of 100 samples, from 5 in 72: it only knows the rows it was given."""
    rng = np.random.default_rng(0)
    metric = find("auc", Binary())
    for n_rare, known in ((3, False), (9, False), (10, True)):
        y = (np.arange(300) < n_rare).astype(int)
        found = figure(metric, Rows(y=y, problem=Binary()), rng.normal(size=300) + 2.0 * y)
        assert (found.low is not None) is known
        assert known or found.method == f"too few rows of a class ({n_rare}) for an interval"


def test_one_rare_class_among_many_leaves_the_interval():
    y = np.arange(300) % 3
    y[:2] = 3  # two rows hardly move what is a mean over all rows
    p = np.random.default_rng(0).dirichlet(np.ones(4), size=300)
    assert figure(find("log_loss", Multiclass()), Rows(y=y, problem=Multiclass()), p).low is not None


def test_groups_widen_the_interval():
    rng = np.random.default_rng(2)
    person = np.repeat(rng.normal(size=600), 5)
    y = person + 0.1 * rng.normal(size=3000)
    mse = find("mse", Regression())
    alone = figure(mse, Rows(y=y, problem=Regression()), np.zeros(3000))
    grouped = figure(mse, Rows(y=y, problem=Regression(), groups=np.repeat(np.arange(600), 5)), np.zeros(3000))
    assert grouped.high - grouped.low > 1.8 * (alone.high - alone.low)
    assert grouped.value == alone.value


def test_an_undefined_metric_is_an_error():
    with pytest.raises(DataError, match="undefined"):
        figure(find("auc", Binary()), Rows(y=np.ones(60, dtype=int), problem=Binary()), np.linspace(0, 1, 60))
    with pytest.raises(DataError, match="No row has a prediction"):
        figure(find("auc", Binary()), Rows(y=np.ones(3, dtype=int), problem=Binary()), np.full(3, np.nan))
