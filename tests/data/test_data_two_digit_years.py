"""Years of two digits: which hundred years they are of."""

import numpy as np
import pandas as pd
import pytest

from assay.core.schema import Column
from assay.data.encode import encode_frame, encode_rows
from assay.data.infer_schema import infer_schema
from assay.data.options import TaskOptions
from each import each

N = 400


def _days(first: str, last: str, n: int = N) -> pd.DatetimeIndex:
    spread = np.random.default_rng(0).permutation(n)
    return pd.date_range(first, last, periods=n).normalize()[spread]


def _read(days: pd.DatetimeIndex, form: str, **options):
    frame = pd.DataFrame({"day": days.strftime(form), "y": np.arange(len(days)) % 2})
    schema = infer_schema(frame, TaskOptions(target="y", **options))
    return schema, encode_frame(schema, frame).dates[:, 0], frame


@each("form", ["%d.%m.%y", "%m/%d/%y", "%d-%b-%y"])
@each(
    ("first", "last"),
    [("1932-03-01", "2009-12-31"), ("1935-01-01", "1967-12-31"), ("1998-05-01", "2024-11-30"),
     ("2023-01-01", "2034-12-31"), ("2019-01-01", "2058-12-31"), ("1969-01-01", "2024-06-30")],
)  # fmt: skip
def test_two_digit_years_are_of_the_hundred_years_that_keep_the_column_together(form, first, last):
    days = _days(first, last)
    schema, read, frame = _read(days, form)
    expected = ((days - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)).to_numpy()
    np.testing.assert_array_equal(read, expected)
    np.testing.assert_array_equal(encode_rows(schema, frame.to_dict("records")).dates[:, 0], expected)


def test_the_years_two_digits_were_read_as_are_said():
    schema, _, _ = _read(_days("1932-03-01", "2009-12-31"), "%d.%m.%y")
    assert schema["day"].notes == ("two-digit years read as 1932 to 2009",)


def test_a_column_declared_to_be_dates_is_read_alike():
    days = _days("1932-03-01", "2009-12-31")
    declared, read, _ = _read(days, "%d.%m.%y", kinds={"day": "datetime"})
    np.testing.assert_array_equal(read, _read(days, "%d.%m.%y")[1])
    assert declared["day"].short_year == 1930


def test_dates_with_four_digits_say_nothing_of_short_years():
    schema, _, _ = _read(_days("1932-03-01", "2009-12-31"), "%d.%m.%Y")
    assert schema["day"].notes == ()
    assert schema["day"].short_year == 1969


@pytest.mark.parametrize("year", [0, -5, 9901, 10**20])
def test_years_that_no_date_has_are_refused(year):
    with pytest.raises(ValueError, match="two-digit years"):
        Column(name="day", kind="datetime", reason="", short_year=year)
