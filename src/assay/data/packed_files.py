"""Files of other forms, told by their first bytes: packed ones are unpacked, formats that are not read are named."""

import bz2
import gzip
import lzma
import shlex
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from assay.core.errors import DataError, MissingExtraError, Where
from assay.data.csv_fallback import has_arrow

_TAR, _TAR_AT = b"ustar", 257


@dataclass(frozen=True, slots=True)
class Foreign:
    """A format that is not read: what it is, and what to type."""

    what: str
    do: str = "save the table as CSV or Parquet"

    def refused(self, name: str) -> DataError:
        """The error that names it; NAME in what to type is the file's, where that means nothing to a shell."""
        typed = self.do.replace("NAME", name if shlex.quote(name) == name else "FILE")
        return DataError(f"{name} is {self.what}, which is not read.", where=Where(file=name), do=(typed,))


def _pandas(reader: str) -> str:
    return f"python -c \"import pandas; pandas.{reader}('NAME').to_csv('NAME.csv', index=False)\""


_STATA, _SPSS, _SAS = (
    Foreign("a Stata file", _pandas("read_stata")), Foreign("an SPSS file", _pandas("read_spss")),
    Foreign("a SAS file", _pandas("read_sas")),
)  # fmt: skip
_R = tuple(
    Foreign("a file of R", f"in R: write.csv({read}, 'NAME.csv', row.names = FALSE)")
    for read in ("readRDS('NAME')", "get(load('NAME'))")
)
"""Of one object, and of several that have names."""
FOREIGN: tuple[tuple[bytes, Foreign], ...] = (
    (b"%PDF", Foreign("a PDF document")), (b"SQLite format 3", Foreign(
        "a SQLite database", "give its address: sqlite:///NAME --query \"select * from TABLE\"")),
    (b"\x89PNG", Foreign("a picture")), (b"\xff\xd8\xff", Foreign("a picture")),
    (b"\x80\x04\x95", Foreign("a Python pickle", _pandas("read_pickle"))),
    (b"\x80\x05\x95", Foreign("a Python pickle", _pandas("read_pickle"))),
    (b"\xd0\xcf\x11\xe0", Foreign("an old Excel or Word file")), (b"\x7fELF", Foreign("a program")),
    (b"7z\xbc\xaf", Foreign("a 7z archive", "7z x NAME")), (b"Rar!\x1a\x07", Foreign("a RAR archive", "unrar x NAME")),
    (b"\x04\x22\x4d\x18", Foreign("an lz4 file", "lz4 -d NAME")),
    (b"ORC", Foreign("an ORC file", _pandas("read_orc"))), (b"Obj\x01", Foreign("an Avro file")),
    (b"\x89HDF\r\n", Foreign("an HDF5 file", _pandas("read_hdf"))),
    (b"<stata_dta>", _STATA),
    *((bytes([version, order, 1]), _STATA) for version in range(110, 119) for order in (1, 2)),
    (b"$FL2", _SPSS), (b"$FL3", _SPSS), (b"\0" * 12 + b"\xc2\xea\x81\x60", _SAS),
    (b"HEADER RECORD*******LIB", _SAS), (b"X\n\0\0\0", _R[0]),
    *((b"RD%c%d\n" % (form, version), _R[1]) for form in b"AX" for version in (2, 3)),
)  # fmt: skip
"""Formats by their first bytes."""
XML = Foreign("an XML file", _pandas("read_xml"))


def _unpacked_zst(content: bytes) -> bytes:
    if not has_arrow():
        raise MissingExtraError("A zst file needs pyarrow, which is not installed.", do=("pip install pyarrow",))
    import pyarrow as pa

    with pa.input_stream(pa.BufferReader(content), compression="zstd") as stream:
        return bytes(stream.read())


PACKERS: tuple[tuple[bytes, str, Callable[[bytes], bytes]], ...] = (
    (b"\x1f\x8b", "gzip", gzip.decompress),
    *((b"BZh%d1AY&SY" % level, "bz2", bz2.decompress) for level in range(1, 10)),
    (b"\xfd7zXZ\0", "xz", lzma.decompress), (b"\x28\xb5\x2f\xfd", "zst", _unpacked_zst),
)  # fmt: skip


def foreign(content: bytes) -> Foreign | None:
    """The format of a file's first bytes, if it is one of those that are not read."""
    if content[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR:
        return Foreign("a tar archive", "tar -xf NAME, and name the table")
    found = next((what for magic, what in FOREIGN if content.startswith(magic)), None)
    is_text = content.startswith(b"ORC") and min(content[3:60], default=32) >= ord("\t")  # a column may be named so
    return None if is_text else found


def unpacked(content: bytes, name: str) -> bytes | None:
    """The bytes inside gzip, bz2, xz or zst; None where it is none of them. DataError where it is damaged."""
    found = next(((kind, unpack) for magic, kind, unpack in PACKERS if content.startswith(magic)), None)
    if found is None:
        return None
    kind, unpack = found
    try:
        return unpack(content)
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
        raise DataError(
            f"{name} is a damaged {kind} file: {error}.", where=Where(file=name), do=("download it again",)
        ) from error
