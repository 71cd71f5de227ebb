"""Dates among words: days of the week, ordinals, zones, and months between digits without a mark."""

import numpy as np
import pandas as pd
import pytest

from assay.data.encode import encode_frame, encode_rows
from assay.data.infer_schema import infer_schema
from assay.data.kind_guess import describe
from assay.data.options import TaskOptions

N = 150
MOMENTS = pd.date_range("2023-01-03 00:17:45", periods=N, freq="93h17min")
ORDINALS = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}


def ordinal(day):
    return f"{day.day}{ORDINALS.get(day.day, 'th')}"


def days(moments):
    return ((moments - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)).to_numpy()


def read(cells):
    frame = pd.DataFrame({"at": list(cells), "y": np.arange(len(cells)) % 2})
    schema = infer_schema(frame, TaskOptions(target="y"))
    assert schema["at"].kind == "datetime", schema["at"]
    table = encode_frame(schema, frame).dates[:, 0]
    np.testing.assert_array_equal(encode_rows(schema, frame.to_dict("records")).dates[:, 0], table)
    return table


@pytest.mark.parametrize(
    "form",
    ["%Y/%m/%d %I:%M:%S %p GMT+1", "%Y/%m/%d %I:%M:%S %p EET", "%d.%m.%Y %H:%M:%S MEZ", "%a %d/%m/%Y %H:%M:%S",
     "%a, %d %b %Y %H:%M:%S GMT", "%d%b%Y %H:%M:%S", "%A, %d %B %Y, %H:%M:%S"],
)  # fmt: skip
def test_words_around_a_moment_do_not_hide_it(form):
    np.testing.assert_allclose(read(MOMENTS.strftime(form)), days(MOMENTS), rtol=0, atol=1e-9)


@pytest.mark.parametrize("zone", ["+0000", "+0530", "-0330", "+02:00"])
def test_times_of_one_zone_in_numbers_stand_as_written(zone):
    cells = MOMENTS.strftime("%d %b %Y %H:%M:%S ") + zone
    np.testing.assert_allclose(read(cells), days(MOMENTS), rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    "write",
    [lambda day: f"{day:%B} {ordinal(day)}, {day.year}", lambda day: f"{ordinal(day)} {day:%b} {day.year}",
     lambda day: f"{day:%A}, {day:%B} {day.day}, {day.year}", lambda day: f"{day:%d%b%Y}".upper(),
     lambda day: f"{day:%a %d.%m.%Y}"],
)  # fmt: skip
def test_days_with_words_are_dates(write):
    np.testing.assert_array_equal(read([write(moment) for moment in MOMENTS]), days(MOMENTS.normalize()))


@pytest.mark.parametrize(
    "cells", [["Mon 3", "Tue 4", "Wed 5"], ["may 5th", "june 21st", "july 2nd"], ["12 GMT", "13 GMT", "14 GMT"],
              ["sat", "sun", "mon"], ["1st", "2nd", "3rd"],
              ["03.05.2021 12:30-14:00", "04.05.2021 09:00-10:30", "05.05.2021 08:15-09:00"],
              ["12ABC2021", "13XYZ2022", "14FOO2020"]],
)  # fmt: skip
def test_words_alone_make_no_date(cells):
    assert describe("at", pd.Series(cells * 20)).kind != "datetime"


def test_names_of_zones_are_left_out_and_said():
    column = describe("at", pd.Series(MOMENTS.strftime("%Y/%m/%d %I:%M:%S %p EET")))
    assert column.notes == ("times are taken as they stand, without their zone (EET)",)


def test_months_first_are_seen_behind_a_day_of_the_week():
    assert describe("at", pd.Series(MOMENTS.strftime("%a %m/%d/%Y"))).date_formats == ("%m/%d/%Y",)
