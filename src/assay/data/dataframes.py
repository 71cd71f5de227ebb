"""Dataframes of any library as pandas frames."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from assay.core.errors import DataError
from assay.data.nested_cells import flat_table

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_ROW_NUMBERS = re.compile(r"__index_level_\d+__")
"""What pandas calls an index without a name when it writes Parquet."""


def from_arrow(table: "pa.Table") -> "pd.DataFrame":
    """An Arrow table as a pandas frame; dates become datetimes and truth values with gaps stay truth values.

    What pandas noted in it is not followed: a named index is a column like others, row numbers are none.
    """
    import pandas as pd
    import pyarrow as pa

    if table.schema.metadata and b"pandas" in table.schema.metadata:
        numbers = [name for name in table.column_names if _ROW_NUMBERS.fullmatch(name)]
        table = table.drop_columns(numbers).replace_schema_metadata(None)
    frame: pd.DataFrame = table.to_pandas(date_as_object=False, types_mapper={pa.bool_(): pd.BooleanDtype()}.get)
    return frame


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
        return from_arrow(flat_table(native.to_arrow())[0])
    raise DataError(
        f"A table cannot be made of {type(source).__name__}.",
        do=("give a path, a pandas or polars frame, an Arrow table, or a dict of columns",),
    )


def _of_columns(columns: Mapping[object, object]) -> "pd.DataFrame":
    import pandas as pd

    try:
        return pd.DataFrame(dict(columns))
    except ValueError as error:
        raise DataError(f"The columns do not form a table: {error}.", do=("give lists of equal length",)) from error
