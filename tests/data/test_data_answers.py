"""Answers of people: truth values in many spellings, how often, and what says nothing."""

import numpy as np
import pandas as pd
import pytest

from assay.core.errors import TaskError
from assay.core.schema import Column
from assay.data.cell import LevelReader
from assay.data.encode import encode_frame, encode_rows, unseen_values
from assay.data.infer_schema import infer_schema
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table


def schema_of(cells):
    frame = pd.DataFrame({"x": cells, "y": np.arange(len(cells)) % 2})
    return infer_schema(frame, TaskOptions(target="y")), frame


@pytest.mark.parametrize(
    ("no", "yes"), [(["FALSE", "F", "0"], ["TRUE", "true", "T", "1"]), (["no", "N"], ["Yes", "y", "1"])]
)
def test_spellings_of_two_truth_values_are_two_levels(no, yes):
    schema, frame = schema_of([*no, *yes] * 10)
    codes = encode_frame(schema, frame).codes[:, 0].reshape(10, -1)
    assert schema["x"].kind == "boolean"
    assert "spellings" in schema["x"].reason
    assert (codes[:, : len(no)] == 0).all()
    assert (codes[:, len(no) :] == 1).all()


@pytest.mark.parametrize("cells", [["T", "F", "N"], ["T", "F", "1"], ["yes", "no", "off"], ["true", "t", "1"]])
def test_letters_that_may_be_codes_and_mixed_words_stay_categories(cells):
    assert schema_of(cells * 10)[0]["x"].kind == "category"


def test_a_model_that_learned_yes_and_no_reads_y_and_n():
    read = LevelReader(Column(name="x", kind="boolean", reason="", levels=("No", "Yes")))
    assert [read(cell) for cell in ("y", "N", 1, "0", True, "maybe", None)] == [1, 0, 1, 0, 1, 2, -1]


def test_how_often_is_an_order():
    schema, _ = schema_of(["Never", "Once a year", "Monthly", "Weekly", "Daily"] * 10)
    assert schema["x"].levels == ("Never", "Once a year", "Monthly", "Weekly", "Daily")


def test_an_answer_that_says_nothing_is_missing_and_not_called_new():
    schema, frame = schema_of(["low", "medium", "high", "prefer not to say"] * 10)
    assert schema["x"].kind == "ordinal"
    assert unseen_values(schema, frame) == ()
    assert [u.level for u in unseen_values(schema, [{"x": "Don't know"}, {"x": "purple"}])] == ["purple"]


@pytest.mark.parametrize("mark", ["k.A.", "keine Angabe", "n/d", "unbekannt"])
def test_a_few_counts_with_a_word_for_missing_stay_numbers(mark):
    cells = [str(j % 12) if j % 10 else mark for j in range(400)]
    schema, frame = schema_of(cells)
    assert schema["x"].kind == "numeric"
    assert schema["x"].missing == 40
    assert "40 cells are no number" in schema["x"].notes[0]
    served = encode_rows(schema, [{"x": cell} for cell in cells])
    np.testing.assert_array_equal(encode_frame(schema, frame).numeric, served.numeric)


@pytest.mark.parametrize("levels", [("false", "true"), ("No", "Yes"), ("nein", "ja"), ("off", "on")])
def test_a_model_of_truth_values_reads_the_plain_words_for_them_whatever_it_learned(levels):
    read = LevelReader(Column(name="x", kind="boolean", reason="", levels=levels))
    assert [read(word) for word in ("false", "NO", "off", "True", "yes", "on", True, "on fire")] == [
        0,
        0,
        0,
        1,
        1,
        1,
        1,
        2,
    ]


def test_two_levels_that_are_no_truth_values_know_no_others():
    read = LevelReader(Column(name="x", kind="boolean", reason="", levels=("left", "right")))
    assert [read(word) for word in ("right", "yes", True)] == [1, 2, 2]


def test_an_answer_withheld_has_no_place_in_any_language():
    scale = ["Never", "Rarely", "Sometimes", "Often", "Always"]
    for nothing in ("Prefer not to answer", "keine Angabe", "無回答", "нет ответа"):
        column = schema_of([*scale, nothing] * 10)[0]["x"]
        assert (column.kind, column.levels) == ("ordinal", tuple(scale))


def test_a_target_of_ticks_and_empty_cells_is_refused_with_what_to_write():
    frame = pd.DataFrame({"x": np.arange(40), "booked": ["x" if i % 4 == 0 else None for i in range(40)]})
    with pytest.raises(TaskError) as caught:
        prepare(read_table(frame), TaskOptions(target="booked"))
    assert caught.value.do[0] == 'if an empty cell means no, write so in the file: no in 30 cells, beside "x"'
