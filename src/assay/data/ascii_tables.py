"""ASCII tables with | between the cells and ruled lines: Markdown, psql, MySQL, grids."""

import re
from collections.abc import Sequence

from assay.core.errors import DataError, Where

_STROKES = frozenset("|+:-= \t")
_STROKE = re.compile(r"\s*(?::?[-=]{2,}:?|:[-=]:?|[-=]:)\s*")
_PARTS = re.compile(r"[|+]")
_CELL_END = re.compile(r"(?<!\\)\|")
_LOOKED = 60
"""Lines among which the first rule is looked for; a drawn table is written to be seen."""


def drawn_rows(lines: Sequence[str], name: str) -> list[list[str]] | None:
    """The cells of each line of a drawn table, [] for its rules and lines around it; None where none is.

    Raises DataError where the file draws several tables, as rows of two tables are no rows of one.
    """
    header = _header_at(lines)
    if header is None:
        return None
    is_boxed = lines[header].lstrip().startswith("|")
    width = len(_cells(lines[header], is_boxed=is_boxed))
    end = _end(lines, header)
    if width < 2 or not any("|" in line and not _is_rule(line) for line in lines[header + 1 : end]):
        return None
    again = _header_at(lines[end:])
    if again is not None:
        raise DataError(
            f"{name} draws several tables (in lines {header + 1:,} and {end + again + 1:,}); one is needed.",
            where=Where(file=name, row=end + again + 1), do=("save each table in a file of its own",),
        )  # fmt: skip
    return [
        _cells(line, is_boxed=is_boxed) if header <= number < end and not _is_rule(line) else []
        for number, line in enumerate(lines)
    ]


def _is_rule(line: str) -> bool:
    """Whether the line consists of strokes only, in two columns or more or between two sides."""
    if not set(line) <= _STROKES:
        return False
    parts = [part for part in _PARTS.split(line.strip()) if part]
    return bool(_PARTS.search(line)) and bool(parts) and all(map(_STROKE.fullmatch, parts))


def _header_at(lines: Sequence[str]) -> int | None:
    """The line of names: right above the first rule, or between the first two, and cut like them."""
    for number, line in enumerate(lines[:_LOOKED]):
        if not _is_rule(line):
            continue
        for at in (number - 1, number + 1):
            is_there = 0 <= at < len(lines) and "|" in lines[at] and not _is_rule(lines[at])
            is_ruled = at < number or (at + 1 < len(lines) and _is_rule(lines[at + 1]))
            is_first = not any("|" in above and not _is_rule(above) for above in lines[: max(at, 0)])
            if is_there and is_ruled and is_first and _n_parts(lines[at]) == _n_parts(line):
                return at
    return None


def _n_parts(line: str) -> int:
    """Columns of a line or a rule; strokes at its ends separate none."""
    marks = _PARTS if _is_rule(line) else _CELL_END
    return len(marks.findall(line.strip()[1:-1])) + 1


def _end(lines: Sequence[str], header: int) -> int:
    """The line below the last of the table."""
    below = range(header + 1, len(lines))
    return next((at for at in below if "|" not in lines[at] and not _is_rule(lines[at])), len(lines))


def _cells(line: str, *, is_boxed: bool) -> list[str]:
    text = line.strip() if is_boxed else line
    if is_boxed:
        text = text.removeprefix("|")
        text = text[:-1] if text.endswith("|") and not text.endswith("\\|") else text
    return [cell.strip().replace("\\|", "|") for cell in _CELL_END.split(text)]
