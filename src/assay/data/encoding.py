"""The encoding of a text file, told by its bytes, and its text as UTF-8."""

import re

from assay.core.errors import DataError, Where
from assay.core.task import Notice

_START = 4096
_HEAD = 200_000
_FEW = 0.1
"""Share of the non-ASCII places of a file that may be damaged before it is taken for another encoding."""


def as_utf8(content: bytes, name: str) -> tuple[bytes, str, tuple[Notice, ...]]:
    """(UTF-8 bytes without a mark, name of the encoding found, what could not be decoded).

    Raises DataError when there is nothing in it, or no text.
    """
    if not content[:_START].strip() and not content.strip():  # a copy of a gigabyte is dear
        raise DataError(f"{name} is empty.", where=Where(file=name), do=("check the download",))
    encoding, lost = _encoding(content)
    if encoding in {"utf-8", "utf-8-sig"} and not lost:
        text = content.removeprefix(b"\xef\xbb\xbf")
    else:
        text = content.decode(encoding, errors="replace").lstrip("\ufeff").encode()
    start = text[:_START]
    odd = sum(byte < 9 or 13 < byte < 32 or byte == 127 for byte in start)
    if odd > 0.01 * len(start) or b"\x00" in start:
        raise DataError(f"{name} is no text: {odd} of its first {len(start):,} bytes are control characters.",
                        where=Where(file=name, row=1),
                        do=("save the table as CSV, Parquet or Excel under its right name",))  # fmt: skip
    return text, encoding, _bad_bytes(content, lost)


def _bad_bytes(content: bytes, lost: int) -> tuple[Notice, ...]:
    if not lost:
        return ()
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"{lost:,} characters are damaged (no UTF-8, first in line {line:,}): read as \ufffd"
        return (Notice(code="data/bad-bytes", message=message, row=line),)
    return ()


def _encoding(content: bytes) -> tuple[str, int]:
    """(name, damaged places); a file that is UTF-8 but for a few bytes is UTF-8 with damage, not another encoding."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", 0
    start = content[:_START]
    if start[1::2].count(0) > 0.4 * len(start[1::2]) and not start[::2].count(0):
        return "utf-16-le", 0
    if start[::2].count(0) > 0.4 * len(start[::2]) and not start[1::2].count(0):
        return "utf-16-be", 0
    marked = content.startswith(b"\xef\xbb\xbf")
    name = "utf-8-sig" if marked else "utf-8"
    if content.isascii():
        return name, 0
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        lost = content.decode("utf-8", errors="replace").count("\ufffd")
        whole = len(re.findall(rb"[\xc2-\xf4][\x80-\xbf]+", content))
        if marked or lost <= _FEW * whole:
            return name, lost
        return ("cp1252" if re.search(rb"[\x80-\x9f]", content[:_HEAD]) else "latin-1"), 0
    return name, 0
