"""Numbers and dates of new rows far outside the training range."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from assay.core.array import AnyArray, Bools, Floats
from assay.core.schema import Column, Schema
from assay.core.table import Table

WIDTHS = 1.0
"""Distance from the training range, in its widths, beyond which values are far. Trees predict them as the nearest value
seen, linear models extrapolate."""
_LARGE = 1e15
_DIGITS = 4
"""Digits of a range's ends, counted from where they differ."""
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_LEAST_DAYS, _MOST_DAYS = -719_162, 2_900_000
"""Days from 1970 that Python's dates cover."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfRange:
    """A column with values far outside low to high, its training range. rows: how many of `of`."""

    column: str
    rows: int
    of: int
    low: str
    high: str
    example: str

    @property
    def text(self) -> str:
        """ "income: 3 of 100 rows lie far outside the 900 to 7200 it learned from, e.g. 85000" """
        lie = "row lies" if self.of == 1 else "rows lies" if self.rows == 1 else "rows lie"
        return (
            f"{self.column}: {self.rows:,} of {self.of:,} {lie} far outside the {self.low} to {self.high} it learned "
            f"from, e.g. {self.example}"
        )


class TrainingRanges:
    """The training ranges of a schema's columns, laid out as in its tables."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        nothing: tuple[tuple[str, ...], Floats] = ((), np.empty((2, 0)))
        self._numeric = self._dates = nothing

    def far(self, table: Table, *, said: Callable[[str], bool] = lambda name: False) -> tuple[OutOfRange, ...]:
        """Columns with such values, most rows first; a table whose columns are in the schema's order.

        said: whether a column needs no report any more, as that takes longer than a row's prediction.
        """
        if self._numeric[0] != table.numeric_names:
            self._numeric = (table.numeric_names, self._ends(table.numeric_names))
        if self._dates[0] != table.date_names:
            self._dates = (table.date_names, self._ends(table.date_names))
        found = [
            self._of(name, block[:, j], outside[:, j])
            for (names, ends), block in ((self._numeric, table.numeric), (self._dates, table.dates))
            if (outside := (block < ends[0]) | (block > ends[1])).any()
            for j, name in enumerate(names)
            if outside[:, j].any() and not said(name)
        ]
        return tuple(sorted(found, key=lambda one: (-one.rows, one.column)))

    def _ends(self, names: Sequence[str]) -> Floats:
        """(2, n) bounds beyond which values are far, in stored form; infinite where no range is known."""
        ends = np.array([[-math.inf] * len(names), [math.inf] * len(names)])
        for j, name in enumerate(names):
            column = self._schema[name]
            if column.span is not None:
                low, high = column.span
                room = WIDTHS * (high - low)
                ends[:, j] = sorted((end - column.shift) / column.scale for end in (low - room, high + room))
        return ends

    def _of(self, name: str, values: AnyArray, outside: Bools) -> OutOfRange:
        column = self._schema[name]
        low, high = column.span or (math.nan, math.nan)
        shown = _shown(column)
        given = values[outside].astype(np.float64) * column.scale + column.shift
        furthest = float(given[np.argmax(np.abs(given - (low + high) / 2))])
        return OutOfRange(
            column=name, rows=int(outside.sum()), of=len(values), low=shown(low), high=shown(high),
            example=shown(furthest),
        )  # fmt: skip


def _plain(text: str) -> str:
    """100000 for 1e+05."""
    return f"{float(text):.0f}" if "e+" in text and abs(float(text)) < _LARGE else text


def _shown(column: Column) -> Callable[[float], str]:
    """How a value of the column reads."""
    if column.kind != "datetime":
        low, high = column.span or (0.0, 1.0)
        apart = max(abs(low), abs(high)) / (high - low) if high > low else 1.0
        digits = _DIGITS + max(math.ceil(math.log10(apart)) if apart > 0 else 0, 0)
        return lambda value: _plain(f"{value:.{digits}g}")
    form = "%H:%M" if column.is_clock else "%Y-%m-%d"
    return lambda days: (_FIRST + timedelta(days=min(max(days, _LEAST_DAYS), _MOST_DAYS))).strftime(form)
