"""Rows and columns that are no data: what files pasted together hold, remarks below, a line of totals, columns of
nothing.
"""

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import Floats, Index
from assay.core.schema import Column
from assay.core.task import Notice
from assay.data.cell import MISSING_TEXTS
from assay.data.csv_fallback import has_arrow, typed
from assay.data.dataframes import from_arrow
from assay.data.header import TableStart
from assay.data.label_rows import without_labels
from assay.data.number_format import NumberReader, number_format
from assay.data.refusal import Refusal
from assay.data.repeated_headers import without_comments, without_headers

if TYPE_CHECKING:
    import pandas as pd

_TOTAL = re.compile(
    r"(grand |sub-?)?(totals?|sum|summe|gesamt(summe)?|somme|suma|totale|average|mean|mittelwert|moyenne)\b",
    re.IGNORECASE,
)
_REMARK = re.compile(r"\s|:$|[©*]")
_LOOKED, _MOST_REMARKS = 1000, 20
"""Rows at the end of a table among which remarks are looked for, and how many there may be."""
_MOST_TOTALS = 5
_LEAST_ROWS = 10
"""Rows above a line that is no total by name; fewer may add up to it by chance."""


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """Rows below a header, those that are no data left out. is_cut: whether rows were, so that types may change.

    kept: (n,) positions of the rows among those given.
    """

    frame: "pd.DataFrame"
    header: tuple[str, ...]
    notices: tuple[Notice, ...]
    is_cut: bool
    kept: Index


def body_of(frame: "pd.DataFrame", start: TableStart, refused: Refusal, *, name: str) -> Body:
    """The rows without comments, the header again, labels, remarks and lines of totals; and without columns of nothing.

    start: what was found above the rows; name: of the file.
    """
    header = start.names
    steps: dict[str, Callable[[pd.DataFrame], tuple[pd.DataFrame, tuple[Notice, ...]]]] = {
        "comment-lines": lambda rows: without_comments(rows, start.titles),
        "repeated-header": lambda rows: without_headers(rows, header, name=name), "label-rows": without_labels,
        "footer-lines": without_footer, "total-line": without_total,
    }  # fmt: skip
    notices: tuple[Notice, ...] = ()
    body = frame.set_axis(range(len(frame)), axis=0)
    for repair, step in steps.items():
        if not refused.of_table(repair) and len(body):
            body, said = step(body)
            notices += said
    is_cut = len(body) < len(frame)
    body, names, blank = without_blank(body, header, refused)
    kept = body.index.to_numpy()
    return Body(body.reset_index(drop=True), names, (*notices, *blank), is_cut, kept)


