"""Delimited text tables: encoding, delimiter and header from the bytes, then pyarrow's reader."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assay.core.errors import DataError, Where
from assay.core.task import Notice
from assay.data.cell import MISSING_TEXTS
from assay.data.csv_fallback import has_arrow, plain_records
from assay.data.dataframes import from_arrow
from assay.data.dialect import as_csv
from assay.data.header import start_notices
from assay.data.long_keys import are_keys, suspects
from assay.data.non_data_rows import body_of, retyped
from assay.data.packed_files import XML
from assay.data.plain_text import LARGE, PlainText
from assay.data.raw import FileForm, RawTable, with_tidy_names
from assay.data.refusal import NOTHING, Refusal
from assay.data.text_encoding import as_utf8, without_inner_marks
from assay.data.text_layout import TextLayout, layout_of, records_of
from assay.data.zero_padded import padded_columns

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

BadLine = tuple[int | None, int]
"""A bad line: its number, where known, and how many cells it has."""
_BadRecord = tuple[int | None, int, bool]
"""The same while it is read, and whether it holds the end of a line."""
_OPENERS = frozenset({b",", b";", b"\t", b"|"})
_OTHER = {
    r"(?i)\A(?:\s*%.*\n|\s*\n)*\s*@relation\b": "a file of Weka (ARFF)",
    r"\A[-+]?\d+(?:\.\d+)?(?: \d+:[-+\d.eE]+)+ *\r?\n": "a file of sparse rows (LibSVM)",
}
"""How tables begin that are text and no table of cells."""
_POWER = re.compile(rb"\d[eE]\d")
_BLOCK = 8_000_000  # bytes of a block, in which large files are read by threads
_ONE_BLOCK = 1_000_000_000  # bytes; below, types are inferred from the whole file where blocks disagree


def read_delimited(content: bytes, *, name: str, missing: Sequence[str] = (), refused: Refusal = NOTHING) -> RawTable:
    """The table in the bytes of a CSV or TSV file; repairs that are refused are not made.

    Raises DataError when the bytes are empty, a web page, no text, or a header without rows.
    """
    text, encoding, bad_bytes = as_utf8(content, name)
    if b"\n" not in text and b"\r" in text:
        text = text.replace(b"\r", b"\n")
    text, inner = without_inner_marks(text)
    plain = PlainText.of_bytes(text, encoding)
    if plain.counts.quotes % 2:
        _refuse_open_quote(text, name)
    return read_text(plain, name=name, missing=missing, refused=refused, bad_bytes=(*bad_bytes, *inner))


def read_text(
    text: PlainText, *, name: str, missing: Sequence[str], refused: Refusal, bad_bytes: Sequence[Notice] = ()
) -> RawTable:
    """The table in a text; bad_bytes: notices on its bytes."""
    _refuse_page(text.head.decode("utf-8", errors="ignore"), name)
    dialect = as_csv(text, name, refused)
    text, head = dialect.text, dialect.text.head.decode("utf-8", errors="ignore")
    layout = layout_of(head, name, refused, is_whole=text.is_whole)
    wanted = _Wanted(MISSING_TEXTS | set(missing), layout.places_of(refused.spelled))
    frame, bad, spelled = (_parse if has_arrow() else _parse_plainly)(text, layout, wanted, name)
    if bad and refused.of_table("bad-lines"):
        raise _bad_line(bad, layout, name)
    body = body_of(frame, layout.start, refused, name=name)
    if body.frame.empty:
        raise DataError(f"{name} has a header ({', '.join(layout.header[:5])}) and no row.",
                        where=Where(file=name, row=layout.lines), do=("add rows, or check the download",))  # fmt: skip
    rows = retyped(body.frame, frozenset(missing)) if body.is_cut else body.frame
    named = with_tidy_names(rows, body.header, keep_twins=refused.of_table("duplicate-column"))
    notices = (
        *bad_bytes, *dialect.notices, *start_notices(layout.start), *_bad_notice(bad, layout), *body.notices,
        *named.notices,
    )  # fmt: skip
    form = FileForm(encoding=text.encoding, delimiter=dialect.delimiter or layout.delimiter,
                    skipped=tuple(n.message for n in notices))  # fmt: skip
    first = records_of(head, layout.delimiter, is_whole=text.is_whole, at_most=len(named.frame))
    padded = padded_columns([cells for cells, line in first if line > layout.lines], layout.header)
    return RawTable(
        frame=named.frame, name=name, notices=notices, repeated=named.repeated, form=form, padded=padded,
        spelled={name: tuple(spelled[place][row] for row in body.kept.tolist())
                 for name, place in layout.places_of(refused.spelled).items()},
    )  # fmt: skip


def _refuse_open_quote(text: bytes, name: str) -> None:
    """A quotation mark that opens a cell and never ends would swallow the rest of the file, or a line, in silence.

    text: with an odd number of quotation marks.
    """
    lines, opened = text.split(b"\n"), 0
    for number, line in enumerate(lines, start=1):
        if line.count(b'"') % 2:
            opened = 0 if opened else number
    mark = lines[opened - 1].find(b'"')
    before = lines[opened - 1][:mark].rstrip()
    if before and before[-1:] not in _OPENERS:
        return  # inside a cell, as in 24" monitor: a character like others
    raise DataError(
        f"{name}, line {opened:,}: a quotation mark opens a cell and never ends.", where=Where(file=name, row=opened),
        do=(f"close or remove the quotation mark in line {opened:,}",),
    )  # fmt: skip


def _refuse_page(head: str, name: str) -> None:
    line = head.lstrip()[:200].split("\n")[0].strip()
    is_sheet = re.search(r"<table|spreadsheet|<html", head, re.IGNORECASE)
    if line.startswith("<?xml") and not is_sheet:
        raise XML.refused(name)
    if re.match(r"<(!doctype html|html|\?xml|head|body|table)", line, re.IGNORECASE):
        if re.search(r"<table|spreadsheet", head, re.IGNORECASE):  # what shops and banks call .xls
            raise DataError(
                f"{name} is a web page with a table in it, which is not read.", where=Where(file=name, row=1),
                do=("open it in a spreadsheet program and save it as CSV or Excel (.xlsx)",),
            )  # fmt: skip
        raise DataError(
            f'{name} is a web page (line 1: "{line[:60]}"), not a table. A login page, saved?',
            where=Where(file=name, row=1), do=("sign in, download it again, and save the table as CSV",),
        )  # fmt: skip
    for pattern, what in _OTHER.items():
        if re.search(pattern, head):
            raise DataError(f"{name} is {what}, which is not read.", where=Where(file=name, row=1),
                            do=("save the table as CSV or Parquet",))  # fmt: skip
    if line.startswith("%PDF") or line.startswith("{\\rtf"):
        raise DataError(f"{name} is a document, not a table.", where=Where(file=name), do=("save the table as CSV",))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """nulls: texts that mean missing; spelled: the places of columns, by name, of which texts are wanted, too."""

    nulls: frozenset[str]
    spelled: Mapping[str, str]


_Parsed = tuple["pd.DataFrame", list[BadLine], Mapping[str, Sequence[str]]]
"""The rows, the bad lines, and by place the texts of the columns of which they are wanted."""


def _parse_plainly(text: PlainText, layout: TextLayout, wanted: _Wanted, name: str) -> _Parsed:
    records = plain_records(
        text.content(), name=name, delimiter=layout.delimiter, skipped=layout.lines, width=len(layout.header)
    )
    return records.frame(wanted.nulls), records.bad, {at: records.texts(int(at)) for at in wanted.spelled.values()}


def _parse(text: PlainText, layout: TextLayout, wanted: _Wanted, name: str) -> _Parsed:
    import pyarrow as pa

    for attempt in _attempts(text, layout):
        try:
            table, bad = _read_arrow(text, layout, wanted.nulls, attempt)
            texts = [*_times(table), *_keys(text, layout, wanted.nulls, attempt, table)]
            if texts:
                types = {**(attempt.types or {}), **dict.fromkeys(texts, pa.string())}
                table, bad = _read_arrow(text, layout, wanted.nulls, replace(attempt, types=types))
        except pa.ArrowInvalid:
            continue  # a later block, or a cell beyond its type, contradicts the types of the first
        if attempt.is_sound or _is_line_by_line(table, bad, text.lines_below(layout.lines)):
            spelled = _as_texts(text, layout, frozenset(), attempt, tuple(wanted.spelled.values()))
            return from_arrow(table), [(number, cells) for number, cells, _ in bad], spelled
    return _parse_plainly(text, layout, wanted, name)  # a quote that never ends: slower, and by line


def _as_texts(
    text: PlainText, layout: TextLayout, nulls: frozenset[str], attempt: "_Attempt", places: tuple[str, ...]
) -> dict[str, list[str]]:
    """Some columns as the texts of their cells, None where one is among the nulls."""
    import pyarrow as pa

    if not places:
        return {}
    types = dict.fromkeys(places, pa.string())
    table, _ = _read_arrow(text, layout, nulls, replace(attempt, types=types, only=places))
    return {place: table[place].to_pylist() for place in places}


def _times(table: "pa.Table") -> list[str]:
    """Columns to be read as written: 3:25 may be minutes and seconds, which Arrow reads as hours and minutes."""
    import pyarrow as pa

    return [field.name for field in table.schema if pa.types.is_time(field.type)]


def _keys(
    text: PlainText, layout: TextLayout, nulls: frozenset[str], attempt: "_Attempt", table: "pa.Table"
) -> list[str]:
    """Columns of keys that would not stay apart as numbers (long_keys.py). Powers of ten are looked for in the head of
    a large file.
    """
    places = suspects(table, lambda: bool(_POWER.search(text.head if text.size >= LARGE else text.content())))
    found = _as_texts(text, layout, nulls, attempt, tuple(places))
    return [place for place, cells in found.items() if are_keys([cell for cell in cells if cell is not None])]


@dataclass(frozen=True, slots=True, eq=False)
class _Attempt:
    """block: bytes that are parsed together; types: of the columns, None where the first block determines them.

    folded: whether records are looked for that go over lines, which takes a third of the time of reading. is_sound:
    whether what is read is right for sure; else blocks are cut at newlines, and every record has to be one line. only:
    the columns that are read, all if empty.
    """

    block: int
    types: "dict[str, pa.DataType] | None"
    folded: bool
    is_sound: bool = True
    only: tuple[str, ...] = ()


def _is_line_by_line(table: "pa.Table", bad: Sequence[_BadRecord], lines: int) -> bool:
    """Whether every record read from blocks that were cut at newlines is one line, so that no cut was inside a cell.

    A record is one line or more, so that as many records as lines prove it, but for one: pyarrow ends a cell that is
    open where the last block goes on, and takes the rest of it for a record of its own. Such a cell keeps its newline.
    """
    if table.num_rows + len(bad) != lines or any(is_torn for _, _, is_torn in bad):
        return False
    last = table.column(table.num_columns - 1)
    shared = last.chunk(last.num_chunks - 1)[:1].to_pylist() if last.num_chunks else []
    return not any(isinstance(cell, str) and _has_line_end(cell) for cell in shared)


def _has_line_end(text: str) -> bool:
    return "\n" in text or "\r" in text


def _attempts(text: PlainText, layout: TextLayout) -> Iterator[_Attempt]:
    """In blocks, where the first tells the types; all at once; as text.

    In blocks of 8 MB a file of 378 MB takes 4.5 s of processor time instead of 5.6. pyarrow loses a newline after a
    carriage return inside a quoted cell where a block ends between them (apache/arrow issue 51368), so that records
    over lines are read in blocks only where there are no returns.
    """
    import pyarrow as pa

    is_quoted, size = text.counts.quotes > 0, text.size
    if size >= LARGE:
        if not text.counts.is_folded and not layout.is_folded:
            yield _Attempt(_BLOCK, None, folded=False, is_sound=not is_quoted)
        if is_quoted and not text.counts.has_returns:
            yield _Attempt(_BLOCK, None, folded=True)
    whole = min(max(size + 1, 1 << 20), _ONE_BLOCK)
    yield _Attempt(whole, None, folded=is_quoted)
    yield _Attempt(whole, dict.fromkeys(layout.places, pa.string()), folded=is_quoted)


def _read_arrow(
    text: PlainText, layout: TextLayout, nulls: frozenset[str], attempt: _Attempt
) -> tuple["pa.Table", list[_BadRecord]]:
    from pyarrow import csv as arrow_csv

    bad: list[_BadRecord] = []

    def skip(row: "arrow_csv.InvalidRow") -> str:
        bad.append((row.number, row.actual_columns, _has_line_end(row.text)))
        return "skip"

    read = arrow_csv.ReadOptions(
        column_names=layout.places, skip_rows=layout.lines, use_threads=text.size >= LARGE, block_size=attempt.block,
    )  # fmt: skip
    parse = arrow_csv.ParseOptions(
        delimiter=layout.delimiter, newlines_in_values=attempt.folded, invalid_row_handler=skip,
    )  # fmt: skip
    convert = arrow_csv.ConvertOptions(
        null_values=sorted(nulls), strings_can_be_null=True, column_types=attempt.types,
        include_columns=attempt.only,
    )  # fmt: skip
    with text.stream() as stream:
        return arrow_csv.read_csv(stream, read, parse, convert), bad


def _bad_notice(bad: Sequence[BadLine], layout: TextLayout) -> tuple[Notice, ...]:
    if not bad:
        return ()
    lines = [number for number, _ in bad if number is not None]
    where = f" ({', '.join(f'{line:,}' for line in lines[:5])}{', …' if len(lines) > 5 else ''})" if lines else ""
    noun = "line" if len(bad) == 1 else "lines"
    message = f"{len(bad):,} bad {noun}{where} left out: not {len(layout.header)} cells"
    first = lines[0] if lines else None
    return (Notice(code="data/bad-lines", message=message, row=first, do="--raw bad-lines"),)


def _bad_line(bad: Sequence[BadLine], layout: TextLayout, name: str) -> DataError:
    line, cells = bad[0]
    place = f"line {line:,}" if line is not None else "a line"
    return DataError(
        f"{name}, {place}: {cells} cells, but the header has {len(layout.header)}.", where=Where(file=name, row=line),
        do=("mend that line", "leave out --raw bad-lines"),
    )  # fmt: skip
