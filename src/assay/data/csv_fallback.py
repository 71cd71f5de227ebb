"""CSV without pyarrow: the standard library's reader, with the types that Arrow's would infer. Ten times slower."""

import csv
import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from assay.core.errors import DataError, Where
from assay.data.long_keys import are_keys

if TYPE_CHECKING:
    import pandas as pd

TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


def has_arrow() -> bool:
    """Whether pyarrow is installed, without importing it."""
    return find_spec("pyarrow") is not None


@dataclass(frozen=True, slots=True)
class PlainRecords:
    """The records of a text, and the bad ones: (line, cells it has)."""

    rows: list[list[str]]
    bad: list[tuple[int | None, int]]
    width: int

    def frame(self, nulls: frozenset[str]) -> "pd.DataFrame":
        """Columns "0", "1", …; texts in `nulls` are missing."""
        import pandas as pd

        return pd.DataFrame({str(j): typed(self.texts(j), nulls) for j in range(self.width)})

    def texts(self, place: int) -> list[str]:
        """The cells of one column, as they are written."""
        return [row[place] for row in self.rows]


def plain_records(text: bytes, *, name: str, delimiter: str, skipped: int, width: int) -> PlainRecords:
    """The records below the first `skipped` lines. One is bad when it has not `width` cells."""
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
    return PlainRecords(rows, bad, width)


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
    if numbers is None:
        return pd.Series(values, dtype="str")
    return pd.Series(numbers, dtype="Int64" if None in numbers else None)


def _numbers(values: Sequence[str | None]) -> "list[int | None] | list[float] | None":
    """All values as numbers, missing ones None among whole numbers, else NaN; None when one is no number, or where
    they are keys (`are_keys`)."""
    there = [value for value in values if value is not None]
    if any("_" in value for value in there) or are_keys(there):
        return None  # Python reads 1_000 as a number, nobody else does
    try:
        return [None if value is None else int(value) for value in values]
    except ValueError:
        pass
    try:
        return [float("nan") if value is None else float(value) for value in values]
    except ValueError:
        return None
