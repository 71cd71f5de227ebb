"""The sort-based AUC equals the definition, ties and all."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from assay.core.problem.binary import Binary
from assay.core.problem.regression import Regression
from assay.core.target import Target
from assay.ensemble.objective import auc_many, objective_for
from assay.metrics.choose_metric import find
from each import at_most


def auc_by_pairs(values, positive):
    above = values[positive][:, None] - values[~positive][None, :]
    return ((above > 0) + 0.5 * (above == 0)).mean()


@settings(max_examples=at_most(100), deadline=None)
@given(
    values=arrays(np.float32, st.tuples(st.integers(1, 4), st.just(12)), elements=st.sampled_from(
        [0.0, 0.25, 0.5, 0.5000001, 0.75, 1.0, 1e-30])),
    positive=arrays(bool, 12),
)  # fmt: skip
def test_the_area_is_the_share_of_pairs_in_the_right_order(values, positive):
    found = auc_many(values, positive)
    if positive.all() or not positive.any():
        assert np.isnan(found).all()
        return
    expected = [auc_by_pairs(row.astype(np.float64), positive) for row in values]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_every_fast_objective_is_the_metric_it_stands_for():
    rng = np.random.default_rng(0)
    p, y = rng.random((5, 80)), rng.integers(0, 2, 80).astype(np.int32)
    target, weighted = Target(y, 2), Target(y, 2, rng.random(80) + 0.5)
    for name in ("log_loss", "roc_auc", "brier"):
        metric = find(name, Binary())
        for question in (target, weighted):
            judged = objective_for(metric, list(p), question)
            scores = [metric.score(y, one, weight=question.weight) for one in p]
            order = np.argsort(scores if not metric.higher_is_better else -np.array(scores))
            assert np.array_equal(np.argsort(judged.losses(judged.parts)), order), name


def test_fast_objectives_of_values_order_blends_as_their_metrics_do():
    rng = np.random.default_rng(1)
    y = rng.normal(size=60)
    p = y + rng.normal(size=(6, 60)) * np.linspace(0.5, 2, 6)[:, None]
    for name in ("rmse", "mse", "r2", "mae"):
        metric = find(name, Regression())
        for weight in (None, rng.random(60) + 0.1):
            judged = objective_for(metric, list(p), Target(y, 0, weight))
            means = 0.5 * (judged.parts[:-1] + judged.parts[1:])
            scores = [metric.score(y, 0.5 * (a + b), weight=weight) for a, b in pairwise(p)]
            order = np.argsort(-np.array(scores) if metric.higher_is_better else scores)
            assert np.array_equal(np.argsort(judged.losses(means)), order), name
