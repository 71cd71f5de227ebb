"""Objects inside cells, taken apart: {"user": {"age": 63}} has a column "user.age"."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from assay.core.task import Notice

if TYPE_CHECKING:
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


def _stem(name: str, taken: frozenset[str]) -> bool:
    return any(name.startswith(f"{stem}.") for stem in taken)


def _notice(names: Sequence[str]) -> tuple[Notice, ...]:
    if not names:
        return ()
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    message = f"nested cells taken apart: {', '.join(names[:_SHOWN])}{more}"
    return (Notice(code="data/nested", message=message),)
