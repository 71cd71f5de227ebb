"""The row encoder: mappings to arrays without pandas, built once per schema, then some microseconds a row."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from assay.core.array import AnyArray, Singles
from assay.core.block import Block
from assay.core.block.candidate_values import CandidateValues
from assay.core.block.columns import CORE, CodeBlock, NumericBlock, cell_block, columns_by_block
from assay.core.block.strings import Strings
from assay.core.schema import Column, Schema
from assay.core.table import Table
from assay.data.cell import LevelReader, RankReader, WordReader, text_of
from assay.data.dates import DateReader
from assay.data.number_format import NumberReader

Row = Mapping[str, object]


def _number(column: Column) -> Callable[[object], float]:
    if column.kind == "ordinal":
        return RankReader(column)
    read, shift, scale = NumberReader(column), column.shift, column.scale
    if shift == 0.0 and scale == 1.0:
        return read
    return lambda cell: (read(cell) - shift) / scale


def _cells(rows: Sequence[Row], readers: Sequence[tuple[str, Callable[[object], object]]], dtype: type) -> AnyArray:
    block: AnyArray = np.empty((len(rows), len(readers)), dtype=dtype)
    for i, row in enumerate(rows):
        block[i] = [read(row.get(name)) for name, read in readers]
    return block


def _single(block: AnyArray) -> Singles:
    with np.errstate(over="ignore"):
        out = (block + 0.0).astype(np.float32)
    out[np.isinf(out)] = math.nan
    return out


_READERS: Mapping[str, Callable[[Column], Callable[[object], object]]] = {
    "numeric": _number, "codes": LevelReader, "dates": DateReader, "text": WordReader,
}  # fmt: skip
"""What reads the cells of a column, by the block that holds it."""


def _reader(name: str, columns: Sequence[Column]) -> Callable[[Sequence[Row]], Block]:
    """What makes a block of rows; of a kind that is not ours it is given the cells as they are."""
    names = tuple(column.name for column in columns)
    if name not in _READERS:
        plugged_in = cell_block(name)
        return lambda rows: plugged_in.of_cells(columns, [[row.get(one) for row in rows] for one in names], len(rows))
    cls, readers = CORE[name], [(column.name, _READERS[name](column)) for column in columns]
    if not columns:
        return lambda rows: cls.empty(len(rows))
    if name == "numeric":
        return lambda rows: NumericBlock(_single(_cells(rows, readers, np.float64)), names)
    if name == "codes":
        levels = tuple(len(column.levels) for column in columns)
        return lambda rows: CodeBlock(_cells(rows, readers, np.int32), names, levels)
    return lambda rows: cls(_cells(rows, readers, cls.dtype), names)


class RowEncoder:
    """Rows given as mappings from column names to cells, encoded by a schema; names the schema lacks are ignored.

    A name the row lacks is a missing cell; `check_columns` refuses such rows where that is wanted.
    """

    def __init__(self, schema: Schema) -> None:
        self._readers = [(name, _reader(name, columns)) for name, columns in columns_by_block(schema).items()]
        if schema.strings:
            self._readers.append(("strings", _strings_reader(schema.strings)))
        if schema.restricting is not None:
            self._readers.append(("candidates", _candidates_reader(schema.restricting)))

    def __call__(self, rows: Sequence[Row]) -> Table:
        """(len(rows),) rows as blocks, equal to what `encode_frame` makes of the same cells."""
        return Table({name: read(rows) for name, read in self._readers})


def _strings_reader(columns: Sequence[Column]) -> Callable[[Sequence[Row]], Strings]:
    marked = [(column.name, frozenset(column.missing_marks)) for column in columns]
    names = tuple(column.name for column in columns)

    def read(rows: Sequence[Row]) -> Strings:
        codes, texts = list[int](), list[str]()
        for row in rows:
            for name, marks in marked:
                text = text_of(row.get(name), marks)
                codes.append(-1 if text is None else len(texts))
                if text is not None:
                    texts.append(text)
        block = np.array(codes, dtype=np.int32).reshape(len(rows), len(names))
        return Strings.pooled(block, names, texts)

    return read


def _candidates_reader(column: Column) -> Callable[[Sequence[Row]], CandidateValues]:
    marks, place = frozenset(column.missing_marks), {text: i for i, text in enumerate(column.restricts)}

    def read(rows: Sequence[Row]) -> CandidateValues:
        texts = (text_of(row.get(column.name), marks) for row in rows)
        return CandidateValues(
            np.array([-1 if text is None else place.get(text, -1) for text in texts], dtype=np.int32)
        )

    return read


def encode_rows(schema: Schema, rows: Sequence[Row]) -> Table:
    """Rows as mappings to a Table; for repeated calls keep a RowEncoder, which is built once."""
    return RowEncoder(schema)(rows)
