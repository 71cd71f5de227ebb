"""Marks of footnotes behind numbers are cut off, and it is said; a mark behind every number is a unit."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.data.approximate_numbers import has_notes, without_note
from assay.data.encode import encode_frame
from assay.data.infer_schema import infer_schema
from assay.data.options import TaskOptions
from assay.data.repairs import repairs_of

N = 300
DRAWN = np.round(np.random.default_rng(3).normal(50.0, 20.0, N), 1)
MARKS = ("", "", "", "[1]", " [12]", "[a]", "*", "**", "†", "[2][3]")


def described(cells):
    frame = pd.DataFrame({"x": cells, "y": np.arange(len(cells)) % 2})
    schema = infer_schema(frame, TaskOptions(target="y"))
    return schema["x"], encode_frame(schema, frame)


def noted(form="{}"):
    return [form.format(value) + MARKS[i % len(MARKS)] for i, value in enumerate(DRAWN)]


@pytest.mark.parametrize("form", ["{}", "{} kg", "€{}"])
def test_numbers_with_footnotes_are_the_numbers(form):
    column, table = described(noted(form))
    assert (column.kind, column.missing) == ("numeric", 0)
    np.testing.assert_allclose(table.numeric[:, 0] * column.scale + column.shift, DRAWN, atol=1e-4)
    assert any("footnotes ([1], *) cut off" in repair.text for repair in repairs_of(column))


def test_one_footnote_in_a_long_column_costs_no_cell():
    column, _ = described([f"{value}[1]" if i == 250 else f"{value}" for i, value in enumerate(DRAWN)])
    assert (column.kind, column.missing) == ("numeric", 0)


def test_a_mark_behind_every_number_is_no_footnote():
    assert not has_notes(["12 [m]", "13 [m]"])
    assert not has_notes(["12*", "13*"])


@given(st.text(max_size=80), st.sampled_from(MARKS))
def test_only_marks_are_cut_off(text, mark):
    left = without_note(text + mark)
    assert (text + mark).startswith(left)
    assert set((text + mark)[len(left) :]) <= set("[]*†‡§ \u00a00123456789abcdefghijklmnopqrstuvwxyz")
