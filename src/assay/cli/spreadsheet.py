"""CSV that is safe to open in a spreadsheet."""

import csv
import re
from collections.abc import Iterable, Sequence
from types import SimpleNamespace

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""First characters of a formula; Excel takes the full-width signs for the ordinary ones (OWASP, CSV injection)."""
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)

END = "\r\n"
"""The end of a row for the csv module, which quotes cells with a sign of it; of ours it is the newline alone."""

Cell = str | int | float | bool | None


def safe_cell(value: Cell) -> Cell:
    """Text that a spreadsheet would take for a formula gets a leading apostrophe; numbers stay."""
    if not isinstance(value, str) or not value.startswith(FORMULA_STARTS):
        return value
    return value if _NUMBER.fullmatch(value) else f"'{value}"


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]], *, names: int = 0) -> str:
    """Header and rows as CSV with plain line ends; missing cells are empty.

    names: the number of leading columns that rows are joined by, which are written letter for letter, as the header is.
    """
    lines: list[str] = []
    writer = csv.writer(SimpleNamespace(write=lines.append), lineterminator=END)
    writer.writerow(header)
    writer.writerows([*row[:names], *map(safe_cell, row[names:])] for row in rows)
    return "".join(f"{line.removesuffix(END)}\n" for line in lines)
