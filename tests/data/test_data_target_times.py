"""Durations are predicted in seconds; times of day and dates are refused with what to do."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from assay.core.errors import TaskError
from assay.core.schema import NumberFormat
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from assay.predictor.passport import Passport

N = 240
MINUTES = np.random.default_rng(5).permutation(np.arange(1, N + 1)) * 5
"""Up to 20 hours, all different."""


def prepared(cells, name="y", **options):
    frame = pd.DataFrame({"x": np.random.default_rng(0).normal(size=len(cells)), name: cells})
    return prepare(read_table(frame), TaskOptions(target=name, **options))


DURATIONS = {
    "letters": [f"{m // 60}h {m % 60}m" for m in MINUTES],
    "hours beyond a day": [f"{m // 10:02}:{m % 10 * 6:02}:00" for m in MINUTES],
    "as Python writes them": [str(timedelta(minutes=6 * int(m))) for m in MINUTES],
    "ISO 8601": [f"PT{m // 60}H{m % 60}M" for m in MINUTES],
    "of pandas": pd.to_timedelta(MINUTES, unit="min"),
}
SCALE = {"hours beyond a day": 6, "as Python writes them": 6}


@pytest.mark.parametrize("form", DURATIONS)
def test_a_duration_is_predicted_in_seconds_and_it_is_said(form):
    found = prepared(DURATIONS[form])
    assert found.task.problem.name == "regression"
    assert found.task.problem_reason.startswith("durations, in seconds")
    np.testing.assert_allclose(found.target.values, 60 * SCALE.get(form, 1) * MINUTES)
    assert Passport.of(found.task).unit == "seconds"


def test_durations_of_one_unit_are_numbers_in_it():
    found = prepared([f"{m} min" for m in MINUTES])
    np.testing.assert_array_equal(found.target.values, MINUTES)
    assert Passport.of(found.task).unit == ""


def test_the_name_may_say_that_times_below_a_day_are_durations():
    cells = [f"{m // 60:02}:{m % 60:02}:00" for m in MINUTES]
    found = prepared(cells, name="run time")
    np.testing.assert_array_equal(found.target.values, 60 * MINUTES)


def test_what_is_no_duration_is_left_out_and_said():
    found = prepared([*DURATIONS["letters"], "did not finish", ""])
    assert len(found.target) == N
    assert "1 row left out: y is infinite or no duration" in [notice.message for notice in found.task.notices]


CLOCKS = {
    "24 hours": ([f"{m // 60:02}:{m % 60:02}" for m in MINUTES], 2),
    "with seconds": ([f"{m // 60:02}:{m % 60:02}:00" for m in MINUTES], 2),
    "12 hours": ([f"{1 + m // 60 % 11}:{m % 60:02} PM" for m in MINUTES], 1),
}


@pytest.mark.parametrize("form", CLOCKS)
def test_a_time_of_day_is_refused_with_what_to_do_and_that_works(form):
    cells, ways = CLOCKS[form]
    with pytest.raises(TaskError, match="holds times of day") as caught:
        prepared(cells)
    assert len(caught.value.do) == ways
    assert caught.value.do[-1] == "write times of day as numbers, such as the minutes since midnight"
    if ways == 2:
        assert caught.value.do[0].startswith("--kind y=numeric")
        found = prepared(cells, kinds={"y": "numeric"})
        np.testing.assert_array_equal(found.target.values, 60 * MINUTES)
        assert found.task.hash == prepared(cells, kinds={"y": "numeric"}).task.hash
        np.testing.assert_array_equal(prepared(cells, problem="regression").target.values, 60 * MINUTES)
    else:
        with pytest.raises(TaskError, match="holds times of day") as caught:
            prepared(cells, problem="regression")
        assert not any("--kind" in way for way in caught.value.do)


@pytest.mark.parametrize("cells", [
    pd.date_range("2021-01-01", periods=N), pd.date_range("2021-01-01", periods=N).strftime("%d.%m.%Y"),
])  # fmt: skip
@pytest.mark.parametrize("options", [{}, {"problem": "regression"}])
def test_dates_are_refused_with_what_to_do(cells, options):
    with pytest.raises(TaskError, match="holds dates") as caught:
        prepared(cells, **options)
    assert "days since" in caught.value.do[0]


def test_a_few_times_and_dates_are_classes():
    shifts = prepared(["06:00", "14:00", "22:00"] * 80)
    assert (shifts.task.problem.name, shifts.task.classes) == ("multiclass", ("06:00", "14:00", "22:00"))
    days = prepared(["2021-01-04", "2021-01-05", "2021-01-06"] * 80)
    assert days.task.problem.name == "multiclass"


def test_the_reading_can_be_refused_and_other_targets_are_read_as_they_were():
    with pytest.raises(TaskError, match="too many for classes"):
        prepared(DURATIONS["letters"], raw=("y=times",))
    weights = prepared([f"{m / 10} kg" for m in MINUTES])
    assert weights.task.schema["y"].number == NumberFormat(affixes=("kg",))
    assert weights.task.problem_reason == f"numbers, {N} different ones"
