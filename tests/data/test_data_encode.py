"""One meaning of a cell: frames, mappings and CSV text give the same blocks."""

import datetime as dt
import math
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.codec import from_json, to_json
from assay.core.errors import DataError
from assay.core.schema import Column, NumberFormat, Schema
from assay.core.table import Table
from assay.data.encode import RowEncoder, check_columns, encode_frame, encode_rows, unseen_values
from assay.data.infer_schema import infer_schema
from assay.data.options import TaskOptions
from each import each

SCHEMA = Schema(
    columns=(
        Column(name="number", kind="numeric", reason="", missing_marks=("-999", "?")),
        Column(name="money", kind="numeric", reason="",
               number=NumberFormat(decimal=",", thousands=".", affixes=("€",), percent=True, brackets=True)),
        Column(name="stamp", kind="numeric", reason="", shift=1.6e9, scale=1000.0),
        Column(name="level", kind="category", reason="", levels=("1", "a", "2.5", "true", "x y")),
        Column(name="flag", kind="boolean", reason="", levels=("No", "Yes")),
        Column(name="truth", kind="boolean", reason="", levels=("false", "true")),
        Column(name="day", kind="datetime", reason="", date_formats=("%d/%m/%Y", "%b %d, %Y")),
        Column(name="words", kind="text", reason=""),
        Column(name="row", kind="identifier", reason=""),
    )
)  # fmt: skip

CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.integers(-3, 3), st.floats(),
    st.floats(width=32).map(np.float32), st.integers(-5, 5).map(np.int8), st.booleans().map(np.bool_),
    st.just(pd.NA), st.just(pd.NaT), st.just(-0.0), st.text(max_size=6), st.datetimes(), st.dates(),
    st.sampled_from(["1", "1.0", "01", "a", " a ", "A", "2.5", "2.50", "true", "True", "yes", "YES", "no", "NA", "",
                     "?",
                     "-999", "1.204,50 €", "(5)", "12 %", "€ 3", "05/03/2024", "Mar 05, 2024", "2024-03-05 12:30",
                     "2024-03-05T12:30:00+02:00", "inf", "nan", "1e400", "0", "1_000", "x y"]),
)  # fmt: skip


def assert_same(one: Table, other: Table) -> None:
    np.testing.assert_array_equal(one.numeric, other.numeric)
    np.testing.assert_array_equal(one.codes, other.codes)
    np.testing.assert_array_equal(one.dates, other.dates)
    assert one.text.tolist() == other.text.tolist()
    assert one.numeric_names == other.numeric_names
    assert one.code_names == other.code_names
    assert one.levels == other.levels
    assert [b.dtype for b in (one.numeric, one.codes, one.dates)] == [np.float32, np.int32, np.float64]


@given(rows=st.lists(st.fixed_dictionaries(dict.fromkeys(SCHEMA.names, CELLS)), min_size=1, max_size=8))
def test_a_frame_of_mixed_cells_and_its_rows_encode_to_equal_tables(rows):
    frame = pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=object) for name in SCHEMA.names})
    assert_same(encode_frame(SCHEMA, frame), encode_rows(SCHEMA, rows))


@given(
    numbers=st.lists(st.one_of(st.floats(width=32), st.integers(-5, 5).map(float)), min_size=3, max_size=20),
    texts=st.lists(st.sampled_from(["1", "a", "x y", "2.5", "NA", "2.50", "new"]), min_size=3, max_size=3),
)
def test_native_columns_and_their_cells_encode_to_equal_tables(numbers, texts):
    n = len(numbers)
    frame = pd.DataFrame(dict.fromkeys(("number", "money", "stamp"), numbers))
    frame["level"] = pd.Series((texts * n)[:n], dtype="str")
    frame["flag"] = pd.Categorical((["yes", "No", "other"] * n)[:n])
    frame["truth"] = pd.Series(([True, False, None] * n)[:n], dtype="boolean")
    frame["day"] = pd.date_range("1969-12-30 11:00", periods=n, freq="7h", unit="us")
    frame["words"] = frame["level"]
    frame["row"] = range(n)
    assert_same(encode_frame(SCHEMA, frame), encode_rows(SCHEMA, frame.to_dict("records")))


@pytest.mark.parametrize("cell", [1, 1.0, "1", "1.0", " 01 ", np.float32(1), np.int8(1), np.bool_(True), True])
def test_all_spellings_of_one_are_one_level(cell):
    schema = Schema(columns=(Column(name="c", kind="category", reason="", levels=("0", "1")),))
    assert encode_rows(schema, [{"c": cell}]).codes[0, 0] == 1
    assert encode_frame(schema, pd.DataFrame({"c": [cell]})).codes[0, 0] == 1


@each("cell", [None, math.nan, pd.NA, pd.NaT, np.datetime64("NaT", "s"), "", "  ", "NA", "#DIV/0!", "?"])
def test_all_spellings_of_missing_are_missing_in_every_kind(cell):
    columns = tuple(
        Column(name=kind, kind=kind, reason="", levels=("a",) if kind == "category" else (), missing_marks=("?",))
        for kind in ("numeric", "category", "datetime", "text")
    )
    table = encode_rows(Schema(columns=columns), [dict.fromkeys(("numeric", "category", "datetime", "text"), cell)])
    assert np.isnan(table.numeric[0, 0])
    assert table.codes[0, 0] == -1
    assert np.isnan(table.dates[0, 0])
    assert table.text[0, 0] == ""


@each(
    ("text", "value"),
    [("1.204,50 €", 1204.5), ("(5)", -5.0), ("12 %", 0.12), ("€ -3", -3.0), ("−7", -7.0), ("1,5", 1.5),
     ("3 $", math.nan), ("1.5.2", math.nan), ("CU-1203", math.nan), ("abc", math.nan), ("inf", math.nan)],
)  # fmt: skip
def test_a_number_format_reads_cells_as_written(text, value):
    assert encode_rows(SCHEMA, [{"money": text}]).numeric[0, 1] == pytest.approx(value, rel=1e-6, nan_ok=True)


