"""What people hand to a predictor, as rows or a frame, then as a Table; single rows never meet pandas."""

import sys
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, TypeGuard

import numpy as np

from assay.core.array import AnyArray
from assay.core.errors import UsageError
from assay.core.schema import Schema
from assay.core.table import Table
from assay.data.encode import check_columns, encode_frame
from assay.data.rows import Row, RowEncoder

if TYPE_CHECKING:
    import pandas as pd

FEW_ROWS = 64
"""Below it cells are read one by one, from it on by column; both give the same Table."""

Source = object
"""A pandas, polars or pyarrow table, a mapping (one row), a sequence of mappings, a two-dimensional array."""


class Intake:
    """Reads sources by a schema. Keeps the last column order it saw, since served frames rarely change theirs."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._encode = RowEncoder(schema)
        self._needed = frozenset(column.name for column in schema.features)
        self._order: tuple[object, ...] | None = None
        self._names: tuple[str, ...] = ()
        self._pick: Callable[[AnyArray], tuple[object, ...]] = tuple

    def table(self, source: Source) -> Table:
        """The rows of a source in their order; DataError naming the columns it lacks, UsageError for a strange type."""
        if isinstance(source, Mapping):
            self._check_row(source)
            return self._encode([source])
        given = self.given(source)
        return self._encode(given) if isinstance(given, Sequence) else encode_frame(self._schema, given)

    def given(self, source: Source) -> "Sequence[Row] | pd.DataFrame":
        """A source as a few rows or as a frame, with all columns that are needed."""
        if isinstance(source, np.ndarray):
            source = self._named(source)
        if isinstance(source, Mapping):
            source = [source]
        if is_frame(source):
            return self._few(source) if len(source) < FEW_ROWS else source
        if isinstance(source, list | tuple):
            return self._listed(source)
        return self._foreign(source)

    def _check_row(self, row: Row) -> None:
        if not row.keys() >= self._needed:
            check_columns(self._schema, map(str, row))

    def _listed(self, rows: Sequence[object]) -> "Sequence[Row] | pd.DataFrame":
        listed: list[Row] = []
        for i, row in enumerate(rows):
            if not isinstance(row, Mapping):
                raise UsageError(
                    f"Row {i} is of type {type(row).__name__}, not a dict of column names to cells.",
                    do=("give dicts, or a frame with the columns " + ", ".join(sorted(self._needed)[:5]),),
                )
            self._check_row(row)
            listed.append(row)
        if len(listed) < FEW_ROWS:
            return listed
        import pandas as pd

        columns = {name: [row[name] for row in listed] for name in self._needed}
        return pd.DataFrame({name: np.array([*cells, None], dtype=object)[:-1] for name, cells in columns.items()})

    def _few(self, frame: "pd.DataFrame") -> Sequence[Row]:
        order = tuple(frame.columns)
        if order != self._order:
            self._learn_order(order)
        cells, names, pick = frame.to_numpy(dtype=object), self._names, self._pick
        return [dict(zip(names, pick(row), strict=True)) for row in cells]

    def _learn_order(self, order: tuple[object, ...]) -> None:
        check_columns(self._schema, map(str, order))
        first = {str(name): j for j, name in reversed(list(enumerate(order)))}
        self._names = tuple(name for name in self._schema.names if name in first)
        at = [first[name] for name in self._names]
        self._pick = itemgetter(*at) if len(at) > 1 else lambda row: tuple(row[j] for j in at)
        self._order = order

    def _named(self, array: AnyArray) -> "Sequence[Row] | pd.DataFrame":
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

    def _foreign(self, source: object) -> "Sequence[Row] | pd.DataFrame":
        """A pandas row, or the tables of other libraries, read as they were when the model was made."""
        pandas = sys.modules.get("pandas")
        if pandas is not None and isinstance(source, pandas.Series):
            row = {str(name): cell for name, cell in source.items()}
            self._check_row(row)
            return [row]
        if not hasattr(source, "__dataframe__") and not hasattr(source, "__arrow_c_stream__"):
            raise UsageError(
                f"Rows of type {type(source).__name__} cannot be read.",
                do=("give a pandas, polars or pyarrow table, a dict for one row, a list of dicts, or a 2-d array",),
            )
        from assay.data.read import read_table

        frame = read_table(source).frame
        return self._few(frame) if len(frame) < FEW_ROWS else frame


def is_frame(source: object) -> TypeGuard["pd.DataFrame"]:
    """Whether it is a pandas frame, without importing pandas to find out."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(source, pandas.DataFrame)
