"""Rows of one table that occur in another, whatever file format either has.

A gap makes whole numbers 1.0 instead of 1, one time of day gives every date a midnight, a remark makes a column text:
what is compared is what a cell means, not how the column around it was read.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import Bools
from assay.core.errors import DataError, Where
from assay.core.schema import Column
from assay.data import fingerprint
from assay.data import vectorized as vector
from assay.data.fingerprint import Hashes
from assay.data.number_format import NumberReader
from assay.data.raw import RawTable

if TYPE_CHECKING:
    import pandas as pd

_NOTHING = "nothing"


def overlapping_rows(new: RawTable, old: RawTable, *, missing: Sequence[str] = ()) -> Bools:
    """(n,) rows of `new` that stand in `old` too, cell by cell over the columns both have; none where they share none.

    Numbers are compared as float64, or float32 where one file has no more; dates as moments; all else by canonical
    text. missing: further texts and numbers that mean missing, in both. DataError where a column holds different kinds
    of cells in the two, which cannot be compared.
    """
    theirs = {str(name) for name in old.frame.columns}
    shared = [str(name) for name in new.frame.columns if str(name) in theirs]
    if not shared:
        return np.zeros(len(new.frame), dtype=bool)
    pairs = [_hashed(new, old, name, tuple(missing)) for name in shared]
    ours, others = (fingerprint.combined(hashes) for hashes in zip(*pairs, strict=True))
    return np.asarray(np.isin(ours, others))


def _hashed(new: RawTable, old: RawTable, name: str, missing: tuple[str, ...]) -> tuple[Hashes, Hashes]:
    """The cells of one column in both tables: equal ones have equal hashes."""
    ours, theirs = (_unwrapped(table.frame[name]) for table in (new, old))
    kinds = [_kind(ours), _kind(theirs)]
    known = set(kinds) - {_NOTHING}
    if len(known) > 1:
        raise DataError(
            f'"{name}" holds {kinds[0]} in {new.name} and {kinds[1]} in {old.name}.',
            where=Where(file=new.name, column=name),
            do=("--missing TEXT, where a text in it means missing", "write the column the same way in both files"),
        )
    kind, narrow = "".join(known), any(str(series.dtype).lower() == "float32" for series in (ours, theirs))
    column = Column(name=name, kind="text", reason="", missing_marks=missing)
    first, second = (fingerprint.column_hashes(_cells(series, kind, column, narrow)) for series in (ours, theirs))
    return first, second


def _unwrapped(series: "pd.Series") -> "pd.Series":
    """Without categories, periods and durations; objects of one type by that type."""
    import pandas as pd

    if isinstance(series.dtype, pd.CategoricalDtype):
        series = pd.Series(np.asarray(series))
    return vector.plain(series.convert_dtypes() if series.dtype == object else series)


def _kind(series: "pd.Series") -> str:
    import pandas as pd

    if series.isna().all():
        return _NOTHING
    if vector.is_number(series):
        return "numbers"
    if vector.is_date(series):
        return "dates"
    return "truth values" if pd.api.types.is_bool_dtype(series.dtype) else "text"


def _cells(series: "pd.Series", kind: str, column: Column, narrow: bool) -> "pd.Series":
    """float64 of numbers and dates, NaN missing; of all else text, "" missing."""
    import pandas as pd

    if kind not in ("numbers", "dates"):
        return pd.Series(vector.words(series, column), dtype=object)
    if series.isna().all():
        return pd.Series(np.full(len(series), np.nan))
    if kind == "dates":
        return pd.Series(vector.date_days(series, column))
    values = vector.raw_numbers(series, NumberReader(column))
    return pd.Series(values.astype(np.float32).astype(np.float64) if narrow else values)
