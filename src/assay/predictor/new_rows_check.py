"""Check of new rows before they are predicted: unseen values, missing and unreadable cells, extremes."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import AnyArray, Index
from assay.core.errors import DataError, Where
from assay.core.schema import LEVELLED, Column, Schema
from assay.core.table import Table
from assay.data.cell import plain_number, text_of
from assay.data.encode import UnseenValue, check_columns, unseen_values
from assay.data.number_format import NumberReader
from assay.data.rare_values import Seen
from assay.data.row_encoder import Row
from assay.predictor.doubtful_cells import DoubtfulCells, doubts
from assay.predictor.out_of_range import OutOfRange, TrainingRanges
from assay.predictor.row_reader import RowReader, Source, tidy_names

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 5
TOO_LARGE = "number that 32 bits hold"
_LARGE = 1e30
"""Pattern of numbers too large for float32; other unreadable texts stand for missing."""
NEW_SHARE = 0.1
"""Share of rows with unseen values from which a column is reported."""
_NEVER = {"never": "never seen", "unknown": "never seen, or rarely,"}
_FORMS = {
    "number": "with decimal points and without units", "date": "as YYYY-MM-DD", "time of day": "as HH:MM",
    "duration": "as HH:MM:SS",
}  # fmt: skip
LOST_SHARE = 0.95
"""Share of unreadable cells in a column from which it is an error: the column came in another form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyCells:
    """A column with missing cells, and the number of rows."""

    column: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewValues:
    """A column with many values unseen in training. rows: how many of `of`; example: the most frequent value."""

    column: str
    rows: int
    of: int
    example: str
    seen: Seen

    @property
    def text(self) -> str:
        """ "city: 37 of 100 rows (37 %) hold values never seen in training, e.g. 'Rom'" """
        share = f"{100 * self.rows / self.of:.0f} %"
        return (
            f"{self.column}: {self.rows:,} of {self.of:,} rows ({share}) hold values {_NEVER[self.seen]} in training, "
            f"e.g. {self.example[:40]!r}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadCells:
    """A column with cells that are neither missing nor readable as numbers (or dates), or too large.

    rows: how many; there: non-missing cells of the column; example: the most frequent of them.
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
class RowsCheck:
    """Comparison of new rows with the training schema.

    ignored: columns absent when the model was made. unseen, empty, unread, far: most rows first. doubts: cells that can
    be read, but probably not as meant. far: numbers and dates far outside the training range.
    """

    rows: int
    ignored: tuple[str, ...]
    unseen: tuple[UnseenValue, ...]
    empty: tuple[EmptyCells, ...]
    unread: tuple[UnreadCells, ...] = ()
    doubts: tuple[DoubtfulCells, ...] = ()
    far: tuple[OutOfRange, ...] = ()

    @property
    def text(self) -> str:
        """One line."""
        said = [f"{self.rows:,} {'row' if self.rows == 1 else 'rows'}"]
        if self.ignored:
            said.append("ignored: " + _listed(self.ignored))
        said += self._unseen_texts()
        said += [item.text for item in self.unread[:SHOWN]]
        said += [f"{len(self.unread) - SHOWN} more columns with such cells"] * (len(self.unread) > SHOWN)
        said += [doubt.text for doubt in self.doubts[:SHOWN]]
        said += [one.text for one in self.far[:SHOWN]]
        said += [f"{len(self.far) - SHOWN} more columns with such values"] * (len(self.far) > SHOWN)
        said += [f"{e.column} empty ({e.rows:,})" for e in self.empty[:SHOWN]]
        said += [f"{len(self.empty) - SHOWN} more columns with empty cells"] * (len(self.empty) > SHOWN)
        return " · ".join(said)

    def _unseen_texts(self) -> list[str]:
        """A line of each column with many new values, then the others one by one."""
        levels = Counter(one.column for one in self.unseen)
        new = [one for one in new_values(self.unseen, self.rows) if levels[one.column] > 1]
        in_new = {one.column for one in new}
        left = [one for one in self.unseen if one.column not in in_new]
        said = [one.text for one in new[:SHOWN]]
        said += [f"{len(new) - SHOWN} more columns with new values"] * (len(new) > SHOWN)
        said += [f'{u.column} "{u.level}" {_NEVER[u.seen].rstrip(",")} ({_rows(u.rows)})' for u in left[:SHOWN]]
        return said + [f"{len(left) - SHOWN} more values never seen"] * (len(left) > SHOWN)

    def __repr__(self) -> str:
        return f"<Check {self.text}>"


def check_rows(schema: Schema, reader: RowReader, source: Source) -> RowsCheck:
    """Compare rows with a schema; DataError if columns are missing, or unreadable in (nearly) all rows."""
    given = reader.given(source)
    table = reader.encoded(given)
    unread = unread_cells(schema, table, given)
    for item in unread:
        if item.noun != TOO_LARGE and item.rows >= LOST_SHARE * item.there:
            raise _lost(item)
    doubted = doubts(schema, given, unread={item.column for item in unread})
    for doubt in doubted:
        if doubt.is_lost:
            raise DataError(f"{doubt.text}.", where=Where(column=doubt.column), do=("write the dates as YYYY-MM-DD",))
    pooled = unseen_values(schema, given)
    known = Counter[str]()
    for item in unread:
        known[item.column] += item.rows
    for one in pooled:  # in a table, a value of an ordinal that has no level is missing
        known[one.column] += one.rows if one.column in table.numeric_names else 0
    return RowsCheck(
        rows=table.n_rows,
        ignored=check_columns(schema, _names_of(source, given)),
        unseen=_never(pooled),
        empty=_empty(table, known),
        unread=unread,
        doubts=doubted,
        far=TrainingRanges(schema).far(table),
    )


def _never(pooled: Sequence[UnseenValue]) -> tuple[UnseenValue, ...]:
    return tuple(one for one in pooled if one.seen != "rarely")


def new_values(unseen: Sequence[UnseenValue], n_rows: int) -> tuple[NewValues, ...]:
    """Columns where at least NEW_SHARE of the rows, and two of them, hold unseen values; most rows first.

    unseen: most frequent first.
    """
    rows, first = Counter[str](), dict[str, UnseenValue]()
    for one in unseen:
        rows[one.column] += one.rows
        first.setdefault(one.column, one)
    return tuple(
        NewValues(column=name, rows=n, of=n_rows, example=first[name].level, seen=first[name].seen)
        for name, n in sorted(rows.items(), key=lambda item: (-item[1], item[0]))
        if n >= max(NEW_SHARE * n_rows, 2)
    )


def new_columns(schema: Schema, table: Table, given: "Sequence[Row] | pd.DataFrame") -> tuple[NewValues, ...]:
    """`new_values` of rows to be predicted, for columns where enough rows have no known level."""
    if table.n_rows < 2:
        return ()
    share = {name: float(np.mean(table.codes[:, j] == table.levels[j])) for j, name in enumerate(table.code_names)}
    gaps = np.isnan(table.numeric).mean(axis=0).tolist()
    share.update({name: gap for name, gap in zip(table.numeric_names, gaps, strict=True) if gap})
    columns = (column for column in schema.of_kind(*LEVELLED) if share.get(column.name, 0.0) >= NEW_SHARE)
    wanted = Schema(columns=tuple(columns))
    return new_values(_never(unseen_values(wanted, given)), table.n_rows) if wanted.columns else ()


def _names_of(source: Source, given: "Sequence[Row] | pd.DataFrame") -> tuple[str, ...]:
    """Column names as given, since small frames are read with known columns only."""
    columns = getattr(source, "column_names", None) or getattr(source, "columns", None)
    if columns is None:
        columns = dict.fromkeys(name for row in given for name in row) if isinstance(given, Sequence) else given.columns
    return tidy_names(columns)


def unread_cells(schema: Schema, table: Table, given: "Sequence[Row] | pd.DataFrame") -> tuple[UnreadCells, ...]:
    """Non-missing cells of numbers and dates that became missing; most rows first.

    given: the rows before encoding. Only cells that are missing after encoding are examined, so that complete rows cost
    nothing.
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


def _unread_of(column: Column, lost: Index, given: "Sequence[Row] | pd.DataFrame") -> Iterator[UnreadCells]:
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
            yield UnreadCells(column=column.name, noun=what, rows=rows, there=there, example=example)


def _is_odd(text: str, known: frozenset[float]) -> bool:
    """Whether it is no number in the column's format ("1.50" where commas are read) and no mark for missing."""
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


def _lost(item: UnreadCells) -> DataError:
    return DataError(
        f"{item.text}. The column would be lost.", where=Where(column=item.column),
        do=(f"save the column {_FORMS[item.noun]}, or in the form of the training file",
            "empty the cells if they are missing"),
    )  # fmt: skip


def _empty(table: Table, unread: Mapping[str, int]) -> tuple[EmptyCells, ...]:
    counted = [
        EmptyCells(column=name, rows=int(rows) - unread.get(name, 0))
        for block in table.cells.values()
        for name, rows in zip(block.names, block.missing().sum(axis=0), strict=True)
        if rows > unread.get(name, 0)
    ]
    return tuple(sorted(counted, key=lambda empty: (-empty.rows, empty.column)))


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
