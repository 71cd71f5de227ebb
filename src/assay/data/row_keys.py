"""Hashes of rows by any set of their columns, at the cost of an addition a column."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from assay.core.array import Index
from assay.data.fingerprint import Hashes

SAMPLE = 40_000
"""Rows that are looked at once; of more, those whose key is below a limit: all rows of a key or none."""


@dataclass(frozen=True, slots=True, eq=False)
class RowKeys:
    """parts: (n,) of each column a hash of its cells by an odd factor of its own; total: (n,) their sum."""

    parts: tuple[Hashes, ...]
    total: Hashes

    @classmethod
    def of(cls, hashes: Iterable[Hashes]) -> "RowKeys":
        """Of the hashes of each column's cells."""
        rng = np.random.default_rng(0)
        parts = tuple(column * np.uint64(2 * int(rng.integers(0, 2**62)) + 1) for column in hashes)
        total = parts[0].copy()
        for part in parts[1:]:
            total += part  # sums wrap around on purpose
        return cls(parts, total)

    def __len__(self) -> int:
        return len(self.total)

    @property
    def width(self) -> int:
        return len(self.parts)

    @property
    def codes(self) -> Index:
        """(n,) rows of equal cells share one."""
        return np.asarray(np.unique(self.total, return_inverse=True)[1], dtype=np.int64)

    def without(self, columns: Iterable[int]) -> Hashes:
        """(n,) keys of the rows by all columns but these."""
        keys = self.total.copy()
        for j in columns:
            keys -= self.parts[j]
        return keys

    def by(self, columns: Iterable[int], rows: Index) -> Hashes:
        """(m,) keys of some rows by these columns."""
        keys = np.zeros(len(rows), dtype=np.uint64)
        for j in columns:
            keys += self.parts[j][rows]
        return keys


def sampled(keys: Hashes) -> Index:
    """Positions of all rows, or of so many sets of equal keys that they have about SAMPLE rows."""
    if len(keys) <= SAMPLE:
        return np.arange(len(keys))
    return np.flatnonzero(keys < np.uint64(SAMPLE / len(keys) * 2.0**64))


def neighbours(keys: Hashes) -> tuple[Index, Index]:
    """Positions of rows and of the next one with the same key, among the sampled: sets of s rows give s - 1 pairs."""
    rows = sampled(keys)
    order = rows[np.argsort(keys[rows])]
    same = np.flatnonzero(keys[order[1:]] == keys[order[:-1]])
    return order[same], order[same + 1]


def pairs(keys: Hashes) -> float:
    """How many pairs of rows have the same key."""
    sizes = np.unique(keys, return_counts=True)[1].astype(np.float64)
    return float((sizes * (sizes - 1.0)).sum() / 2.0)
