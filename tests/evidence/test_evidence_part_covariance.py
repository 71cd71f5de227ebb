"""A part of the rows is held against the others knowing which groups lie in both."""

import numpy as np
import pytest

from assay.core.problem.regression import Regression
from assay.evidence.evaluation_rows import Rows
from assay.evidence.interval import figure
from assay.evidence.part_covariance import part_covariance
from assay.metrics.choose_metric import find


def worst_half_error(y, prediction):
    """A metric of one's own, which has no influence values."""
    return float(np.sort(np.abs(y - prediction))[len(y) // 2 :].mean())


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["mae", worst_half_error])
def test_what_groups_add_to_both_sides_is_no_noise_of_their_difference(metric):
    metric, labs = find(metric, Regression()), 150 if callable(metric) else 600
    gains, shared, apart = [], [], []
    for seed in range(labs):
        rng = np.random.default_rng(seed)
        groups = np.repeat(np.arange(50), 8)
        y = np.exp(0.8 * rng.normal(size=50))[groups] * rng.normal(size=400)  # some groups are hard, whatever the part
        rows, part = Rows(y=y, problem=Regression(), groups=groups), rng.random(400) < 0.5
        sides = [figure(metric, rows.take(one), np.zeros(400)[one]) for one in (part, ~part)]
        gains.append(sides[0].value - sides[1].value)
        apart.append(sum(((one.high - one.low) / 3.92) ** 2 for one in sides))
        shared.append(part_covariance(metric, rows, np.zeros(400), part))
    truth = np.var(gains)
    assert np.mean(apart) > 2 * truth  # as if no group were in both
    assert np.mean(apart) - 2 * np.mean(shared) == pytest.approx(truth, rel=0.45)
    assert np.mean(apart) - np.mean(shared) > 1.6 * truth  # with half of it missing the bound would not hold
    assert np.mean(shared) > 0


def test_parts_that_share_no_group_have_nothing_in_common():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(20), 5)
    rows, metric = Rows(y=rng.normal(size=100), problem=Regression(), groups=groups), find("mae", Regression())
    assert part_covariance(metric, rows, np.zeros(100), groups < 7) == 0.0
    assert part_covariance(metric, Rows(y=rows.y, problem=Regression()), np.zeros(100), rng.random(100) < 0.5) == 0.0
