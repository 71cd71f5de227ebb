"""The only module that prints: answers to stdout, everything else to stderr, each adapted to its output."""

import errno
import json
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TextIO

from assay.cli.line_layout import FULL_WIDTH, Line, LineLayout, Role, Span, cut
from assay.core.errors import StorageError
from assay.core.safe_text import visible

if TYPE_CHECKING:
    from assay.core.array import JsonObject

ColorChoice = Literal["auto", "always", "never"]
CODES: dict[Role, str] = {"good": "32", "warn": "33", "bad": "31", "dim": "2", "number": "1", "": ""}
LEAST_WIDTH = 20


class ReaderGoneError(Exception):
    """The reader of an output has closed it, as `head` does.

    No BrokenPipeError, for which click exits with code 1.
    """


@dataclass(frozen=True, slots=True)
class Stream:
    """One output and its properties."""

    file: TextIO
    layout: LineLayout
    color: bool
    is_terminal: bool

    @classmethod
    def of(cls, file: TextIO, *, color: ColorChoice, columns: int | None, environ: Mapping[str, str]) -> "Stream":
        """Detect a file's properties: terminal, width, colours, available marks."""
        is_terminal = file.isatty()
        dumb = environ.get("TERM") == "dumb"
        unicode = (getattr(file, "encoding", None) or "ascii").lower().replace("-", "") in ("utf8", "utf16", "utf32")
        plain = dumb or "NO_COLOR" in environ
        wanted = {"always": True, "never": False}.get(color)
        if wanted is None:
            wanted = not plain and (is_terminal or bool(environ.get("FORCE_COLOR")))
        layout = LineLayout(columns or _columns(file, environ), ascii=plain or not unicode)
        return cls(file, layout, wanted, is_terminal and not dumb)

    def write(self, lines: Iterable[Line]) -> None:
        """Print lines, with colour codes if enabled."""
        self.put("".join(f"{self.rendered(spans).rstrip()}\n" for spans in lines))

    def put(self, text: str) -> None:
        """Print text as it is; ReaderGoneError where the reader is gone, StorageError where the disk is full."""
        try:
            self.file.write(text)
            self.file.flush()
        except BrokenPipeError as error:
            raise ReaderGoneError from error
        except OSError as error:
            if self.is_terminal and error.errno == errno.EIO:
                return  # the terminal was closed, and its signal is on the way
            raise StorageError(
                f"The output cannot be written: {error.strerror or error}.", do=("check space and rights",)
            ) from error

    def rendered(self, spans: Line) -> str:
        """One line with the marks and colours of this output."""
        text = ""
        for span in spans:
            shown = self.layout.mark(span.text)
            code = CODES[span.role] if self.color else ""
            text += f"\x1b[{code}m{shown}\x1b[0m" if code and shown.strip() else shown
        encoding = getattr(self.file, "encoding", None) or "utf-8"
        return text.encode(encoding, "replace").decode(encoding)


def _columns(file: TextIO, environ: Mapping[str, str]) -> int:
    named = environ.get("COLUMNS", "")
    if named.isdigit() and int(named) > 0:
        return max(int(named), LEAST_WIDTH)
    try:
        return max(os.get_terminal_size(file.fileno()).columns or FULL_WIDTH, LEAST_WIDTH)
    except (OSError, ValueError):
        return FULL_WIDTH


@dataclass(frozen=True, slots=True)
class Console:
    """Output of a command: `answer` and `document` to stdout, `say` to stderr unless quiet, `complain` always."""

    out: Stream
    err: Stream
    quiet: bool = False
    json: bool = False
    debug: bool = False

    @classmethod
    def open(
        cls, *, color: ColorChoice = "auto", columns: int | None = None, quiet: bool = False, json: bool = False,
        debug: bool = False,
    ) -> "Console":  # fmt: skip
        """The console of this process."""
        out = Stream.of(sys.stdout, color=color, columns=columns, environ=os.environ)
        err = Stream.of(sys.stderr, color=color, columns=columns, environ=os.environ)
        return cls(out, err, quiet, json, debug)

    def answer(self, lines: Iterable[Line]) -> None:
        """The answer for people; nothing with --json."""
        if not self.json:
            self.out.write(lines)

    def document(self, body: "JsonObject") -> None:
        """One JSON document, with --json."""
        if self.json:
            self.out.put(visible(json.dumps(body, ensure_ascii=False, indent=2, allow_nan=False)) + "\n")

    def text(self, content: str) -> None:
        """Unformatted output: CSV, a recipe. Control characters are removed for terminals."""
        self.out.put(visible(content) if self.out.is_terminal else content)

    def say(self, lines: Iterable[Line]) -> None:
        if not self.quiet:
            self.err.write(lines)

    def passing(self, text: str) -> None:
        """The current activity, in one dim line at a terminal that the next one replaces; "" removes it."""
        if self.err.is_terminal and not self.quiet:
            shown = self.err.rendered((Span(cut(text, self.err.layout.columns - 1), "dim"),)) if text else ""
            self.err.put(f"\r\x1b[2K{shown}")

    def event(self, body: "JsonObject") -> None:
        """One JSON line on stderr."""
        self.err.put(visible(json.dumps(body, ensure_ascii=False, allow_nan=False)) + "\n")

    @property
    def can_ask(self) -> bool:
        """Whether a person at a terminal reads stderr and can answer."""
        return (
            self.err.is_terminal and not self.quiet and not self.json and sys.stdin is not None and sys.stdin.isatty()
        )

    def ask(self, lines: Iterable[Line]) -> bool:
        """A yes-or-no question on stderr; anything but y or yes, and the end of the input, means no."""
        self.err.write(lines)
        return sys.stdin.readline().strip().casefold() in {"y", "yes"}

    def complain(self, lines: Iterable[Line]) -> None:
        self.err.write(lines)
