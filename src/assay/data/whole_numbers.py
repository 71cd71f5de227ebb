"""Whole numbers with missing cells stay whole numbers: pandas makes floats of them, which merge keys beyond 2^53."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_SIZES = (8, 16, 32, 64)
_MOST = 2**63


def whole_with_gaps(cells: Sequence[object]) -> "pd.api.extensions.ExtensionArray | None":
    """Cells that are whole numbers of 64 bits, some of them missing, as pandas holds such; None of all others."""
    import pandas as pd

    if not any(map(_is_whole, cells)) or not all(_is_whole(cell) or is_gap(cell) for cell in cells):
        return None
    filled = [None if is_gap(cell) else int(str(cell)) for cell in cells]
    return pd.array(filled, dtype="Int64") if None in filled else None


def _is_whole(cell: object) -> bool:
    if isinstance(cell, bool | np.timedelta64) or not isinstance(cell, int | np.integer):
        return False
    return -_MOST <= int(cell) < _MOST


def is_gap(cell: object) -> bool:
    """Whether a cell is missing, in whatever form."""
    return cell is None or type(cell).__name__ in {"NAType", "NaTType"} or (isinstance(cell, float) and cell != cell)  # noqa: PLR0124, NaN


def with_whole_numbers(frame: "pd.DataFrame", cells: Callable[[int], Sequence[object]]) -> "pd.DataFrame":
    """The frame with whole numbers where pandas made floats of them; cells: those that column j was made of."""
    floats = [j for j, dtype in enumerate(frame.dtypes) if getattr(dtype, "kind", "") == "f"]
    found = {j: whole for j in floats if (whole := whole_with_gaps(cells(j))) is not None}
    if not found:
        return frame
    frame = frame.copy(deep=False)
    for j, whole in found.items():
        frame.isetitem(j, whole)
    return frame


def from_rows(rows: Sequence[dict[str, object]]) -> "pd.DataFrame":
    """A frame of rows of cells by name."""
    import pandas as pd

    frame = pd.DataFrame.from_records(rows)
    names = frame.columns.tolist()
    return with_whole_numbers(frame, lambda j: [row.get(names[j]) for row in rows])


def inferred(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Columns of objects as what their cells are."""
    return with_whole_numbers(frame.infer_objects(), lambda j: frame.iloc[:, j].tolist())


def whole_columns(table: "pa.Table") -> list[int]:
    """The places of the columns of an Arrow table that are whole numbers with missing cells."""
    import pyarrow as pa

    return [j for j, column in enumerate(table.columns) if column.null_count and pa.types.is_integer(column.type)]


def whole_types() -> "dict[pa.DataType, pd.api.extensions.ExtensionDtype]":
    """What pandas calls Arrow's whole numbers where cells may be missing."""
    import pandas as pd
    import pyarrow as pa

    signed = {getattr(pa, f"int{size}")(): getattr(pd, f"Int{size}Dtype")() for size in _SIZES}
    return signed | {getattr(pa, f"uint{size}")(): getattr(pd, f"UInt{size}Dtype")() for size in _SIZES}
