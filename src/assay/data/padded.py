"""Whole numbers written with leading zeros: labels such as "001", which a reader of numbers would hand back as 1."""

from collections.abc import Mapping, Sequence

Spelling = Mapping[str, str]
"""The canonical text of a whole number, and how the file writes it."""


def padded_columns(rows: Sequence[Sequence[str]], names: Sequence[str]) -> dict[str, Spelling]:
    """How columns of whole numbers are written that have leading zeros, each number in one way; others are left out.

    rows: the first records of a file below its header.
    """
    found: dict[str, Spelling] = {}
    for j, name in reversed(list(enumerate(names))):
        cells = {row[j].strip() for row in rows if len(row) > j} - {""}
        spelled = {str(int(cell)): cell for cell in cells if cell.isascii() and cell.isdigit()}
        if len(spelled) == len(cells) and any(number != cell for number, cell in spelled.items()):
            found[name.strip()] = spelled
    return found


def as_written(number: str, spelling: Spelling) -> str:
    """The number as its file writes it; one that was not looked at is padded like the others, if these are alike."""
    widths = {len(text) for text in spelling.values()}
    return spelling.get(number) or (number.zfill(widths.pop()) if len(widths) == 1 else number)
