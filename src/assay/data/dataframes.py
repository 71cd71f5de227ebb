"""Dataframes of any library as pandas frames."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from assay.core.errors import DataError
from assay.data.nested_cells import flat_table
from assay.data.whole_numbers import whole_columns, whole_types, whole_with_gaps

if TYPE_CHECKING:
    import narwhals as nw
    import pandas as pd
    import pyarrow as pa

_ROW_NUMBERS = re.compile(r"__index_level_\d+__")
"""What pandas calls an index without a name when it writes Parquet."""


def from_arrow(table: "pa.Table") -> "pd.DataFrame":
    """An Arrow table as a pandas frame; dates become datetimes, truth values and whole numbers with gaps stay what they
    are.

    What pandas noted in it is not followed: a named index is a column like others, row numbers are none.
    """
    import pandas as pd
    import pyarrow as pa

    if table.schema.metadata and b"pandas" in table.schema.metadata:
        numbers = [name for name in table.column_names if _ROW_NUMBERS.fullmatch(name)]
        table = table.drop_columns(numbers).replace_schema_metadata(None)
    names = table.column_names
    table = table.rename_columns([str(j) for j in range(len(names))])  # names may stand twice
    gaps = [str(j) for j in whole_columns(table)]
    truths = {pa.bool_(): pd.BooleanDtype()}
    frame: pd.DataFrame = table.drop_columns(gaps).to_pandas(date_as_object=False, types_mapper=truths.get)
    if gaps:
        whole = table.select(gaps).to_pandas(types_mapper=whole_types().get)
        frame = pd.concat([frame, whole], axis=1)[table.column_names]
    return frame.set_axis(names, axis=1)


def is_frame(source: object) -> bool:
    """Whether some library known to narwhals made this table."""
    import narwhals as nw

    native = nw.from_native(source, pass_through=True)
    return isinstance(native, nw.DataFrame | nw.LazyFrame)


def frame_of(source: object) -> "pd.DataFrame":
    """A pandas frame of a pandas, polars or other frame, an Arrow table, or a dict of columns.

    A pandas frame is taken as it is, without a copy; it is never written to. Raises DataError for anything else.
    """
    import narwhals as nw
    import pandas as pd

    if isinstance(source, pd.DataFrame):
        return source if isinstance(source.index, pd.RangeIndex) else source.reset_index(drop=True)
    if isinstance(source, Mapping):
        return _of_columns(source)
    native = nw.from_native(source, pass_through=True)
    if isinstance(native, nw.LazyFrame):
        native = native.collect()
    if isinstance(native, nw.DataFrame):
        return from_arrow(flat_table(_without_wide(native).to_arrow())[0])
    raise DataError(
        f"A table cannot be made of {type(source).__name__}.",
        do=("give a path, a pandas or polars frame, an Arrow table, or a dict of columns",),
    )


def _without_wide(frame: "nw.DataFrame[Any]") -> "nw.DataFrame[Any]":
    """Whole numbers of 128 bits, which Arrow does not know, as 64 bits where these hold them, else as text."""
    import narwhals as nw

    def narrow(name: str) -> "nw.Expr":
        column = frame[name].drop_nulls()
        fits = not len(column) or (column.min() >= -(2**63) and column.max() < 2**63)
        return nw.col(name).cast(nw.Int64 if fits else nw.String)

    wide = [name for name, dtype in frame.schema.items() if dtype in (nw.Int128, nw.UInt128)]
    return frame.with_columns(*map(narrow, wide)) if wide else frame


def _of_columns(columns: Mapping[object, object]) -> "pd.DataFrame":
    import pandas as pd

    listed = {name: cells for name, cells in columns.items() if isinstance(cells, list | tuple)}
    whole = {name: found for name, cells in listed.items() if (found := whole_with_gaps(cells)) is not None}
    try:
        return pd.DataFrame({**columns, **whole})
    except ValueError as error:
        raise DataError(f"The columns do not form a table: {error}.", do=("give lists of equal length",)) from error
