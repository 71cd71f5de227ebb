"""Every repair is said with the option that refuses it, and that option refuses it and nothing else."""

import pytest

from assay.core.errors import DataError, UsageError
from assay.data.file_formats import read_content
from assay.data.infer_schema import infer_schema
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from assay.data.refusal import Refusal

HEADER = "age,price,day,city,churn"
ROWS = [f"{20 + i % 40},${i * 7 % 1000}.50,{i % 28 + 1:02}.03.2021,{'ABC'[i % 3]},{'yn'[i % 2]}" for i in range(80)]
FILE = "\n".join([HEADER, *ROWS])


def content(text):
    return text.encode()


def task_of(text, *raw, target="churn"):
    options = TaskOptions(target=target, raw=raw)
    table = read_content(content(text), name="t.csv", refused=Refusal(raw))
    return prepare(table, options).task


def kinds(text, *raw):
    return {c.name: c.kind for c in task_of(text, *raw).schema}


def codes(text, *raw):
    return {notice.code for notice in task_of(text, *raw).notices}


def test_numbers_and_dates_in_text_are_said_and_refused_one_by_one():
    assert {"data/numbers-in-text", "data/dates-in-text"} <= codes(FILE)
    assert kinds(FILE)["price"] == "numeric"
    refused = kinds(FILE, "price=numbers")
    assert refused["price"] != "numeric"
    assert refused["day"] == "datetime"
    assert kinds(FILE, "day=dates")["day"] != "datetime"
    assert kinds(FILE, "day")["day"] != "datetime"


def test_a_code_far_from_all_numbers_is_missing_unless_refused():
    text = "\n".join([HEADER, *(row if i % 9 else "-999" + row[2:] for i, row in enumerate(ROWS))])
    found = task_of(text).schema["age"]
    assert found.missing == 9
    assert any("-999 in 9 rows" in note for note in found.notes)
    assert task_of(text, "age=missing").schema["age"].missing == 0


def test_minus_one_among_positive_numbers_is_only_asked_about():
    text = "\n".join([HEADER, *(row if i % 9 else "-1" + row[2:] for i, row in enumerate(ROWS))])
    found = task_of(text).schema["age"]
    assert found.missing == 0
    assert "a code rather than a number?" in found.notes[0]


def test_words_that_mean_missing_can_be_refused_for_one_column():
    text = "\n".join([HEADER, *(row if i % 9 else "?" + row[2:] for i, row in enumerate(ROWS))])
    assert kinds(text)["age"] == "numeric"
    assert kinds(text, "age=missing")["age"] == "category"


FILES = {
    "total-line": (FILE + "\nTotal,,,,", "data/total-line"),
    "repeated-header": ("\n".join([HEADER, *ROWS[:40], HEADER, *ROWS[40:]]), "data/repeated-header"),
    "empty-column": ("\n".join(line + "," for line in FILE.split("\n")), "data/empty-column"),
    "duplicate-column": (
        "\n".join(f"{line},{line.split(',')[0]}" for line in FILE.split("\n")),
        "data/duplicate-column",
    ),
}


@pytest.mark.parametrize("repair", FILES)
def test_a_repair_of_the_file_is_said_with_the_option_that_refuses_it(repair):
    text, code = FILES[repair]
    notice = next(n for n in read_content(content(text), name="t.csv").notices if n.code == code)
    assert notice.do == f"--raw {repair}"
    refused = read_content(content(text), name="t.csv", refused=Refusal((repair,)))
    clean = read_content(content(FILE), name="t.csv").frame
    assert refused.frame.shape != clean.shape or list(refused.frame.columns) != list(clean.columns)


def test_title_lines_are_said_and_refused_only_where_line_one_is_the_header():
    notice = read_content(content("Report of March\n" + FILE), name="t.csv").notices[0]
    assert (notice.code, notice.do) == ("data/title-lines", "--raw title-lines")
    with pytest.raises(DataError, match="Report of March"):
        read_content(content("Report of March\n" + FILE), name="t.csv", refused=Refusal(("title-lines",)))


def test_bad_lines_are_left_out_or_stop_at_the_first():
    text = FILE + "\n1,2,3"
    assert len(read_content(content(text), name="t.csv").frame) == 80
    with pytest.raises(DataError, match="line 82: 3 cells, but the header has 5"):
        read_content(content(text), name="t.csv", refused=Refusal(("bad-lines",)))


def test_spellings_of_a_class_stay_apart_when_asked():
    text = "\n".join([HEADER, *(row if i % 5 else row[:-1] + row[-1].upper() for i, row in enumerate(ROWS))])
    assert len(task_of(text).classes) == 2
    assert len(task_of(text, "label-spelling").classes) == 4


def test_damaged_characters_are_counted_with_their_line():
    spoiled = content(FILE.replace("A", "Köln")).replace("ö".encode(), b"\xf6", 1)
    notice = read_content(spoiled, name="t.csv").notices[0]
    assert notice.code == "data/bad-bytes"
    assert notice.row == 2


def test_raw_names_the_columns_that_are_not_there():
    frame = read_content(content(FILE), name="t.csv").frame
    with pytest.raises(UsageError, match='no column "prise"'):
        infer_schema(frame, TaskOptions(raw=("prise=numbers",)))


def test_a_table_whose_only_column_numbers_its_rows_says_which_command_uses_it_all_the_same():
    raw = read_table({"n": list(range(1, 13)), "y": [2.0, 3, 5, 4, 6, 7, 9, 8, 10, 12, 11, 13]}, name="tiny.csv")
    with pytest.raises(DataError, match="n \\(identifier: numbers the rows\\)") as told:
        prepare(raw, TaskOptions(target="y"))
    assert told.value.do[0] == "--keep n"
    assert prepare(raw, TaskOptions(target="y", keep=("n",))).task.schema["n"].kind == "numeric"
