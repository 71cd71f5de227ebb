"""Files and frames of every form give the same table, or an error in words."""

import gzip
import io
import json
import sqlite3
import sys
import zipfile

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import feather

from assay.core.errors import AssayError, DataError, MissingExtraError, UsageError
from assay.data.dataframes import is_frame
from assay.data.file_formats import read_content
from assay.data.read import read_table

TABLE = {"age": [31, 52, 47], "city": ["Köln", "Lyon", "Łódź"], "spend": [1.5, 2.25, -3.0]}
TEXT = "age,city,spend\n31,Köln,1.5\n52,Lyon,2.25\n47,Łódź,-3.0\n"


def write(folder, content, name="t.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def codes(raw):
    return [notice.code for notice in raw.notices]


def zipped(**files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("_", "."), text)
    return buffer.getvalue()


def parquet():
    buffer = io.BytesIO()
    pd.DataFrame(TABLE).to_parquet(buffer)
    return buffer.getvalue()


def arrow():
    buffer = io.BytesIO()
    feather.write_feather(pa.table(TABLE), buffer, compression="uncompressed")
    return buffer.getvalue()


def excel():
    buffer = io.BytesIO()
    with pd.ExcelWriter(buffer) as book:
        pd.DataFrame(TABLE).to_excel(book, sheet_name="first", index=False)
        pd.DataFrame({"other": [1, 2]}).to_excel(book, sheet_name="second", index=False)
    return buffer.getvalue()


FORMS = {
    "utf-8": lambda: TEXT,
    "a byte order mark": lambda: "\ufeff" + TEXT,
    "utf-16 with tabs": lambda: TEXT.replace(",", "\t").replace("\n", "\r\n").encode("utf-16"),
    "utf-16 without a mark": lambda: TEXT.encode("utf-16-le"),
    "semicolons": lambda: TEXT.replace(",", ";"),
    "bars": lambda: TEXT.replace(",", "|"),
    "carriage returns": lambda: TEXT.replace("\n", "\r"),
    "windows line ends": lambda: TEXT.replace("\n", "\r\n"),
    "quotes": lambda: TEXT.replace("Köln", '"Köln"'),
    "gzip": lambda: gzip.compress(TEXT.encode()),
    "zip": lambda: zipped(table_csv=TEXT),
    "parquet": parquet,
    "arrow": arrow,
    "excel": excel,
    "json lines": lambda: "\n".join(json.dumps(row) for row in pd.DataFrame(TABLE).to_dict("records")),
    "a json list": lambda: json.dumps(pd.DataFrame(TABLE).to_dict("records")),
    "title lines": lambda: "Customer report;;\nCreated: 03.02.2024;;\n\n" + TEXT.replace(",", ";"),
    "a total line": lambda: TEXT + "Total,,\n",
    "a padded header": lambda: TEXT.replace("age,city", " age ,city "),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_file_is_known_by_its_bytes_and_not_by_its_name(tmp_path, form):
    raw = read_table(write(tmp_path, FORMS[form]()))
    assert {name: raw.frame[name].tolist() for name in raw.frame.columns} == TABLE
    assert raw.name == "t.csv"


def test_latin_1_and_windows_texts_are_read(tmp_path):
    assert read_table(write(tmp_path, "a,b\nKöln,1\n".encode("latin-1"))).frame["a"].tolist() == ["Köln"]
    assert read_table(write(tmp_path, "a,b\n5 €,1\n".encode("cp1252"))).frame["a"].tolist() == ["5 €"]


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table, dict, lambda t: pl.DataFrame(t).lazy()])
def test_frames_of_all_libraries_are_one_table(make):
    raw = read_table(make(TABLE), name="mine")
    assert {name: raw.frame[name].tolist() for name in raw.frame.columns} == TABLE
    assert raw.name == "mine"


def test_frames_of_all_libraries_are_known_as_frames_and_arrays_are_not():
    assert all(is_frame(make(TABLE)) for make in (pd.DataFrame, pl.DataFrame, pa.table))
    assert not any(is_frame(other) for other in (TABLE, np.zeros((2, 2)), "t.csv", [1, 2]))


