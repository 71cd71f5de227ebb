"""Vectorised reading of whole columns: the readers of single cells applied to distinct values, or to native arrays."""

import math
from collections.abc import Callable
from datetime import time, timedelta
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from assay.core.array import AnyArray, Codes, Floats, Index, Objects
from assay.core.schema import Column
from assay.data.cell import LevelReader, Marks, RankReader, WordReader, seconds_of, text_of
from assay.data.dates import DateReader
from assay.data.number_format import NumberReader

if TYPE_CHECKING:
    import pandas as pd

Series: TypeAlias = "pd.Series"

_DAY = 86_400_000_000.0


def plain(series: Series) -> Series:
    """The same cells in one of the dtypes the others know: no periods, durations, intervals, sparse values."""
    import pandas as pd

    dtype, changed = series.dtype, series
    if getattr(dtype, "kind", "") in "iufb" and isinstance(dtype, np.dtype):
        return series
    if isinstance(dtype, pd.PeriodDtype):
        changed = series.dt.to_timestamp()
    elif isinstance(dtype, pd.ArrowDtype):
        changed = _of_arrow(series)
    elif isinstance(dtype, pd.SparseDtype):
        changed = series.astype(dtype.subtype)
    elif isinstance(dtype, pd.IntervalDtype):
        changed = series.astype(str)
    elif _is_timedelta(dtype):
        changed = series.dt.total_seconds()
    elif series.dtype == object and pd.api.types.infer_dtype(series, skipna=True) in {"mixed", "timedelta"}:
        changed = _as_seconds(series)
    return changed


def as_learned(series: Series, column: Column) -> Series:
    """Native periods as their texts where the model learned from texts or numbers, as a file has them; all else as it
    is."""
    import pandas as pd

    if column.kind == "datetime" or not isinstance(series.dtype, pd.PeriodDtype):
        return series
    return series.astype(object).map(str, na_action="ignore")


def _of_arrow(series: Series) -> Series:
    """Arrow's dates as moments, its times, decimals and dictionaries as cells; numbers, truth values, texts and moments
    as they are; durations as seconds."""
    import pandas as pd
    import pyarrow as pa

    kind = series.dtype.pyarrow_dtype  # type: ignore[union-attr]  # of ArrowDtype
    if pa.types.is_duration(kind):
        seconds: Series = series.dt.total_seconds()
        return seconds
    if pa.types.is_date(kind):
        return series.astype("timestamp[ms][pyarrow]").astype("datetime64[ms]")
    if pa.types.is_timestamp(kind):
        unit, zone = kind.unit, kind.tz
        return series.astype(pd.DatetimeTZDtype(unit, zone) if zone else np.dtype(f"datetime64[{unit}]"))
    is_known = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
    return series if is_known or pa.types.is_string(kind) or pa.types.is_large_string(kind) else series.astype(object)


_PERIODS = {"M": "%Y-%m", "Q-DEC": "%YQ%q", "Y-DEC": "%Y", "A-DEC": "%Y", "W-SUN": "%Y-%m-%d/"}


def period_formats(series: Series) -> tuple[str, ...]:
    """How texts are read in a column that held native periods: as pandas writes these."""
    freq = str(series.dtype).removeprefix("period[").removesuffix("]")
    return (_PERIODS[freq],) if freq in _PERIODS else ()


def _as_seconds(series: Series) -> Series:
    """Durations as workbooks hold them, a time below a day and a timedelta beyond, as seconds; else as they are."""
    import pandas as pd

    def is_missing(cell: object) -> bool:  # pandas' own look at a cell fails at a decimal that signals
        return cell is None or cell is pd.NaT or cell is pd.NA or (isinstance(cell, float) and math.isnan(cell))

    if not all(isinstance(cell, time | timedelta) or is_missing(cell) for cell in series.array):
        return series
    seconds = [math.nan if (found := seconds_of(cell)) is None else found for cell in series.array]
    return pd.Series(seconds, index=series.index, dtype=np.float64)


def n_missing(series: Series) -> int:
    """Cells without a value; a decimal that signals, at which pandas' own look fails, is none of them."""
    try:
        return int(series.isna().sum())
    except ArithmeticError:
        return sum(cell is None or text_of(cell) in (None, "NaN") for cell in series.array)


def is_number(series: Series) -> bool:
    """Native numbers that are neither truth values nor complex."""
    import pandas as pd

    dtype = series.dtype
    if isinstance(dtype, np.dtype):
        return dtype.kind in "iuf"
    return bool(
        pd.api.types.is_numeric_dtype(dtype)
        and not pd.api.types.is_bool_dtype(dtype)
        and not pd.api.types.is_complex_dtype(dtype)
    )


def is_duration(series: Series) -> bool:
    """Whether these are durations, in whatever form, that `plain` makes seconds of."""
    return _is_timedelta(series.dtype) or (series.dtype == object and is_number(plain(series)))


def _is_timedelta(dtype: object) -> bool:
    """numpy's durations and Arrow's."""
    return getattr(dtype, "kind", "") == "m"


