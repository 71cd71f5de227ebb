"""Means and shares of rows in groups, weighted or not, hold the truth as often as they say."""

import numpy as np
import pytest

from assay.core.problem.regression import Regression
from assay.evidence.evaluation_rows import Rows
from assay.evidence.interval import wilson
from assay.evidence.mean_interval import mean_interval, share_interval


def rows(n, groups=None, weight=None):
    return Rows(y=np.zeros(n), problem=Regression(), groups=groups, weight=weight)


def test_a_share_of_rows_on_their_own_is_wilsons():
    hits = np.arange(50) < 12
    assert share_interval(hits, rows(50)) == (0.24, *wilson(0.24, 50))


def test_copies_of_rows_in_groups_make_a_share_no_surer():
    hits = np.arange(60) % 3 == 0
    value, low, high = share_interval(np.repeat(hits, 10), rows(600, groups=np.repeat(np.arange(60), 10)))
    _, alone, most = share_interval(hits, rows(60))
    assert value == pytest.approx(1 / 3)
    assert high - low == pytest.approx(most - alone, rel=0.1)
    assert high - low > 2.5 * np.diff(wilson(1 / 3, 600))[0]


@pytest.mark.parametrize("even", [True, False])
def test_a_share_and_a_mean_of_rows_in_groups_cover(even):
    held, told = np.zeros(2), 300
    for seed in range(told):
        rng = np.random.default_rng(seed)
        sizes = np.full(40, 10) if even else rng.integers(2, 25, 40)
        groups = np.repeat(np.arange(40), sizes)
        chance = rng.beta(1.5, 3.5, 40)[groups]
        _, low, high = share_interval(rng.random(len(groups)) < chance, rows(len(groups), groups))
        held[0] += low <= 0.3 <= high
        _, low, high = mean_interval(
            rng.normal(size=40)[groups] + rng.normal(size=len(groups)), rows(len(groups), groups)
        )
        held[1] += low <= 0.0 <= high
    assert (held / told > 0.91).all(), held / told


def test_weights_move_a_share_and_take_from_its_certainty():
    rng = np.random.default_rng(0)
    hits, weight = rng.random(400) < 0.3, rng.choice([0.1, 5.0], 400)
    value, low, high = share_interval(hits, rows(400, weight=weight))
    assert value == pytest.approx(np.average(hits, weights=weight))
    assert high - low > 1.2 * np.diff(wilson(value, 400))[0]


def test_where_all_rows_are_hits_groups_are_what_bounds_the_share():
    groups = np.repeat(np.arange(20), 5)
    assert share_interval(np.ones(100), rows(100, groups)) == pytest.approx((1.0, *wilson(1.0, 20)))


def test_one_group_tells_no_interval():
    one = rows(30, groups=np.zeros(30))
    assert mean_interval(np.arange(30.0), one)[1:] == (None, None)
    assert share_interval(np.arange(30) < 9, one) == (0.3, None, None)
