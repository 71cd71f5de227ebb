"""Single rows to arrays without pandas: built once per schema, then some microseconds a row."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from assay.core.array import AnyArray, Singles
from assay.core.schema import CODED, NUMBERED, Column, Schema
from assay.core.strings import Strings
from assay.core.table import Table
from assay.data.cell import LevelReader, RankReader, WordReader, text_of
from assay.data.dates import DateReader
from assay.data.number import NumberReader

Row = Mapping[str, object]


def _number(column: Column) -> Callable[[object], float]:
    if column.kind == "ordinal":
        return RankReader(column)
    read, shift, scale = NumberReader(column), column.shift, column.scale
    if shift == 0.0 and scale == 1.0:
        return read
    return lambda cell: (read(cell) - shift) / scale


def _block(rows: Sequence[Row], readers: Sequence[tuple[str, Callable[[object], object]]], dtype: type) -> AnyArray:
    block: AnyArray = np.empty((len(rows), len(readers)), dtype=dtype)
    for i, row in enumerate(rows):
        block[i] = [read(row.get(name)) for name, read in readers]
    return block


def _single(block: AnyArray) -> Singles:
    with np.errstate(over="ignore"):
        out = (block + 0.0).astype(np.float32)
    out[np.isinf(out)] = math.nan
    return out


class RowEncoder:
    """Rows given as mappings from column names to cells, encoded by a schema; names the schema lacks are ignored.

    A name the row lacks is a missing cell; `check_columns` refuses such rows where that is wanted.
    """

    def __init__(self, schema: Schema) -> None:
        features = schema.features
        coded = [column for column in features if column.kind in CODED]
        self._numbers = [(c.name, _number(c)) for c in features if c.kind in NUMBERED]
        self._codes = [(c.name, LevelReader(c)) for c in coded]
        self._dates = [(c.name, DateReader(c)) for c in features if c.kind == "datetime"]
        self._words = [(c.name, WordReader(c)) for c in features if c.kind == "text"]
        self._levels = tuple(len(c.levels) for c in coded)
        self._strings = [(c.name, frozenset(c.missing_marks)) for c in schema.strings]
        self._string_names = tuple(name for name, _ in self._strings)
        self._names = tuple(
            tuple(name for name, _ in readers) for readers in (self._numbers, self._codes, self._dates, self._words)
        )

    def __call__(self, rows: Sequence[Row]) -> Table:
        """(len(rows),) rows as blocks, equal to what `encode_frame` makes of the same cells."""
        numeric_names, code_names, date_names, text_names = self._names
        return Table(
            numeric=_single(_block(rows, self._numbers, np.float64)),
            codes=_block(rows, self._codes, np.int32),
            dates=_block(rows, self._dates, np.float64),
            text=_block(rows, self._words, np.object_),
            numeric_names=numeric_names, code_names=code_names, date_names=date_names, text_names=text_names,
            levels=self._levels, strings=self._texts(rows) if self._strings else None,
        )  # fmt: skip

    def _texts(self, rows: Sequence[Row]) -> Strings:
        codes, texts = list[int](), list[str]()
        for row in rows:
            for name, marks in self._strings:
                text = text_of(row.get(name), marks)
                codes.append(-1 if text is None else len(texts))
                if text is not None:
                    texts.append(text)
        block = np.array(codes, dtype=np.int32).reshape(len(rows), len(self._strings))
        return Strings.pooled(block, self._string_names, texts)


def encode_rows(schema: Schema, rows: Sequence[Row]) -> Table:
    """Rows as mappings to a Table; for repeated calls keep a RowEncoder, which is built once."""
    return RowEncoder(schema)(rows)
