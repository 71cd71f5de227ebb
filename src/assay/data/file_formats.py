"""File formats recognised by their first bytes, and dispatched to their readers."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assay.core.errors import DataError, MissingExtraError, StorageError, UsageError, Where, nearest_names
from assay.data.csv_fallback import has_arrow
from assay.data.dataframes import from_arrow
from assay.data.delimited import read_delimited, read_text
from assay.data.excel import read_book
from assay.data.json_table import is_json, read_json
from assay.data.nested_cells import flat_table
from assay.data.packed_files import PACKERS, foreign, unpacked
from assay.data.plain_text import LARGE, PlainText
from assay.data.raw import RawTable, with_tidy_names
from assay.data.refusal import NOTHING, Refusal

if TYPE_CHECKING:
    import pyarrow as pa

_PACKED = {
    "content.xml": "an OpenDocument file (LibreOffice)",
    "Index/": "a Numbers, Pages or Keynote file", "word/": "a Word document", "ppt/": "a PowerPoint document",
}  # fmt: skip
"""Documents of other programs, recognised by a file in their archive."""
_ZIP, _PARQUET, _ARROW, _STREAM = b"PK\x03\x04", b"PAR1", (b"ARROW1", b"FEA1"), b"\xff\xff\xff\xff"
_BINARY = (_ZIP, _PARQUET, *_ARROW, _STREAM, *(magic for magic, _, _ in PACKERS))
_LAYERS = 4
"""Most times that a table may be packed: one that unpacks to itself never ends."""
_START = 4096


def content_of(path: Path) -> bytes:
    """The bytes of a file. Raises DataError with the nearest names of its folder when it is not there."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise _not_there(path) from error
    except IsADirectoryError as error:
        parts = [part.parent for part in path.rglob("*.parquet")]
        if len(parts) > 1 or any(folder != path for folder in parts):
            raise _parts(path) from error
        tables = sorted(p.name for p in path.iterdir() if p.suffix in {".csv", ".parquet", ".tsv", ".xlsx"})
        hint = f" Tables in it: {', '.join(tables[:3])}." if tables else ""
        raise UsageError(
            f"{path} is a folder, not a table.{hint}", where=Where(file=str(path)), nearest=tables[:3]
        ) from error
    except OSError as error:
        raise _unreadable(path, error) from error


def _parts(path: Path) -> UsageError:
    """A folder of Parquet files, as programs write one table in parts."""
    file = f"{path.resolve().name}.parquet"
    made = (
        f"import pyarrow.dataset as d, pyarrow.parquet as p; "
        f"p.write_table(d.dataset({str(path)!r}, partitioning='hive').to_table(), {file!r})"
    )
    return UsageError(
        f"{path} is a folder of Parquet files, and a table is read from one file.", where=Where(file=str(path)),
        do=(f'python -c "{made}"', f"then give {file}"),
    )  # fmt: skip


def read_file(
    path: Path, *, name: str, sheet: str | None = None, missing: Sequence[str] = (), refused: Refusal = NOTHING
) -> RawTable:
    """The table in a file. A large one of plain text is parsed from where it lies, without its bytes in memory.

    Raises as content_of and read_content do.
    """
    try:
        is_large = sheet is None and path.is_file() and path.stat().st_size >= LARGE  # a pipe can be read only once
        text = PlainText.of_file(path) if is_large and _starts_as_text(path) else None
        if text is not None:
            return read_text(text, name=name, missing=missing, refused=refused)
    except OSError as error:
        raise _unreadable(path, error) from error
    return read_content(content_of(path), name=name, sheet=sheet, missing=missing, refused=refused)


def _starts_as_text(path: Path) -> bool:
    """Whether the first bytes are neither those of another kind of file nor of JSON."""
    with path.open("rb") as file:
        start = file.read(_START)
    return not start.startswith(_BINARY) and foreign(start) is None and start.lstrip()[:1] not in {b"{", b"["}


def _unreadable(path: Path, error: OSError) -> StorageError:
    return StorageError(f"{path} cannot be read: {error.strerror}.", where=Where(file=str(path)))


def _not_there(path: Path) -> DataError:
    folder = path.parent
    names = sorted(p.name for p in folder.iterdir() if p.is_file()) if folder.is_dir() else []
    near = nearest_names(path.name, names)
    hint = f" Near: {', '.join(near)}." if near else "" if folder.is_dir() else f" Nor is its folder {folder}."
    do = (f"give {folder / near[0]}",) if near else ("check the path",)
    return DataError(f"{path} is not there.{hint}", where=Where(file=str(path)), nearest=near, do=do)


