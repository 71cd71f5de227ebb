"""Tables aligned by blanks, drawn with strokes, or quoted otherwise than CSV are read as the CSV of the same cells."""

import csv
import io

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import DataError
from assay.data.aligned_tables import aligned_rows
from assay.data.read import read_table
from each import at_most

ROWS = [
    ["name", "city", "age", "income"],
    ["Anna Smith", "New York", "34", "51200.5"],
    ["Bo Li", "Oslo", "7", "1200.0"],
    ["Carla de Souza", "São Paulo", "61", "900.25"],
    ["Dan O'Neil", "Rio", "45", "30000.0"],
]
NUMBERS = ["mpg cyl disp", "21.0 6 160", "22.8 4 108.5", "18.75 8 360"]


def fixed(rows, gap=2):
    widths = [max(len(row[j]) for row in rows) for j in range(len(rows[0]))]
    cut = [
        (gap * " ").join(
            cell.rjust(width) if j > 1 else cell.ljust(width)
            for j, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return [line.rstrip() for line in cut]


def boxed(rows):
    rule = "+" + "+".join("-" * 16 for _ in rows[0]) + "+"
    lines = ["|" + "|".join(f" {cell:<15}" for cell in row) + "|" for row in rows]
    return [rule, lines[0], rule, *lines[1:], rule]


def piped(rows):
    return [" | ".join(row) for row in rows]


def markdown(rows):
    names, *below = (f"| {line} |" for line in piped(rows))
    return [names, "|---|:--|--:|:-:|", *below]


def psql(rows):
    names, *below = (f" {line}" for line in piped(rows))
    return [names, "------+------+-----+--------", *below, "(4 rows)", ""]


def ruled(rows):
    lines = fixed(rows)
    widths = [max(len(row[j]) for row in rows) for j in range(len(rows[0]))]
    return [lines[0], "  ".join("-" * width for width in widths), *lines[1:]]


FORMS = {
    "aligned by blanks": fixed(ROWS), "aligned by one blank": fixed(ROWS, gap=1), "ruled below the names": ruled(ROWS),
    "sqlcmd": [*ruled(ROWS), "", "(4 rows affected)", ""],
    "Markdown": markdown(ROWS), "Markdown without strokes outside": [line.strip("| ") for line in markdown(ROWS)],
    "Markdown among words": ["# Results", "", "Of 2024.", "", *markdown(ROWS), "", "The end."],
    "psql": psql(ROWS), "MySQL": [*boxed(ROWS), "4 rows in set (0.00 sec)"],
}  # fmt: skip


def read(tmp_path, lines, name="table.txt", **options):
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_table(path, **options)


def codes(raw):
    return [notice.code for notice in raw.notices]


@pytest.mark.parametrize("form", FORMS)
def test_a_table_in_another_layout_is_read_like_its_csv_and_said(tmp_path, form):
    clean = read(tmp_path, [",".join(row) for row in ROWS], name="clean.csv")
    found = read(tmp_path, FORMS[form])
    pd.testing.assert_frame_equal(found.frame, clean.frame)
    assert codes(found) == ["data/text-layout"]
    assert codes(clean) == []


def test_words_with_any_blanks_between_them_are_columns(tmp_path):
    found = read(tmp_path, NUMBERS).frame
    assert list(found.columns) == ["mpg", "cyl", "disp"]
    assert found.to_numpy().tolist() == [[21.0, 6, 160.0], [22.8, 4, 108.5], [18.75, 8, 360.0]]


def test_numbers_inside_aligned_words_part_no_columns(tmp_path):
    found = read(tmp_path, ["name    address    age", "Anna    12 Main     34", "Bo      7 Elm       5"]).frame
    assert found.iloc[0].tolist() == ["Anna", "12 Main", 34]
    assert list(found.columns) == ["name", "address", "age"]


def test_row_numbers_without_a_name_are_a_column_at_the_left(tmp_path):
    printed = ["    name  age", "0   Anna   34", "1     Bo    7", "2  Carla   61"]
    written = ['"name" "age"', '"1" "Anna" 34', '"2" "Bo Li" 7', '"3" "Carla" 61']
    for lines in (printed, written):
        found = read(tmp_path, lines)
        assert list(found.frame.columns) == ["column 1", "name", "age"]
        assert found.frame["age"].tolist() == [34, 7, 61]


def test_columns_of_words_one_blank_apart_are_two(tmp_path):
    frame = pd.DataFrame({"payment": ["card", "invoice", "paypal"], "size": ["M", "XL", "S"], "n": [5, 10, 2]})
    found = read(tmp_path, frame.to_string().split("\n")).frame
    pd.testing.assert_frame_equal(found[["payment", "size", "n"]], frame)


def test_a_name_of_two_words_is_one_column(tmp_path):
    found = read(tmp_path, ["First Name   Age", "Annie Smith   34", "Bobby Li      12", "Carlo Otto   101"])
    assert list(found.frame.columns) == ["First Name", "Age"]


@pytest.mark.parametrize(
    "lines",
    [
        ["review", "I like it", "so do I", "not at all"],
        ["full name", "Anna Smith", "Bo Li", "Carla Souza"],
        ["Sales 2024", "name, age", "Anna, 3", "Bo, 5", "Cy, 8"],
        ["Sales of month", "a;b;c d", "1;2;3 x", "4;5;6 y"],
        ["1 2 3", "4 5 6", "7 8 9"],
        ["what they say", *(3_000 * "so it is " for _ in range(3))],
        ["a|b", "--|x", "y|--"],
        ["a|b", "1|2", "--|--", "5|6"],
        ["a|b", "-|-", "5|6"],
        ["a|b", "|" + 100_000 * "-" + "x", "5|6"],
    ],
)
def test_other_texts_are_not_cut_at_blanks_or_strokes(tmp_path, lines):
    assert "data/text-layout" not in codes(read(tmp_path, lines))


def test_the_layout_can_be_left_as_it_is(tmp_path):
    assert read(tmp_path, FORMS["aligned by blanks"], raw=("text-layout",)).frame.shape[1] == 1


def test_two_drawn_tables_in_a_file_are_refused_with_their_lines(tmp_path):
    with pytest.raises(DataError, match=r"several tables \(in lines 1 and 8\)"):
        read(tmp_path, [*markdown(ROWS), "", *markdown(ROWS)])


@pytest.mark.parametrize("first", ["'name','note','age'", "name,note,age", "name, note, age"])
def test_cells_in_single_quotation_marks_may_hold_commas(tmp_path, first):
    found = read(tmp_path, [first, "'Anna','a, b',34", "Bo,'c',7", "O'Neil,'it''s, so',12"])
    assert list(found.frame.columns) == ["name", "note", "age"]
    assert found.frame["note"].tolist() == ["a, b", "c", "it's, so"]
    assert codes(found) == ["data/text-layout"]


def test_apostrophes_are_no_quotation_marks(tmp_path):
    found = read(tmp_path, ["place,say,n", "'s-Hertogenbosch,'tis,1", "Oslo,rock 'n' roll,2", "'90s,it's,3"])
    assert found.frame["place"].tolist() == ["'s-Hertogenbosch", "Oslo", "'90s"]
    assert codes(found) == []


def test_blanks_before_quotation_marks_do_not_part_cells(tmp_path):
    found = read(tmp_path, ["name, note, age", 'Anna, "a, b", 34', 'Bo, "c, d", 7', 'Cy, "e", 12'])
    assert found.frame["note"].tolist() == ["a, b", "c, d", "e"]


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        (["% made by x", "@relation iris", "@attribute a numeric", "@data", "1", "2"], "ARFF"),
        (["1 1:0.5 3:1.2", "0 2:1.5 3:0.2", "1 1:0.1"], "LibSVM"),
    ],
)
def test_other_formats_of_text_are_refused_by_name(tmp_path, lines, what):
    with pytest.raises(DataError, match=what):
        read(tmp_path, lines)


CELLS = st.text("abcde XYZ", min_size=1, max_size=9).map(lambda text: " ".join(text.split())).filter(bool)


@settings(max_examples=at_most(300))
@given(st.lists(st.tuples(CELLS, st.integers(0, 10**6), st.integers(-99, 99)), min_size=1, max_size=30), st.data())
def test_aligned_columns_with_numbers_between_them_come_back(cells, data):
    rows = [["number", "what it is called", "change"], *([str(n), text, str(d)] for text, n, d in cells)]
    widths = [max(len(row[j]) for row in rows) for j in range(3)]
    lines = ["   ".join([row[0].rjust(widths[0]), row[1].ljust(widths[1]), row[2].rjust(widths[2])]) for row in rows]
    assert aligned_rows(lines) == rows


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=2, max_size=20))
def test_no_csv_is_taken_for_aligned(rows):
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    assert aligned_rows(written.getvalue().split("\n")) is None
