"""Unusual text tables (drawn, aligned, single-quoted) converted to CSV line by line, with unchanged line numbers."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from assay.core.task import Notice
from assay.data.aligned_tables import aligned_rows
from assay.data.ascii_tables import drawn_rows
from assay.data.plain_text import PlainText
from assay.data.refusal import Refusal
from assay.data.text_layout import DELIMITERS, records_of

_SPACED = re.compile(r'[,;\t|] +"')
_QUOTED = re.compile(r"(?:^|[,;\t|])[^\S\n]*'", re.MULTILINE)
_LOOKED = 200
"""Lines of the head that must be aligned before the whole text is looked at."""


@dataclass(frozen=True, slots=True, eq=False)
class Dialect:
    """text: the table as CSV. delimiter: what stood between the cells, "" where it is to be found out yet."""

    text: PlainText
    delimiter: str = ""
    notices: tuple[Notice, ...] = ()


def as_csv(text: PlainText, name: str, refused: Refusal) -> Dialect:
    """The text with commas and double quotation marks, where it is drawn, aligned or quoted otherwise; else as it is.

    Raises DataError where it draws several tables.
    """
    if refused.of_table("text-layout"):
        return Dialect(text)
    head = text.head.decode("utf-8", errors="ignore")
    lines = head.split("\n")[: _LOOKED if text.is_whole else -1][:_LOOKED]
    if drawn_rows(lines, name) is not None:
        return _undrawn(text, name)
    if aligned_rows(lines) is not None:
        whole = _lines(text)
        found = aligned_rows(whole)
        message = f"{max(map(len, found))} columns told apart by blanks" if found else ""
        return _as_dialect(text, found, " ", f"{message}{_around(whole, found)}") if found else Dialect(text)
    return _requoted(text, head)


def _undrawn(text: PlainText, name: str) -> Dialect:
    lines = _lines(text)
    rows = drawn_rows(lines, name) or []
    return _as_dialect(text, rows, "|", f"a drawn table: ruled lines left out{_around(lines, rows)}")


def _around(lines: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The note on lines of text outside the table."""
    around = [line.strip() for line, row in zip(lines, rows, strict=True) if not row and any(map(str.isalnum, line))]
    noun = "line" if len(around) == 1 else "lines"
    return f', {len(around)} {noun} around the table left out ("{around[0][:40]}")' if around else ""


def _lines(text: PlainText) -> list[str]:
    return [line.rstrip("\r") for line in text.content().decode("utf-8", errors="replace").split("\n")]


def _as_dialect(text: PlainText, rows: Sequence[Sequence[str]], delimiter: str, message: str) -> Dialect:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    for row in rows:
        writer.writerow(row)
    plain = PlainText.of_bytes(written.getvalue().encode(), text.encoding)
    return Dialect(plain, delimiter, (Notice(code="data/text-layout", message=message, do="--raw text-layout"),))


def _requoted(text: PlainText, head: str) -> Dialect:
    """Cells in single quotation marks, or with blanks before double ones, where only so all records are equally wide.

    'tis and O'Neil are words: a cell is quoted where a mark opens and ends it.
    """
    single = not text.counts.quotes and _QUOTED.search(head) is not None
    if not single and not _SPACED.search(head):
        return Dialect(text)
    for delimiter in DELIMITERS:
        rows = _records(head if text.is_whole else head[: head.rfind("\n") + 1], delimiter, single=single)
        usual = [cells for cells, _ in records_of(head, delimiter, is_whole=text.is_whole)]
        if rows is not None and _is_better(rows, usual, single=single):
            whole = _records(text.content().decode("utf-8", errors="replace"), delimiter, single=single)
            message = "cells in single quotation marks" if single else "blanks before quotation marks left out"
            return _as_dialect(text, whole, delimiter, message) if whole else Dialect(text)
    return Dialect(text)


def _records(text: str, delimiter: str, *, single: bool) -> list[list[str]] | None:
    """All records, None where they are not equally wide."""
    quote = "'" if single else '"'
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote, strict=True,
                               skipinitialspace=True))  # fmt: skip
    except csv.Error:  # text behind a quotation mark, as in '90s; or one that never ends
        return None
    widths = {len(row) for row in rows if row}
    return rows if len(widths) == 1 and widths != {1} else None


def _is_better(rows: Sequence[Sequence[str]], usual: Sequence[Sequence[str]], *, single: bool) -> bool:
    """Whether the usual reading cuts records differently, or leaves the marks in all cells of some column."""
    if len({len(row) for row in usual if row}) > 1:
        return True
    marked = [[_is_marked(cell, "'" if single else '"') for cell in row] for row in usual[1:] if row]
    return any(all(column) if single else any(column) for column in zip(*marked, strict=True)) and bool(rows)


def _is_marked(cell: str, mark: str) -> bool:
    text = cell.strip()
    return len(text) > 1 and text[0] == text[-1] == mark
