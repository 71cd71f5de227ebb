"""Keys stay apart: whole numbers with a gap, digits beyond 64 bits, powers of ten, and what was never met."""

import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sqlalchemy import create_engine, text

from assay.core.schema import Column, Schema
from assay.data.cell import LevelReader, by_value, same_number
from assay.data.encode import encode_frame
from assay.data.kind_guess import describe
from assay.data.read import RawTable, read_table
from assay.data.refusal import Refusal
from assay.estimator.intake import features_of
from each import each

FAR = 2**53
IDS = [FAR, FAR + 1, None, FAR + 3]


def _csv(folder: Path, lines: str) -> Path:
    (folder / "t.csv").write_text(lines)
    return folder / "t.csv"


def _of_csv(folder: Path) -> RawTable:
    return read_table(_csv(folder, "id,x\n" + "".join(f"{'' if key is None else key},1\n" for key in IDS)))


def _of_json(folder: Path) -> RawTable:
    (folder / "t.jsonl").write_text("".join(json.dumps({"id": key, "x": 1}) + "\n" for key in IDS))
    return read_table(folder / "t.jsonl")


def _of_parquet(folder: Path) -> RawTable:
    pl.DataFrame({"id": IDS, "x": 1}).write_parquet(folder / "t.parquet")
    return read_table(folder / "t.parquet")


def _of_database(folder: Path) -> RawTable:
    url = f"sqlite:///{folder / 't.db'}"
    engine = create_engine(url)
    with engine.begin() as rows:
        rows.execute(text("create table t (id integer, x integer)"))
        rows.execute(text("insert into t values (:id, 1)"), [{"id": key} for key in IDS])
    engine.dispose()
    return read_table(url, query="select * from t")


SOURCES = {
    "csv": _of_csv, "json": _of_json, "parquet": _of_parquet, "database": _of_database,
    "arrow": lambda _: read_table(pa.table({"id": pa.array(IDS), "x": [1] * 4})),
    "polars": lambda _: read_table(pl.DataFrame({"id": IDS, "x": [1] * 4})),
    "columns": lambda _: read_table({"id": IDS, "x": [1] * 4}),
    "rows": lambda _: read_table(features_of([{"id": key, "x": 1} for key in IDS], who="us")),
    "nested": lambda _: read_table(pd.DataFrame({"": [{"id": key, "x": 1} for key in IDS]})),
}  # fmt: skip


@pytest.mark.parametrize("source", SOURCES)
def test_whole_numbers_with_a_gap_stay_whole_numbers(source: str, tmp_path: Path) -> None:
    frame = SOURCES[source](tmp_path).frame
    cells = frame.iloc[:, 0].tolist()
    assert [None if cell is pd.NA else cell for cell in cells] == IDS
    assert frame.iloc[:, 1].tolist() == [1] * 4


def test_whole_numbers_with_a_gap_in_a_workbook(tmp_path: Path) -> None:
    pd.DataFrame({"id": pd.array([1001, None, 1003], dtype="Int64"), "x": ["a", "b", "c"]}).to_excel(
        tmp_path / "t.xlsx", index=False
    )
    assert read_table(tmp_path / "t.xlsx").frame["id"].dropna().tolist() == [1001, 1003]
    assert str(read_table(tmp_path / "t.xlsx").frame["id"].dtype) == "Int64"


@each("cells", [["12345678901234567890", "12345678901234567891"], ["1E3", "1000"], ["", "7E5", "12", "0012"]])
def test_keys_that_numbers_would_merge_stay_text(cells: list[str], tmp_path: Path) -> None:
    read = read_table(_csv(tmp_path, "x,key\n" + "".join(f"1,{cell}\n" for cell in cells))).frame["key"]
    assert read.dropna().tolist() == [cell for cell in cells if cell]


@each("cells", [["1e+05", "2"], ["1E5", "2.5"], ["1.0", "3.0"], ["1e-05", "2e-05"]])
def test_numbers_stay_numbers(cells: list[str], tmp_path: Path) -> None:
    read = read_table(_csv(tmp_path, "x,n\n" + "".join(f"1,{cell}\n" for cell in cells))).frame["n"]
    assert read.tolist() == [float(cell) for cell in cells]


@pytest.mark.parametrize(
    ("spelled", "number"),
    [("01", "1"), ("+1", "1"), ("1.0", "1"), ("-0", "0"), ("0.10", "0.1"), (".5", "0.5"), ("1E3", "1E3"),
     ("100000000000000001", "100000000000000001"), ("9" * 5000, "9" * 5000), ("1_0", "1_0"), (".", "."), ("x", "x"),
     ("123456789012345678.5", "123456789012345678.5"), ("1e400", "1e400")],
)  # fmt: skip
def test_a_number_is_the_same_digit_by_digit(spelled: str, number: str) -> None:
    assert same_number(spelled) == number


def test_a_key_never_met_is_not_answered_as_its_neighbour() -> None:
    levels = ("1000", str(10**17), "00123", "7", "07", "1.50")
    code = LevelReader(Column(name="key", kind="category", reason="", levels=levels))
    unseen = len(levels)
    assert [code(key) for key in ("1E3", 10**17 + 1, "1e3", "007")] == [unseen] * 4
    assert [code(key) for key in (1000, 1000.0, "01000", 10**17, 123, "7", "07", 1.5)] == [0, 0, 0, 1, 2, 3, 4, 5]
    assert by_value(["7", "07", "8"]) == {"8": 2}


def test_decimals_as_categories_are_read_from_text_and_numbers_too() -> None:
    cells = pd.Series([Decimal("1.50"), Decimal("1E+3"), Decimal("1.50")])
    schema = Schema(columns=(Column(name="v", kind="category", reason="", levels=("1.5", "1000")),))
    for given in (cells, [1.5, 1000.0, 1.5], ["1.50", "1000", "1.5"]):
        assert np.asarray(encode_frame(schema, pd.DataFrame({"v": given})).codes).ravel().tolist() == [0, 1, 0]


@pytest.mark.parametrize("has_arrow", [True, False])
def test_cells_asked_for_letter_for_letter_follow_the_rows_that_are_left(
    has_arrow: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assay.data.delimited.has_arrow", lambda: has_arrow)
    monkeypatch.setattr("assay.data.non_data_rows.has_arrow", lambda: has_arrow)
    lines = 'id,x,y\n00123,1,a\nid,x,y\nNA,2,b\n"1,0",2,b\n\n1e5,3,c,d\n,4,d\n007,5,e\nTotal,14,\n'
    raw = read_table(_csv(tmp_path, lines), raw=Refusal(spelled=("id", "nowhere")))
    assert raw.spelled == {"id": ("00123", "NA", "1,0", "", "007")}
    assert len(raw.frame) == 5
    assert raw.written("id")[3] is None


def test_long_numbers_that_come_again_are_levels_where_floats_would_merge_them() -> None:
    keys = 10**17 + 10 * np.random.default_rng(0).integers(0, 6, 300)
    for given in (pd.Series(keys), pd.Series(keys).astype("Int64"), pd.Series(keys.astype(str))):
        column = describe("account", given)
        assert (column.kind, len(column.levels)) == ("category", 6)
        code = LevelReader(column)
        assert code(10**17 + 1) == 6
    assert describe("at", pd.Series(10**18 + 100 * np.arange(300) % 9973)).kind != "category"  # hardly one comes again
    assert describe("n", pd.Series(keys - 10**17)).kind == "numeric"
