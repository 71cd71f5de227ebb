"""Wide text features for linear models."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from assay.core.array import Codes, Index, Singles
from assay.core.block import Block, register


@register("sparse")
@dataclass(frozen=True, slots=True, eq=False)
class Sparse(Block):
    """A compressed-row float32 matrix without scipy, so that core needs numpy only.

    data, indices: (n_values,); indptr: (n_rows + 1,).
    """

    data: Singles
    indices: Codes
    indptr: Index
    n_columns: int
    names: tuple[str, ...] = ()

    @property
    def n_rows(self) -> int:
        return len(self.indptr) - 1

    def take(self, rows: Index) -> Self:
        """The given rows, in the given order."""
        starts, counts = self.indptr[rows], np.diff(self.indptr)[rows]
        indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        offsets = np.arange(indptr[-1]) - np.repeat(indptr[:-1], counts) + np.repeat(starts, counts)
        return type(self)(self.data[offsets], self.indices[offsets], indptr, self.n_columns)
