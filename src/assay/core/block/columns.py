"""The four blocks that every table has: numbers, codes, dates, texts; one array of a type each, a column for a name."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, Generic, Self, cast

import numpy as np

from assay.core.array import AnyArray, ArrayT, Bools, Codes, Floats, Index, JsonObject, Objects, Singles
from assay.core.block import Block, register, registry
from assay.core.block.cells import CellBlock
from assay.core.schema import CODED, FEATURES, NUMBERED, Column, Schema

MISSING_CODE = -1
TEXT_FORM = ("utf-8", "surrogatepass")
"""Half of a surrogate pair is a legal str, and turns up in scraped texts."""


@dataclass(frozen=True, slots=True, eq=False)
class ColumnBlock(CellBlock, Generic[ArrayT]):
    """values: (n, len(names)) of the class's dtype."""

    values: ArrayT
    names: tuple[str, ...] = ()

    dtype: ClassVar[type[np.generic]]

    @classmethod
    def empty(cls, n_rows: int) -> Self:
        """Rows without a column."""
        return cls(cast("ArrayT", np.empty((n_rows, 0), dtype=cls.dtype)))

    @classmethod
    def of_cells(cls, columns: Sequence[Column], cells: Iterable[Sequence[object] | AnyArray], n_rows: int) -> Self:
        """See CellBlock: cells are numbers, codes, days or texts, as `data` reads them."""
        values: AnyArray = np.empty((n_rows, len(columns)), dtype=cls.dtype)
        for j, column in enumerate(cells):
            values[:, j] = column
        return cls(cast("ArrayT", values), tuple(column.name for column in columns))

    @property
    def n_rows(self) -> int:
        return len(self.values)

    def with_values(self, values: ArrayT) -> Self:
        """The same columns with other cells."""
        return replace(self, values=values)

    def select(self, positions: Sequence[int]) -> Self:
        """Only these columns, in this order."""
        return type(self)(cast("ArrayT", self.values[:, positions]), tuple([self.names[j] for j in positions]))

    def take(self, rows: Index) -> Self:
        return self.with_values(cast("ArrayT", self.values[rows]))

    def moved(self, names: Collection[str], rows: Index) -> Self:
        wanted = frozenset(names)
        at = [j for j, name in enumerate(self.names) if name in wanted]
        if not at:
            return self
        values = np.array(self.values)
        values[:, at] = self.values[:, at][rows]
        return self.with_values(cast("ArrayT", values))

    def without(self, names: Collection[str]) -> Self:
        gone = frozenset(names)
        kept = [j for j, name in enumerate(self.names) if name not in gone]
        return self if len(kept) == len(self.names) else self.select(kept)

    def column(self, name: str) -> AnyArray:
        """(n,) cells of one column; ValueError for a name that is none of its names."""
        return self.values[:, self.names.index(name)]


@register("numeric")
@dataclass(frozen=True, slots=True, eq=False)
class NumericBlock(ColumnBlock[Singles]):
    """Numbers and the places of ordered levels; NaN missing."""

    kinds: ClassVar[frozenset[str]] = NUMBERED
    dtype: ClassVar[type[np.generic]] = np.float32

    def missing(self) -> Bools:
        return np.isnan(self.values)

    def given(self, column: Column) -> Sequence[object]:
        filled = _filled(self.column(column.name))
        return [value * column.scale + column.shift for value in filled.tolist()]


@register("codes")
@dataclass(frozen=True, slots=True, eq=False)
class CodeBlock(ColumnBlock[Codes]):
    """Categories; -1 missing. levels[j]: how many known levels column j has, so codes lie in [-1, levels[j]], the
    last for what was never seen.
    """

    levels: tuple[int, ...] = ()

    kinds: ClassVar[frozenset[str]] = CODED
    dtype: ClassVar[type[np.generic]] = np.int32

    @classmethod
    def of_cells(cls, columns: Sequence[Column], cells: Iterable[Sequence[object] | AnyArray], n_rows: int) -> Self:
        block = super(CodeBlock, cls).of_cells(columns, cells, n_rows)
        return replace(block, levels=tuple(len(column.levels) for column in columns))

    def select(self, positions: Sequence[int]) -> Self:
        names, levels = tuple([self.names[j] for j in positions]), tuple([self.levels[j] for j in positions])
        return type(self)(self.values[:, positions], names, levels)

    def missing(self) -> Bools:
        return np.asarray(self.values == MISSING_CODE)

    def given(self, column: Column) -> Sequence[object]:
        if not column.levels:
            return [None] * self.n_rows
        known = np.clip(self.column(column.name), 0, len(column.levels) - 1)
        return [column.levels[code] for code in known.tolist()]


