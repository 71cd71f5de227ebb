"""The header of a table among rows of text: title lines, then one or two rows of names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assay.core.task import Notice
from assay.data.refusal import NOTHING, Refusal

_FILLED = 0.6
"""Share of filled cells in a row of names; the other columns have no name."""
_NUMBER = re.compile(r"[^\w]{0,3}\d")
_PLAIN = re.compile(r"[-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][-+]?\d+)?")
_FEWEST = 3
"""Names that must look so; one or two numbers may name columns."""
Span = tuple[int, int]
"""First and last column of a merged cell."""


@dataclass(frozen=True, slots=True)
class TableStart:
    """at: position of the first row of names; rows: 1, or 2 that are joined; titles: texts above them."""

    at: int
    rows: int
    names: tuple[str, ...]
    titles: tuple[str, ...] = ()

    @property
    def end(self) -> int:
        """Position of the first row of data."""
        return self.at + self.rows


def find_start(
    rows: Sequence[Sequence[str]], width: int, *, merged: Sequence[Sequence[Span]] = (), refused: Refusal = NOTHING
) -> TableStart | None:
    """The start of a table of `width` columns, None where no row has a cell.

    rows: the first ones, blank ones too. merged: for each row the cells that a workbook merged side by side. The names
    are in the first row that is 60 % filled, or in a sparser first one where no later row looks like names. Two rows
    are joined where the upper one names groups of columns: a workbook merged cells of it, or the lower one alone would
    leave names empty or alike. Refused "title-lines": the first row has the names; "header-rows": nothing is joined.
    """
    filled = [i for i, row in enumerate(rows) if _count(row)]
    if not filled:
        return None
    if refused.of_table("title-lines"):
        return TableStart(filled[0], 1, tuple(rows[filled[0]]))
    at = _names_at(rows, width, filled[0])
    above = next((i for i in (at, at - 1) if _is_upper(rows, i, width, merged)), None)
    if above is None:
        return TableStart(at, 1, _padded(rows[at], width), _titles(rows[:at]))
    if refused.of_table("header-rows"):
        return TableStart(above + 1, 1, _padded(rows[above + 1], width), _titles(rows[: above + 1]))
    names = joined(_padded(rows[above], width), _padded(rows[above + 1], width), _spans(merged, above))
    return TableStart(above, 2, names, _titles(rows[:above]))


def _count(row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _padded(row: Sequence[str], width: int) -> tuple[str, ...]:
    return (*row, *[""] * (width - len(row)))


def _spans(merged: Sequence[Sequence[Span]], at: int) -> Sequence[Span]:
    return merged[at] if at < len(merged) else ()


def _titles(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    found = (" ".join(cell.strip() for cell in row if cell.strip()) for row in rows)
    return tuple(title for title in found if title)


def _names_at(rows: Sequence[Sequence[str]], width: int, first: int) -> int:
    """Position of the row of names, the lower one of two."""
    full = [i for i, row in enumerate(rows) if len(row) == width and _count(row) >= _FILLED * width]
    if not full:
        return first
    if _count(rows[full[0]]) < width and full[0] + 1 < len(rows) and not _count(rows[full[0] + 1]):
        # names have rows right below them: a row with gaps above an empty line is a title of several cells
        return next((i for i in full[1:] if _looks_like_names(rows, i)), full[0])
    is_sparse = first < full[0] and len(rows[first]) == width and _count(rows[first]) > 1
    return first if is_sparse and not _looks_like_names(rows, full[0]) else full[0]


def _looks_like_names(rows: Sequence[Sequence[str]], at: int) -> bool:
    """No number in the row, but one in the row below."""
    below = rows[at + 1] if at + 1 < len(rows) else ()
    return not any(map(_is_number, rows[at])) and any(map(_is_number, below))


def _is_number(cell: str) -> bool:
    return bool(_NUMBER.match(cell.strip()))


def _is_upper(rows: Sequence[Sequence[str]], at: int, width: int, merged: Sequence[Sequence[Span]]) -> bool:
    """Whether this row names groups of the columns that the row below it names."""
    if at < 0 or at + 1 >= len(rows) or len(rows[at]) != width or len(rows[at + 1]) != width:
        return False
    upper, lower = rows[at], rows[at + 1]
    groups = [span for span in _spans(merged, at) if span[1] - span[0] + 1 < width]
    lacks = any(not low.strip() and not up.strip() for up, low in zip(upper, lower, strict=True))
    if groups and not lacks:
        return any(lower[j].strip() for first, last in groups for j in range(first, min(last + 1, width)))
    begun = next((j for j in range(width) if upper[j].strip()), width)
    opens = any(not upper[j].strip() and lower[j].strip() for j in range(begun, width))  # a group reaches to the right
    if lacks or not opens or _count(upper) < 2 or not _looks_like_names(rows, at + 1):
        return False
    names = [cell.strip() for cell in lower]
    return len(set(names)) < len(names)  # alone they would leave names empty or alike


def joined(upper: Sequence[str], lower: Sequence[str], spans: Sequence[Span] = ()) -> tuple[str, ...]:
    """One name a column: that of its group, then its own; equal ones once.

    A group reaches over its merged cells; where a workbook merged none, up to the next name in its row.
    """
    over, group = [cell.strip() for cell in upper], ""
    for first, last in spans:
        for j in range(first + 1, min(last + 1, len(over))):  # merged cells may reach beyond the table
            over[j] = over[first]
    names = []
    for up, low in zip(over, (cell.strip() for cell in lower), strict=True):
        group = up or ("" if spans else group)
        names.append(" ".join(dict.fromkeys(part for part in (group, low) if part)))
        group = group if low else ""  # a name that reaches over both rows is no group
    return tuple(names)


def _number_names(names: Sequence[str]) -> tuple[Notice, ...]:
    """That the names look like a row of data: all of them numbers, some with a fraction, or one twice. Years and places
    (0, 1, 2, …) are names of columns, too.
    """
    texts = [name.strip() for name in names]
    is_data = any(re.fullmatch(r"[-+]?\d*[.,]\d+", text) for text in texts) or len(set(texts)) < len(texts)
    if len(texts) < _FEWEST or not is_data or not all(map(_PLAIN.fullmatch, texts)):
        return ()
    message = f"the names in the first line are numbers ({', '.join(texts[:4])}, …): a line of names may be missing"
    return (Notice(code="data/number-names", message=message, row=1),)


def start_notices(start: TableStart) -> tuple[Notice, ...]:
    """What was left out above the names, and that two rows became one, each with the option that refuses it."""
    notices = [*_number_names(start.names)]
    if start.titles:
        noun = "title line" if len(start.titles) == 1 else "title lines"
        message = f'{len(start.titles)} {noun} above the header left out ("{start.titles[0][:40]}")'
        notices.append(Notice(code="data/title-lines", message=message, row=1, do="--raw title-lines"))
    if start.rows > 1:
        example = max(start.names, key=lambda name: name.count(" "))
        message = f'two header rows joined ("{example[:40]}")'
        notices.append(Notice(code="data/header-rows", message=message, do="--raw header-rows"))
    return tuple(notices)
