"""Influence values against the derivative they claim to be, and against DeLong."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.core.problem.regression import Regression
from assay.metrics.choose_metric import adapt, find, fitting_names


def drawn(problem, seed, n=40):
    rng = np.random.default_rng(seed)
    if problem == Binary():
        return np.r_[0, 1, rng.integers(0, 2, n - 2)], (rng.random(n) * 0.8 + 0.1).round(1)
    if problem == Multiclass():
        return np.r_[0, 1, 2, rng.integers(0, 3, n - 3)], rng.dirichlet(np.ones(3), n).round(2)
    return rng.exponential(size=n) + 0.2, np.abs(rng.normal(size=n)) + 0.1


def infinitesimal_jackknife(metric, y, prediction, weight):
    """n · w_i · ∂T/∂w_i by central differences."""
    out = np.empty(len(y))
    for i in range(len(y)):
        step = 1e-5 * weight[i]
        up, down = weight.copy(), weight.copy()
        up[i] += step
        down[i] -= step
        change = metric.score(y, prediction, weight=up) - metric.score(y, prediction, weight=down)
        out[i] = len(y) * weight[i] * change / (2 * step)
    return out


@pytest.mark.parametrize(
    ("problem", "name"), [(p, name) for p in (Binary(), Multiclass(), Regression()) for name in fitting_names(p)]
)
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), is_weighted=st.booleans())
def test_influence_is_the_derivative_by_the_weight_of_a_row_and_has_mean_0(problem, name, seed, is_weighted):
    y, stored = drawn(problem, seed)
    metric = find(name, problem)
    prediction = adapt(metric, stored, problem)
    weight = np.random.default_rng(seed + 1).random(len(y)) + 0.2 if is_weighted else np.ones(len(y))
    influence = metric.influence(y, prediction, weight=weight if is_weighted else None)
    np.testing.assert_allclose(influence, infinitesimal_jackknife(metric, y, prediction, weight), atol=1e-6, rtol=1e-5)
    assert influence.mean() == pytest.approx(0.0, abs=1e-12)


def delong_variance(y, scores):
    """Variance of one AUC by placements, DeLong et al. (1988), written out."""
    positive, negative = scores[y == 1], scores[y == 0]
    wins = (positive[:, None] > negative[None, :]) + 0.5 * (positive[:, None] == negative[None, :])
    return wins.mean(axis=1).var(ddof=1) / len(positive) + wins.mean(axis=0).var(ddof=1) / len(negative)


def test_row_variance_of_the_auc_is_delongs():
    y, scores = drawn(Binary(), 3, n=3000)
    influence = find("roc_auc", Binary()).influence(y, scores)
    assert influence @ influence / len(y) ** 2 == pytest.approx(delong_variance(y, scores), rel=2e-3)
