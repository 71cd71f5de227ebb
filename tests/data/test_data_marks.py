"""A comma or a point between digits: never taken for thousands where the digits are not in groups of three."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.schema import NumberFormat
from assay.data.encode import encode_frame, encode_rows
from assay.data.infer_schema import infer_schema
from assay.data.number_format import number_format, read_number
from assay.data.options import TaskOptions
from assay.data.repairs import repairs_of


def read(cells):
    frame = pd.DataFrame({"x": cells, "y": np.arange(len(cells)) % 2})
    schema = infer_schema(frame, TaskOptions(target="y"))
    table = encode_frame(schema, frame)
    served = encode_rows(schema, [{"x": cell} for cell in cells])
    np.testing.assert_array_equal(table.numeric, served.numeric)
    return schema["x"], table.numeric[:, 0]


TENTHS = [20 + j / 10 for j in range(97)]


def test_points_and_commas_in_one_column_are_both_decimal_marks():
    column, values = read([f"{v:.1f}" if j % 2 else f"{v:.1f}".replace(".", ",") for j, v in enumerate(TENTHS)])
    np.testing.assert_allclose(values, TENTHS, rtol=1e-6)
    assert [repair.text for repair in repairs_of(column)] == ["read as numbers: decimal point or comma"]


def test_numbers_of_a_workbook_beside_text_with_commas_keep_their_size():
    _, values = read([v if j % 3 else str(v).replace(".", ",") for j, v in enumerate(TENTHS)])
    np.testing.assert_allclose(values, TENTHS, rtol=1e-6)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1,204", "50.3", "7"], [1204, 50.3, 7]),
        (["1.204", "50,3", "7"], [1204, 50.3, 7]),
        (["1,204.50", "12,04,567.5"], [1204.5, 1204567.5]),
        (["1.204,50", "7"], [1204.5, 7]),
        (["1'204.50", "7"], [1204.5, 7]),
    ],
)
def test_thousands_are_groups_of_three_digits(texts, expected):
    form = number_format(texts)
    assert [read_number(text, form) for text in texts] == expected


@given(st.integers(0, 10**6), st.integers(0, 99))
def test_a_fraction_behind_the_mark_of_thousands_is_no_number(whole, cents):
    assert np.isnan(read_number(f"{whole},{cents}", NumberFormat(thousands=",")))


@given(st.integers(0, 10**12), st.integers(0, 99))
def test_thousands_in_groups_are_read_whatever_their_size(whole, cents):
    assert read_number(f"{whole:,}.{cents:02}", NumberFormat(thousands=",")) == pytest.approx(whole + cents / 100)


def test_points_before_three_digits_are_thousands_where_small_numbers_have_none():
    km = [*range(200, 1000, 25), *range(1000, 90_000, 1_234)]
    texts = [f"{number:,} km".replace(",", ".") for number in km]
    form = number_format(texts)
    assert [read_number(text, form) for text in texts] == km


def test_points_before_three_digits_alone_stay_decimal():
    texts = [f"{number / 1000:.3f} km" for number in range(1000, 90_000, 1_234)]
    assert number_format(texts).decimal == "."
