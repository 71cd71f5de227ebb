"""What looks like a number with points and is a day."""

import pandas as pd
import pytest

from assay.data.kind_guess import describe


@pytest.mark.parametrize("days", [["13.01.2021", "02.03.2021", "28.12.1999"], ["1.2.2021", "11.12.2020", "3.4.2019"]])
def test_days_with_points_are_dates_not_numbers(days: list[str]) -> None:
    assert describe("d", pd.Series(days * 20)).kind == "datetime"


def test_points_that_group_thousands_are_numbers() -> None:
    assert describe("n", pd.Series(["1.234.567", "12.345.678", "234.567"] * 20)).kind == "numeric"
