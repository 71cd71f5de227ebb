"""Numbers beyond what 32 bits hold: said wherever a table is read, and never a warning of some library."""

import numpy as np
import pandas as pd
import pytest

from assay.core.errors import TaskError
from assay.core.schema import Column, Schema
from assay.data.infer_schema import infer_schema
from assay.data.options import TaskOptions
from assay.infer.design_matrix import make_design_matrix
from assay.inspect.bins import cells_of
from assay.inspect.oddities import oddities
from assay.predictor.new_rows_check import check_rows
from assay.predictor.row_reader import RowReader

N = 200
RNG = np.random.default_rng(0)
FRAME = pd.DataFrame({
    "huge": 10.0 ** RNG.uniform(0, 45, N), "large": 10.0 ** RNG.uniform(0, 300, N), "x": RNG.normal(size=N),
    "y": np.arange(N) % 2,
})  # fmt: skip
TOO_LARGE = int((FRAME["huge"] > np.finfo(np.float32).max).sum())


def schema(**options):
    return infer_schema(FRAME, TaskOptions(target="y", **options))


@pytest.mark.parametrize("options", [{}, {"kinds": {"huge": "numeric"}}])
def test_cells_that_32_bits_cannot_hold_are_missing_and_counted(options):
    column = schema(**options)["huge"]
    assert column.missing == TOO_LARGE
    assert any(f"{TOO_LARGE} numbers are too large" in note and "missing" in note for note in column.notes)


def test_oddities_of_huge_numbers_need_no_squares_beyond_64_bits():
    column = schema()["large"]
    assert all("nan" not in note for note in oddities(FRAME["large"], cells_of(FRAME["large"], column), column))


def test_huge_numbers_are_not_said_to_be_a_sum_of_other_columns():
    known = schema()
    found = make_design_matrix(FRAME, [known["huge"], known["x"]], effect="huge", source="t.csv")
    assert found.columns == ("huge", "x")
    assert len(found.rows) == N - TOO_LARGE
    assert np.isfinite(found.z).all()
    assert any(f"huge: {TOO_LARGE} numbers" in text for text in found.left_out)


def test_new_rows_with_huge_numbers_are_called_that_not_empty():
    known = Schema(columns=tuple(c for c in schema() if c.name in {"huge", "x"}))
    text = check_rows(known, RowReader(known), FRAME[["huge", "x"]]).text
    assert f"huge: {TOO_LARGE} of {N} cells are too large" in text
    assert "empty" not in text


def test_the_effect_of_a_text_is_refused_with_what_to_do():
    known = Schema(columns=(Column(name="review", kind="text", reason=""),))
    with pytest.raises(TaskError) as raised:
        make_design_matrix(FRAME.assign(review="so so"), known.columns, effect="review", source="t.csv")
    assert raised.value.do
