"""Detection of a text file's encoding by its bytes, and conversion to UTF-8."""

import codecs
import re
from collections.abc import Iterator
from typing import Literal

from assay.core.errors import DataError, Where
from assay.core.task import Notice

_MARK = b"\xef\xbb\xbf"
_LINE_MARK = re.compile(rb"(?<=[\r\n])\xef\xbb\xbf")
_START = 4096
_HEAD = 200_000
_STEP = 1 << 22
"""Bytes decoded at a time: the text of a whole file takes up to four times its bytes."""
_FEWEST_NULS = 2
"""NUL bytes at the start of a file up to which they are damage to a text; programs and pictures hold more."""
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
        text = content.removeprefix(_MARK)
    else:
        text = b"".join(part.encode() for _, part in _decoded(content, encoding, "replace"))
        text = text.removeprefix(_MARK)
    start = text[:_START]
    odd = sum(byte < 9 or 13 < byte < 32 or byte == 127 for byte in start)
    if odd > 0.01 * len(start) or start.count(0) > _FEWEST_NULS:
        raise DataError(f"{name} is no text: {odd} of its first {len(start):,} bytes are control characters.",
                        where=Where(file=name, row=1),
                        do=("save the table as CSV, Parquet or Excel under its right name",))  # fmt: skip
    n_nuls = text.count(b"\x00") if b"\x00" in text else 0
    return text.replace(b"\x00", b"") if n_nuls else text, encoding, (*_nuls(n_nuls), *_bad_bytes(content, lost))


def without_inner_marks(text: bytes) -> tuple[bytes, tuple[Notice, ...]]:
    """The text without marks at the start of its lines, where files that have one were pasted together."""
    first = _LINE_MARK.search(text) if _MARK in text else None  # a plain search is far faster
    if first is None:
        return text, ()
    line = text.count(b"\n", 0, first.start()) + 1
    clean, n = _LINE_MARK.subn(b"", text)
    marks = "a byte order mark" if n == 1 else f"{n:,} byte order marks"
    message = f"{marks} inside the file ({'' if n == 1 else 'first in '}line {line:,}) left out: files pasted together"
    return clean, (Notice(code="data/inner-mark", message=message, row=line),)


def _nuls(n: int) -> tuple[Notice, ...]:
    noun = "byte" if n == 1 else "bytes"
    return (Notice(code="data/nul-bytes", message=f"{n:,} NUL {noun} left out"),) if n else ()


def _bad_bytes(content: bytes, lost: int) -> tuple[Notice, ...]:
    first = _first_damage(content) if lost else None
    if first is None:
        return ()
    line = content.count(b"\n", 0, first) + 1
    message = f"{lost:,} characters are damaged (no UTF-8, first in line {line:,}): read as \ufffd"
    return (Notice(code="data/bad-bytes", message=message, row=line),)


def _first_damage(content: bytes) -> int | None:
    """Where the first byte stands that is no UTF-8; None where there is none."""
    begin = 0
    try:
        for end, _ in _decoded(content, "utf-8", "strict"):
            begin = end
    except UnicodeDecodeError as error:
        return begin + error.start
    return None


def _decoded(content: bytes, encoding: str, errors: Literal["strict", "replace"]) -> Iterator[tuple[int, str]]:
    """(bytes decoded so far, the text of the last of them), in pieces; a character is never cut.

    UnicodeDecodeError, its place counted from the bytes decoded so far.
    """
    decoder, view = codecs.getincrementaldecoder(encoding)(errors), memoryview(content)
    for begin in range(0, len(view), _STEP):
        end = min(begin + _STEP, len(view))
        part = decoder.decode(view[begin:end], final=end == len(view))
        waiting, _ = decoder.getstate()
        yield end - len(waiting), part


def _encoding(content: bytes) -> tuple[str, int]:
    """(name, damaged places); a file that is UTF-8 but for a few bytes is UTF-8 with damage, not another encoding."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", 0
    start = content[:_START]
    if start[1::2].count(0) > 0.4 * len(start[1::2]) and not start[::2].count(0):
        return "utf-16-le", 0
    if start[::2].count(0) > 0.4 * len(start[::2]) and not start[1::2].count(0):
        return "utf-16-be", 0
    marked = content.startswith(_MARK)
    name = "utf-8-sig" if marked else "utf-8"
    if content.isascii():
        return name, 0
    if _first_damage(content) is None:
        return name, 0
    lost = sum(part.count("\ufffd") for _, part in _decoded(content, "utf-8", "replace"))
    whole = sum(1 for _ in re.finditer(rb"[\xc2-\xf4][\x80-\xbf]+", content))
    if marked or lost <= _FEW * whole:
        return name, lost
    return ("cp1252" if re.search(rb"[\x80-\x9f]", content[:_HEAD]) else "latin-1"), 0
