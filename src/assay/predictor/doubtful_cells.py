"""Cells of new rows that can be read, but probably not as meant."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from assay.core.array import Floats
from assay.core.schema import Column, Schema
from assay.data.cell import text_of
from assay.data.date_words import ahead_of
from assay.data.day_first import is_month_first
from assay.data.number_format import NumberReader
from assay.data.row_encoder import Row
from assay.data.zones import unzoned

if TYPE_CHECKING:
    import pandas as pd

_FEWEST = 3
"""Least number of such cells, as one may be a slip."""
_LOOKED = 10_000
"""Rows examined: a file in another format is so from its first rows on."""


class Oddity(Protocol):
    """A finding about a column that a warning reports."""

    @property
    def column(self) -> str: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtfulCells:
    """A column and the reason for doubt; is_lost: whether the values read are surely wrong."""

    column: str
    text: str
    is_lost: bool


def doubts(
    schema: Schema, given: "Sequence[Row] | pd.DataFrame", *, unread: Collection[str]
) -> tuple[DoubtfulCells, ...]:
    """Percentages without their sign, times without the column's zone, and dates with the month first where the model
    reads the day first.

    unread: columns with cells that cannot be read, as some of such dates.
    """
    rates = (_percent(c, given) for c in schema.features if c.kind == "numeric" and c.number.percent)
    dates = (_dates(c, given) for c in schema.of_kind("datetime") if c.name in unread) if unread else ()
    times = (_times(c, given) for c in schema.of_kind("datetime") if c.zone)
    return tuple(one for one in (*rates, *dates, *times) if one is not None)


def _cells(given: "Sequence[Row] | pd.DataFrame", name: str) -> Sequence[object]:
    if isinstance(given, Sequence):
        return [row.get(name) for row in given[:_LOOKED]]
    return list(given[name].iloc[:_LOOKED].tolist())


def _percent(column: Column, given: "Sequence[Row] | pd.DataFrame") -> DoubtfulCells | None:
    """Numbers beyond 1 without a percent sign in a percentage column: 10 is read as 1,000 %, and may mean 10 %."""
    read, marks = NumberReader(column), frozenset(column.missing_marks)
    bare = [cell for cell in _cells(given, column.name) if "%" not in (text_of(cell, marks) or "%")]
    numbers: Floats = np.array([read(cell) for cell in bare], dtype=np.float64)
    large = numbers[np.abs(numbers) > 1.0]
    if len(large) < max(1, min(_FEWEST, len(given))):
        return None
    text = f"{column.name}: cells without a % sign are read as they stand, {large[0]:g} as {100 * large[0]:,.0f} %"
    return DoubtfulCells(column=column.name, text=text, is_lost=False)


def _times(column: Column, given: "Sequence[Row] | pd.DataFrame") -> DoubtfulCells | None:
    """Times that do not name their zone, in a column whose times do."""
    texts = (text_of(cell) or "" for cell in _cells(given, column.name))
    bare = next((text for text in texts if ":" in text and ahead_of(text) is None), None)
    if bare is None:
        return None
    return DoubtfulCells(column=column.name, text=f"{column.name}: {unzoned(column.zone, bare)}", is_lost=False)


def _dates(column: Column, given: "Sequence[Row] | pd.DataFrame") -> DoubtfulCells | None:
    texts = [text for cell in _cells(given, column.name) if isinstance(cell, str) and (text := text_of(cell))]
    found = is_month_first(column.date_formats, texts, enough=_FEWEST)
    if found is None:
        return None
    text = f"{column.name}: the dates are written month first, e.g. {found!r}, and the model reads them day first"
    return DoubtfulCells(column=column.name, text=text, is_lost=True)
