"""What is odd about new rows, before they are predicted."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import AnyArray, Index
from assay.core.errors import DataError, Where
from assay.core.schema import Column, Schema
from assay.core.table import MISSING_CODE, Table
from assay.data.cell import plain_number, text_of
from assay.data.encode import Unseen, check_columns, unseen
from assay.data.number import NumberReader
from assay.data.rows import Row
from assay.predictor.intake import Intake, Source, tidy_names

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 5
TOO_LARGE = "number that 32 bits hold"
_LARGE = 1e30
"""Numbers that can be too large are larger; others that are not read stand for missing."""
_FORMS = {
    "number": "with decimal points and without units", "date": "as YYYY-MM-DD", "time of day": "as HH:MM",
    "duration": "as HH:MM:SS",
}  # fmt: skip
LOST_SHARE = 0.95
"""Of the cells of a column that are there: if so many cannot be read, the column came in another form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Empty:
    """A column with missing cells, and in how many rows."""

    column: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A column with cells that are there and are no numbers (or dates) as the model reads them, or too large for it.

    rows: how many; there: cells of the column that are not missing; example: the most frequent of them.
    """

    column: str
    noun: str
    rows: int
    there: int
    example: str

    @property
    def text(self) -> str:
        """ "income: 300 of 300 cells are no numbers as the model reads them, e.g. '1.204,50'" """
        cells = "cell" if self.there == 1 else "cells"
        if self.noun == TOO_LARGE:
            are = "is" if self.rows == 1 else "are"
            return f"{self.column}: {self.rows:,} of {self.there:,} {cells} {are} too large, e.g. {self.example[:40]!r}"
        nouns = "times of day" if self.noun == "time of day" else f"{self.noun}s"
        are = f"is no {self.noun}" if self.rows == 1 else f"are no {nouns}"
        return (
            f"{self.column}: {self.rows:,} of {self.there:,} {cells} {are} as the model reads them, "
            f"e.g. {self.example[:40]!r}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """New rows against what was learned: columns not used, values never seen, cells missing or not understood.

    ignored: columns that were not there when the model was made. unseen, empty, unread: most rows first.
    """

    rows: int
    ignored: tuple[str, ...]
    unseen: tuple[Unseen, ...]
    empty: tuple[Empty, ...]
    unread: tuple[Unread, ...] = ()

    @property
    def text(self) -> str:
        """One line for people."""
        said = [f"{self.rows:,} {'row' if self.rows == 1 else 'rows'}"]
        if self.ignored:
            said.append("ignored: " + _listed(self.ignored))
        said += [f'{u.column} "{u.level}" never seen ({_rows(u.rows)})' for u in self.unseen[:SHOWN]]
        said += [f"{len(self.unseen) - SHOWN} more values never seen"] * (len(self.unseen) > SHOWN)
        said += [item.text for item in self.unread[:SHOWN]]
        said += [f"{len(self.unread) - SHOWN} more columns with such cells"] * (len(self.unread) > SHOWN)
        said += [f"{e.column} empty ({e.rows:,})" for e in self.empty[:SHOWN]]
        said += [f"{len(self.empty) - SHOWN} more columns with empty cells"] * (len(self.empty) > SHOWN)
        return " · ".join(said)

    def __repr__(self) -> str:
        return f"<Check {self.text}>"


def check_rows(schema: Schema, intake: Intake, source: Source) -> Check:
    """Compare rows with a schema; DataError if columns are missing, or cannot be read in (nearly) all rows."""
    given = intake.given(source)
    table = intake.encoded(given)
    unread = unread_cells(schema, table, given)
    for item in unread:
        if item.noun != TOO_LARGE and item.rows >= LOST_SHARE * item.there:
            raise _lost(item)
    never = unseen(schema, given)
    known = Counter[str]()
    for item in unread:
        known[item.column] += item.rows
    for one in never:  # in a table, a level of an ordinal that was never seen is missing
        known[one.column] += one.rows if one.column in table.numeric_names else 0
    return Check(
        rows=table.n_rows,
        ignored=check_columns(schema, _names_of(source, given)),
        unseen=never,
        empty=_empty(table, known),
        unread=unread,
    )


def _names_of(source: Source, given: "Sequence[Row] | pd.DataFrame") -> tuple[str, ...]:
    """Column names as they were given: the rows read from a small frame keep only those that are known."""
    columns = getattr(source, "column_names", None) or getattr(source, "columns", None)
    if columns is None:
        columns = dict.fromkeys(name for row in given for name in row) if isinstance(given, Sequence) else given.columns
    return tidy_names(columns)


def unread_cells(schema: Schema, table: Table, given: "Sequence[Row] | pd.DataFrame") -> tuple[Unread, ...]:
    """Cells of numbers and dates that are there but came out as missing; most rows first.

    given: the rows that the table was read from. Cells that are missing are all it looks at, so that rows without a gap
    cost nothing.
    """
    found = [
        one
        for names, block in ((table.numeric_names, table.numeric), (table.date_names, table.dates))
        for j in np.flatnonzero(np.isnan(block).any(axis=0)).tolist()
        if schema[names[j]].kind != "ordinal"
        for one in _unread_of(schema[names[j]], np.flatnonzero(np.isnan(block[:, j])), given)
    ]
    return tuple(sorted(found, key=lambda item: (-item.rows, item.column)))


def _noun(column: Column) -> str:
    """What a cell of the column is."""
    if column.kind == "datetime":
        return "time of day" if column.is_clock else "date"
    return "duration" if column.number.duration else "number"


def _unread_of(column: Column, lost: Index, given: "Sequence[Row] | pd.DataFrame") -> Iterator[Unread]:
    marks = frozenset(column.missing_marks)
    texts = Counter(text for cell in _cells(given, column.name, lost) if (text := text_of(cell, marks)) is not None)
    known = NumberReader(column).missing_numbers if texts else frozenset[float]()
    noun, is_date = _noun(column), column.kind == "datetime"
    odd = {text: n for text, n in texts.items() if is_date or _is_odd(text, known)}
    large = {text: n for text, n in texts.items() if not is_date and _is_large(text)}
    there = sum(odd.values()) + sum(large.values()) + len(given) - len(lost)
    for what, some in ((noun, odd), (TOO_LARGE, large)):
        if some:
            example, rows = max(some, key=some.__getitem__), sum(some.values())
            yield Unread(column=column.name, noun=what, rows=rows, there=there, example=example)


def _is_odd(text: str, known: frozenset[float]) -> bool:
    """Whether it is no number in the column's form ("1.50" where commas are read) and does not stand for missing."""
    number = plain_number(text)
    return number is None or (math.isfinite(number) and abs(number) <= _LARGE and number not in known)