def read_content(
    content: bytes, *, name: str, sheet: str | None = None, missing: Sequence[str] = (), refused: Refusal = NOTHING
) -> RawTable:
    """The table in a file's bytes, whatever the file is called."""
    content = _unpacked(content, name)
    is_book = content.startswith(_ZIP)
    if sheet is not None and not is_book:
        raise not_for(name, "--sheet", "an Excel workbook")
    if (found := foreign(content)) is not None:
        raise found.refused(name)
    if content.startswith(_PARQUET):
        return _columnar(content, name, _parquet)
    if content.startswith(_ARROW):
        return _columnar(content, name, _arrow_file)
    if content.startswith(_STREAM):
        return _columnar(content, name, _arrow_stream)
    if is_book:
        return read_book(content, name=name, sheet=sheet, refused=refused)
    if content.lstrip()[:1] in {b"{", b"["} and is_json(content):
        return read_json(content, name)
    return read_delimited(content, name=name, missing=missing, refused=refused)


def not_for(name: str, option: str, what: str) -> UsageError:
    """An option that this source has no use for."""
    return UsageError(
        f"{option} is for {what}; {name} is none.", where=Where(file=name, option=option), do=(f"leave out {option}",)
    )


def _unpacked(content: bytes, name: str) -> bytes:
    """What is inside all that a file is packed in."""
    for _ in range(_LAYERS):
        inner = _inside(content, name)
        if inner is content:
            return content
        content = inner
    raise DataError(
        f"{name} is packed {_LAYERS} times or more.", where=Where(file=name), do=("unpack it and name the table",)
    )


def _inside(content: bytes, name: str) -> bytes:
    """The file inside gzip, bz2, xz or zst, or the only table inside a zip archive; else the very same bytes."""
    if (inner := unpacked(content, name)) is not None:
        return inner
    if not content.startswith(_ZIP):
        return content
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, struct.error, ValueError, OSError, NotImplementedError) as error:
        raise DataError(
            f"{name} is a damaged zip archive.", where=Where(file=name), do=("download it again",)
        ) from error
    inside = [item for item in archive.namelist() if not item.endswith("/") and not item.startswith("__MACOSX")]
    for part, what in _PACKED.items():
        if any(item.startswith(part) for item in inside):
            raise DataError(f"{name} is {what}, which is not read.", where=Where(file=name),
                            do=("open it there and save the table as CSV or Excel (.xlsx)",))  # fmt: skip
    if any(item.startswith(("xl/", "_rels/", "[Content_Types]")) for item in inside):
        return content
    if len(inside) != 1:
        listed = ", ".join(inside[:3]) or "nothing"
        raise DataError(f"{name} holds {len(inside)} files ({listed}); one table is needed.", where=Where(file=name),
                        do=("unpack it and name the table",))  # fmt: skip
    return _member(archive, inside[0], name)


def _member(archive: zipfile.ZipFile, inside: str, name: str) -> bytes:
    try:
        return archive.read(inside)
    except (zipfile.BadZipFile, OSError, EOFError, zlib.error, struct.error, KeyError, ValueError) as error:
        raise DataError(
            f"{name} is a damaged zip archive: {error}.", where=Where(file=name), do=("download it again",)
        ) from error
    except (RuntimeError, NotImplementedError) as error:  # a password, a method of packing zipfile does not know
        raise DataError(
            f"{name}: {inside} cannot be unpacked: {error}.", where=Where(file=name),
            do=("unpack it and name the table",),
        ) from error  # fmt: skip


def _columnar(content: bytes, name: str, read: Callable[[bytes], "pa.Table"]) -> RawTable:
    if not has_arrow():
        raise MissingExtraError(
            f"{name} is a Parquet or Arrow file; reading it needs pyarrow, which is not installed.",
            where=Where(file=name), do=("pip install pyarrow", "save the table as CSV"),
        )  # fmt: skip
    import pyarrow as pa

    try:
        table = read(content)
        table.validate(full=True)  # offsets and UTF-8, which readers take on trust
        table, nested = flat_table(table)
        frame = from_arrow(table)
    except (pa.ArrowException, OSError, ValueError) as error:  # ValueError: names that are no text
        raise _damaged(name, error) from error
    named = with_tidy_names(frame, tuple(frame.columns))
    if named.frame.empty:
        raise DataError(f"{name} has no row.", where=Where(file=name), do=("check the download",))
    notices = (*nested, *named.notices)
    return RawTable(frame=named.frame, name=name, notices=notices, repeated=named.repeated)


def _damaged(name: str, error: Exception) -> DataError:
    first = str(error).split("\n")[0][:200]
    return DataError(f"{name} is damaged: {first}", where=Where(file=name), do=("download it again",))


def _parquet(content: bytes) -> "pa.Table":
    import pyarrow as pa
    from pyarrow import parquet

    return parquet.read_table(pa.BufferReader(content))


def _arrow_file(content: bytes) -> "pa.Table":
    import pyarrow as pa
    from pyarrow import feather

    return feather.read_table(pa.BufferReader(content))


def _arrow_stream(content: bytes) -> "pa.Table":
    import pyarrow as pa

    return pa.ipc.open_stream(pa.BufferReader(content)).read_all()
