"""The columnar table that all rooms but `data` read: named blocks of arrays, never a frame."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from assay.core.array import AnyArray, Codes, Floats, Index, Objects, Singles
from assay.core.block import Block
from assay.core.block.candidate_values import CandidateValues
from assay.core.block.cells import CellBlock
from assay.core.block.columns import CORE, ColumnBlock, NumericBlock
from assay.core.block.moment import MomentBlock
from assay.core.block.sparse import Sparse
from assay.core.block.strings import Strings


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows as blocks; a step takes a Table and gives a Table with other columns and the same rows.

    blocks: by registered name. Four are in every table (core.block.columns), and read here by their arrays:
    numeric: (n, a) float32, NaN missing.   codes: (n, b) int32, -1 missing, levels[j] = never seen.
    dates:   (n, c) float64 days since 1970-01-01, NaN missing.   text: (n, d) str objects, "" missing.
    Others are there or not, and None where not: sparse, wide text features for linear models; strings, columns of
    codes, keys and names as they are written, read by steps, never by models; moment, (n,) float64 of rows in order;
    candidate_values, (n,) int32 where labels are restricted by a column.
    """

    blocks: Mapping[str, Block]

    @classmethod
    def of(cls, **blocks: Block) -> "Table":
        """A table of these blocks, of which there is one at least; those that every table has are added."""
        n_rows = next(iter(blocks.values())).n_rows
        return cls({name: blocks.get(name) or block.empty(n_rows) for name, block in CORE.items()} | blocks)

    @classmethod
    def empty(cls, n_rows: int) -> "Table":
        """A table with rows and no columns."""
        return cls({name: block.empty(n_rows) for name, block in CORE.items()})

    @property
    def n_rows(self) -> int:
        return len(self.blocks["numeric"].values)  # type: ignore[attr-defined]  # a NumericBlock

    @property
    def numeric(self) -> Singles:
        return self.blocks["numeric"].values  # type: ignore[attr-defined,no-any-return]  # a NumericBlock

    @property
    def codes(self) -> Codes:
        return self.blocks["codes"].values  # type: ignore[attr-defined,no-any-return]  # a CodeBlock

    @property
    def levels(self) -> tuple[int, ...]:
        return self.blocks["codes"].levels  # type: ignore[attr-defined,no-any-return]  # a CodeBlock

    @property
    def dates(self) -> Floats:
        return self.blocks["dates"].values  # type: ignore[attr-defined,no-any-return]  # a DateBlock

    @property
    def text(self) -> Objects:
        return self.blocks["text"].values  # type: ignore[attr-defined,no-any-return]  # a TextBlock

    @property
    def numeric_names(self) -> tuple[str, ...]:
        return self.blocks["numeric"].names

    @property
    def code_names(self) -> tuple[str, ...]:
        return self.blocks["codes"].names

    @property
    def date_names(self) -> tuple[str, ...]:
        return self.blocks["dates"].names

    @property
    def text_names(self) -> tuple[str, ...]:
        return self.blocks["text"].names

    @property
    def sparse(self) -> Sparse | None:
        found = self.blocks.get("sparse")
        return found if isinstance(found, Sparse) else None

    @property
    def strings(self) -> Strings | None:
        found = self.blocks.get("strings")
        return found if isinstance(found, Strings) else None

    @property
    def moment(self) -> Floats | None:
        found = self.blocks.get("moment")
        return found.values if isinstance(found, MomentBlock) else None

    @property
    def candidate_values(self) -> Codes | None:
        found = self.blocks.get("candidates")
        return found.values if isinstance(found, CandidateValues) else None

    @property
    def names(self) -> tuple[str, ...]:
        """Of its columns, each once: a category may be there by codes and as it is written."""
        return tuple(dict.fromkeys(name for block in self.blocks.values() for name in block.names))

    @property
    def cells(self) -> Mapping[str, CellBlock]:
        """The blocks of columns that were given, without those that steps or the task made."""
        return {name: cast("CellBlock", block) for name, block in self.blocks.items() if block.kinds}

    def column(self, name: str) -> AnyArray:
        """(n,) cells of a column of numbers, codes, dates or texts; KeyError for a name that is none of theirs."""
        for block in self.blocks.values():
            if isinstance(block, ColumnBlock) and name in block.names:
                return block.column(name)
        raise KeyError(name)

    def take(self, rows: Index) -> "Table":
        """The given row positions, in the given order (a copy)."""
        return Table({name: block.take(rows) for name, block in self.blocks.items()})

    def moved(self, names: Collection[str], rows: Index) -> "Table":
        """The same with the cells of these columns, wherever they lie, taken from other rows; rows: (n,) positions."""
        return Table({name: block.moved(names, rows) for name, block in self.blocks.items()})

    def with_blocks(self, **blocks: Block) -> "Table":
        """The same table with these blocks, in place of its own of that name."""
        return Table({**self.blocks, **blocks})

    def with_cells(self, **values: AnyArray) -> "Table":
        """The same columns with other cells, by the name of a block that every table has."""
        return Table({
            name: block.with_values(values[name]) if name in values else block  # type: ignore[attr-defined]  # of CORE
            for name, block in self.blocks.items()
        })  # fmt: skip

    def select(self, **positions: Sequence[int]) -> "Table":
        """The same table with only these columns, in this order, of blocks that every table has."""
        return Table({
            name: block.select(positions[name]) if name in positions else block  # type: ignore[attr-defined]  # of CORE
            for name, block in self.blocks.items()
        })  # fmt: skip

    def without(self, *names: str) -> "Table":
        """The same table without these blocks; one that every table has stays, without columns."""
        return Table({
            name: CORE[name].empty(self.n_rows) if name in names else block
            for name, block in self.blocks.items() if name in CORE or name not in names
        })  # fmt: skip

    def without_columns(self, names: Collection[str]) -> "Table":
        """The same table without these columns, in whatever blocks they are; a block that had no others goes too."""
        left = {name: block.without(names) for name, block in self.blocks.items()}
        return Table({name: block for name, block in left.items() if block is not None})

    def with_numeric(self, block: AnyArray, names: tuple[str, ...]) -> "Table":
        """The same table with numeric columns added on the right."""
        if not names:
            return self
        joined = np.concatenate([self.numeric, np.asarray(block, dtype=np.float32)], axis=1)
        return self.with_blocks(numeric=NumericBlock(joined, (*self.numeric_names, *names)))
