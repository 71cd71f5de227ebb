"""CSV without pyarrow: the standard library's reader, with the types that Arrow's would infer. Ten times slower."""

import csv
import io
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from assay.core.errors import DataError, Where

if TYPE_CHECKING:
    import pandas as pd

TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_MOST_INT = 2**63


def has_arrow() -> bool:
    """Whether pyarrow is installed, without importing it."""
    return find_spec("pyarrow") is not None


def parse_plain(
    text: bytes, *, name: str, delimiter: str, skipped: int, width: int, nulls: frozenset[str]
) -> "tuple[pd.DataFrame, list[tuple[int | None, int]]]":
    """The records below the first `skipped` lines in columns "0", "1", …; and the bad ones: (line, cells it has).

    A record is bad when it has not `width` cells. Texts in `nulls` are missing.
    """
    import pandas as pd

    rows: list[list[str]] = []
    bad: list[tuple[int | None, int]] = []
    limit = csv.field_size_limit(sys.maxsize)  # one long cell is no fault
    try:
        reader = csv.reader(io.StringIO(text.decode("utf-8", errors="replace"), newline=""), delimiter=delimiter)
        for cells in reader:
            if reader.line_num <= skipped or not cells:
                continue
            if len(cells) == width:
                rows.append(cells)
            else:
                bad.append((reader.line_num, len(cells)))
    except csv.Error as error:
        raise DataError(
            f"{name}, line {reader.line_num}: {error}.", where=Where(file=name, row=reader.line_num),
            do=("check the quotes of that line", "pip install pyarrow"),
        ) from error  # fmt: skip
    finally:
        csv.field_size_limit(limit)
    columns = list(zip(*rows, strict=True)) if rows else [()] * width
    return pd.DataFrame({str(j): typed(column, nulls) for j, column in enumerate(columns)}), bad


def typed(cells: Sequence[object], nulls: frozenset[str]) -> "pd.Series":
    """A column of texts (None: missing) as whole numbers, numbers, truth values or text, whichever holds for all."""
    import pandas as pd

    values = [None if cell is None or cell in nulls else str(cell) for cell in cells]
    there = [value for value in values if value is not None]
    if not there:
        return pd.Series(values, dtype=object)
    if all(value in TRUTH for value in there):
        return pd.Series([None if value is None else TRUTH[value] for value in values], dtype="boolean")
    numbers = _numbers(values)
    return pd.Series(values, dtype="str") if numbers is None else pd.Series(numbers)


def _numbers(values: Sequence[str | None]) -> "list[int] | list[float] | None":
    """All values as numbers, missing ones NaN; None when one is no number."""
    if any(value is not None and "_" in value for value in values):
        return None  # Python reads 1_000 as a number, nobody else does
    try:
        whole = [int(value) for value in values if value is not None]
    except ValueError:
        whole = []
    if whole and len(whole) == len(values) and all(-_MOST_INT <= number < _MOST_INT for number in whole):
        return whole
    try:
        return [float("nan") if value is None else float(value) for value in values]
    except ValueError:
        return None
