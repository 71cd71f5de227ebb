"""Cells of native types say the same as their text: a model fitted on a frame reads the file written from it."""

import io
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from assay.core.schema import Kind, Schema
from assay.core.table import Table
from assay.data.encode import encode_frame, encode_rows
from assay.data.infer_schema import infer_schema
from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.data.weight_scale import in_usual_scale

N = 120
PLACE = np.arange(N) % 6
DAYS = pd.Series(pd.Timestamp("2020-01-01") + pd.to_timedelta(PLACE, unit="D"))
DECIMALS = [Decimal(f"{k}.50") for k in PLACE]
HOURS = pd.Series(pd.Timestamp("2020-01-01") + pd.to_timedelta(PLACE, unit="h"))


def _periods(freq: str) -> pd.Series:
    return pd.Series(pd.period_range("2020-01-01", periods=6, freq=freq).take(PLACE))


CELLS: dict[str, tuple[pd.Series, Kind | None]] = {
    "durations": (pd.Series(pd.to_timedelta(PLACE * 3600, unit="s")), None),
    "durations below zero": (pd.Series(pd.to_timedelta(PLACE * 3600.5 - 9000, unit="s")), None),
    "durations of Arrow": (pd.Series(pd.to_timedelta(PLACE, unit="h")).astype(pd.ArrowDtype(pa.duration("us"))), None),
    "months": (_periods("M"), None), "quarters": (_periods("Q"), None), "years": (_periods("Y"), None),
    "weeks": (_periods("W"), None), "hours": (_periods("h"), None), "days of Arrow": (
        pd.Series(DAYS.dt.date, dtype=pd.ArrowDtype(pa.date32())), None),
    "milliseconds of Arrow": (pd.Series(DAYS.dt.date, dtype=pd.ArrowDtype(pa.date64())), None),
    "zoned of Arrow": (HOURS.dt.tz_localize("UTC").astype(pd.ArrowDtype(pa.timestamp("us", "UTC"))), None),
    "decimals of Arrow": (pd.Series(DECIMALS, dtype=pd.ArrowDtype(pa.decimal128(9, 2))), None),
    "days as category": (DAYS, "category"), "hours as category": (HOURS, "category"),
    "dates as category": (pd.Series([date(2020, 1, int(k) + 1) for k in PLACE], dtype=object), "category"),
    "zoned as category": (HOURS.dt.tz_localize("Europe/Berlin"), "category"),
    "months as category": (_periods("M"), "category"), "quarters as category": (_periods("Q"), "category"),
    "whole days": (pd.Series(pd.to_timedelta(PLACE - 2, unit="D")), None),
    "whole days as category": (pd.Series(pd.to_timedelta(PLACE - 2, unit="D")), "category"),
    "durations as category": (pd.Series(pd.to_timedelta(PLACE * 1800, unit="s")), "category"),
    "decimals as category": (pd.Series(DECIMALS, dtype=object), "category"),
}  # fmt: skip


def _values(schema: Schema, frame: pd.DataFrame) -> list[list[object]]:
    """Of the frame, and of its first rows one by one."""

    def cells(table: Table) -> list[object]:
        column = schema["v"]
        block = "codes" if column.kind == "category" else "dates" if column.kind == "datetime" else "numeric"
        return np.asarray(getattr(table, block)).ravel().tolist()

    rows = frame.head(6).to_dict("records")
    return [cells(encode_frame(schema, frame)), cells(encode_rows(schema, rows))]


@pytest.mark.parametrize("name", CELLS)
def test_a_frame_and_the_file_written_from_it_are_read_alike(name: str) -> None:
    cells, kind = CELLS[name]
    frame = pd.DataFrame({"v": cells, "y": np.arange(N) % 2})
    written = frame.to_csv(index=False)
    schema = infer_schema(frame, TaskOptions(target="y", kinds={"v": kind} if kind else {}))
    whole, rows = _values(schema, frame)
    assert len(set(whole)) == 6
    assert rows == whole[:6]
    others = {"pandas": pd.read_csv(io.StringIO(written)), "ours": read_table_of(written), "frame again": frame}
    for source, other in others.items():
        assert _values(schema, other) == [whole, rows], source


def read_table_of(text: str) -> pd.DataFrame:
    from assay.data.file_formats import read_content

    return read_content(text.encode(), name="t").frame


def test_polars_of_128_bits_and_lazy_frames_are_read() -> None:
    wide = pl.DataFrame({"a": [1, 2, None], "b": [2**100, 1, 2]}, schema={"a": pl.Int128, "b": pl.Int128})
    frame = read_table(wide.lazy()).frame
    assert frame["a"].dropna().tolist() == [1, 2]
    assert frame["b"].tolist() == [str(2**100), "1", "2"]


@pytest.mark.parametrize("scale", [1e-300, 1e-9, 1.0, 1e9, 1e300])
def test_only_the_ratios_of_weights_count(scale: float) -> None:
    weight = np.array([1.0, 2.0, 3.0])
    found = in_usual_scale(weight * scale)
    assert found / found[0] == pytest.approx(weight)
    assert 1e-6 <= found.mean() <= 1e6
    assert in_usual_scale(weight) is weight
