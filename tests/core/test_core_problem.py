"""Problems are values: told apart by their class, known to people and files by their name."""

import numpy as np
import pytest

from assay.core.codec import from_json, to_json
from assay.core.errors import MissingExtraError, UsageError
from assay.core.problem import Problem, register, registry
from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.core.problem.regression import Regression
from assay.core.schema import Facts
from assay.core.target import Target
from assay.data.options import TaskOptions


@pytest.mark.parametrize("name", ["binary", "multiclass", "regression"])
def test_a_problem_is_stored_and_printed_by_its_name_and_equals_itself_read_again(name):
    problem = registry.get(name)()
    facts = Facts(problem=problem, n_rows=1, n_numeric=1, n_category=0, n_dates=0, n_text=0)
    assert str(problem) == problem.name == name
    assert to_json(facts)["problem"] == name
    assert from_json(Facts, to_json(facts)) == facts


def test_problems_are_equal_only_to_their_like():
    assert Binary() == Binary()
    assert len({Binary(), Multiclass(), Regression(), Regression()}) == 3


@pytest.mark.parametrize("stored", [7, None, {"name": "binary"}])
def test_what_is_no_name_is_refused_as_such(stored):
    with pytest.raises(ValueError, match="by its name"):
        from_json(Problem, stored)


def test_a_stored_name_that_nobody_defines_is_missing_and_a_given_one_has_a_nearest():
    with pytest.raises(MissingExtraError, match="'survival' is not installed"):
        from_json(Problem, "survival")
    with pytest.raises(UsageError, match="No problem is called 'regresion'") as caught:
        TaskOptions(problem="regresion")
    assert caught.value.do == ("--problem regression",)


def test_a_target_tells_the_problem_that_its_classes_make():
    codes = np.array([0, 1, 2])
    assert Target(codes % 2, 2).problem == Binary()
    assert Target(codes, 3).problem == Multiclass()
    assert Target(codes.astype(float)).problem == Regression()


def test_a_problem_is_registered_by_the_name_it_calls_itself():
    with pytest.raises(UsageError, match="'aa' calls itself 'bb'"):

        @register("aa")
        class Misnamed(Problem):
            name = "bb"
            form = "value"
            metric = "rmse"
