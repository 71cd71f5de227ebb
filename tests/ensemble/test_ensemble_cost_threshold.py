"""Labels at the least cost, and what a person may ask of them."""

import numpy as np
import pytest

from assay.core.errors import TaskError, UsageError
from assay.core.labels import LabelCost, LabelRule
from assay.core.problem.multiclass import Multiclass
from assay.core.problem.regression import Regression
from assay.core.target import Target
from assay.ensemble.cost_threshold import CostMetric, least_cost


def calls(n=4_000, seed=0):
    """Calibrated probabilities, what came, and folds."""
    rng = np.random.default_rng(seed)
    p = rng.beta(1.0, 4.0, size=n)
    return p, Target((rng.random(n) < p).astype(np.int32), 2), np.arange(n) % 5


@pytest.mark.parametrize(("fp", "fn"), [(1, 5), (2, 3), (10, 1)])
def test_the_threshold_of_calibrated_probabilities_follows_from_the_costs(fp, fn):
    cost = LabelCost(fp=fp, fn=fn)
    found = least_cost(*calls(), cost)
    assert found.threshold == pytest.approx(fp / (fp + fn))
    p, target, _ = calls(50_000, seed=9)
    best = min(CostMetric(cost).score(target.values, p > cut) for cut in np.linspace(0.01, 0.99, 99))
    assert CostMetric(cost).score(target.values, p > found.threshold) < best * 1.01


def test_what_a_row_costs_is_told_for_the_threshold_and_for_one_half():
    p, target, folds = calls()
    found = least_cost(p, target, folds, LabelCost(fp=1, fn=5))
    missed = 5.0 * np.mean((p <= 0.5) & (target.values == 1)) + np.mean((p > 0.5) & (target.values == 0))
    assert found.before == pytest.approx(missed)
    assert found.after < 0.8 * found.before


def test_probabilities_that_mean_something_else_get_the_threshold_that_costs_least_on_other_folds():
    p, target, folds = calls()
    found = least_cost(p**3, target, folds, LabelCost(fp=1, fn=5))
    assert found.threshold == pytest.approx((1 / 6) ** 3, abs=0.01)
    assert found.after == pytest.approx(least_cost(p, target, folds, LabelCost(fp=1, fn=5)).after, rel=0.05)


def test_rows_without_prediction_and_a_single_fold_are_no_trouble_to_costs():
    p, target, folds = calls()
    p[:100] = np.nan
    found = least_cost(p, target, 0 * folds, LabelCost(fp=1, fn=3))
    assert found.threshold == 0.25
    assert np.isfinite([found.before, found.after]).all()


def test_costs_weigh_rows():
    p, target, folds = calls()
    heavy = Target(target.values, 2, np.where(target.values == 1, 10.0, 1.0))
    light = least_cost(p, target, folds, LabelCost(fp=1, fn=5))
    assert least_cost(p, heavy, folds, LabelCost(fp=1, fn=5)).before > light.before


@pytest.mark.parametrize("text", ["fp=1", "1,5", "fp=1,fn=x", "fp=1,fn=5,fx=2", "", "fp=0,fn=1", "fp=-1,fn=5"])
def test_costs_that_are_none_are_refused(text):
    with pytest.raises(UsageError, match="cost"):
        LabelCost.parse(text)


def test_costs_are_read_in_any_order():
    assert LabelCost.parse("fn=5, fp=0.5") == LabelCost(fp=0.5, fn=5)


@pytest.mark.parametrize("threshold", [0.0, 1.0, -0.2, 30, float("nan")])
def test_a_threshold_is_a_probability(threshold):
    with pytest.raises(UsageError, match="threshold"):
        LabelRule(threshold=threshold)


def test_a_threshold_and_costs_are_not_asked_together_nor_of_other_targets():
    with pytest.raises(UsageError, match="one of them"):
        LabelRule(threshold=0.3, cost=LabelCost(fp=1, fn=5))
    for problem in (Regression(), Multiclass()):
        with pytest.raises(TaskError, match="two classes"):
            LabelRule(threshold=0.3).check(problem)
        with pytest.raises(TaskError, match="--cost"):
            LabelRule(cost=LabelCost(fp=1, fn=5)).check(problem)
