"""Encoding of frames and rows to the core Table by a schema, with equal cells for equal input.

Importing this module does not import pandas; encoding a frame does.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import AnyArray
from assay.core.block import Block
from assay.core.block.candidate_values import CandidateValues
from assay.core.block.columns import cell_block, columns_by_block
from assay.core.block.strings import Strings
from assay.core.errors import DataError, Where, nearest_names
from assay.core.schema import LEVELLED, Column, Schema
from assay.core.table import Table
from assay.data.cell import LevelReader, text_of
from assay.data.ordinal_levels import says_nothing
from assay.data.rare_values import RareReader, Seen
from assay.data.row_encoder import Row, RowEncoder, encode_rows

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RowEncoder", "UnseenValue", "check_columns", "encode_frame", "encode_rows", "unseen_values"]

_SHOWN, _GIVEN = 5, 8
"""Names that an error lists: of what is lacking, and of what is there."""


def encode_frame(schema: Schema, frame: "pd.DataFrame") -> Table:
    """(len(frame),) rows as blocks. Raises DataError when columns of the schema are missing (see check_columns)."""
    from assay.data import vectorized as vector

    check_columns(schema, map(str, frame.columns))
    n = len(frame)
    position = {str(name): j for j, name in reversed(list(enumerate(frame.columns)))}

    def cells(column: Column) -> "pd.Series":
        return vector.plain(vector.as_learned(frame.iloc[:, position[column.name]], column))

    blocks: dict[str, Block] = {
        name: cell_block(name).of_cells(columns, (_read(name, cells(column), column) for column in columns), n)
        for name, columns in columns_by_block(schema).items()
    }
    if schema.strings:
        blocks["strings"] = _strings(schema.strings, lambda c: cells(c) if c.name in position else None, n)
    if schema.restricting is not None:
        blocks["candidates"] = candidate_values(cells(schema.restricting), schema.restricting)
    return Table(blocks)


def candidate_values(cells: "pd.Series", column: Column) -> CandidateValues:
    """Of each row the place of its value among those by which labels are restricted."""
    from assay.data import vectorized as vector

    codes, texts = vector.texts_of(cells, frozenset(column.missing_marks))
    place = {text: i for i, text in enumerate(column.restricts)}
    places = np.array([*(place.get(text, -1) for text in texts), -1], dtype=np.int32)  # the last is of missing cells
    return CandidateValues(places[codes])


def _read(block: str, cells: "pd.Series", column: Column) -> "AnyArray | list[object]":
    """The cells of a column as its block wants them; of a kind that is not ours as they are."""
    from assay.data import vectorized as vector

    if block == "numeric":
        return vector.ranks(cells, column) if column.kind == "ordinal" else vector.numbers(cells, column)
    readers: Mapping[str, Callable[[pd.Series, Column], AnyArray]] = {
        "codes": vector.level_codes, "dates": vector.date_days, "text": vector.words,
    }  # fmt: skip
    return readers[block](cells, column) if block in readers else cells.tolist()


def _strings(columns: Sequence[Column], cells: "Callable[[Column], pd.Series | None]", n: int) -> Strings:
    """The columns as texts; keys are optional in new rows, and missing where they are not given."""
    from assay.data import vectorized as vector

    read = []
    for column in columns:
        given = cells(column)
        codes, texts = np.full(n, -1, dtype=np.int32), tuple[str, ...]()
        if given is not None:
            codes, texts = vector.texts_of(given, frozenset(column.missing_marks))
        read.append((column.name, codes, texts))
    return Strings.of(read)


def check_columns(schema: Schema, names: Iterable[str]) -> tuple[str, ...]:
    """The given names that the schema does not know, so that they are ignored.

    Raises DataError naming the columns that are needed and not given, with the nearest names.
    """
    given = tuple(names)
    there, known = frozenset(given), frozenset(schema.names)
    lacking = [column.name for column in schema.needed if column.name not in there]
    if lacking:
        raise _lacking(lacking, given, known)
    return tuple(dict.fromkeys(name for name in given if name not in known))


def _lacking(lacking: Sequence[str], given: Sequence[str], known: frozenset[str]) -> DataError:
    """The error for missing columns: their names, the nearest given ones, and all given ones."""
    one, left = len(lacking) == 1, [name for name in given if name not in known]
    near = {name: nearest_names(name, left) for name in lacking[:_SHOWN]}
    near_names = "; ".join(f'{_quoted(names)} for "{name}"' for name, names in near.items() if names)
    hint = f" Near: {near_names}." if near_names else ""
    renamed = [f'rename "{names[0]}" to "{name}"' for name, names in near.items() if names]
    return DataError(
        f"The rows lack the column{'' if one else 's'} {_quoted(lacking)}, used by the model.{hint} "
        f"They have {_quoted(given, at_most=_GIVEN)} ({len(given):,})." if given else "The rows have no column.",
        where=Where(column=lacking[0]), nearest=tuple(dict.fromkeys(name for names in near.values() for name in names)),
        do=(*renamed, "add or rename the columns; empty cells are fine"),
    )  # fmt: skip


def _quoted(names: Sequence[str], *, at_most: int = _SHOWN) -> str:
    more = f" and {len(names) - at_most} more" * (len(names) > at_most)
    return ", ".join(f'"{name}"' for name in names[:at_most]) + more


@dataclass(frozen=True, slots=True, kw_only=True)
class UnseenValue:
    """A value of a coded column without a level, its number of rows, and its frequency in training."""

    column: str
    level: str
    rows: int
    seen: Seen = "never"


def unseen_values(schema: Schema, source: "pd.DataFrame | Sequence[Row]") -> tuple[UnseenValue, ...]:
    """Values without a level, most frequent first: never seen, or rarely, in less than three rows of training.

    Non-answers ("prefer not to say") are missing in an ordinal column, and not counted here.
    """
    coded = schema.of_kind(*LEVELLED)
    counted = _count_rows(coded, source) if isinstance(source, Sequence) else _count_frame(coded, source)
    ranked = {column.name for column in coded if column.kind == "ordinal"}
    met = {column.name: RareReader(column) for column in coded}
    found = [
        UnseenValue(column=column, level=level, rows=rows, seen=met[column](level))
        for (column, level), rows in counted.items()
        if column not in ranked or not says_nothing(level)
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda item: (-item.rows, item.column, item.level)))


def _count_rows(coded: Sequence[Column], rows: Sequence[Row]) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    for column in coded:
        read, marks = LevelReader(column), frozenset(column.missing_marks)
        for row in rows:
            cell = row.get(column.name)
            if read(cell) == len(column.levels):
                counts[column.name, text_of(cell, marks) or ""] += 1
    return counts


def _count_frame(coded: Sequence[Column], frame: "pd.DataFrame") -> Counter[tuple[str, str]]:
    from assay.data import vectorized as vector

    counts: Counter[tuple[str, str]] = Counter()
    for column in coded:
        read = LevelReader(column)
        codes, texts = vector.texts_of(
            vector.plain(vector.as_learned(frame[column.name], column)), frozenset(column.missing_marks)
        )
        rows = np.bincount(codes[codes >= 0], minlength=len(texts))
        for text, n in zip(texts, rows.tolist(), strict=True):
            if n and read.of_text(text) == len(column.levels):
                counts[column.name, text] += n
    return counts
