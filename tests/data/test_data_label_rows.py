"""Rows of units, questions or ids below a header are no observations."""

import io

import numpy as np
import pandas as pd
import pytest

from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table

DICE = np.random.default_rng(2)
LOG = [
    f"2024-01-01T{i // 60:02}:{i % 60:02}:00,{DICE.normal(20, 3):.1f},{DICE.normal(1000, 9):.1f},{i % 2}"
    for i in range(120)
]
NAMES, UNITS = "time,temp,pressure,fault", "ISO,°C,hPa,"


def read(tmp_path, lines, **options):
    path = tmp_path / "log.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_table(path, **options)


def codes(raw):
    return [notice.code for notice in raw.notices]


def test_a_row_of_units_is_left_out_and_said(tmp_path):
    clean, dirty = read(tmp_path, [NAMES, *LOG]), read(tmp_path, [NAMES, UNITS, *LOG])
    pd.testing.assert_frame_equal(dirty.frame, clean.frame, check_dtype=False)
    assert codes(dirty) == ["data/label-rows"]
    assert "ISO, °C, hPa" in dirty.notices[0].message


def test_units_come_again_where_a_log_restarts(tmp_path):
    clean = read(tmp_path, [NAMES, *LOG])
    dirty = read(tmp_path, [NAMES, UNITS, *LOG[:50], NAMES, UNITS, *LOG[50:]])
    pd.testing.assert_frame_equal(dirty.frame, clean.frame)
    assert codes(dirty) == ["data/repeated-header", "data/label-rows"]


def test_questions_and_ids_of_a_survey_are_left_out(tmp_path):
    names, asked = "Start,Q1,Q2,NPS", "Start Date,I am satisfied,What matters?,How likely"
    ids = ",".join(f'"{{""ImportId"":""QID{j}""}}"' for j in range(4))
    rows = [
        f"2024-03-{1 + i % 28:02},{'Agree' if i % 3 else 'Disagree'},{'Price;Brand' if i % 2 else 'Price'},{i % 11}"
        for i in range(120)
    ]
    clean, dirty = read(tmp_path, [names, *rows]), read(tmp_path, [names, asked, ids, *rows])
    pd.testing.assert_frame_equal(dirty.frame, clean.frame)
    assert prepare(dirty, TaskOptions(target="NPS")).task.schema["Q1"].n_levels == 2


def test_labels_are_kept_where_that_is_asked(tmp_path):
    assert len(read(tmp_path, [NAMES, UNITS, *LOG], raw=("label-rows",)).frame) == len(LOG) + 1


@pytest.mark.parametrize(
    "first",
    ["2024-01-01T00:00:00,ERR,ERR,0", "2024-01-01T00:00:00,ERR,no signal,0", ",n/a,unknown,1"],
    ids=["two errors beside a date", "two words beside a date", "words that come again"],
)
def test_a_first_row_of_missing_measurements_stays_a_row(tmp_path, first):
    again = "2024-01-02T00:00:00,n/a,unknown,1"
    assert len(read(tmp_path, [NAMES, first, *LOG, again]).frame) == len(LOG) + 2


def test_a_table_of_words_loses_no_row(tmp_path):
    rows = ["red,small", *["blue,large", "green,small"] * 20]
    assert len(read(tmp_path, ["colour,size", *rows]).frame) == len(rows)


@pytest.mark.parametrize(
    ("names", "first", "row"),
    [
        ("colour,size", "red,tiny", "{c},{s}"),
        ("age,income,y", "retired,private,yes", "{n},{n}000,{y}"),
        ("age,income,y", "refused,no answer,", "{n},{n}000,{y}"),
    ],
    ids=["levels that are rare", "words beside a level", "answers that say nothing"],
)
def test_a_first_row_of_words_stays_a_row(tmp_path, names, first, row):
    rows = [row.format(c="blue" if i % 2 else "green", s="large" if i % 3 else "small", n=20 + i,
                       y="yes" if i % 2 else "no") for i in range(120)]  # fmt: skip
    raw = read(tmp_path, [names, first, *rows])
    assert len(raw.frame) == len(rows) + 1
    assert codes(raw) == []


def test_words_that_come_again_far_below_are_no_units(tmp_path):
    rows = [f"{20 + i % 60},{i}000" for i in range(400)]
    raw = read(tmp_path, ["age,income", "retired,private", *rows, "retired,12000"])
    assert len(raw.frame) == len(rows) + 2


def test_a_sign_for_no_unit_may_come_again(tmp_path):
    rows = [f"{20 + i % 60},{i}.5,{'-' if i % 9 == 0 else 'ok'}" for i in range(60)]
    raw = read(tmp_path, ["height,weight,remark", "cm,kg,-", *rows])
    assert len(raw.frame) == len(rows)


def test_classes_below_a_row_of_units_are_named_as_they_are_written(tmp_path):
    rows = [f"{20 + i % 60}.5,{i}.5,{i % 3 + 1:03}" for i in range(120)]
    raw = read(tmp_path, ["height,weight,part", "cm,kg,code", *rows])
    assert prepare(raw, TaskOptions(target="part")).task.classes == ("001", "002", "003")


def test_units_in_a_workbook_are_left_out():
    pytest.importorskip("openpyxl")
    body = io.BytesIO()
    rows = [["m", "kg", None], *[[float(DICE.normal()), float(DICE.normal(70)), i % 2] for i in range(40)]]
    pd.DataFrame(rows, columns=["height", "weight", "y"]).to_excel(body, index=False)
    from assay.data.excel import read_book

    raw = read_book(body.getvalue(), name="units.xlsx")
    assert len(raw.frame) == 40
    assert raw.frame["height"].dtype == float
    assert codes(raw) == ["data/label-rows"]


def test_a_code_with_a_fraction_is_missing_like_one_without(tmp_path):
    rows = [f"{'-999.9' if i % 20 == 0 else round(float(DICE.normal(20, 3)), 1)},{i % 2}" for i in range(200)]
    task = prepare(read(tmp_path, ["temp,y", *rows]), TaskOptions(target="y")).task
    assert task.schema["temp"].missing == 10
    assert task.schema["temp"].missing_marks == ("-999.9",)


def test_a_first_line_of_data_is_said_to_be_no_line_of_names(tmp_path):
    numbers = ["800,0,0.3048,71.3", "1000,0,0.3048,71.5", "1250,0,0.3048,70.1"]
    (notice,) = [one for one in read(tmp_path, numbers).notices if one.code == "data/number-names"]
    assert "800, 0, 0.3048, 71.3" in notice.message
    assert "data/number-names" not in codes(read(tmp_path, ["2019,2020,2021", "1,2,3", "4,5,6"]))
    assert "data/number-names" not in codes(read(tmp_path, [NAMES, *LOG]))