def is_date(series: Series) -> bool:
    """Native moments, with or without a zone."""
    import pandas as pd

    return bool(pd.api.types.is_datetime64_any_dtype(series.dtype))


def is_mixed(series: Series) -> bool:
    """Object cells of several types, where equal does not mean the same (True == 1 == 1.0)."""
    import pandas as pd

    return series.dtype == object and pd.api.types.infer_dtype(series, skipna=True) != "string"


def _distinct(series: Series) -> tuple[Codes, AnyArray]:
    import pandas as pd

    if isinstance(series.dtype, pd.CategoricalDtype):
        series = series.cat.remove_unused_categories()
        return np.asarray(series.cat.codes, dtype=np.int32), np.asarray(series.cat.categories, dtype=object)
    codes, values = pd.factorize(series)
    return codes.astype(np.int32), np.asarray(values)


def texts_of(series: Series, marks: Marks = frozenset()) -> tuple[Codes, tuple[str, ...]]:
    """(codes, texts): the canonical text of each cell as a position in `texts`, -1 missing; texts are distinct."""
    position: dict[str, int] = {}

    def number(cell: object) -> int:
        text = text_of(cell, marks)
        return -1 if text is None else position.setdefault(text, len(position))

    if is_mixed(series):
        return np.fromiter(map(number, series.array), dtype=np.int32, count=len(series)), tuple(position)
    codes, values = _distinct(series)
    table = np.fromiter(map(number, values), dtype=np.int32, count=len(values))
    return np.append(table, np.int32(-1))[codes], tuple(position)


def groups_of(series: Series) -> Index:
    """(n,) codes of what rows belong to; a row without a group is a group of its own."""
    codes, texts = texts_of(plain(series))
    alone = len(texts) + np.cumsum(codes < 0) - 1
    return np.where(codes < 0, alone, codes).astype(np.int64)


def _by_cell(series: Series, read: Callable[[object], float | int | str], dtype: type) -> AnyArray:
    """The reader applied to every cell of a mixed column, else to its distinct values."""
    if is_mixed(series):
        out: AnyArray = np.empty(len(series), dtype=dtype)
        out[:] = [read(cell) for cell in series.array]
        return out
    codes, values = _distinct(series)
    table: AnyArray = np.empty(len(values) + 1, dtype=dtype)
    table[:] = [*(read(cell) for cell in values), read(None)]
    return table[codes]


def raw_numbers(series: Series, reader: NumberReader) -> Floats:
    """(n,) float64, NaN where missing or infinite; not shifted, not scaled."""
    if not is_number(series):
        return np.asarray(_by_cell(series, reader, np.float64), dtype=np.float64)
    values = as_floats(series)
    values[~np.isfinite(values)] = np.nan
    for mark in reader.missing_numbers:
        values[values == mark] = np.nan
    return values


def as_floats(series: Series) -> Floats:
    """(n,) a new array of native numbers, NaN where missing."""
    if isinstance(series.dtype, np.dtype):
        return np.array(series.to_numpy(), dtype=np.float64)
    return np.array(series.to_numpy(dtype=np.float64, na_value=np.nan))


def stored(values: Floats, column: Column) -> AnyArray:
    """Numbers as they lie in a table: shifted and scaled in float64, then float32 with NaN for what it cannot hold."""
    if column.shift != 0.0 or column.scale != 1.0:
        values = (values - column.shift) / column.scale
    with np.errstate(over="ignore"):
        block = (values + 0.0).astype(np.float32)
    block[np.isinf(block)] = np.nan
    return block


def numbers(series: Series, column: Column) -> AnyArray:
    """(n,) float32 cells of a numeric column."""
    return stored(raw_numbers(series, NumberReader(column)), column)


def date_days(series: Series, column: Column) -> Floats:
    """(n,) float64 days since 1970-01-01 by the column's clock, NaN where missing or no date."""
    import pandas as pd

    is_zoned = isinstance(series.dtype, pd.DatetimeTZDtype)
    if not is_date(series) or (is_zoned and " " in column.zone):
        return np.asarray(_by_cell(series, DateReader(column), np.float64), dtype=np.float64)
    if is_zoned:
        series = series.dt.tz_convert(column.zone or "UTC").dt.tz_localize(None)
    moments = series.to_numpy(dtype="datetime64[us]")
    out = moments.astype(np.int64) / _DAY
    out[np.isnat(moments)] = np.nan
    if column.is_clock:
        out %= 1.0
    return np.asarray(out, dtype=np.float64)


def level_codes(series: Series, column: Column) -> Codes:
    """(n,) int32 codes of a coded column: -1 missing, len(levels) never seen."""
    return np.asarray(_by_cell(series, LevelReader(column), np.int32), dtype=np.int32)


def ranks(series: Series, column: Column) -> AnyArray:
    """(n,) float32 places of an ordinal column's levels, 0 the lowest; NaN where missing or never seen."""
    return np.asarray(_by_cell(series, RankReader(column), np.float64), dtype=np.float32)


def words(series: Series, column: Column) -> Objects:
    """(n,) str objects of a text column, "" where missing."""
    return np.asarray(_by_cell(series, WordReader(column), np.object_), dtype=np.object_)
