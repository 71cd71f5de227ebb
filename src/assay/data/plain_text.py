"""UTF-8 text in memory or in its file, so that large files are parsed without holding their bytes."""

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

Piece: TypeAlias = NDArray[np.uint8]

LARGE = 20_000_000
"""Bytes; larger files stay where they are, and are parsed in blocks by threads."""
_HEAD = 200_000
"""Bytes looked at to find delimiter and header."""
_LINES = 5
_START = 4096
_STEP = 1 << 18
"""Bytes looked at together; they stay in the processor's cache for every look."""
_MARK = b"\xef\xbb\xbf"
_INNER_MARK = _MARK.decode()
_QUOTE, _NEWLINE, _RETURN = b'"\n\r'


@dataclass(frozen=True, slots=True)
class TextCounts:
    """quotes: quotation marks; lines: those that are not empty; is_folded: a quoted cell was seen to go over lines;
    has_returns: whether carriage returns are among the ends of lines, or in cells.

    is_folded is checked in one line of each piece: it may be missed, but is never wrongly set where all quotation marks
    belong to quoted cells.
    """

    quotes: int
    lines: int
    is_folded: bool
    has_returns: bool


@dataclass(frozen=True, slots=True, eq=False)
class PlainText:
    """UTF-8; size: in bytes; head: enough to find delimiter and header, without a mark."""

    source: bytes | Path
    size: int
    head: bytes
    counts: TextCounts
    encoding: str = "utf-8"

    @classmethod
    def of_bytes(cls, content: bytes, encoding: str) -> "PlainText":
        """Text in memory, which is known to be UTF-8 without a mark."""
        numbers = np.frombuffer(content, dtype=np.uint8)
        found = count_text(numbers[at : at + _STEP] for at in range(0, len(numbers), _STEP))
        return cls(content, len(content), content[: _head_length(content)], found, encoding)

    @classmethod
    def of_file(cls, path: Path) -> "PlainText | None":
        """A file of plain text, looked at in one pass over all of it; None where its bytes have to be mended or judged
        as a whole: no UTF-8, marks of encodings inside, NUL bytes, control characters, lines that are too long, a
        quotation mark left open.

        OSError where it cannot be read.
        """
        with FileIO(path) as file:
            head = file.read(_HEAD)
            if not _is_plain(head):
                return None
            file.seek(0)
            try:
                found = count_text(_checked(file))
            except UnicodeDecodeError:
                return None
            size = file.tell()
        if found.quotes % 2:
            return None
        marked = head.startswith(_MARK)
        return cls(path, size, head.removeprefix(_MARK), found, "utf-8-sig" if marked else "utf-8")

    @property
    def is_whole(self) -> bool:
        """Whether the head is all."""
        return self.size <= len(self.head)

    def content(self) -> bytes:
        """All of it."""
        return self.source.read_bytes().removeprefix(_MARK) if isinstance(self.source, Path) else self.source

    def stream(self) -> "pa.NativeFile":
        """What pyarrow reads from; it leaves out a mark by itself. Blocks of a file are read as they are parsed."""
        import pyarrow as pa

        return pa.OSFile(str(self.source)) if isinstance(self.source, Path) else pa.BufferReader(self.source)

    def lines_below(self, skipped: int) -> int:
        """Lines that are not empty below the first ones, which are in the head."""
        above = self.head.splitlines()[:skipped]
        return self.counts.lines - sum(bool(line) for line in above)


def count_text(pieces: Iterable[Piece]) -> TextCounts:
    """What is counted in a text, piece by piece. A line ends as pyarrow's parser ends it: \\n, \\r or both."""
    quotes = lines = 0
    was_end, is_folded, has_returns = True, False, False
    for piece in pieces:
        is_end = piece == _NEWLINE
        if (returns := piece == _RETURN).any():
            is_end |= returns
            has_returns = True
        found = int(np.count_nonzero(piece == _QUOTE))
        lines += int(np.count_nonzero(is_end[1:] > is_end[:-1])) + bool(is_end[0] and not was_end)
        was_end = bool(is_end[-1])
        is_folded = is_folded or (found > 0 and _is_open_at_end(piece, quotes + found))
        quotes += found
    return TextCounts(quotes, lines + (not was_end), is_folded, has_returns)


def _is_open_at_end(piece: Piece, quotes: int) -> bool:
    """Whether the number of quotation marks is odd up to the last newline of a piece; quotes: up to its end."""
    tail = piece[-_START:].tobytes()
    at = tail.rfind(b"\n")
    return at >= 0 and (quotes - tail.count(b'"', at)) % 2 == 1


def _checked(file: FileIO) -> Iterator[Piece]:
    """The file in pieces that share one buffer; UnicodeDecodeError where it is no UTF-8, no text for a NUL byte, or has
    a mark inside.
    """
    decoder, buffer = codecs.getincrementaldecoder("utf-8")(), bytearray(_STEP)
    numbers = np.frombuffer(buffer, dtype=np.uint8)
    at = 0
    while size := file.readinto(buffer):
        piece = numbers[:size]
        if not piece.min():
            raise UnicodeDecodeError("utf-8", b"\0", 0, 1, "a NUL byte is no text")
        if piece.max() > 127 or decoder.getstate()[0]:
            text = decoder.decode(piece.tobytes())
            if _INNER_MARK in (text if at else text[1:]):
                raise UnicodeDecodeError("utf-8", _MARK, 0, len(_MARK), "a mark inside is to be left out")
        at += size
        yield piece
    decoder.decode(b"", final=True)


def _is_plain(head: bytes) -> bool:
    """Whether a file starts as text does: five lines, and no control characters where a person would look."""
    start = head[:_START]
    odd = any(byte < 9 or 13 < byte < 32 or byte == 127 for byte in start)
    return not odd and bool(start.strip()) and head.count(b"\n") >= _LINES


def _head_length(text: bytes) -> int:
    """Bytes to look at: at least 200,000, and with very long lines enough for a few of them."""
    end = 0
    for _ in range(_LINES):
        end = text.find(b"\n", end) + 1
        if not end:
            return len(text)
    return max(_HEAD, end)