def _is_large(text: str) -> bool:
    number = plain_number(text)
    return number is not None and abs(number) > _LARGE and math.isfinite(number)


def _cells(given: "Sequence[Row] | pd.DataFrame", name: str, rows: AnyArray) -> Iterable[object]:
    """Cells of one column in some rows."""
    if isinstance(given, Sequence):
        return (given[i].get(name) for i in rows)
    return given[name].iloc[rows].tolist() if len(rows) else ()


def _lost(item: Unread) -> DataError:
    return DataError(
        f"{item.text}. The column would be lost.", where=Where(column=item.column),
        do=(f"save the column {_FORMS[item.noun]}, or in the form of the training file",
            "empty the cells if they are missing"),
    )  # fmt: skip


def _empty(table: Table, unread: Mapping[str, int]) -> tuple[Empty, ...]:
    blocks = (
        (table.numeric_names, np.isnan(table.numeric)), (table.code_names, table.codes == MISSING_CODE),
        (table.date_names, np.isnan(table.dates)), (table.text_names, table.text == ""),
    )  # fmt: skip
    counted = [
        Empty(column=name, rows=int(rows) - unread.get(name, 0))
        for names, missing in blocks
        for name, rows in zip(names, np.asarray(missing).sum(axis=0), strict=True)
        if rows > unread.get(name, 0)
    ]
    return tuple(sorted(counted, key=lambda empty: (-empty.rows, empty.column)))


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
