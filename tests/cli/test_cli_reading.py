"""A new file is read as the one a model learned from, and what was left out of it is said."""

import io

import openpyxl
import pytest

from assay.cli.console import Console, Stream
from assay.cli.reading_options import ReadingArguments, read_like, say_reading
from assay.core.problem.binary import Binary
from assay.core.schema import Column, Schema
from assay.data.file_formats import read_content
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.refusal import Refusal
from assay.predictor.passport import Passport

ROWS = [[f"k{i}", i * 1.5, "ny"[i % 2]] for i in range(30)]
NAMES = ["key", "price", "sold"]


def passport(**facts):
    schema = Schema(columns=(Column(name="price", kind="numeric", reason="numbers"),))
    return Passport(target="sold", problem=Binary(), classes=("n", "y"), metric="roc_auc", metric_title="ROC AUC",
                    schema=schema, rows=30, **facts)  # fmt: skip


def workbook(path, **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return str(path)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "new.csv"
    path.write_text("\n".join(",".join(map(str, row)) for row in [NAMES, *ROWS, ["Total", 652.5, ""]]))
    return str(path)


def test_the_sheet_and_refused_repairs_of_the_first_file_go_with_the_model():
    options = TaskOptions(target="sold", sheet="Data", raw=("total-line", "price=numbers"))
    body = "\n".join(",".join(map(str, row)) for row in [NAMES, *ROWS]).encode()
    task = prepare(read_content(body, name="t.csv", refused=Refusal(options.raw)), options).task
    kept = Passport.of(task)
    assert (kept.sheet, kept.raw) == ("Data", ("total-line",))


def test_repairs_are_repeated_and_refused_ones_are_not(table):
    assert len(read_like(table, passport(), ReadingArguments()).frame) == 30
    assert len(read_like(table, passport(raw=("total-line",)), ReadingArguments()).frame) == 31
    assert len(read_like(table, passport(), ReadingArguments(raw=["total-line"])).frame) == 31


def test_the_models_sheet_is_taken_where_it_is_there_unless_another_is_asked_for(tmp_path):
    both = workbook(tmp_path / "a.xlsx", Notes=[NAMES, *ROWS[:9]], Data=[NAMES, *ROWS])
    assert len(read_like(both, passport(), ReadingArguments()).frame) == 9
    assert len(read_like(both, passport(sheet="Data"), ReadingArguments()).frame) == 30
    assert len(read_like(both, passport(sheet="Data"), ReadingArguments(sheet="Notes")).frame) == 9
    other = workbook(tmp_path / "b.xlsx", New=[NAMES, *ROWS[:20]])
    assert len(read_like(other, passport(sheet="Data"), ReadingArguments()).frame) == 20


def test_a_text_file_is_read_though_the_model_learned_from_a_sheet(table):
    assert len(read_like(table, passport(sheet="Data"), ReadingArguments()).frame) == 30


def test_what_was_left_out_is_said_on_stderr(table):
    out, err = (Stream.of(io.StringIO(), color="never", columns=120, environ={}) for _ in range(2))
    say_reading(Console(out, err), read_like(table, passport(), ReadingArguments()))
    assert err.file.getvalue() == "  new.csv   the last line is a total (Total): left out: --raw total-line\n"
    assert out.file.getvalue() == ""
