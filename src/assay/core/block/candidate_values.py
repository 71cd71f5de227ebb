"""Of each row the value by which its labels are restricted, where a task restricts them."""

from dataclasses import dataclass
from typing import Self

from assay.core.array import Codes, Index
from assay.core.block import Block, register


@register("candidates")
@dataclass(frozen=True, slots=True, eq=False)
class CandidateValues(Block):
    """values: (n,) int32 places among the known values of that column (`Column.restricts`), -1 for none of them.

    A block, as it goes wherever the rows go; never a column: whether the column itself is a feature is another matter.
    """

    values: Codes
    names: tuple[str, ...] = ()

    @property
    def n_rows(self) -> int:
        return len(self.values)

    def take(self, rows: Index) -> Self:
        return type(self)(self.values[rows])
