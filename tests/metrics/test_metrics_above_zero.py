"""Metrics of scikit-learn that want predictions above zero count lower ones as the least that they take."""

import numpy as np
import pytest
from sklearn import metrics

from assay.metrics.custom_metrics import ABOVE_ZERO, from_callable, from_name, from_scorer

Y = np.array([0.0, 1.0, 3.0, 4.0])
LOW = np.array([-1.0, 0.0, 2.0, 5.0])


@pytest.mark.parametrize("name", ["mean_poisson_deviance", "neg_mean_poisson_deviance", "d2_tweedie_score"])
def test_a_deviance_takes_predictions_below_zero(name: str) -> None:
    metric = from_name(name)
    assert metric is not None
    assert np.isfinite(metric.score(Y, LOW))


def test_the_least_follows_the_target_so_that_its_unit_does_not_count() -> None:
    metric = from_callable(metrics.mean_poisson_deviance)
    least = np.maximum(LOW, ABOVE_ZERO * Y.mean())
    assert metric.score(Y, LOW) == metrics.mean_poisson_deviance(Y, least)
    assert metric.score(100 * Y, 100 * LOW) == pytest.approx(100 * metric.score(Y, LOW))


def test_logarithms_take_zero_and_squares_all_numbers() -> None:
    log = from_callable(metrics.mean_squared_log_error)
    assert log.score(Y, LOW) == metrics.mean_squared_log_error(Y, np.maximum(LOW, 0.0))
    squares = from_callable(metrics.mean_squared_error)
    assert squares.score(Y, LOW) == metrics.mean_squared_error(Y, LOW)


def test_options_of_a_scorer_are_tried_too() -> None:
    scorer = metrics.make_scorer(metrics.mean_tweedie_deviance, power=1.5, greater_is_better=False)
    assert np.isfinite(from_scorer(scorer).score(Y, LOW))
