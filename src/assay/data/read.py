"""The entry point for tables: files, streams, frames of any library, databases."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path

from assay.core.clock import SystemClock
from assay.core.errors import DataError
from assay.core.special_files import refuse_special
from assay.data.addresses import local_path
from assay.data.raw import FileForm, RawTable, Source
from assay.data.refusal import Refusal

__all__ = ["FileForm", "RawTable", "Source", "read_table"]


def read_table(
    source: object,
    *,
    sheet: str | None = None,
    query: str | None = None,
    missing: Sequence[str] = (),
    name: str | None = None,
    raw: Sequence[str] | Refusal = (),
) -> RawTable:
    """The table in a path, `-` (standard input), a database URL with a query, a frame, or a dict of columns.

    Formats are recognised by content: CSV, TSV (both also in gzip, bz2, xz, zst or zip), Parquet, Arrow, Feather,
    Excel, JSON lines.
    missing: further texts that mean missing. raw: repairs that are refused (refusal.py). name: what to call it in
    messages. Raises DataError when it cannot be read as a table, MissingExtraError when an optional reader is not
    installed.
    """
    clock = SystemClock()
    started = clock.now()
    refused = raw if isinstance(raw, Refusal) else Refusal(tuple(raw))
    found = _read(source, sheet=sheet, query=query, missing=missing, name=name, refused=refused)
    return replace(found, seconds=clock.now() - started)


def _read(
    source: object, *, sheet: str | None, query: str | None, missing: Sequence[str], name: str | None, refused: Refusal
) -> RawTable:
    from assay.data import database
    from assay.data import file_formats as files

    if isinstance(source, str) and source == "-":
        body, known = sys.stdin.buffer.read(), name or "standard input"
        return files.read_content(body, name=known, sheet=sheet, missing=missing, refused=refused)
    if isinstance(source, str):
        source = local_path(source) or source
    if isinstance(source, str) and database.is_database(source):
        return database.read_database(source, query, name=name)
    if isinstance(source, str | PathLike):
        path = Path(source)
        if query is not None:
            raise files.not_for(path.name, "--query", "a database URL, such as sqlite:///shop.db")
        refuse_special(path)
        found = files.read_file(path, name=name or path.name, sheet=sheet, missing=missing, refused=refused)
        return replace(found, path=str(source))
    return _of_memory(source, name=name or "the table")


def _of_memory(source: object, *, name: str) -> RawTable:
    from assay.data.dataframes import frame_of
    from assay.data.nested_cells import flat_frame
    from assay.data.raw import with_tidy_names

    frame, nested = flat_frame(frame_of(source))
    if frame.empty:
        raise DataError(f"{name} has no row." if len(frame.columns) else f"{name} has no column.")
    named = with_tidy_names(frame, tuple(frame.columns))
    return RawTable(frame=named.frame, name=name, notices=(*nested, *named.notices), repeated=named.repeated)
