"""The layout of a text table: delimiter, header, and the lines above its rows."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from assay.core.errors import DataError, Where
from assay.data.header import TableStart, find_start
from assay.data.refusal import Refusal

DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class TextLayout:
    """delimiter; start: what was found above the rows; lines: physical lines down to the header's end.

    is_folded: whether one of the first records goes over lines.
    """

    delimiter: str
    start: TableStart
    lines: int
    is_folded: bool

    @property
    def header(self) -> tuple[str, ...]:
        return self.start.names

    def places_of(self, names: Sequence[str]) -> dict[str, str]:
        """The first places of those of these names that there are."""
        there = {name.strip(): str(j) for j, name in reversed(list(enumerate(self.header)))}
        return {name: there[name] for name in names if name in there}

    @property
    def places(self) -> list[str]:
        """Column names during parsing, by position, as names may be duplicated."""
        return [str(j) for j in range(len(self.header))]


def layout_of(head: str, name: str, refused: Refusal, *, is_whole: bool) -> TextLayout:
    """Where the table starts."""
    delimiter = _delimiter(head, is_whole=is_whole)
    records = records_of(head, delimiter, is_whole=is_whole)
    rows = [cells for cells, _ in records]
    width = Counter(len(cells) for cells in rows if cells).most_common(1)
    rows = _evened(rows, width[0][0]) if width else rows
    start = find_start(rows, width[0][0], refused=refused) if width else None
    if start is None:
        raise DataError(
            f"{name}: no header was found.", where=Where(file=name, row=1), do=("name the columns in line 1",)
        )
    return TextLayout(delimiter, start, records[start.end - 1][1], is_folded=records[-1][1] > len(records))


def records_of(head: str, delimiter: str, *, is_whole: bool, at_most: int = 200) -> list[tuple[list[str], int]]:
    """(cells, line number after the record) of the first records; a cut last one is left out."""
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    found: list[tuple[list[str], int]] = []
    try:
        for cells in reader:
            found.append((cells, reader.line_num))
            if len(found) > at_most:
                return found
    except csv.Error:
        return found  # an open quote or a huge cell: judge by the records before it
    return found if is_whole else found[:-1] or found


def _delimiter(head: str, *, is_whole: bool) -> str:
    """The mark that cuts most records into the same number (at least two) of cells."""

    def agreement(mark: str) -> tuple[float, int]:
        widths = Counter(len(cells) for cells, _ in records_of(head, mark, is_whole=is_whole) if cells)
        width, count = max(widths.items(), key=lambda item: (item[0] > 1, item[1]), default=(1, 0))
        return (count / max(widths.total(), 1) if width > 1 else 0.0), width

    return max(DELIMITERS, key=agreement)


def _evened(rows: list[list[str]], width: int) -> list[list[str]]:
    """The rows with an empty name behind a header that lacks the delimiter at the end of all other rows."""
    first = next((i for i, cells in enumerate(rows) if cells), 0)
    below = [cells for cells in rows[first + 1 :] if len(cells) == width]
    is_short = len(rows[first]) == width - 1 > 1 and all(map(str.strip, rows[first]))
    if not is_short or not below or any(cells[-1].strip() for cells in below):
        return rows
    return [*rows[:first], [*rows[first], ""], *rows[first + 1 :]]