@register("dates")
@dataclass(frozen=True, slots=True, eq=False)
class DateBlock(ColumnBlock[Floats]):
    """Days since 1970-01-01; NaN missing."""

    kinds: ClassVar[frozenset[str]] = frozenset({"datetime"})
    calls: ClassVar[float] = 15
    dtype: ClassVar[type[np.generic]] = np.float64

    def missing(self) -> Bools:
        return np.isnan(self.values)

    def given(self, column: Column) -> Sequence[object]:
        form = column.date_formats[0] if column.date_formats else "%Y-%m-%d"
        days = _filled(self.column(column.name)).tolist()
        return [(datetime(1970, 1, 1) + timedelta(days=day)).strftime(form) for day in days]


@register("text")
@dataclass(frozen=True, slots=True, eq=False)
class TextBlock(ColumnBlock[Objects]):
    """Texts, as str objects; "" missing. Stored in UTF-8 end to end."""

    kinds: ClassVar[frozenset[str]] = frozenset({"text"})
    calls: ClassVar[float] = 8
    dtype: ClassVar[type[np.generic]] = np.object_

    def missing(self) -> Bools:
        return np.asarray(self.values == "", dtype=np.bool_)

    def given(self, column: Column) -> Sequence[object]:
        texts = self.column(column.name).tolist()
        longest = max(texts, key=len, default="")
        return [text or longest for text in texts]

    def arrays(self) -> Mapping[str, AnyArray]:
        cells = [str(cell).encode(*TEXT_FORM) for cell in self.values.ravel()]
        ends = np.cumsum([len(cell) for cell in cells], dtype=np.int64).reshape(self.values.shape)
        return {"ends": ends, "bytes": np.frombuffer(b"".join(cells), dtype=np.uint8)}

    @classmethod
    def restore(cls, meta: JsonObject, arrays: Mapping[str, AnyArray]) -> Self:
        ends, blob = arrays["ends"].ravel().tolist(), arrays["bytes"].tobytes()
        texts = np.empty(len(ends), dtype=np.object_)
        texts[:] = [blob[a:b].decode(*TEXT_FORM) for a, b in zip([0, *ends[:-1]], ends, strict=False)]
        return super(TextBlock, cls).restore(meta, {"values": texts.reshape(arrays["ends"].shape)})


def _filled(values: AnyArray) -> Floats:
    """(n,) with the median of what is there, or 0, where nothing is."""
    known = np.asarray(values, dtype=np.float64)
    there = known[np.isfinite(known)]
    return np.where(np.isfinite(known), known, float(np.median(there)) if len(there) else 0.0)


CORE: Mapping[str, type[ColumnBlock[AnyArray]]] = {
    "numeric": NumericBlock, "codes": CodeBlock, "dates": DateBlock, "text": TextBlock,
}  # fmt: skip
"""Blocks that every table has, of no columns where there are none, by their registered names."""


def cell_block(name: str) -> type[CellBlock]:
    """The class of a block that `columns_by_block` names."""
    return cast("type[CellBlock]", registry.get(name))


def columns_by_block(schema: Schema) -> Mapping[str, tuple[Column, ...]]:
    """The features that each block holds: those of CORE always, others where a column is of a kind of theirs."""
    features = schema.features
    blocks: dict[str, type[Block]] = dict(CORE)
    if any(column.kind not in FEATURES for column in features):  # to look for plug-ins takes a while
        blocks.update(registry)
    found = {name: tuple(c for c in features if c.kind in block.kinds) for name, block in blocks.items()}
    return {name: columns for name, columns in found.items() if columns or name in CORE}
