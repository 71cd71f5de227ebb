"""Cells of new rows that can be read, but not as they were meant, are said or refused; clear ones are read."""

import numpy as np
import pandas as pd
import pytest

from assay.core.errors import DataError
from assay.core.schema import Column, NumberFormat, Schema
from assay.data.encode import encode_frame
from assay.data.infer_schema import infer_schema
from assay.data.options import TaskOptions
from assay.predictor.new_rows_check import check_rows
from assay.predictor.row_reader import RowReader

DAYS = pd.date_range("2024-01-03", periods=120, freq="3D")
RATES = Schema(columns=(Column(name="off", kind="numeric", reason="", number=NumberFormat(percent=True)),))


def schema_of(cells):
    return infer_schema(pd.DataFrame({"x": cells, "y": np.arange(len(cells)) % 2}), TaskOptions()).columns[:1]


def checked(schema, cells, name="x"):
    return check_rows(schema, RowReader(schema), pd.DataFrame({name: cells}))


def test_dates_with_the_month_first_are_refused_where_the_day_was():
    schema = Schema(columns=schema_of([f"{day:%d/%m/%Y}" for day in DAYS]))
    with pytest.raises(DataError, match=r"month first, e\.g\. '01/15/2024', and the model reads them day first"):
        checked(schema, [f"{day:%m/%d/%Y}" for day in DAYS])
    one_slip = checked(schema, [*(f"{day:%d/%m/%Y}" for day in DAYS), "01/15/2024"])
    assert one_slip.doubts == ()
    assert one_slip.unread[0].rows == 1


@pytest.mark.parametrize("form", ["%d %B %Y", "%b %d, %Y", "%Y/%m/%d", "%d.%m.%Y", "%Y-%m-%d"])
def test_dates_that_nobody_can_misread_are_read_whatever_the_training_rows_had(form):
    schema = Schema(columns=schema_of([f"{day:%d/%m/%Y}" for day in DAYS]))
    expected = ((DAYS - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)).to_numpy()
    found = encode_frame(schema, pd.DataFrame({"x": [day.strftime(form) for day in DAYS]}))
    np.testing.assert_array_equal(found.dates[:, 0], expected)


@pytest.mark.parametrize(("sign", "other"), [(",", "."), (".", ",")])
def test_thousands_of_another_hand_are_refused_where_no_cell_had_a_fraction(sign, other):
    numbers = np.arange(100) * 731 + 500
    schema = Schema(columns=schema_of([f"{n:,} km".replace(",", sign) for n in numbers]))
    assert checked(schema, [f"{n:,} km".replace(",", sign) for n in numbers]).unread == ()
    with pytest.raises(DataError, match="The column would be lost"):
        checked(schema, [f"{n:,} km".replace(",", other) for n in numbers if n > 999])


@pytest.mark.parametrize("cells", [[10.0, 20.0, 0.0, 10.0], ["10", "20", "10,5", "30"]])
def test_percentages_without_their_sign_are_said(cells):
    (doubt,) = checked(RATES, cells, name="off").doubts
    assert doubt.text == "off: cells without a % sign are read as they stand, 10 as 1,000 %"
    assert doubt.text in checked(RATES, cells, name="off").text


@pytest.mark.parametrize("cells", [["10%", "20 %", None], [0.1, 0.2, np.nan], [], ["150%"]])
def test_percentages_with_their_sign_and_shares_are_not(cells):
    assert checked(RATES, cells, name="off").doubts == ()


def test_one_row_from_python_is_warned_of_like_many():
    found = check_rows(RATES, RowReader(RATES), {"off": 10.0})
    assert len(found.doubts) == 1
