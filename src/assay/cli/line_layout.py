"""Lines of styled spans, and fitting them into a width. Nothing here prints."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assay.core.safe_text import visible

Role = Literal["", "good", "warn", "bad", "dim", "number"]
FULL_WIDTH = 100
NARROW = 60
ASCII_MARKS = (
    (" · ", " | "), ("●", "*"), ("✗", "x"), ("✓", "+"), ("━", "-"), ("─", "."), ("×", "x"), ("·", "."), ("┤", "|"),
    ("↓", "v"), ("→", "->"), ("−", "-"), ("–", "-"), ("…", "..."), ("σ", "sigma"), ("≥", ">="), ("≤", "<="),
    *((bar, str(height)) for height, bar in enumerate("▁▂▃▄▅▆▇█", start=1)),
)  # fmt: skip
_GLUED = re.compile(r"(?<=\d) (?=(?:%|σ|s|ms|min|h|d|kB|MB|GB|TB)(?!\w))|(?<=[:,;] [σp]) (?=\d)|(?<=^σ) (?=\d)")


@dataclass(frozen=True, slots=True)
class Span:
    text: str
    role: Role = ""


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class LineLayout:
    """Available width, and whether marks must be ASCII."""

    columns: int = FULL_WIDTH
    ascii: bool = False

    @property
    def is_narrow(self) -> bool:
        return self.columns < NARROW

    def mark(self, text: str) -> str:
        """The text with marks this output can show, and without terminal control characters."""
        text = visible(text)
        if self.ascii:
            for fancy, plain in ASCII_MARKS:
                text = text.replace(fancy, plain)
        return text


def line(*parts: str | Span) -> Line:
    """Spans in a row; bare texts have no role."""
    return tuple(part if isinstance(part, Span) else Span(part) for part in parts)


def plain(spans: Line) -> str:
    """The text of a line without styles."""
    return "".join(span.text for span in spans)


def width(layout: LineLayout, spans: Line) -> int:
    """Width of a line with the marks of this output."""
    return len(layout.mark(plain(spans)))


def pad(layout: LineLayout, text: str, size: int, *, right: bool = False) -> str:
    """The marked text padded with spaces."""
    shown = layout.mark(text)
    return shown.rjust(size) if right else shown.ljust(size)


def first_that_fits(layout: LineLayout, *variants: Line) -> Line:
    """The longest variant, given longest first, that fits; the last one where none does."""
    for variant in variants[:-1]:
        if width(layout, variant) <= layout.columns:
            return variant
    return variants[-1]


def with_right(layout: LineLayout, left: Line, right: str, *, role: Role = "dim") -> Line:
    """Something at the right edge, or after a separator where the line is too long for that."""
    room = min(layout.columns, FULL_WIDTH) - width(layout, left) - len(layout.mark(right))
    if room >= 3:
        return (*left, Span(" " * room), Span(right, role))
    return left


def cut(text: str, size: int) -> str:
    """The text shortened with … at its end."""
    return text if len(text) <= size else text[: max(size - 1, 0)].rstrip() + "…"


def cut_middle(text: str, size: int) -> str:
    """A path shortened with … in its middle."""
    if len(text) <= size:
        return text
    head = max((size - 1) // 2, 1)
    return f"{text[:head]}…{text[len(text) - (size - 1 - head) :]}"


def wrap(layout: LineLayout, text: str, *, indent: int) -> list[str]:
    """Text wrapped at spaces after an indent; numbers stay with their units."""
    import textwrap

    glued = _GLUED.sub("\u00a0", layout.mark(text))
    room = max(layout.columns - indent, 20)
    lines = textwrap.wrap(glued, room, break_long_words=False, break_on_hyphens=False)
    return [item.replace("\u00a0", " ") for item in lines] or [""]


def labelled(
    layout: LineLayout, label: str, text: str, *, indent: int = 2, size: int = 9, role: Role = ""
) -> list[Line]:
    """A dim label, then text wrapped beside it; long labels push the text to the right."""
    start = indent + max(size, len(label) + 2)
    head = " " * indent + label
    first, *more = wrap(layout, text, indent=start)
    return [line(Span(head.ljust(start), "dim"), Span(first, role)), *(line(" " * start, Span(m, role)) for m in more)]


def labelled_within(layout: LineLayout, label: str, text: str, *, lines: int, size: int = 9) -> list[Line]:
    """`labelled` in a number of lines: clauses are dropped from the end to fit; the first is never cut."""
    clauses = text.split("; ")
    for kept in range(len(clauses), 1, -1):
        found = labelled(layout, label, "; ".join(clauses[:kept]), size=size)
        if len(found) <= lines:
            return found
    return labelled(layout, label, clauses[0], size=size)


def commands(layout: LineLayout, pairs: Sequence[tuple[str, str]], *, column: int = 36) -> list[Line]:
    """Commands to type with their meanings, in one column; meanings are dropped where there is no room."""
    start = max(column, *(len(text) + 3 for text, _ in pairs))
    return [
        first_that_fits(layout, line(f"  {text:<{start}}", Span(meaning, "dim")), line(f"  {text}"))
        for text, meaning in pairs
    ]


def joined(parts: Sequence[str]) -> str:
    """Parts with the common separator."""
    return " · ".join(part for part in parts if part)
