"""Cells that are there and cannot be read: said once a call from Python, too, never silently missing."""

import warnings

import numpy as np
import pandas as pd
import pytest

from assay.core.errors import DataWarning
from assay.core.schema import Column, NumberFormat, Schema
from assay.predictor.new_rows_check import check_rows
from assay.predictor.row_reader import RowReader

COMMAS = Schema(columns=(
    Column(name="price", kind="numeric", reason="", number=NumberFormat(decimal=","),
           missing_marks=("-999",)),
))  # fmt: skip


@pytest.mark.parametrize("ask", ["predict", "predict_proba", "predict_both"])
@pytest.mark.parametrize("n", [3, 100])
def test_a_call_warns_with_columns_and_counts_and_answers(binary, ask, n):
    rows = binary.rows(n, age=["abc", "40 or so"], fare=["$1.50"])
    with pytest.warns(DataWarning) as caught:
        found = getattr(binary.fresh(), ask)(rows)
    assert len(found[0] if ask == "predict_both" else found) == n
    assert [warning.message.code for warning in caught] == ["data/unread-cells"]
    text = str(caught[0].message)
    assert f"age: 2 of {n} cells are no numbers as the model reads them, e.g. 'abc'" in text
    assert f"fare: 1 of {n} cells is no number as the model reads them, e.g. '$1.50'" in text
    assert text.endswith("They are read as missing.")
    assert caught[0].filename == __file__


def test_one_row_as_a_dict_warns_and_is_answered_as_missing(binary):
    row = binary.frame.iloc[0].to_dict()
    with pytest.warns(DataWarning, match="age: 1 of 1 cell is no number"):
        found = binary.fresh().predict_proba({**row, "age": "abc"})
    np.testing.assert_array_equal(found, binary.predictor.predict_proba({**row, "age": None}))


def test_dates_that_cannot_be_read_are_said(binary):
    rows = binary.rows(since=[pd.NaT]).astype({"since": object})
    rows.loc[rows.index[1], "since"] = "soon"
    with pytest.warns(DataWarning, match="since: 1 of 2 cells is no date as the model reads them, e.g. 'soon'"):
        binary.predictor.predict(rows)


def test_gaps_are_no_warning_and_stored_answers_say_nothing(binary):
    rows = binary.rows(age=[None, "", np.nan])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        labels = binary.predictor.predict(rows)
        stored = binary.predictor.stored(binary.rows(age=["abc"]))
    assert caught == []
    assert set(labels) <= {"yes", "no"}
    assert np.isfinite(stored).all()


def test_a_decimal_point_where_commas_are_read_is_no_number():
    found = check_rows(COMMAS, RowReader(COMMAS), [{"price": price} for price in ("1,50", "1.50", "-999", None, "2,5")])
    assert [(one.column, one.rows, one.there, one.example) for one in found.unread] == [("price", 1, 3, "1.50")]
    assert found.text.endswith("e.g. '1.50' · price empty (2)")
