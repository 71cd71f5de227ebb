"""Concatenated files: rows that repeat the header, headers of other tables, and comments."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assay.core.errors import DataError, Where
from assay.core.task import Notice

if TYPE_CHECKING:
    import pandas as pd

_COMMENT = "#"
_FEWEST = 2
"""Names of columns in a row that make it a header, where fewer of its cells are none; a single one may be a cell."""
_MOST = 0.1
"""Share of the rows up to which those of names are headers; where there are more, the cells are names throughout."""


def without_comments(frame: "pd.DataFrame", titles: Sequence[str]) -> tuple["pd.DataFrame", tuple[Notice, ...]]:
    """Rows that begin with "#" are left out where a line above the header does."""
    if frame.dtypes.iloc[0] != "str" or not any(title.startswith(_COMMENT) for title in titles):
        return frame, ()
    is_comment = frame.iloc[:, 0].str.startswith(_COMMENT, na=False).to_numpy()
    n, first = int(is_comment.sum()), int(is_comment.argmax()) + 1
    if not n:
        return frame, ()
    message = f"{n:,} {'comment' if n == 1 else 'comments'} between the rows left out, first in row {first:,}"
    notice = Notice(code="data/comment-lines", message=message, row=first, do="--raw comment-lines")
    return frame[~is_comment], (notice,)


def without_headers(
    frame: "pd.DataFrame", header: Sequence[str], *, name: str
) -> tuple["pd.DataFrame", tuple[Notice, ...]]:
    """Rows that repeat the header are left out.

    name: of the file. Raises DataError at the header of another table, or of this one in another order: the rows below
    it would be read under wrong names.
    """
    texts = [j for j in range(frame.shape[1]) if frame.dtypes.iloc[j] == "str"]
    if len(texts) < frame.shape[1] or frame.shape[1] < 2:
        return frame, ()  # a repeated header turns every column into text
    names = [cell.strip() for cell in header]
    is_name = frame.iloc[:, 0].str.strip().isin(names) | frame.iloc[:, 1].str.strip().isin(names)
    suspects = is_name.to_numpy().nonzero()[0].tolist()
    looked_at = frame.iloc[suspects].to_numpy(dtype=object).tolist()
    found = {row: [str(cell).strip() for cell in cells] for row, cells in zip(suspects, looked_at, strict=True)}
    rows = [row for row, cells in found.items() if cells == names]
    others = [row for row, cells in found.items() if cells != names and _is_header(cells, names)]
    if others and len(others) <= max(1, _MOST * len(frame)):
        raise _other_header(others[0] + 1, found[others[0]], name)
    if not rows:
        return frame, ()
    places = "in row" if len(rows) == 1 else f"in {len(rows)} rows, first row"
    message = f"the header again {places} {rows[0] + 1:,}: left out"
    notice = Notice(code="data/repeated-header", message=message, row=rows[0] + 1, do="--raw repeated-header")
    return frame.drop(index=frame.index[rows]), (notice,)


def _is_header(cells: Sequence[str], names: Sequence[str]) -> bool:
    """Whether the cells are the names in another order, or most of them are names, each once."""
    if len(set(cells)) < len(cells):
        return False
    n_names = len(set(cells) & (set(names) - {""}))
    return n_names == len(names) or (n_names >= _FEWEST and n_names > len(cells) / 2)


def _other_header(row: int, cells: Sequence[str], name: str) -> DataError:
    listed = ", ".join(cells[:6]) + (", …" if len(cells) > 6 else "")
    return DataError(
        f"{name}, row {row:,} holds names of columns ({listed}), but not as the header does: two tables, one below the "
        "other?", where=Where(file=name, row=row),
        do=("write the tables with the same columns in the same order", "--raw repeated-header  (the row is data)"),
    )  # fmt: skip
