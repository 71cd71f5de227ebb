"""Without pyarrow: CSV is read all the same, the formats that need it say so."""

import sys
from contextlib import contextmanager

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import MissingExtraError
from assay.data.read import read_table

TEXTS = {
    "types": "i,f,b,t,d\n1,1.5,true,x,2024-01-31\n-2,,false,y z,2024-02-01\n30,2e3,true,,2024-02-02\n",
    "gaps": "i,f,t\n1,NA,a\n,2.5,\n3,nan,n/a\n",
    "quotes": 'a;b\n"one;two";1\n"line\nbreak";2\n"say ""hi""";3\n',
    "leading zeros": "code,name\n007,a\n08,b\n9,c\n",
    "title lines": "Sales 2024\n\nregion,sold\nnorth,1\nsouth,2\neast,3\n",
    "repeated header": "a,b\n1,2\na,b\n3,4\n5,6\n",
    "a total": "what,n,m\nx,1,2\ny,3,4\nz,5,6\nTotal,9,\n",
    "an empty column": "a,b\n1,\n2,\n3,\n",
    "empty lines": "a,b\n1,2\n\n3,4\n\n",
    "windows": "a,b\r\n1,x\r\n2,y\r\n",
    "large": "id,v\n9223372036854775807,1\n99999999999999999999,2\n",
}


@contextmanager
def without_arrow():
    """As if pyarrow were not installed; pandas then keeps texts itself."""
    with pytest.MonkeyPatch.context() as patch, pd.option_context("mode.string_storage", "python"):
        patch.setitem(sys.modules, "pyarrow", None)
        yield


@pytest.fixture
def no_arrow():
    with without_arrow():
        yield


def read(folder, text, name="t.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(path)


def cells(frame: pd.DataFrame):
    """Cells as plain values, missing ones None; dates as text, whatever they were read as."""
    out = frame.astype(object).where(frame.notna(), None)
    return [[str(v.date()) if isinstance(v, pd.Timestamp) else v for v in row] for row in out.to_numpy().tolist()]


@pytest.mark.parametrize("name", TEXTS)
def test_a_csv_gives_the_same_table_without_pyarrow(name, tmp_path):
    theirs = read(tmp_path, TEXTS[name])
    expected = cells(theirs.frame)
    with without_arrow():
        ours = read(tmp_path, TEXTS[name])
        assert list(ours.frame.columns) == list(theirs.frame.columns)
        assert cells(ours.frame) == expected
    assert [notice.code for notice in ours.notices] == [notice.code for notice in theirs.notices]


def test_numbers_and_truth_values_have_the_types_that_arrow_gives_them(tmp_path):
    with_arrow = read(tmp_path, TEXTS["types"]).frame.dtypes.astype(str).tolist()
    with without_arrow():
        assert read(tmp_path, TEXTS["types"]).frame.dtypes.astype(str).tolist()[:4] == with_arrow[:4]


def test_a_line_with_too_few_or_too_many_cells_is_left_out_and_said(tmp_path, no_arrow):
    raw = read(tmp_path, "a,b\n1,2\n3\n4,5,6\n7,8\n")
    assert raw.frame.to_numpy().tolist() == [[1, 2], [7, 8]]
    assert [notice.code for notice in raw.notices] == ["data/bad-lines"]
    assert "2 bad lines (3, 4)" in raw.notices[0].message


@given(
    values=st.lists(
        st.one_of(st.integers(-(10**12), 10**12), st.floats(-1e6, 1e6).map(lambda x: round(x, 6))), min_size=2
    )
)
def test_every_number_written_is_read_back(values, tmp_path_factory):
    with without_arrow():
        text = "".join(f"{value!r},x\n" for value in values)
        frame = read(tmp_path_factory.mktemp("plain"), "number,text\n" + text).frame
    assert frame["number"].tolist() == values


def test_a_cell_of_a_megabyte_is_read(tmp_path, no_arrow):
    assert read(tmp_path, f"a,b\n{'x' * 1_000_000},1\ny,2\n").frame["a"].str.len().tolist() == [1_000_000, 1]


@pytest.mark.parametrize("start", [b"PAR1", b"ARROW1", b"FEA1"])
def test_a_format_that_needs_pyarrow_says_so(start, tmp_path, no_arrow):
    with pytest.raises(MissingExtraError, match="needs pyarrow, which is not installed") as caught:
        read(tmp_path, start + bytes(100), "t.parquet")
    assert caught.value.do[0] == "pip install pyarrow"
