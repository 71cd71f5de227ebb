"""Aggregates of expressions: learned by group on the training rows, looked up by group afterwards."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index
from assay.expressions.expression_program import Operation

_MOST_ENTRIES = 65_536
"""Groups that there could be up to which all are in one list, so that a look-up is one operation."""
_LARGEST_KEY = 2**62


@dataclass(frozen=True, slots=True, eq=False)
class GroupValues:
    """keys: (g,) numbers of the groups that have a value, rising; values: (g,) of an aggregate."""

    keys: Index
    values: Floats

    def lookup(self, sizes: Sequence[int], otherwise: float) -> Operation:
        """The value of each row's group, from the cells of the columns that are grouped by; sizes: see `sizes_of`.

        otherwise: for groups that have none, and rows with a missing, or never seen, cell.
        """
        if np.prod(sizes, dtype=np.float64) > _MOST_ENTRIES:
            return _SortedLookup(tuple(sizes), self.keys, self.values, otherwise)
        entries = np.full(int(np.prod(sizes)), otherwise)
        entries[self.keys] = self.values
        return _ListLookup(tuple(sizes), entries)

    @property
    def of_all(self) -> float:
        """The value where all rows are one group; NaN where there was none."""
        return float(self.values[0]) if len(self.values) else float("nan")


NO_GROUPS = GroupValues(np.empty(0, dtype=np.int64), np.empty(0))
"""Before anything is learned."""


def sizes_of(levels: Sequence[int]) -> tuple[int, ...]:
    """Places of each column's cells: missing, its levels, never seen."""
    return tuple(count + 2 for count in levels)


def can_be_numbered(sizes: Sequence[int]) -> bool:
    """Whether every combination of these has a number of 64 bits."""
    return float(np.prod(sizes, dtype=np.float64)) < _LARGEST_KEY


@dataclass(frozen=True, slots=True, eq=False)
class _ListLookup:
    sizes: tuple[int, ...]
    entries: Floats

    def __call__(self, *cells: AnyArray) -> Floats:
        return self.entries[_keys(cells, self.sizes)]


@dataclass(frozen=True, slots=True, eq=False)
class _SortedLookup:
    sizes: tuple[int, ...]
    keys: Index
    values: Floats
    otherwise: float

    def __call__(self, *cells: AnyArray) -> Floats:
        keys = _keys(cells, self.sizes)
        if not len(self.keys):
            return np.full(keys.shape, self.otherwise)
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[at] == keys, self.values[at], self.otherwise)


def _places(cells: AnyArray) -> Index:
    """0 for what is missing, then the levels; places of ordered levels are floats."""
    if cells.dtype.kind == "f":
        cells = np.where(cells >= 0, cells, -1.0)
    return cells.astype(np.int64) + 1


def _keys(cells: Sequence[AnyArray], sizes: Sequence[int]) -> Index:
    """(n,) numbers of the groups of rows."""
    keys = _places(cells[0])
    for one, size in zip(cells[1:], sizes[1:], strict=True):
        keys = keys * size + _places(one)
    return keys


def learned_groups(head: str, x: Floats, cells: Sequence[AnyArray], sizes: Sequence[int]) -> GroupValues:
    """An aggregate of x (n,) by these columns; all rows are one group where there are none.

    Groups without a value have no key: a mean of nothing, or the standard deviation of one.
    """
    keys = _keys(cells, sizes) if cells else np.zeros(len(x), dtype=np.int64)
    is_whole: Bools = np.ones(len(x), dtype=np.bool_)
    for one, size in zip(cells, sizes, strict=True):
        place = _places(one)
        is_whole &= (place > 0) & (place < size - 1)
    found, group = np.unique(keys[is_whole], return_inverse=True)
    with np.errstate(all="ignore"):
        values = _STATISTICS[head](_Grouped.of(x[is_whole], group, len(found)))
    has_value = ~np.isnan(values)
    return GroupValues(found[has_value], values[has_value])


@dataclass(frozen=True, slots=True, eq=False)
class _Grouped:
    """Known values x (n,) of n_groups groups, by group and then by size; group: (n,); start, count: (n_groups,)."""

    x: Floats
    group: Index
    start: Index
    count: Index

    @classmethod
    def of(cls, x: Floats, group: Index, n_groups: int) -> "_Grouped":
        known = ~np.isnan(x)
        x, group = x[known], group[known]
        order = np.lexsort((x, group))
        count = np.bincount(group, minlength=n_groups)
        return cls(x[order], group[order], np.cumsum(count) - count, count)

    def total(self, x: Floats) -> Floats:
        """(n_groups,) sums of other values of the same rows."""
        return np.bincount(self.group, x, minlength=len(self.count)).astype(np.float64)

    def at(self, place: Index) -> Floats:
        """(n_groups,) the value at that place within each group; NaN in groups of none."""
        if not len(self.x):
            return np.full(len(self.count), np.nan)
        found = self.x[np.minimum(self.start + place, len(self.x) - 1)]
        return np.where(self.count > 0, found, np.nan)


def _mean(rows: _Grouped) -> Floats:
    return rows.total(rows.x) / rows.count


def _std(rows: _Grouped) -> Floats:
    gap = rows.x - _mean(rows)[rows.group]
    return np.where(rows.count > 1, np.sqrt(rows.total(gap * gap) / (rows.count - 1)), np.nan)


def _median(rows: _Grouped) -> Floats:
    last = np.maximum(rows.count - 1, 0)
    low, high = rows.at(last // 2), rows.at((last + 1) // 2)
    return np.where(low == high, low, (low + high) / 2.0)


def _nunique(rows: _Grouped) -> Floats:
    is_new = np.ones(len(rows.x), dtype=np.float64)
    is_new[1:] = (rows.x[1:] != rows.x[:-1]) | (rows.group[1:] != rows.group[:-1])
    return rows.total(is_new)


_STATISTICS: Mapping[str, Callable[[_Grouped], Floats]] = {
    "mean": _mean, "std": _std, "median": _median, "nunique": _nunique,
    "sum": lambda rows: rows.total(rows.x),
    "count": lambda rows: rows.count.astype(np.float64),
    "min": lambda rows: rows.at(np.zeros_like(rows.count)),
    "max": lambda rows: rows.at(np.maximum(rows.count - 1, 0)),
}  # fmt: skip
"""Missing values are left out; the standard deviation is that of a sample (n - 1), as in pandas."""
