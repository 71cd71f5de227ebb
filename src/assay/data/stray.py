"""Lines and columns of a text file that are no data: the header again, a line of totals, columns of nothing."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from assay.core.task import Notice
from assay.data.cell import MISSING_TEXTS
from assay.data.frames import from_arrow
from assay.data.plain import has_arrow, typed
from assay.data.refusal import Refusal

if TYPE_CHECKING:
    import pandas as pd

_TOTALS = frozenset({"total", "totals", "sum", "summe", "grand total", "gesamt", "subtotal", "somme", "suma", "totale"})


def without_headers(frame: "pd.DataFrame", header: Sequence[str]) -> tuple["pd.DataFrame", tuple[Notice, ...]]:
    """Rows that repeat the header (files pasted together) are left out."""
    texts = [j for j in range(frame.shape[1]) if frame.dtypes.iloc[j] == "str"]
    if len(texts) < frame.shape[1] or frame.shape[1] < 2:
        return frame, ()  # a repeated header turns every column into text
    names = [cell.strip() for cell in header]
    suspects = (frame.iloc[:, 0].str.strip() == names[0]).to_numpy().nonzero()[0].tolist()
    rows = [row for row in suspects if [str(cell).strip() for cell in frame.iloc[row].tolist()] == names]
    if not rows:
        return frame, ()
    places = "in row" if len(rows) == 1 else f"in {len(rows)} rows, first row"
    message = f"the header again {places} {rows[0] + 1:,}: left out"
    notice = Notice(code="data/repeated-header", message=message, row=rows[0] + 1, do="--raw repeated-header")
    return frame.drop(index=rows).reset_index(drop=True), (notice,)


def without_total(frame: "pd.DataFrame") -> tuple["pd.DataFrame", tuple[Notice, ...]]:
    """A last row that starts with "Total" and is mostly empty is no observation."""
    if len(frame) < 3 or frame.shape[1] < 3:
        return frame, ()
    last = frame.iloc[-1]
    if str(last.iloc[0]).strip().casefold() not in _TOTALS or last.isna().mean() < 0.5:
        return frame, ()
    message = f"the last line is a total ({str(last.iloc[0]).strip()}): left out"
    return frame.iloc[:-1], (Notice(code="data/total-line", message=message, row=len(frame), do="--raw total-line"),)


def retyped(frame: "pd.DataFrame", missing: frozenset[str]) -> "pd.DataFrame":
    """The frame after rows were left out: text columns that were numbers but for those rows become numbers."""
    if not has_arrow():
        import pandas as pd

        texts = frame.astype(object).where(frame.notna(), None)
        return pd.DataFrame({name: typed(texts[name].tolist(), MISSING_TEXTS | missing) for name in texts})
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    text = io.BytesIO()
    arrow_csv.write_csv(pa.Table.from_pandas(frame.set_axis([str(j) for j in range(frame.shape[1])], axis=1),
                                             preserve_index=False), text)  # fmt: skip
    nulls = arrow_csv.ConvertOptions(null_values=sorted(MISSING_TEXTS | missing), strings_can_be_null=True)
    parse = arrow_csv.ParseOptions(newlines_in_values=True)
    read = arrow_csv.ReadOptions(block_size=len(text.getvalue()) + 1)
    table = arrow_csv.read_csv(pa.BufferReader(text.getvalue()), read, parse, nulls)
    return from_arrow(table).set_axis(frame.columns, axis=1)


def without_blank(
    frame: "pd.DataFrame", header: Sequence[str], refused: Refusal
) -> "tuple[pd.DataFrame, tuple[str, ...], tuple[Notice, ...]]":
    """The frame and header without columns that have neither a name nor a cell, as trailing delimiters leave them."""
    blank = [j for j, name in enumerate(header) if not name.strip() and frame.iloc[:, j].isna().all()]
    if not blank or len(blank) == len(header) or refused.of_table("empty-column"):
        return frame, tuple(header), ()
    kept = [j for j in range(len(header)) if j not in set(blank)]
    noun = "column" if len(blank) == 1 else "columns"
    message = f"{len(blank)} {noun} without a name and without a cell left out"
    notice = Notice(code="data/empty-column", message=message, do="--raw empty-column")
    return frame.iloc[:, kept], tuple(header[j] for j in kept), (notice,)
