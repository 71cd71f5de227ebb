"""Wide text features for linear models."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from assay.core.array import Bools, Codes, Index, Singles
from assay.core.block import Block, register


@register("sparse")
@dataclass(frozen=True, slots=True, eq=False)
class Sparse(Block):
    """A compressed-row float32 matrix without scipy, so that core needs numpy only.

    data, indices: (n_values,); indptr: (n_rows + 1,). parts: how many columns each part has, from left to right, as a
    step made them; labels: what they are of. () and (): one part without a name.
    """

    data: Singles
    indices: Codes
    indptr: Index
    n_columns: int
    names: tuple[str, ...] = ()
    parts: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()

    @property
    def n_rows(self) -> int:
        return len(self.indptr) - 1

    def take(self, rows: Index) -> Self:
        """The given rows, in the given order."""
        starts, counts = self.indptr[rows], np.diff(self.indptr)[rows]
        indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        offsets = np.arange(indptr[-1]) - np.repeat(indptr[:-1], counts) + np.repeat(starts, counts)
        return replace(self, data=self.data[offsets], indices=self.indices[offsets], indptr=indptr)

    @property
    def movable(self) -> tuple[str, ...]:
        """What its parts are of, by part; parts of one label have one name, and move together."""
        return tuple(f"terms of {label}" for label in self.labels or ("",) * len(self._parts))

    @property
    def _parts(self) -> tuple[int, ...]:
        return self.parts or (self.n_columns,)

    def moved(self, names: Collection[str], rows: Index) -> Self:
        """The same with these of its parts taken from other rows, (n,) positions."""
        which = np.array([name in names for name in self.movable])
        if not which.any():
            return self
        is_moved = np.repeat(which, self._parts)
        other = self.take(rows)
        row, kept = self._entries(~is_moved)
        row_moved, taken = other._entries(is_moved)
        whole = np.concatenate([row, row_moved])
        indices = np.concatenate([self.indices[kept], other.indices[taken]])
        order = np.lexsort((indices, whole))
        counts = np.bincount(whole, minlength=self.n_rows)
        return replace(
            self, data=np.concatenate([self.data[kept], other.data[taken]])[order], indices=indices[order],
            indptr=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)]),
        )  # fmt: skip

    def _entries(self, columns: Bools) -> tuple[Index, Index]:
        """(row, position) of every value in these columns; columns: (n_columns,)."""
        found = np.flatnonzero(columns[self.indices])
        return np.repeat(np.arange(self.n_rows), np.diff(self.indptr))[found], found

    def divided(self) -> tuple[tuple[str, Self], ...]:
        """Each part with its label."""
        if len(self.parts) < 2:
            return (("".join(self.labels), self),)
        ends = np.cumsum([0, *self.parts]).tolist()
        return tuple(
            (label, self._columns(start, end)) for label, start, end in zip(self.labels, ends, ends[1:], strict=False)
        )

    def _columns(self, start: int, end: int) -> Self:
        inside = (self.indices >= start) & (self.indices < end)
        kept = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(inside, dtype=np.int64)])
        return replace(
            self, data=self.data[inside], indices=self.indices[inside] - start, indptr=kept[self.indptr],
            n_columns=end - start, parts=(), labels=(),
        )  # fmt: skip
