"""Groups of very different size: a few that hold most rows are as few as they are."""

import numpy as np
import pytest

from assay.core.problem.binary import Binary
from assay.core.problem.regression import Regression
from assay.core.seed import Seeds
from assay.evidence.estimate import Estimate, estimate
from assay.evidence.evaluation_rows import Rows
from assay.evidence.group_jackknife import group_jackknife
from assay.evidence.interval import figure
from assay.evidence.metric_sample import Sample
from assay.evidence.paired import compare
from assay.evidence.permutation_importance import permutation_importance
from assay.metrics.choose_metric import find

RMSE, AUC = find("rmse", Regression()), find("roc_auc", Binary())
SIZES = {
    "as large": np.full(40, 50),
    "three hold two thirds": np.r_[[450, 450, 450], np.full(37, 18)],
    "one holds half": np.r_[[1000], np.full(39, 26)],
}
SETS = 200


def lab(rng, sizes):
    """Two models that are equally good, and wrong by a part that rows of a group share."""
    groups = np.repeat(np.arange(len(sizes)), sizes)
    y = rng.normal(size=len(groups))
    a, b = (y + rng.normal(size=len(y)) + 0.5 * rng.normal(size=len(sizes))[groups] for _ in range(2))
    return Rows(y=y, problem=Regression(), groups=groups, seeds=Seeds(0)), a, b


@pytest.mark.parametrize("kind", SIZES)
def test_a_figure_covers_its_truth_whatever_the_groups_hold(kind):
    """By t(G - 1) and BCa 95 % intervals held the truth in 60 to 85 % of labs."""
    held = 0
    for number in range(SETS):
        rows, a, _ = lab(np.random.default_rng([number, 1]), SIZES[kind])
        found = figure(RMSE, rows, a)
        held += found.low <= 1.25**0.5 <= found.high
    assert held >= 0.88 * SETS


@pytest.mark.parametrize("kind", SIZES)
def test_a_difference_covers_nothing_where_nothing_differs(kind):
    held = claimed = 0
    for number in range(SETS):
        rows, a, b = lab(np.random.default_rng([number, 2]), SIZES[kind])
        found = compare(RMSE, rows, a, b)
        held += found.low <= 0.0 <= found.high
        claimed += found.p <= 0.05
    assert held >= 0.92 * SETS
    assert claimed <= 0.09 * SETS


def test_two_hundred_groups_of_which_three_hold_most_are_three():
    """The half-normal e-value and p of t(G - 1) took them for two hundred."""
    sizes = np.r_[[2000, 2000, 2000], np.full(247, 12)]
    held = 0
    for number in range(SETS):
        rows, a, b = lab(np.random.default_rng([number, 3]), sizes)
        found = compare(RMSE, rows, a, b)
        assert found.df < 10
        assert found.e == pytest.approx(0.5 / found.p**0.5)
        held += found.low <= 0.0 <= found.high
    assert held >= 0.92 * SETS


def test_groups_of_one_size_have_as_many_degrees_less_one_and_the_same_sigma():
    rows, a, _ = lab(np.random.default_rng(4), SIZES["as large"])
    found = estimate(Sample.of(RMSE, rows, [a]), np.ones(1))
    assert group_jackknife(found, rows) == pytest.approx((found.sigma, 39.0), rel=1e-9)


def test_degrees_are_those_of_the_quadratic_form():
    rng = np.random.default_rng(5)
    share = rng.lognormal(0.0, 1.5, 12)
    share /= share.sum()
    moved = np.eye(12) - np.outer(share, np.ones(12))
    form = moved.T @ np.diag(1.0 / (1.0 - share) ** 2) @ moved @ np.diag(share)
    found = Estimate(value=0.0, sums=rng.normal(size=12), mass=100.0 * share, n_rows=100)
    rows = Rows(y=np.zeros(100), problem=Regression(), groups=np.arange(100) % 12)
    assert group_jackknife(found, rows)[1] == pytest.approx(np.trace(form) ** 2 / np.trace(form @ form))


