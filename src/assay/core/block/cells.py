"""Blocks of the cells of a table's own columns: what a new kind of cells has to be able to do."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar, Self

from assay.core.array import AnyArray, Bools
from assay.core.block import Block
from assay.core.schema import Column


class CellBlock(Block, ABC):
    """A block of the cells of a table's own columns. calls: what it takes to read one (core.effort.Effort.calls)."""

    __slots__ = ()
    calls: ClassVar[float] = 5

    @classmethod
    @abstractmethod
    def of_cells(cls, columns: Sequence[Column], cells: Iterable[Sequence[object] | AnyArray], n_rows: int) -> Self:
        """cells: of each column (n_rows,) cells as they were given, among them None and NaN where one is missing. For
        the blocks of core they are read already, by the readers in `data`.
        """

    @abstractmethod
    def missing(self) -> Bools:
        """(n, len(names)) where there is no cell."""

    @abstractmethod
    def given(self, column: Column) -> Sequence[object]:
        """(n,) cells of one of its columns as people give them, gaps filled by what is usual: rows to time a model."""
