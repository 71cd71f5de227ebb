"""Text tables: encoding, delimiter, header, then pyarrow's reader. The bytes are looked at, the name is not."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.core.errors import DataError, Where
from assay.core.task import Notice
from assay.data.cell import MISSING_TEXTS
from assay.data.frames import from_arrow
from assay.data.plain import has_arrow, parse_plain, typed
from assay.data.raw import FileForm, RawTable, with_tidy_names

if TYPE_CHECKING:
    import pandas as pd

_HEAD = 200_000  # characters looked at to find delimiter and header
_TOTALS = frozenset({"total", "totals", "sum", "summe", "grand total", "gesamt"})
_DELIMITERS = (",", ";", "\t", "|")
_ONE_BLOCK = 1_000_000_000  # bytes; below, types are inferred from the whole file


def read_delimited(content: bytes, *, name: str, missing: Sequence[str] = ()) -> RawTable:
    """The table in the bytes of a CSV or TSV file.

    Raises DataError when the bytes are empty, a web page, no text, or a header without rows.
    """
    text, encoding = _as_utf8(content, name)
    if b"\n" not in text and b"\r" in text:
        text = text.replace(b"\r", b"\n")
    head = text[:_HEAD].decode("utf-8", errors="ignore")
    _refuse_page(head, name)
    layout = _layout(head, name, is_whole=len(text) <= _HEAD)
    frame, bad = _parse(text, layout, missing) if has_arrow() else _parse_plainly(text, layout, missing, name)
    body, repeated = _without_headers(frame, layout.header)
    body, total = _without_total(body)
    if body.empty:
        raise DataError(f"{name} has a header ({', '.join(layout.header[:5])}) and no row.",
                        where=Where(file=name, row=layout.lines), do=("add rows, or check the download",))  # fmt: skip
    named = with_tidy_names(_retyped(body) if repeated or total else body, layout.header)
    notices = (*_preamble_notice(layout), *bad, *repeated, *total, *named.notices)
    form = FileForm(encoding=encoding, delimiter=layout.delimiter, skipped=tuple(n.message for n in notices))
    return RawTable(frame=named.frame, name=name, notices=notices, repeated=named.repeated, form=form)


def _as_utf8(content: bytes, name: str) -> tuple[bytes, str]:
    """(UTF-8 bytes without a mark, name of the encoding found)."""
    if not content.strip():
        raise DataError(f"{name} is empty.", where=Where(file=name), do=("check the download",))
    encoding = _encoding(content)
    if encoding in {"utf-8", "utf-8-sig"}:
        text = content.removeprefix(b"\xef\xbb\xbf")
    else:
        text = content.decode(encoding, errors="replace").lstrip("\ufeff").encode()
    start = text[:4096]
    odd = sum(byte < 9 or 13 < byte < 32 or byte == 127 for byte in start)
    if odd > 0.01 * len(start) or b"\x00" in start:
        raise DataError(f"{name} is no text: {odd} of its first {len(start):,} bytes are control characters.",
                        where=Where(file=name, row=1),
                        do=("save the table as CSV, Parquet or Excel under its right name",))  # fmt: skip
    return text, encoding


def _encoding(content: bytes) -> str:
    if content.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    start = content[:4096]
    if start[1::2].count(0) > 0.4 * len(start[1::2]) and not start[::2].count(0):
        return "utf-16-le"
    if start[::2].count(0) > 0.4 * len(start[::2]) and not start[1::2].count(0):
        return "utf-16-be"
    if content.isascii():
        return "utf-8"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252" if re.search(rb"[\x80-\x9f]", content[:_HEAD]) else "latin-1"
    return "utf-8"


def _refuse_page(head: str, name: str) -> None:
    line = head.lstrip()[:200].split("\n")[0].strip()
    if re.match(r"<(!doctype html|html|\?xml|head|body)", line, re.IGNORECASE):
        raise DataError(
            f'{name} is a web page (line 1: "{line[:60]}"), not a table. A login page, saved?',
            where=Where(file=name, row=1), do=("sign in, download it again, and save the table as CSV",),
        )  # fmt: skip
    if line.startswith("%PDF") or line.startswith("{\\rtf"):
        raise DataError(f"{name} is a document, not a table.", where=Where(file=name), do=("save the table as CSV",))


@dataclass(frozen=True, slots=True)
class _Layout:
    """delimiter; header: names as written; lines: physical lines down to the header's end; titles: lines above it."""

    delimiter: str
    header: tuple[str, ...]
    lines: int
    titles: tuple[str, ...]


