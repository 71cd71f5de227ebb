"""The rows of a table as a person's function is given them: columns by name, in the units of the file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from assay.core.array import AnyArray, Objects
from assay.core.schema import Column
from assay.core.table import Table
from assay.sandbox.rows import Rows

Given = Literal["number", "category", "date", "text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenColumn:
    """A column and how its cells are given: a number in its unit, the text of a category's label, days since
    1970-01-01, a text. labels: of codes, or of the places of ordered levels; their numbers where nobody knows them.
    """

    name: str
    kind: Given
    labels: tuple[str, ...] = ()
    shift: float = 0.0
    scale: float = 1.0

    def cells(self, table: Table) -> AnyArray:
        """(n,) float64, or str objects with None where a cell is missing or was never seen."""
        if self.kind in ("number", "date"):
            cells = np.asarray(table.column(self.name), dtype=np.float64)
            return cells if self.scale == 1.0 and self.shift == 0.0 else cells * self.scale + self.shift
        if table.strings is not None and self.name in table.strings.names:
            places, texts = table.strings.column(self.name)
            return _labelled(places, texts)
        if self.kind == "text":
            cells = table.column(self.name).copy()
            cells[cells == ""] = None
            return cells
        codes = np.asarray(table.column(self.name), dtype=np.float64)
        return _labelled(np.where(np.isfinite(codes), codes, -1).astype(np.int64), self.labels)


def _labelled(places: AnyArray, labels: Sequence[str]) -> Objects:
    known = np.array([*labels, None], dtype=np.object_)
    return np.asarray(known[np.where((places >= 0) & (places < len(labels)), places, len(labels))])


def given_columns(
    table: Table, known: Mapping[str, Column], only: Sequence[str] | None = None
) -> tuple[GivenColumn, ...]:
    """The columns of a table that a function can be given, in order. known: how the columns of the file were read;
    only: the names of those that it reads, None for all.
    """
    strings = () if table.strings is None else table.strings.names
    strings = tuple(name for name in strings if name not in known or known[name].is_feature)  # no identifiers
    found: dict[str, GivenColumn] = {}
    for name in (*table.numeric_names, *table.code_names, *table.date_names, *table.text_names, *strings):
        if name not in found and (only is None or name in only):
            found[name] = _given(name, table, known.get(name))
    return tuple(found.values())


def _given(name: str, table: Table, column: Column | None) -> GivenColumn:
    labels = () if column is None else column.levels
    if name in table.date_names:
        return GivenColumn(name=name, kind="date")
    if name in table.numeric_names and not labels:
        shift, scale = (0.0, 1.0) if column is None else (column.shift, column.scale)
        return GivenColumn(name=name, kind="number", shift=shift, scale=scale)
    if name in table.numeric_names or name in table.code_names:
        return GivenColumn(name=name, kind="category", labels=labels or _numbered(name, table))
    return GivenColumn(name=name, kind="text")


def _numbered(name: str, table: Table) -> tuple[str, ...]:
    """Of the codes that a step made, which have no labels."""
    return tuple(str(code) for code in range(table.levels[table.code_names.index(name)]))


def rows_of(table: Table, columns: Sequence[GivenColumn]) -> Rows:
    """These columns of a table."""
    return Rows({column.name: column.cells(table) for column in columns}, table.n_rows)


def kinds_of(columns: Sequence[GivenColumn]) -> dict[str, str]:
    """What a function is given as `columns`: names and kinds, in order."""
    return {column.name: column.kind for column in columns}
