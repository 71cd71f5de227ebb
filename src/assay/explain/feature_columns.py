"""Columns of a table as the numbers and levels that conditions, corrections and curves are written in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from assay.core.array import Bools, Floats, Index
from assay.core.schema import Column, Schema
from assay.core.table import Table

FeatureForm = Literal["number", "level", "order", "date"]
LENGTH = "length of "
"""Before the name of a column of texts, which is looked at by the number of its characters."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FeatureColumn:
    """One input column, as a person knows it.

    form: number, date (days since 1970), level (no order) or order (places of ordered levels). values: (n,) float64,
    NaN missing; of levels their codes, where a code beyond `levels` stands for all rare ones. source: the column of the
    table that it was read from, which is `name` but for the length of a text.
    """

    name: str
    form: FeatureForm
    values: Floats
    levels: tuple[str, ...] = ()
    source: str = ""

    @property
    def missing(self) -> Bools:
        return np.isnan(self.values)

    def level_text(self, code: float) -> str:
        """A level as it is written in the file."""
        place = int(code)
        return self.levels[place] if 0 <= place < len(self.levels) else "a rare value"

    def take(self, rows: Index) -> "FeatureColumn":
        """The same of some rows."""
        return FeatureColumn(
            name=self.name, form=self.form, values=self.values[rows], levels=self.levels, source=self.source
        )


def feature_columns(table: Table, schema: Schema) -> tuple[FeatureColumn, ...]:
    """The features of a table, in the order of its schema; columns of plug-in kinds are left out, of texts the length
    is kept.
    """
    return tuple(one for column in schema.features for one in _columns(table, column))


def _columns(table: Table, column: Column) -> Iterator[FeatureColumn]:
    name = column.name
    if name in table.text_names:
        cells = table.column(name)
        sizes = np.array([len(cell) if cell else np.nan for cell in cells], dtype=np.float64)
        yield FeatureColumn(name=LENGTH + name, form="number", values=sizes, source=name)
    elif name in table.code_names:
        codes = np.asarray(table.column(name), dtype=np.float64)
        values = np.where(codes < 0, np.nan, codes)
        yield FeatureColumn(name=name, form="level", values=values, levels=column.levels, source=name)
    elif name in table.date_names:
        yield FeatureColumn(name=name, form="date", values=np.asarray(table.column(name), np.float64), source=name)
    elif name in table.numeric_names:
        values = np.asarray(table.column(name), dtype=np.float64) * column.scale + column.shift
        form: FeatureForm = "order" if column.kind == "ordinal" else "number"
        yield FeatureColumn(name=name, form=form, values=values, levels=column.levels, source=name)