def _records(head: str, delimiter: str, *, is_whole: bool, at_most: int = 200) -> list[tuple[list[str], int]]:
    """(cells, line number after the record) of the first records; a cut last one is left out."""
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    found: list[tuple[list[str], int]] = []
    try:
        for cells in reader:
            found.append((cells, reader.line_num))
            if len(found) > at_most:
                return found
    except csv.Error:
        return found  # an open quote or a huge cell: judge by the records before it
    return found if is_whole else found[:-1] or found


def _delimiter(head: str, *, is_whole: bool) -> str:
    """The mark that cuts most records into the same number (at least two) of cells."""

    def agreement(mark: str) -> tuple[float, int]:
        widths = Counter(len(cells) for cells, _ in _records(head, mark, is_whole=is_whole) if cells)
        width, count = max(widths.items(), key=lambda item: (item[0] > 1, item[1]), default=(1, 0))
        return (count / max(widths.total(), 1) if width > 1 else 0.0), width

    return max(_DELIMITERS, key=agreement)


def _layout(head: str, name: str, *, is_whole: bool) -> _Layout:
    delimiter = _delimiter(head, is_whole=is_whole)
    records = [(cells, line) for cells, line in _records(head, delimiter, is_whole=is_whole)]
    if not records:
        raise DataError(
            f"{name}: no header was found.", where=Where(file=name, row=1), do=("name the columns in line 1",)
        )
    width = Counter(len(cells) for cells, _ in records if cells).most_common(1)[0][0]
    for number, (cells, line) in enumerate(records):
        filled = sum(bool(cell.strip()) for cell in cells)
        if len(cells) == width and (filled >= 0.6 * width or (number == 0 and filled > 1)):
            titles = tuple(delimiter.join(before).strip(delimiter + " ") for before, _ in records[:number])
            return _Layout(delimiter, tuple(cells), line, tuple(title for title in titles if title))
    return _Layout(delimiter, tuple(records[0][0]), records[0][1], ())


def _parse_plainly(
    text: bytes, layout: _Layout, missing: Sequence[str], name: str
) -> tuple["pd.DataFrame", tuple[Notice, ...]]:
    frame, bad = parse_plain(
        text, name=name, delimiter=layout.delimiter, skipped=layout.lines, width=len(layout.header),
        nulls=MISSING_TEXTS | set(missing),
    )  # fmt: skip
    return frame, _bad_notice(bad, layout)


def _parse(text: bytes, layout: _Layout, missing: Sequence[str]) -> tuple["pd.DataFrame", tuple[Notice, ...]]:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    bad: list[tuple[int | None, int]] = []

    def skip(row: "arrow_csv.InvalidRow") -> str:
        bad.append((row.number, row.actual_columns))
        return "skip"

    places = [str(j) for j in range(len(layout.header))]
    is_small = len(text) < 20_000_000
    read = arrow_csv.ReadOptions(
        column_names=places, skip_rows=layout.lines, use_threads=not is_small,
        block_size=min(max(len(text) + 1, 1 << 20), _ONE_BLOCK),
    )  # fmt: skip
    parse = arrow_csv.ParseOptions(
        delimiter=layout.delimiter, newlines_in_values=b'"' in text, invalid_row_handler=skip,
    )  # fmt: skip
    nulls = sorted(MISSING_TEXTS | set(missing))
    convert = arrow_csv.ConvertOptions(null_values=nulls, strings_can_be_null=True)
    source = pa.BufferReader(text)
    try:
        table = arrow_csv.read_csv(source, read, parse, convert)
    except pa.ArrowInvalid:
        # a later block, or a cell beyond its type, contradicts the types of the first: read all as text
        bad.clear()
        convert.column_types = dict.fromkeys(places, pa.string())
        table = arrow_csv.read_csv(pa.BufferReader(text), read, parse, convert)
    return from_arrow(table), _bad_notice(bad, layout)


