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


def _one_line_end(value: Cell) -> Cell:
    """A carriage return inside a cell as a newline: the csv module quotes only the latter, and the row would break."""
    return value.replace("\r\n", "\n").replace("\r", "\n") if isinstance(value, str) else value


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Header and rows as CSV with plain line ends; missing cells are empty."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([_one_line_end(safe_cell(name)) for name in header])
    writer.writerows([_one_line_end(safe_cell(cell)) for cell in row] for row in rows)
    return buffer.getvalue()
