"""Label rows below a header: units, survey questions, export ids."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assay.core.task import Notice
from assay.data.cell import text_of
from assay.data.dates import date_formats
from assay.data.number_format import number_format, read_number
from assay.data.ordinal_levels import says_nothing

if TYPE_CHECKING:
    import pandas as pd

_MOST = 2
"""Rows of labels below a header; exports of surveys have the question and its id."""
_LOOKED, _FEWEST_ROWS, _FEWEST_COLUMNS = 200, 5, 2
_MEASURED = 0.9
"""Share of a column's cells that are numbers or dates where a word at its top is a label."""
_IMPORT_ID = '{"ImportId":'


def without_labels(frame: "pd.DataFrame") -> tuple["pd.DataFrame", tuple[Notice, ...]]:
    """Rows of units or labels right below the header are left out, and their like further down (logs that restart).

    A row is one where it has words and no number in columns that hold numbers or dates below it, in two of them or
    more, and nothing it has comes again in its column but in rows equal to it: rows of data share levels.
    """
    if len(frame) < _FEWEST_ROWS or frame.shape[1] < _FEWEST_COLUMNS:
        return frame, ()
    head = [[text_of(cell) or "" for cell in row] for row in frame.head(_LOOKED).itertuples(index=False, name=None)]
    n = next((n for n in range(_MOST, 0, -1) if _are_labels(head, n)), 0)
    if not n:
        return frame, ()
    labels = head[:n]
    rows = [at for at in _suspects(frame, labels) if _texts(frame, at) in labels]
    body = frame.drop(index=frame.index[rows])
    if not _has_ids(labels) and _come_again(body, labels):
        return frame, ()
    said = ", ".join(dict.fromkeys(text for text in labels[0] if text))
    noun = "row" if len(rows) == 1 else "rows"
    message = f'{len(rows):,} {noun} of units or labels below the header left out ("{said[:40]}")'
    notice = Notice(code="data/label-rows", message=message, row=1, do="--raw label-rows")
    return body, (notice,)


def _texts(frame: "pd.DataFrame", at: int) -> list[str]:
    return [text_of(cell) or "" for cell in frame.iloc[at].tolist()]


def _suspects(frame: "pd.DataFrame", labels: Sequence[Sequence[str]]) -> list[int]:
    """Positions of the rows that begin a label's first filled cell, so that not every row is compared whole."""
    found = set[int]()
    for label in labels:
        j = next(j for j, text in enumerate(label) if text)
        cells = frame.iloc[:, j]
        found |= set((cells.astype(object).astype(str).str.strip() == label[j]).to_numpy().nonzero()[0].tolist())
    return sorted(found)


def _come_again(rows: "pd.DataFrame", labels: Sequence[Sequence[str]]) -> bool:
    """Whether texts of the labels occur in other rows, too, anywhere in the table."""
    said = ([label[j] for label in labels if _says_something(label[j])] for j in range(rows.shape[1]))
    return any(rows.iloc[:, j].isin(texts).any() for j, texts in enumerate(said) if texts)


def _says_something(text: str) -> bool:
    """Whether a cell of a label holds more than a placeholder such as "-"."""
    return any(map(str.isalnum, text))


def _are_labels(head: Sequence[Sequence[str]], n: int) -> bool:
    """Whether the first n rows are labels, each of them."""
    labels, rows = head[:n], [row for row in head[n:] if row not in head[:n]]
    if len(rows) < _FEWEST_ROWS - _MOST:
        return False
    if _has_ids(labels):
        return True
    columns = [tuple(dict.fromkeys(row[j] for row in rows if row[j])) for j in range(len(head[0]))]
    if any(_is_measured_too(label, columns) for label in labels):
        return False
    measured = [j for j, cells in enumerate(columns) if _is_measured(cells)]
    return all(_is_label(label, measured, columns) for label in labels)


def _has_ids(labels: Sequence[Sequence[str]]) -> bool:
    """Whether an export of a survey wrote the ids of its questions there, which is proof."""
    return any(cell.startswith(_IMPORT_ID) for cell in labels[-1])


def _is_label(label: Sequence[str], measured: Sequence[int], columns: Sequence[Sequence[str]]) -> bool:
    named = [j for j in measured if label[j]]
    if len(named) < _FEWEST_COLUMNS or len({label[j] for j in named}) < _FEWEST_COLUMNS:
        return False
    return not any(_says_something(label[j]) and label[j] in cells for j, cells in enumerate(columns))


def _is_measured_too(label: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    """Whether the row holds a number, or a word for missing, in a column of numbers or dates: then it is data.

    Asked first, as the first such column settles it: to measure thousands of columns takes long.
    """
    return any(
        text and (_is_measured([text]) or says_nothing(text)) and _is_measured(cells)
        for text, cells in zip(label, columns, strict=True)
    )


def _is_measured(cells: Sequence[str]) -> bool:
    """Whether nearly all of these cells, different ones, are numbers or dates."""
    if not cells:
        return False
    enough, form = _MEASURED * len(cells), number_format(cells)
    if sum(read_number(cell, form) == read_number(cell, form) for cell in cells) >= enough:
        return True
    return date_formats(cells)[1] >= _MEASURED
