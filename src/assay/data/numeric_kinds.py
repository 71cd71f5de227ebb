"""The kind of a column of numbers: a measure, a date, a row number; and its codes for missing."""

import re
from dataclasses import replace

import numpy as np

from assay.core.array import Bools, Floats
from assay.core.schema import Column, Kind
from assay.data import vectorized as vector
from assay.data.dates import date_formats
from assay.data.refusal import Refusal
from assay.data.sentinel import code_value

_ID_NAME = re.compile(
    r"(^|[_\s.-])(id|ids|uuid|guid|key|index|idx|row|rownum|number|no|nr|num|unnamed.*|e-?mail|phone|url|hash)$",
    re.IGNORECASE,
)  # fmt: skip
_PLAIN_ID = re.compile(r"(^|[_\s.-])(id|ids|uuid|guid|key|hash|url)$", re.IGNORECASE)
_CAMEL_ID = re.compile(r"[a-z](ID|Id)$")
_ID_FIRST = re.compile(r"^(?:[iI][dD][_\s.-]|id[A-Z]|Id[A-Z]|ID[a-z])")
_SAMPLE = 1000


def looks_like_id(name: str) -> bool:
    """Whether the name is one of a row number or key."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)  # EmployeeNumber
    return bool(_ID_NAME.search(name) or _ID_NAME.search(apart)) or is_called_id(name)


def is_called_id(name: str) -> bool:
    """Whether the name is clearly one of a key: "order_id", "orderID", "id_client", "key"; not "house number"."""
    return any(form.search(name) for form in (_PLAIN_ID, _CAMEL_ID, _ID_FIRST))


def with_codes(column: Column, values: Floats, refused: Refusal) -> tuple[Column, Floats]:
    """(the column, its values) with a code for missing read as missing, or a note that asks about it."""
    if refused.of_cells(column.name, "missing"):
        return column, values
    found = code_value(values[~np.isnan(values)])
    if found is None:
        return column, values
    share = found.rows / len(values)
    seen = f"{found.text} in {found.rows:,} rows ({share * 100:.1f} %)"
    if found.verdict == "ask":
        asked = "codes rather than numbers?" if found.beside else "a code rather than a number?"
        return replace(column, notes=(*column.notes, f"{seen}: {asked}")), values
    read = replace(
        column, missing=column.missing + found.rows, missing_marks=(*column.missing_marks, found.text),
        notes=(*column.notes, f"{seen}, far from all other values: read as missing"),
    )  # fmt: skip
    return read, np.where(values == found.value, np.nan, values)


def judge_numbers(column: Column, values: Floats, refused: Refusal) -> Column:
    """What a column is whose cells are these numbers (NaN: missing); its notes are kept and added to."""
    column, values = with_codes(column, values, refused)
    filled = values[~np.isnan(values)]
    if not len(filled):
        return replace(column, kind="constant", reason="no value at all")
    if filled.min() == filled.max():
        if not column.missing:
            beyond = ", as far as 64 bits can tell" if abs(float(filled[0])) > 2**53 else ""
            return replace(column, kind="constant", reason=f"the same value in every row{beyond}")
        return replace(column, reason="one number or missing")
    is_whole = bool((filled == np.floor(filled)).all())
    if is_whole and not column.missing:
        kind, reason = _row_number(column.name, values)
        if kind != "numeric":
            return replace(column, kind=kind, reason=reason)
    if is_whole and filled.min() >= 19_000_101 and filled.max() <= 21_001_231 and column.missing < len(values):
        formats, share = date_formats([str(int(value)) for value in np.unique(filled[:_SAMPLE])])
        if share >= 0.95 and formats == ("%Y%m%d",):
            return replace(column, kind="datetime", reason="whole numbers that are all dates, year month day",
                           date_formats=formats)  # fmt: skip
    column = held(column, filled)
    word = "whole numbers" if is_whole else "numbers"
    word += ", closer together than 32 bits can tell" if column.scale != 1.0 else ""
    return replace(column, reason=word)


def held(column: Column, filled: Floats) -> Column:
    """The column with what it is stored by; filled: its numbers. Those that 32 bits cannot hold even so are missing."""
    shift, scale = stored_as(column.name, filled)
    column = replace(column, shift=shift, scale=scale)
    lost = too_large(filled, column)
    n = int(lost.sum())
    if not n:
        return column
    nouns = "number is" if n == 1 else "numbers are"
    note = f"{n:,} {nouns} too large for 32 bits ({np.abs(filled[lost]).min():.1e} and more): read as missing"
    return replace(column, missing=column.missing + n, notes=(*column.notes, note))


def too_large(values: Floats, column: Column) -> Bools:
    """(n,) which numbers a table cannot hold, so that they are missing in it."""
    return np.asarray(~np.isnan(values) & np.isnan(vector.stored(values, column)))


def _row_number(name: str, values: Floats) -> tuple[Kind, str]:
    steps = np.diff(values)
    # even steps of another width are as often a measured grid: time of a sensor, place on a ruler
    is_even = len(values) >= 10 and (steps[0] == 1 or (steps[0] != 0 and looks_like_id(name)))
    if is_even and bool((steps == steps[0]).all()):
        return "identifier", "numbers the rows"
    n_distinct = len(np.unique(values)) if len(values) >= 10 and looks_like_id(name) else 0
    if n_distinct >= 0.98 * max(len(values), 1):
        return "identifier", "a different number in each row, and named like one"
    if n_distinct >= 0.5 * max(len(values), 1) and is_called_id(name):
        return "identifier", "mostly different numbers, and named like an identifier"
    return "numeric", ""


_DEGREES = {"lat": 90.0, "latitude": 90.0, "lon": 360.0, "lng": 360.0, "long": 360.0, "longitude": 360.0}
"""Words of a name that say degrees, and how many there can be."""


def stored_as(name: str, filled: Floats) -> tuple[float, float]:
    """(shift, scale) a numeric column is stored with: see spread; degrees of the earth stay degrees.

    Steps compute distances from them, and 32 bits resolve about two metres.
    """
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower())
    most = next((_DEGREES[word] for word in reversed(words) if word in _DEGREES), None)
    if most is not None and np.abs(filled).max() <= most:
        return 0.0, 1.0
    return spread(filled)


def spread(filled: Floats) -> tuple[float, float]:
    """(shift, scale) where float32 would merge more than 0.1 % of the distinct values and the shift helps."""
    distinct = np.unique(filled if len(filled) <= 100_000 else filled[:: len(filled) // 100_000])
    if np.abs(distinct).max() < 2**24 and bool((distinct == np.floor(distinct)).all()):
        return 0.0, 1.0

    def kept(values: Floats) -> int:
        with np.errstate(over="ignore"):
            return len(np.unique(values.astype(np.float32)))

    as_is = kept(distinct)
    if as_is >= 0.999 * len(distinct):
        return 0.0, 1.0
    with np.errstate(over="ignore"):
        shift = float(np.median(filled))
        scale = float(np.std(filled / np.abs(filled).max()) * np.abs(filled).max()) or 1.0
        if not np.isfinite([shift, scale]).all() or kept((distinct - shift) / scale) <= as_is:
            return 0.0, 1.0
    return shift, scale