def test_a_frame_is_not_written_to_and_its_index_does_not_matter():
    frame = pd.DataFrame(TABLE, index=[7, 7, 9])
    before = frame.copy()
    assert list(read_table(frame).frame.index) == [0, 1, 2]
    pd.testing.assert_frame_equal(frame, before)


def test_standard_input_is_a_dash(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    assert len(read_table("-").frame) == 3


def test_a_database_is_read_by_url_and_query(tmp_path):
    with sqlite3.connect(tmp_path / "shop.db") as database:
        pd.DataFrame(TABLE).to_sql("people", database, index=False)
    database.close()
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    assert read_table(url, query="select * from people where age > 40").frame["age"].tolist() == [52, 47]
    with pytest.raises(UsageError, match="say which rows"):
        read_table(url)
    with pytest.raises(DataError, match="no such table"):
        read_table(url, query="select * from persons")


def test_a_sheet_is_chosen_by_name(tmp_path):
    path = write(tmp_path, excel(), "t.xlsx")
    assert read_table(path, sheet="second").frame["other"].tolist() == [1, 2]
    with pytest.raises(UsageError, match='no sheet "secnd"') as caught:
        read_table(path, sheet="secnd")
    assert caught.value.nearest[0] == "second"


def test_an_extra_that_is_not_installed_is_named_with_its_install_line(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(MissingExtraError, match="openpyxl") as caught:
        read_table(write(tmp_path, excel(), "t.xlsx"))
    assert caught.value.do == ("pip install openpyxl   (or 'assay-ml[excel]')",)


def test_a_file_that_is_not_there_is_refused_with_near_names(tmp_path):
    write(tmp_path, TEXT, "churn.csv")
    with pytest.raises(DataError, match=r"is not there\. Near: churn\.csv") as caught:
        read_table(tmp_path / "chrun.csv")
    assert caught.value.do == (f"give {tmp_path / 'churn.csv'}",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"age,city\n", r"has a header \(age, city\) and no row"),
        (b"<!DOCTYPE html>\n<html></html>", r'is a web page \(line 1: "<!DOCTYPE html>"\), not a table'),
        (bytes(range(256)) * 8, "is no text"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "is a web page with a table in it"),
        (b"%PDF-1.7 ...", "is a PDF document"),
        (b"SQLite format 3\x00", "is a SQLite database"),
        (b"PAR1 nothing", "is damaged"),
        (b"\x1f\x8b nothing", "damaged gzip"),
        (b"PK\x03\x04 nothing", "damaged zip"),
        (zipped(a_csv="x", b_csv="y"), "holds 2 files"),
        (
            zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet", content_xml="<a/>"),
            "is an OpenDocument file",
        ),
        (zipped(**{"Index/Document_iwa": "x", "preview_jpg": "y"}), "is a Numbers, Pages or Keynote file"),
        (zipped(**{"word/document_xml": "x", "_rels/_rels": "y"}), "is a Word document"),
        (b'{"a": 1}\n{"a": ', "no table in JSON lines"),
    ],
)
def test_what_is_no_table_is_refused_in_words(tmp_path, content, message):
    with pytest.raises(DataError, match=message) as caught:
        read_table(write(tmp_path, content))
    assert caught.value.do
    assert "t.csv" in str(caught.value)


def test_a_folder_and_an_object_are_refused(tmp_path):
    write(tmp_path, TEXT, "churn.csv")
    with pytest.raises(AssayError, match=r"is a folder, not a table\. Tables in it: churn\.csv"):
        read_table(tmp_path)
    with pytest.raises(DataError, match="A table cannot be made of int"):
        read_table(5)


def test_rows_of_another_width_are_left_out_and_said_with_their_lines(tmp_path):
    raw = read_table(write(tmp_path, "a,b\n1,2\n3\n4,5\n6,7,8\n9,10\n"))
    assert raw.frame["a"].tolist() == [1, 4, 9]
    assert codes(raw) == ["data/bad-lines"]
    assert "2 bad lines (3, 5) left out: not 2 cells" in raw.notices[0].message