def _bad_notice(bad: Sequence[tuple[int | None, int]], layout: _Layout) -> tuple[Notice, ...]:
    if not bad:
        return ()
    lines = [number for number, _ in bad if number is not None]
    where = f" ({', '.join(f'{line:,}' for line in lines[:5])}{', …' if len(lines) > 5 else ''})" if lines else ""
    noun = "line" if len(bad) == 1 else "lines"
    message = f"{len(bad):,} bad {noun}{where} left out: not {len(layout.header)} cells"
    return (Notice(code="data/bad-lines", message=message, row=lines[0] if lines else None),)


def _preamble_notice(layout: _Layout) -> tuple[Notice, ...]:
    if not layout.titles:
        return ()
    noun = "title line" if len(layout.titles) == 1 else "title lines"
    message = f'{len(layout.titles)} {noun} above the header left out ("{layout.titles[0][:40]}")'
    return (Notice(code="data/title-lines", message=message, row=1),)


def _without_headers(frame: "pd.DataFrame", header: Sequence[str]) -> tuple["pd.DataFrame", tuple[Notice, ...]]:
    """Rows that repeat the header (files pasted together) are left out."""
    texts = [j for j in range(frame.shape[1]) if frame.dtypes.iloc[j] == "str"]
    if len(texts) < frame.shape[1] or frame.shape[1] < 2:
        return frame, ()  # a repeated header turns every column into text
    names = [cell.strip() for cell in header]
    suspects = (frame.iloc[:, 0].str.strip() == names[0]).to_numpy().nonzero()[0].tolist()
    rows = [row for row in suspects if [str(cell).strip() for cell in frame.iloc[row].tolist()] == names]
    if not rows:
        return frame, ()
    places = "in row" if len(rows) == 1 else f"in {len(rows)} rows, first row"
    message = f"the header again {places} {rows[0] + 1:,}: left out"
    return frame.drop(index=rows), (Notice(code="data/repeated-header", message=message, row=rows[0] + 1),)


def _without_total(frame: "pd.DataFrame") -> tuple["pd.DataFrame", tuple[Notice, ...]]:
    """A last row that starts with "Total" and is mostly empty is no observation."""
    if len(frame) < 3 or frame.shape[1] < 3:
        return frame, ()
    last = frame.iloc[-1]
    if str(last.iloc[0]).strip().casefold() not in _TOTALS or last.isna().mean() < 0.5:
        return frame, ()
    message = f"the last line is a total ({str(last.iloc[0]).strip()}): left out"
    return frame.iloc[:-1], (Notice(code="data/total-line", message=message, row=len(frame)),)


def _retyped(frame: "pd.DataFrame") -> "pd.DataFrame":
    """The frame after rows were left out: text columns that were numbers but for those rows become numbers."""
    if not has_arrow():
        import pandas as pd

        texts = frame.astype(object).where(frame.notna(), None)
        return pd.DataFrame({name: typed(texts[name].tolist(), MISSING_TEXTS) for name in texts})
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    text = io.BytesIO()
    arrow_csv.write_csv(pa.Table.from_pandas(frame.set_axis([str(j) for j in range(frame.shape[1])], axis=1),
                                             preserve_index=False), text)  # fmt: skip
    nulls = arrow_csv.ConvertOptions(null_values=sorted(MISSING_TEXTS), strings_can_be_null=True)
    parse = arrow_csv.ParseOptions(newlines_in_values=True)
    read = arrow_csv.ReadOptions(block_size=len(text.getvalue()) + 1)
    table = arrow_csv.read_csv(pa.BufferReader(text.getvalue()), read, parse, nulls)
    return from_arrow(table).set_axis(frame.columns, axis=1)
