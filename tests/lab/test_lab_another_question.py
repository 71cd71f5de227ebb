"""A lab that asks another question says in what they differ, and only in what both have."""

import pytest

from assay.core.errors import LabError


def test_a_difference_is_told_though_one_side_of_it_is_zero(run):
    run(seed=0)
    with pytest.raises(LabError, match="seed 0 → 5") as told:
        run(seed=5)
    assert "--seed 5" in told.value.do[0]  # the new lab asks what was asked


def test_classes_are_no_difference_where_one_question_has_none(run):
    run()
    with pytest.raises(LabError, match="problem binary → regression") as told:
        run(target="age", problem="regression")
    assert "classes" not in told.value.message
