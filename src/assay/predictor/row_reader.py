"""Reads rows or frames into a Table by a schema; single rows never need pandas."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, TypeGuard

import numpy as np

from assay.core.array import AnyArray
from assay.core.block.columns import cell_block, columns_by_block
from assay.core.effort import Effort, total
from assay.core.errors import UsageError
from assay.core.places import places_of
from assay.core.schema import Schema
from assay.core.table import Table
from assay.data.cell import text_of
from assay.data.encode import check_columns, encode_frame
from assay.data.nested_cells import flat_frame, flat_row, parts_of
from assay.data.row_encoder import Row, RowEncoder

if TYPE_CHECKING:
    import pandas as pd

FEW_ROWS = 64
"""Below it cells are read one by one, from it on by column, with the same result."""

FRAME = Effort(calls=200)

Source = object
"""A pandas, polars or pyarrow table, a mapping (of cells: one row; of columns: a table), a sequence of mappings, a
two-dimensional array."""


@dataclass(frozen=True, slots=True)
class _ColumnOrder:
    """Columns of a frame, those known to the schema, and the function that picks their cells from a row."""

    columns: tuple[object, ...]
    names: tuple[str, ...]
    pick: Callable[[AnyArray], tuple[object, ...]]


def reading(schema: Schema) -> Effort:
    """Cost of reading one row of a frame: a fixed part, and a part by column kind."""
    held = columns_by_block(schema)
    return FRAME + total(Effort(calls=cell_block(name).calls).times(len(columns)) for name, columns in held.items())


class RowReader:
    """Reads sources by a schema. Caches the last column order, as served frames rarely change theirs."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._encode = RowEncoder(schema)
        self._needed = frozenset(column.name for column in schema.needed)
        self._first = next((column.name for column in schema.features), "")
        self._last = _ColumnOrder((), (), tuple)
        self._seen: tuple[pd.Index | None, tuple[object, ...]] = (None, ())

    def table(self, source: Source) -> Table:
        """The rows of a source in order; DataError naming missing columns or an unreadable type."""
        if isinstance(source, Mapping) and not self._is_of_columns(source):
            return self._encode([self._checked(source)])
        return self.encoded(self.given(source))

    def encoded(self, given: "Sequence[Row] | pd.DataFrame") -> Table:
        """The table of what `given` returned."""
        return self._encode(given) if isinstance(given, Sequence) else encode_frame(self._schema, given)

    def given(self, source: Source) -> "Sequence[Row] | pd.DataFrame":
        """A source as a few rows or as a frame, with all needed columns under their tidied names."""
        if isinstance(source, np.ndarray):
            source = self._named(source)
        if isinstance(source, Mapping) and not self._is_of_columns(source):
            return [self._checked(source)]
        if isinstance(source, list | tuple):
            return self._listed(source)
        frame = source if is_frame(source) else self._foreign(source)
        if isinstance(frame, Mapping):
            return [self._checked(frame)]
        frame = self._flat(frame)
        return self._few(frame) if len(frame) < FEW_ROWS else self._many(frame)

    def _columns_of(self, frame: "pd.DataFrame") -> tuple[object, ...]:
        """The frame's columns. Reading an index takes longer than the rest of a row, and rows cut from one frame share
        it."""
        index, columns = self._seen
        if index is None or not index.is_(frame.columns):
            columns = tuple(frame.columns.tolist())
            self._seen = (frame.columns, columns)
        return columns

    def _flat(self, frame: "pd.DataFrame") -> "pd.DataFrame":
        """The frame itself if it has what is needed, else without nested cells; parts absent in all
        cells are missing."""
        columns = self._columns_of(frame)
        if columns == self._last.columns:
            return frame
        names = frozenset(tidy_names(columns))
        if self._needed <= names:
            return frame
        flat = flat_frame(frame)[0]
        return flat.assign(**dict.fromkeys(parts_of(self._needed - frozenset(tidy_names(flat.columns)), names)))

    def _is_of_columns(self, source: Row) -> bool:
        """Whether a mapping holds columns rather than cells: decided by one value, for speed, as no
        feature has lists."""
        cell = source.get(self._first)
        return isinstance(cell, list | tuple | np.ndarray) or type(cell).__name__ == "Series"

    def _checked(self, row: Row) -> Row:
        """The row itself if it has what is needed, else tidied and without nested cells; or DataError."""
        if row.keys() >= self._needed:
            return row
        tidied = dict(zip(tidy_names(row), row.values(), strict=True))
        if not tidied.keys() >= self._needed:
            flat = flat_row(tidied)
            whole = [name for name, cell in tidied.items() if isinstance(cell, Mapping) or text_of(cell) is None]
            tidied = flat | dict.fromkeys(parts_of(self._needed - flat.keys(), whole))
        check_columns(self._schema, tidied)
        return tidied

    def _listed(self, rows: Sequence[object]) -> "Sequence[Row] | pd.DataFrame":
        listed: list[Row] = []
        for i, row in enumerate(rows):
            if not isinstance(row, Mapping):
                raise UsageError(
                    f"Row {i} is of type {type(row).__name__}, not a dict of column names to cells.",
                    do=("give dicts, or a frame with the columns " + ", ".join(sorted(self._needed)[:5]),),
                )
            listed.append(self._checked(row))
        if len(listed) < FEW_ROWS:
            return listed
        import pandas as pd

        # as objects, cell by cell: pandas would make floats of whole numbers where one is missing
        columns = {name: [row.get(name) for row in listed] for name in dict.fromkeys(k for row in listed for k in row)}
        return pd.DataFrame({name: pd.Series(cells, dtype=object) for name, cells in columns.items()})

    def _few(self, frame: "pd.DataFrame") -> Sequence[Row]:
        columns, last = self._columns_of(frame), self._last
        if columns != last.columns or not columns:
            last = self._last = self._order_of(columns)
        cells = frame.to_numpy(dtype=object)
        return [dict(zip(last.names, last.pick(row), strict=True)) for row in cells]

    def _many(self, frame: "pd.DataFrame") -> "pd.DataFrame":
        order = self._columns_of(frame)
        names = tidy_names(order)
        check_columns(self._schema, names)
        return frame if names == order else frame.set_axis(list(names), axis=1)

    def _order_of(self, columns: tuple[object, ...]) -> "_ColumnOrder":
        given = tidy_names(columns)
        check_columns(self._schema, given)
        there = frozenset(given)
        names = tuple(name for name in self._schema.names if name in there)
        at = places_of(names, given)
        return _ColumnOrder(columns, names, itemgetter(*at) if len(at) > 1 else lambda row: tuple(row[j] for j in at))

    def _named(self, array: AnyArray) -> "list[Row] | pd.DataFrame":
        """Columns of an array by the schema's order: all but the target, or the used ones alone."""
        inputs = tuple(column.name for column in self._schema if column.kind != "target")
        used = tuple(column.name for column in self._schema.features)
        width = array.shape[1] if array.ndim == 2 else -1
        names = next((names for names in (inputs, used) if len(names) == width), None)
        if names is None:
            raise UsageError(
                f"An array of shape {array.shape} does not fit: {len(inputs)} columns are expected "
                f"({', '.join(inputs[:5])}{', …' if len(inputs) > 5 else ''}).",
                do=("give a frame or dicts with column names",),
            )
        if len(array) < FEW_ROWS:
            return [dict(zip(names, row, strict=True)) for row in array]
        import pandas as pd

        return pd.DataFrame(array, columns=list(names))

    def _foreign(self, source: object) -> "Row | pd.DataFrame":
        """A pandas row, or a table of another library, read as in training."""
        pandas = sys.modules.get("pandas")
        if pandas is not None and isinstance(source, pandas.Series):
            return dict(source.items())
        from assay.data.dataframes import frame_of

        return frame_of(source)


def tidy_names(names: Iterable[object]) -> tuple[str, ...]:
    """Column names as reading a table makes them: trimmed text, empty and repeated ones numbered."""
    stripped = [str(name).strip().lstrip("\ufeff") or f"column {j + 1}" for j, name in enumerate(names)]
    seen: Counter[str] = Counter()
    tidied = []
    for name in stripped:
        seen[name] += 1
        tidied.append(name if seen[name] == 1 else f"{name}.{seen[name]}")
    return tuple(tidied)


def is_frame(source: object) -> TypeGuard["pd.DataFrame"]:
    """Whether it is a pandas frame, without importing pandas to find out."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(source, pandas.DataFrame)
