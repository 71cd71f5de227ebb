"""Nested objects flattened to columns: {"user": {"age": 63}} has a column "user.age"."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from assay.core.task import Notice
from assay.data.whole_numbers import from_rows, is_gap

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_SHOWN = 4


def flat_row(row: Mapping[str, object]) -> dict[str, object]:
    """The row with the cells of objects as its own, at any depth; an object without cells has none.

    One that would hide another column ("user.age" beside "user": {"age": …}) stays as it is.
    """
    found: dict[str, object] = {}
    for name, cell in row.items():
        inner = {f"{name}.{key}": value for key, value in cell.items()} if isinstance(cell, Mapping) else {}
        if isinstance(cell, Mapping) and not inner.keys() & row.keys():
            found.update(flat_row(inner))
        else:
            found[name] = cell
    return found


def parts_of(needed: Iterable[str], given: Collection[str]) -> tuple[str, ...]:
    """Those of the needed names that are parts of a column given whole: of "user.age" where there is "user"."""

    def is_part(name: str) -> bool:
        steps = name.split(".")
        return any(".".join(steps[:k]) in given for k in range(1, len(steps)))

    return tuple(name for name in needed if is_part(name))


def flat_rows(rows: Sequence[object]) -> tuple[list[dict[str, object]], tuple[Notice, ...]]:
    """The rows with objects taken apart, and the notice that says so; a missing object has no column of its own.

    Raises TypeError where a row is no object.
    """
    given = [row for row in rows if isinstance(row, Mapping)]
    if len(given) < len(rows):
        raise TypeError(f"{len(rows) - len(given):,} rows are no objects")
    flat = [flat_row(row) for row in given]
    taken = frozenset[str]().union(*(row.keys() - new.keys() for row, new in zip(given, flat, strict=True)))
    kept = [{name: cell for name, cell in row.items() if cell is not None or name not in taken} for row in flat]
    names = dict.fromkeys(name for row in kept for name in row)
    return kept, _notice([name for name in names if _stem(name, taken)])


def flat_table(table: "pa.Table") -> "tuple[pa.Table, tuple[Notice, ...]]":
    """The same of an Arrow table's structs."""
    import pyarrow as pa

    taken = frozenset(field.name for field in table.schema if pa.types.is_struct(field.type))
    while any(pa.types.is_struct(field.type) and field.type.num_fields for field in table.schema):
        table = table.flatten()
    return table, _notice([name for name in table.column_names if _stem(name, taken)])


def flat_frame(frame: "pd.DataFrame") -> "tuple[pd.DataFrame, tuple[Notice, ...]]":
    """The same of a pandas frame: cells that are dicts or Arrow's structs; Arrow's lists become objects.

    A column that also has other cells stays as it is, and one whose parts would hide another column.
    """
    import pandas as pd

    plain = {j: frame.iloc[:, j].astype(object) for j, dtype in enumerate(frame.dtypes) if _is_nested(dtype)}
    others = frozenset(map(str, frame.columns))
    parts, taken = list[pd.DataFrame](), list[str]()
    for j, name in enumerate(frame.columns):
        series = plain.get(j, frame.iloc[:, j])
        cells = _cells_of(series, str(name))
        if cells is not None and others.isdisjoint(cells.columns):
            taken += cells.columns.tolist()
            parts.append(cells)
        else:
            parts.append(series.to_frame())
    if not plain and not taken:
        return frame, ()
    return pd.concat(parts, axis=1), _notice(taken)


def _is_nested(dtype: object) -> bool:
    """Whether a column holds Arrow's structs, lists or maps."""
    import pandas as pd

    if not isinstance(dtype, pd.ArrowDtype):
        return False
    import pyarrow as pa

    return bool(pa.types.is_nested(dtype.pyarrow_dtype))


def _cells_of(series: "pd.Series", name: str) -> "pd.DataFrame | None":
    """A column of dicts as columns, "name.key"; None where some cell is neither a dict nor missing, or all are."""
    if series.dtype != object:
        return None
    cells = series.tolist()
    first = next((cell for cell in cells if not is_gap(cell)), None)
    if not isinstance(first, Mapping) or not all(isinstance(cell, Mapping) or is_gap(cell) for cell in cells):
        return None
    rows = [{} if not isinstance(cell, Mapping) else flat_row({name: cell}) for cell in cells]
    found = from_rows(rows).set_axis(series.index, axis=0)
    return found if found.shape[1] else None


def _stem(name: str, taken: frozenset[str]) -> bool:
    return any(name.startswith(f"{stem}.") for stem in taken)


def _notice(names: Sequence[str]) -> tuple[Notice, ...]:
    if not names:
        return ()
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    message = f"nested cells taken apart: {', '.join(names[:_SHOWN])}{more}"
    return (Notice(code="data/nested", message=message),)
