"""What is said of odd new rows: each cell once, in words that fit its column."""

import pandas as pd

from assay.core.schema import Column, Schema
from assay.predictor.new_rows_check import check_rows
from assay.predictor.row_reader import RowReader

SCHEMA = Schema(columns=(Column(name="need", kind="ordinal", reason="", levels=("low", "medium", "high")),))


def test_a_level_of_an_ordinal_that_was_never_seen_is_said_once():
    rows = pd.DataFrame({"need": ["low", "extreme", None, "high", "extreme"]})
    found = check_rows(SCHEMA, RowReader(SCHEMA), rows)
    assert found.text == '5 rows · need "extreme" never seen (2 rows) · need empty (1)'


def test_one_row_of_an_unknown_level_is_answered():
    found = check_rows(SCHEMA, RowReader(SCHEMA), {"need": "extreme"})
    assert found.unread == ()
    assert found.empty == ()