def test_dates_are_days_since_1970_in_every_form():
    cells = ["1970-01-02", "02/01/1970", "Jan 02, 1970", dt.date(1970, 1, 2), pd.Timestamp("1970-01-02"),
             "1970-01-02T01:00:00+01:00", np.datetime64("1970-01-02"), "02/01/1970 00:00"]  # fmt: skip
    assert encode_rows(SCHEMA, [{"day": cell} for cell in cells]).dates[:, 0].tolist() == [1.0] * len(cells)


def test_durations_are_seconds_and_periods_their_first_moment():
    frame = pd.DataFrame({name: [None, None] for name in SCHEMA.names})
    frame["number"] = pd.to_timedelta([90, None], unit="s")
    frame["day"] = pd.period_range("1970-02", periods=2, freq="M")
    table = encode_frame(SCHEMA, frame)
    assert table.numeric[0, 0] == 90.0
    assert table.dates[:, 0].tolist() == [31.0, 59.0]
    assert_same(table, encode_rows(SCHEMA, frame.to_dict("records")))
    assert encode_rows(SCHEMA, [{"number": np.timedelta64(90, "s")}]).numeric[0, 0] == 90.0


def test_float32_does_not_merge_timestamps():
    schema = infer_schema(pd.DataFrame({"t": 1_700_000_000 + np.arange(0, 3000, 7) ** 1, "y": 0}), TaskOptions())
    frame = pd.DataFrame({"t": 1_700_000_000 + np.arange(0, 3000, 7)})
    assert len(np.unique(encode_frame(schema, frame.assign(y=0)).numeric)) == len(frame)


def test_columns_may_stand_in_another_order_and_unknown_ones_are_told():
    rows = pd.DataFrame({name: [1] for name in reversed(SCHEMA.names)}).assign(extra=1)
    assert check_columns(SCHEMA, rows.columns) == ("extra",)
    assert_same(encode_frame(SCHEMA, rows), encode_rows(SCHEMA, rows.to_dict("records")))


def test_lacking_columns_are_named_with_the_nearest():
    with pytest.raises(DataError, match=r'lack the column "number".* Near: "numbers" for "number"') as caught:
        check_columns(SCHEMA, ["numbers", *SCHEMA.names[1:]])
    assert caught.value.where.column == "number"


def test_of_each_lacking_column_the_nearest_is_named_and_what_is_there_is_listed():
    first, second, *rest = SCHEMA.names
    with pytest.raises(DataError) as caught:
        check_columns(SCHEMA, [f" {first.upper()} ", f"{second}_", *rest, *(f"more {j}" for j in range(20))])
    error = caught.value
    assert f'" {first.upper()} " for "{first}"; "{second}_" for "{second}"' in error.message
    assert f'They have " {first.upper()} ", "{second}_", "{rest[0]}"' in error.message
    assert f"({len(SCHEMA.names) + 20})" in error.message
    assert error.do[0] == f'rename " {first.upper()} " to "{first}"'
    assert error.nearest == (f" {first.upper()} ", f"{second}_")


def test_rows_without_any_column_are_told_so():
    with pytest.raises(DataError, match="The rows have no column"):
        check_columns(SCHEMA, [])


def test_values_without_a_level_are_counted():
    rows = [{"level": "a"}, {"level": "zz"}, {"level": "zz"}, {"flag": "maybe"}]
    found = [(item.column, item.level, item.rows) for item in unseen_values(SCHEMA, rows)]
    assert found == [("level", "zz", 2), ("flag", "maybe", 1)]
    frame = pd.DataFrame(rows).reindex(columns=SCHEMA.names)
    assert [(item.column, item.level, item.rows) for item in unseen_values(SCHEMA, frame)] == found


def test_a_schema_survives_json_and_encodes_the_same():
    again = from_json(Schema, to_json(SCHEMA))
    row = {"number": 1, "level": "a", "day": "05/03/2024", "money": "1,5"}
    assert again == SCHEMA
    assert_same(encode_rows(again, [row]), encode_rows(SCHEMA, [row]))


def test_encoding_rows_does_not_import_pandas():
    code = (
        "import sys; from assay.core.schema import Column, Schema; from assay.data.encode import encode_rows;"
        "encode_rows(Schema(columns=(Column(name='a', kind='numeric', reason=''),)), [{'a': '1'}]);"
        "sys.exit('pandas' in sys.modules or 'pyarrow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_importing_the_doors_imports_no_heavy_library():
    code = (
        "import sys; import assay.data.prepare, assay.data.read, assay.data.infer_schema, assay.data.make_split;"
        "sys.exit(bool({'pandas', 'pyarrow', 'narwhals', 'sklearn', 'scipy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_one_row_of_fifteen_columns_is_encoded_quickly():
    kinds = ["numeric"] * 7 + ["category"] * 6 + ["datetime", "text"]
    columns = tuple(
        Column(name=f"c{j}", kind=kind, reason="", levels=("a", "b") if kind == "category" else ())
        for j, kind in enumerate(kinds)
    )
    cell = {"numeric": 3.5, "category": "b", "datetime": "2024-03-05", "text": "some words"}
    row, encode = {column.name: cell[column.kind] for column in columns}, RowEncoder(Schema(columns=columns))
    spent = []
    for _ in range(300):
        started = time.perf_counter()
        encode([row])
        spent.append(time.perf_counter() - started)
    assert np.quantile(spent, 0.1) < 100e-6  # 40 µs is promised on an idle machine; this one is shared
