"""Zero-padded whole numbers: labels such as "001", which must not be returned as 1."""

from collections.abc import Mapping, Sequence

from assay.data.cell import plain_number

Spelling = Mapping[str, str]
"""The canonical text of a whole number, and how the file writes it."""


def padded_columns(rows: Sequence[Sequence[str]], names: Sequence[str]) -> dict[str, Spelling]:
    """How columns of whole numbers are written that have leading zeros, each number in one way; others are left out.

    rows: the first records of a file below its header. Words are passed over: where the column is one of numbers, they
    stood in rows that are none of the table, of units or of names once more.
    """
    found: dict[str, Spelling] = {}
    for j, name in reversed(list(enumerate(names))):
        cells = {cell for row in rows if len(row) > j and plain_number(cell := row[j].strip()) is not None}
        spelled = {str(int(cell)): cell for cell in cells if cell.isascii() and cell.isdigit()}
        if len(spelled) == len(cells) and any(number != cell for number, cell in spelled.items()):
            found[name.strip()] = spelled
    return found


def as_written(number: str, spelling: Spelling) -> str:
    """The number as its file writes it; one that was not looked at is padded like the others, if these are alike."""
    widths = {len(text) for text in spelling.values()}
    return spelling.get(number) or (number.zfill(widths.pop()) if len(widths) == 1 else number)
