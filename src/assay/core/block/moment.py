"""When each row was, where the rows of a table are ordered by a column."""

from dataclasses import dataclass
from typing import Self

from assay.core.array import Floats, Index
from assay.core.block import Block, register


@register("moment")
@dataclass(frozen=True, slots=True, eq=False)
class MomentBlock(Block):
    """values: (n,). Rows that are asked about have none, and are later than all rows ever learned from.

    A block, as it goes wherever the rows go; never a column, as no model may tell rows by their place in time alone.
    """

    values: Floats
    names: tuple[str, ...] = ()

    @property
    def n_rows(self) -> int:
        return len(self.values)

    def take(self, rows: Index) -> Self:
        return type(self)(self.values[rows])
