"""CSV that is safe to open in a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""First characters of a formula; Excel takes the full-width signs for the ordinary ones (OWASP, CSV injection)."""
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)

Cell = str | int | float | bool | None


def safe_cell(value: Cell) -> Cell:
    """Text that a spreadsheet would take for a formula gets a leading apostrophe; numbers stay."""
    if not isinstance(value, str) or not value.startswith(FORMULA_STARTS):
        return value
    return value if _NUMBER.fullmatch(value) else f"'{value}"


class _Lines:
    """What the csv module writes to: lines that end in a newline. It quotes cells that hold an end of a line as it is
    told to write them, so that both signs must be in it."""

    def __init__(self) -> None:
        self.buffer = io.StringIO()

    def write(self, line: str) -> None:
        self.buffer.write(f"{line.removesuffix(END)}\n")


END = "\r\n"


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]], *, names: int = 0) -> str:
    """Header and rows as CSV with plain line ends; missing cells are empty.

    names: the number of leading columns that rows are joined by, which are written letter for letter, as the header is.
    """
    lines = _Lines()
    writer = csv.writer(lines, lineterminator=END)
    writer.writerow(header)
    writer.writerows([*row[:names], *map(safe_cell, row[names:])] for row in rows)
    return lines.buffer.getvalue()
