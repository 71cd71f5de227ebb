"""A slip of the pen in an argument is answered by the class that was called."""

import pickle

import pytest
from sklearn.base import clone

from assay.lab.estimator import AutoClassifier, AutoRegressor


@pytest.mark.parametrize("kind", [AutoClassifier, AutoRegressor])
def test_a_wrong_argument_is_named_with_the_class_and_what_is_near(kind):
    with pytest.raises(TypeError, match=f"{kind.__name__} has no argument 'time_limt'. Near: time_limit"):
        kind(time_limt=3)


def test_right_arguments_clone_and_pickle_as_before():
    made = clone(AutoClassifier(time_limit=3, group="g"))
    assert pickle.loads(pickle.dumps(made)).get_params() == made.get_params()
