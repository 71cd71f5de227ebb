"""How an expression reads a column of a table: in the user's unit, as labels, or as dates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeAlias, get_args

import numpy as np

from assay.core.array import AnyArray
from assay.core.schema import CODED, Column
from assay.core.table import Table
from assay.expressions.expression_tree import Tree, parts_of

ColumnKind: TypeAlias = Literal["number", "category", "ordinal", "date", "text"]
COLUMN_KINDS: tuple[ColumnKind, ...] = get_args(ColumnKind)
BLOCKS: Mapping[str, tuple[ColumnKind, ...]] = {
    "numeric": ("number", "ordinal"), "codes": ("category",), "dates": ("date",), "text": ("text",),
}  # fmt: skip
"""Blocks of a table that expressions read, and what their columns are."""
_SCHEMA_KINDS: Mapping[str, ColumnKind] = {
    "numeric": "number", "ordinal": "ordinal", "datetime": "date", "text": "text", **dict.fromkeys(CODED, "category"),
}  # fmt: skip
_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadColumn:
    """One column, as expressions see it.

    place: its position in its block. labels: of its codes, or of the places of ordered levels; n_levels: how many, also
    where no label is known by name. A number is stored as (x - shift) / scale.
    """

    name: str
    kind: ColumnKind
    place: int = 0
    labels: tuple[str, ...] = ()
    n_levels: int = 0
    shift: float = 0.0
    scale: float = 1.0

    @classmethod
    def of_schema(cls, column: Column) -> "ReadColumn | None":
        """As the schema says; None for a column that is no feature, or of a kind that expressions do not know."""
        kind = _SCHEMA_KINDS.get(column.kind)
        if kind is None:
            return None
        return cls(
            name=column.name, kind=kind, labels=column.levels, n_levels=len(column.levels), shift=column.shift,
            scale=column.scale,
        )  # fmt: skip

    @classmethod
    def of_table(cls, table: Table, name: str, known: Column | None) -> "ReadColumn | None":
        """As it lies in a table. None where it is in no block that expressions read.

        known: how it was read, if that is known; without it numbers are what the cells hold, and labels are codes.
        """
        block = next((block for block in BLOCKS if name in table.blocks[block].names), None)
        if block is None:
            return None
        place = table.blocks[block].names.index(name)
        read = cls.of_schema(known) if known is not None else None
        if block == "codes":
            count = table.levels[place]
            labels = read.labels if read is not None and read.n_levels == count else tuple(map(str, range(count)))
            return cls(name=name, kind="category", place=place, labels=labels, n_levels=count)
        if read is not None and read.kind in BLOCKS[block]:
            return replace(read, place=place)
        return cls(name=name, kind=BLOCKS[block][0], place=place)

    @property
    def is_grouping(self) -> bool:
        """Whether rows can be grouped by it."""
        return self.kind in ("category", "ordinal")

    @property
    def truth(self) -> tuple[int, int] | None:
        """Codes of false and true, of a category that has no other labels."""
        names = [label.casefold() for label in self.labels]
        return (names.index("false"), names.index("true")) if sorted(names) == ["false", "true"] else None

    def code_of(self, label: str | bool) -> int | None:
        """Of a label; of a truth value that of the label that says so, whatever its case. None for no label of it."""
        if isinstance(label, bool):
            return next((i for i, one in enumerate(self.labels) if one.casefold() == str(label).casefold()), None)
        return self.labels.index(label) if label in self.labels else None

    def as_stored(self, value: float) -> float:
        """A number as a cell of this column would give it: cells are float32, in which 9.99 is not 9.99.

        Rounding keeps order, so that a comparison of cells with it holds where that of what the user gave holds.
        """
        with np.errstate(over="ignore"):
            return float(np.float32((value - self.shift) / self.scale)) * self.scale + self.shift

    def cells(self, table: Table, rows: slice) -> AnyArray:
        """(n,) float64 numbers in the user's unit, places, or days; int32 codes; str objects."""
        if self.kind == "category":
            return table.codes[rows, self.place]
        if self.kind == "text":
            return table.text[rows, self.place]
        if self.kind == "date":
            return table.dates[rows, self.place]
        cells = table.numeric[rows, self.place].astype(np.float64)
        return cells if self.shift == 0.0 and self.scale == 1.0 else cells * self.scale + self.shift


def without_labels(columns: Sequence[ReadColumn], trees: Sequence[Tree]) -> tuple[ReadColumn, ...]:
    """The columns, without the labels of those that are only grouped by."""
    read = {part[1] for tree in trees for part in parts_of(tree) if part[0] == "column"}
    return tuple(column if column.name in read else replace(column, labels=()) for column in columns)


def days_of(text: str) -> float | None:
    """Days since 1970-01-01 of a date in ISO 8601, without a zone; None for another text."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is not None:
        return None
    passed = moment - datetime(1970, 1, 1)
    microseconds = passed.days * _DAY + passed.seconds * 1_000_000 + passed.microseconds
    return float(microseconds) / _DAY