def test_sigma_is_that_of_leaving_out_one_group_at_a_time():
    mse = find("rmse", Regression())
    rows, a, _ = lab(np.random.default_rng(6), SIZES["three hold two thirds"])
    sample = Sample.of(mse, rows, [a])
    without = np.array([float(sample.levels(rows.groups != g)[0]) for g in range(40)])
    expected = np.sqrt(39 / 40 * ((without - without.mean()) ** 2).sum())
    assert group_jackknife(estimate(sample, np.ones(1)), rows)[0] == pytest.approx(expected, rel=0.1)


def test_ranks_have_no_more_degrees_than_groups_of_the_rarer_class_less_one():
    rng = np.random.default_rng(7)
    groups, y = np.repeat(np.arange(300), 5), np.zeros(1500, dtype=np.int64)
    y[(groups < 12) & (np.arange(1500) % 5 > 0)] = 1
    rows = Rows(y=y, problem=Binary(), groups=groups, seeds=Seeds(0))
    a, b = (rng.uniform(size=1500) + 0.3 * y for _ in range(2))
    assert compare(AUC, rows, a, b).df == pytest.approx(11.0)


def test_a_row_that_comes_twice_does_not_bring_back_the_claims_of_sign_flips():
    """Of two equal models with 5 positives sign flips said p below 0.05 in 13 %; groups brought them back."""
    claimed = 0
    for number in range(SETS):
        rng = np.random.default_rng([number, 11])
        y, groups = (np.arange(300) < 5).astype(np.int64), np.r_[np.arange(290), np.arange(280, 290)]
        a, b = (rng.normal(size=300) + 1.5 * y for _ in range(2))
        claimed += compare(AUC, Rows(y=y, problem=Binary(), groups=groups, seeds=Seeds(0)), a, b).p <= 0.05
    assert claimed <= 0.08 * SETS


def test_a_group_that_holds_every_weight_leaves_nothing_to_tell():
    weight = np.r_[np.ones(50), np.full(39, 0.0)]
    rows = Rows(y=np.zeros(89), problem=Regression(), weight=weight, groups=np.r_[np.zeros(50, int), np.arange(1, 40)])
    found = figure(RMSE, rows, np.random.default_rng(8).normal(size=89))
    assert (found.low, found.high) == (None, None)
    assert "one of the groups" in found.method


def test_importance_counts_groups_by_what_they_hold():
    rows, a, b = lab(np.random.default_rng(10), SIZES["one holds half"])
    _, low, high = permutation_importance(RMSE, rows, a, [b])
    plain = estimate(Sample.of(RMSE, rows, [a, b]), np.array([-1.0, 1.0]))
    assert high - low > 2 * 2.02 * plain.sigma


def test_one_row_that_weighs_more_than_all_others_decides_nothing_surely():
    """z was 500,000, as the heavy row never differs from a mean that it is."""
    rng = np.random.default_rng(12)
    y, weight = rng.normal(size=2000), np.ones(2000)
    weight[0] = 1e9
    a, b = (y + rng.normal(size=2000) for _ in range(2))
    found = compare(RMSE, Rows(y=y, problem=Regression(), weight=weight, seeds=Seeds(0)), a, b)
    assert found.df == pytest.approx(1.0, abs=0.1)
    assert 0.02 < found.p < 0.98


def test_weights_that_differ_by_orders_of_magnitude_leave_the_degrees_they_are_worth():
    """Of log-normal weights (σ 2) intervals of a difference missed in more than one sample in ten."""
    held = 0
    for number in range(SETS):
        rng = np.random.default_rng([number, 13])
        rows = Rows(y=np.zeros(400), problem=Regression(), weight=rng.lognormal(0.0, 2.0, 400), seeds=Seeds(0))
        found = compare(RMSE, rows, rng.normal(size=400), rng.normal(size=400))
        held += found.low <= 0.0 <= found.high
    assert held >= 0.92 * SETS