def test_a_header_inside_the_rows_is_left_out_and_the_columns_are_numbers(tmp_path):
    raw = read_table(write(tmp_path, "a,b\n1,2\n3,4\na,b\n5,6\n"))
    assert raw.frame["b"].tolist() == [2, 4, 6]
    assert codes(raw) == ["data/repeated-header"]


def test_columns_of_one_name_are_told_apart_unless_they_are_equal(tmp_path):
    raw = read_table(write(tmp_path, "a,a,b,b,\n1,1,2,3,4\n5,5,6,7,8\n"))
    assert list(raw.frame.columns) == ["a", "b", "b.2", "column 5"]
    assert raw.repeated == {"b"}
    assert set(codes(raw)) == {"data/duplicate-column", "data/empty-name"}


def test_line_breaks_inside_quotes_belong_to_the_cell(tmp_path):
    raw = read_table(write(tmp_path, 'a,b\n1,"x\ny, ""z"""\n2,w\n'))
    assert raw.frame["b"].tolist() == ['x\ny, "z"', "w"]


def test_a_column_that_turns_to_words_late_keeps_all_its_cells(tmp_path):
    raw = read_table(write(tmp_path, "a,b\n" + "1,2\n" * 5000 + "x,2\n"))
    assert raw.frame["a"].tolist()[-2:] == ["1", "x"]


def test_all_spellings_of_missing_are_missing(tmp_path):
    raw = read_table(write(tmp_path, "a,b\n1,x\nNA,\n#DIV/0!,null\n-999,none\n"), missing=("-999",))
    assert raw.frame["a"].isna().tolist() == [False, True, True, True]
    assert raw.frame["b"].isna().tolist() == [False, True, True, False]


def test_a_parquet_file_of_a_filtered_frame_has_no_column_of_row_numbers(tmp_path):
    frame = pd.DataFrame(TABLE).iloc[[2, 0, 1]]
    frame.to_parquet(tmp_path / "t.parquet")
    assert read_table(tmp_path / "t.parquet").frame.to_dict("list") == frame.to_dict("list")


def test_a_named_index_in_a_parquet_file_is_a_column(tmp_path):
    pd.DataFrame(TABLE).set_index("city").to_parquet(tmp_path / "t.parquet")
    read = read_table(tmp_path / "t.parquet").frame
    assert {name: read[name].tolist() for name in read} == {name: TABLE[name] for name in ("age", "spend", "city")}


def test_a_sheet_or_a_query_of_a_text_file_is_refused(tmp_path):
    path = tmp_path / "plain.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(UsageError, match="--sheet is for an Excel workbook"):
        read_table(path, sheet="March")
    with pytest.raises(UsageError, match="--query is for a database URL"):
        read_table(path, query="select 1")


@pytest.mark.slow
def test_a_type_that_only_the_end_of_a_large_file_shows_is_the_type_of_its_column():
    rows = [f"{i},{i % 7},2020-01-0{i % 9 + 1}" for i in range(1_300_000)]
    frame = read_content("\n".join(["a,b,c", *rows, "x7,1.5,2020-01-01 10:00"]).encode(), name="t.csv").frame
    assert frame.iloc[-1].tolist() == ["x7", 1.5, pd.Timestamp("2020-01-01 10:00")]
    assert frame["b"].dtype == "float64"


@pytest.mark.parametrize("form", ["gzip", "zip", "excel", "parquet", "arrow", "json lines", "utf-16 with tabs"])
def test_a_damaged_file_of_any_form_is_read_or_refused_in_words(form):
    made = FORMS[form]()
    whole = made if isinstance(made, bytes) else made.encode()
    for seed in range(25):
        rng, spoiled = np.random.default_rng(seed), bytearray(whole)
        for at in rng.integers(0, len(whole), 3):
            spoiled[at] = rng.integers(0, 256)
        try:
            read_content(bytes(spoiled), name="t")
        except AssayError as error:
            said = error.message
        else:
            said = "read"
        assert said, (form, seed)


def test_an_archive_of_a_version_to_come_is_refused_in_words():
    body = bytearray(zipped(table_csv=TEXT))
    body[body.index(b"PK\x01\x02") + 6] = 142  # the version needed to extract it
    with pytest.raises(DataError, match="damaged zip archive"):
        read_content(bytes(body), name="t")
