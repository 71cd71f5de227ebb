"""Rows of one table found again in another: by what cells mean, whatever dtype the column around them has."""

import numpy as np
import pandas as pd
import pytest

from assay.core.errors import DataError
from assay.data.overlapping_rows import overlapping_rows
from assay.data.read import read_table
from each import each


def known(new, old, *, missing=()):
    ours, theirs = (read_table(pd.DataFrame({"a": column, "b": range(len(column))})) for column in (new, old))
    return overlapping_rows(ours, theirs, missing=missing).tolist()


MOMENTS = pd.to_datetime(["2024-01-01", "2024-02-03"])


@each(
    ("new", "old"),
    [
        ([1.0, np.nan], pd.array([1, None], dtype="Int64")),
        ([0.1, -0.0], np.array([0.1, 0.0], dtype=np.float32)),
        (pd.Categorical([1, 2]), [1, 2]),
        (pd.Categorical(["x", "y"]), ["x", "y "]),
        (MOMENTS.astype("datetime64[ns]"), MOMENTS.astype("datetime64[s]")),
        (MOMENTS.tz_localize("UTC").tz_convert("Asia/Tokyo"), MOMENTS.tz_localize("UTC")),
        (pd.array([True, None], dtype="boolean"), [True, None]),
        ([None, "NA"], [np.nan, np.nan]),
        ([3, -99], [3.0, np.nan]),
        (["x", "n.a."], ["x", None]),
    ],
)
def test_equal_cells_are_equal_in_any_dtype(new, old):
    assert known(new, old, missing=("-99", "n.a.")) == [True, True]
    assert known(old, new, missing=("-99", "n.a.")) == [True, True]


@pytest.mark.parametrize(
    ("new", "old"),
    [([1, 2], [1.5, 2]), (["x", "y"], [None, "y"]), (MOMENTS, [MOMENTS[1]] * 2), ([True, True], [False, True])],
)  # fmt: skip
def test_one_cell_that_differs_makes_a_row_new(new, old):
    assert known(new, old) == [False, True]


@pytest.mark.parametrize(
    ("new", "old"), [([1, 2], ["1", "x"]), ([True, False], [1, 0]), (MOMENTS, ["2024-01-01", "x"])]
)
def test_columns_of_different_kinds_are_not_compared(new, old):
    with pytest.raises(DataError, match='"a" holds '):
        known(new, old)


def test_tables_without_a_column_in_common_share_no_row():
    first, second = (read_table(pd.DataFrame({name: [1, 2]})) for name in "xy")
    assert not overlapping_rows(first, second).any()
