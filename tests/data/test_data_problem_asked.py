"""Whole numbers that look like classes are numbers where a person says so, and the other way round."""

import numpy as np
import pandas as pd
import pytest

from assay.core.errors import UsageError
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.raw import RawTable
from assay.metrics.choose_metric import find
from each import each

RATINGS = RawTable(
    frame=pd.DataFrame({"x": [0.5, 1.25, 7.75, 3.5] * 50, "rating": [1, 2, 3, 4, 5] * 40}), name="ratings.csv"
)


def problem_of(**options):
    return prepare(RATINGS, TaskOptions(target="rating", **options)).task.problem.name


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({}, "multiclass"), ({"problem": "regression"}, "regression"), ({"kinds": {"rating": "numeric"}}, "regression"),
        ({"kinds": {"rating": "category"}}, "multiclass"),
    ],
)  # fmt: skip
def test_grades_are_classes_or_numbers_as_asked(options, problem):
    assert problem_of(**options) == problem


SEEDS = np.random.default_rng(0)
TARGETS = {
    "words": ["cat", "dog", "cow"] * 50,
    "two words": ["cat", "dog"] * 75,
    "yes and no": ["yes", "no"] * 75,
    "booleans": [True, False] * 75,
    "truths as text": ["true", "false"] * 75,
    "zero and one": [0, 1] * 75,
    "grades": [1, 2, 3, 4, 5] * 30,
    "grades as text": ["1 kg", "2 kg", "3 kg"] * 50,
    "few words among numbers": [*map(str, range(20)), "low", "high"] * 6,
    "counts": list(range(50)) * 3,
    "fractions": [0.5, 1.5, 2.5] * 50,
    "numbers": SEEDS.normal(size=150).tolist(),
    "numbers with a zero": [0.0, *SEEDS.normal(size=149)],
}


def asked(cells, metric, **options):
    frame = pd.DataFrame({"x": np.random.default_rng(1).normal(size=len(cells)), "y": cells})
    prepared = prepare(RawTable(frame=frame, name="t.csv"), TaskOptions(target="y", **options))
    return find(metric, prepared.task.problem, also=prepared.also)


def as_options(advice):
    words = advice.split()
    return {words[i].removeprefix("--"): words[i + 1] for i in range(0, len(words), 2)}


def ways_out(cells, metric):
    """What is advised where the metric does not fit; None where it does."""
    try:
        asked(cells, metric)
    except UsageError as error:
        return error.do
    return None


@pytest.mark.slow
@each("metric", ["rmse", "mae", "accuracy", "roc_auc", "f1"])
@each("target", TARGETS)
def test_each_way_out_of_a_metric_that_does_not_fit_is_one(metric, target):
    advised = ways_out(TARGETS[target], metric)
    if advised is None:
        assert asked(TARGETS[target], metric).name
        return
    assert advised, "a metric that does not fit, and no way out"
    for advice in advised:
        options = {"metric": metric, **as_options(advice)}
        assert options != {"metric": metric}, f"{advice!r} changes nothing"
        assert asked(TARGETS[target], **options).name == options["metric"]


@pytest.mark.parametrize(
    ("target", "metric", "first"),
    [
        ("words", "rmse", "--metric log_loss"), ("two words", "rmse", "--metric roc_auc"),
        ("booleans", "rmse", "--metric roc_auc"), ("truths as text", "mae", "--metric roc_auc"),
        ("grades", "rmse", "--problem regression"), ("zero and one", "mae", "--problem regression"),
        ("counts", "accuracy", "--problem multiclass"), ("fractions", "f1", "--metric rmse"),
        ("numbers", "accuracy", "--metric rmse"),
    ],
)  # fmt: skip
def test_another_problem_is_advised_where_the_target_can_be_asked_so(target, metric, first):
    with pytest.raises(UsageError) as caught:
        asked(TARGETS[target], metric)
    assert caught.value.do[0] == first