def without_footer(frame: "pd.DataFrame") -> tuple["pd.DataFrame", tuple[Notice, ...]]:
    """Remarks below a table ("Source: the CRM", one cell in its row) and empty rows at its end are left out.

    Only where every other row near the end has more than one cell.
    """
    if len(frame) < 4 or frame.shape[1] < 3:
        return frame, ()
    filled = frame.iloc[-_LOOKED:].notna().sum(axis=1).to_numpy()
    n = int((filled[::-1] > 1).argmax()) if (filled > 1).any() else len(filled)
    if not 0 < n <= min(_MOST_REMARKS, len(frame) // 2) or (filled[:-n] <= 1).any():
        return frame, ()
    cells = frame.iloc[-n:].astype(object).to_numpy().ravel()
    texts = [cell.strip() for cell in cells if isinstance(cell, str)]
    if len(texts) < filled[-n:].sum() or not all(map(_REMARK.search, texts)):
        return frame, ()
    noun = "line" if n == 1 else "lines"
    said = f' ("{texts[0][:40]}")' if texts else ""
    message = f"{n} {noun} below the table left out{said}"
    return frame.iloc[:-n], (Notice(code="data/footer-lines", message=message, do="--raw footer-lines"),)


def without_total(frame: "pd.DataFrame") -> tuple["pd.DataFrame", tuple[Notice, ...]]:
    """Last rows of totals are no observations: by name and gaps, or as their numbers are the sums of their columns.

    Above one with a name there may be others with names: a sum over a mean.
    """
    rows, names = frame, list[str]()
    while len(names) < _MOST_TOTALS and (name := _total_name(rows)):
        rows, names = rows.iloc[:-1], [name, *names]
    if not names and len(frame) and frame.iloc[-1].isna().any() and _is_unnamed_sum(frame):
        rows, names = frame.iloc[:-1], [str(frame.iloc[-1].dropna().iloc[0])]
    if not names:
        return frame, ()
    what = "line is a total" if len(names) == 1 else f"{len(names)} lines are totals"
    message = f"the last {what} ({', '.join(names)}): left out"
    return rows, (Notice(code="data/total-line", message=message, row=len(rows) + 1, do="--raw total-line"),)


def _total_name(frame: "pd.DataFrame") -> str:
    """What the last row is called where it is one of totals with a name, else ""."""
    if len(frame) < 3 or frame.shape[1] < 2:
        return ""
    last = frame.iloc[-1].astype(object)
    is_gap = last.isna().to_numpy()
    there = np.flatnonzero(~is_gap)
    first = str(last.iloc[there[0]]).strip() if len(there) else ""
    if _TOTAL.match(first):
        is_sparse = frame.shape[1] > 2 and is_gap.mean() >= 0.5
        return first if is_sparse or _is_sum(frame, at=int(there[0])) else ""
    texts = [int(j) for j in there if isinstance(last.iloc[j], str)]
    name = last.iloc[texts[0]].strip() if len(texts) == 1 and is_gap.any() else ""
    return name if _TOTAL.fullmatch(name.rstrip(" :")) and _is_sum(frame, at=texts[0]) else ""


def _is_sum(frame: "pd.DataFrame", *, at: int) -> bool:
    """Whether some number of the last row is the sum of those above it, also where they are written as text.

    at: the column of its name, which is not looked at.
    """
    from assay.data import vectorized as vector

    for j in range(frame.shape[1]):
        series = vector.plain(frame.iloc[:, j])
        if j == at or (not vector.is_number(series) and not any(map(str.isdigit, str(series.iloc[-1])))):
            continue
        column = Column(name="", kind="numeric", reason="")
        if not vector.is_number(series):
            column = replace(column, number=number_format([str(cell) for cell in series.dropna().head(200)]))
        if _adds_up(vector.raw_numbers(series, NumberReader(column))):
            return True
    return False


def _is_unnamed_sum(frame: "pd.DataFrame") -> bool:
    """Whether the last row holds only the sums of two or more columns of numbers."""
    from assay.data import vectorized as vector

    there = [j for j in range(frame.shape[1]) if frame.iloc[-1:, j].notna().item()]
    if len(there) < 2 or len(frame) <= _LEAST_ROWS or not all(vector.is_number(frame.iloc[:, j]) for j in there):
        return False
    reader = NumberReader(Column(name="", kind="numeric", reason=""))
    return all(_adds_up(vector.raw_numbers(frame.iloc[:, j], reader)) for j in there)


def _adds_up(values: Floats) -> bool:
    """Whether the last number is the sum of all above and further out than each (one 1 above a 1 proves nothing)."""
    above, last = values[:-1][~np.isnan(values[:-1])], float(values[-1])
    if not len(above) or not abs(last) > np.abs(above).max():
        return False
    return abs(float(above.sum()) - last) <= 1e-6 * abs(last)


def retyped(frame: "pd.DataFrame", missing: frozenset[str]) -> "pd.DataFrame":
    """The frame after rows were left out: text columns that were numbers but for those rows become numbers."""
    texts = [j for j in range(frame.shape[1]) if frame.dtypes.iloc[j] == "str"]
    if not texts:
        return frame
    read = _read_again(frame.iloc[:, texts].set_axis([str(j) for j in texts], axis=1), missing)
    whole = frame.set_axis([str(j) for j in range(frame.shape[1])], axis=1).reset_index(drop=True)
    return whole.assign(**{str(name): read[name] for name in read}).set_axis(frame.columns, axis=1)


def _read_again(frame: "pd.DataFrame", missing: frozenset[str]) -> "pd.DataFrame":
    if not has_arrow():
        import pandas as pd

        texts = frame.astype(object).where(frame.notna(), None)
        return pd.DataFrame({name: typed(texts[name].tolist(), MISSING_TEXTS | missing) for name in texts})
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    text = io.BytesIO()
    arrow_csv.write_csv(pa.Table.from_pandas(frame, preserve_index=False), text)
    nulls = arrow_csv.ConvertOptions(null_values=sorted(MISSING_TEXTS | missing), strings_can_be_null=True)
    parse = arrow_csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False)
    read = arrow_csv.ReadOptions(block_size=len(text.getvalue()) + 1)
    return from_arrow(arrow_csv.read_csv(pa.BufferReader(text.getvalue()), read, parse, nulls))


def without_blank(
    frame: "pd.DataFrame", header: Sequence[str], refused: Refusal
) -> "tuple[pd.DataFrame, tuple[str, ...], tuple[Notice, ...]]":
    """The frame and header without columns that have neither a name nor a cell, as trailing delimiters leave them."""
    blank = [j for j, name in enumerate(header) if not name.strip() and frame.iloc[:, j].isna().all()]
    if not blank or len(blank) == len(header) or refused.of_table("empty-column"):
        return frame, tuple(header), ()
    left_out = frozenset(blank)
    kept = [j for j in range(len(header)) if j not in left_out]
    noun = "column" if len(blank) == 1 else "columns"
    message = f"{len(blank)} {noun} without a name and without a cell left out"
    notice = Notice(code="data/empty-column", message=message, do="--raw empty-column")
    return frame.iloc[:, kept], tuple(header[j] for j in kept), (notice,)
