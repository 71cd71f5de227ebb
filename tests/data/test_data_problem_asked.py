"""Whole numbers that look like classes are numbers where a person says so, and the other way round."""

import pandas as pd
import pytest

from assay.core.errors import UsageError
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.raw import RawTable
from assay.metrics.choose import find

RATINGS = RawTable(
    frame=pd.DataFrame({"x": [0.5, 1.25, 7.75, 3.5] * 50, "rating": [1, 2, 3, 4, 5] * 40}), name="ratings.csv"
)


def problem_of(**options):
    return prepare(RATINGS, TaskOptions(target="rating", **options)).task.problem


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({}, "multiclass"), ({"problem": "regression"}, "regression"), ({"kinds": {"rating": "numeric"}}, "regression"),
        ({"kinds": {"rating": "category"}}, "multiclass"),
    ],
)  # fmt: skip
def test_grades_are_classes_or_numbers_as_asked(options, problem):
    assert problem_of(**options) == problem


def test_a_metric_of_numbers_asked_of_classes_names_the_way_to_have_numbers():
    with pytest.raises(UsageError) as caught:
        find("rmse", "multiclass")
    assert caught.value.do[0] == "--problem regression"
