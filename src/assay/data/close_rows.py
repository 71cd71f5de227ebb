"""Copies with noise: rows that lie far nearer to a few others than to all the rest, and share their target with these.

Rounded rows, several measurements of one thing, and rows whose numbers are in another unit are such copies; nothing of
them is equal. Looked at are the numbers that differ from row to row, as they are, up to a factor of the whole row, and
up to a factor of each column within the levels of another (currencies). A row is in a bunch where a step in its
distances to others is so wide that the dimension of the data hardly explains it. That rows lie in bunches proves
nothing; that targets agree inside of them and not outside, where the next rows are hardly further, is what a score
would be made of. The cost is one search tree and 2,000 queries for each look, and as many queries as rows where a
bunch is found.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import Floats, Index
from assay.core.near_view import NearKind, NearView
from assay.core.seed import Seeds
from assay.core.target import Target
from assay.data import vectorized as vector
from assay.data.fingerprint import column_hashes
from assay.data.row_counters import numbers_rows

if TYPE_CHECKING:
    import pandas as pd

MEASURED: NearKind = "noise in numbers"
SCALED: NearKind = "the unit of numbers"
STEPS = (0.3, 0.5, 0.7)
"""Distance to the last row of a bunch, as a share of that to the next row outside."""
NEIGHBOURS, QUERIES = 12, 2000
MOST_COLUMNS, FEWEST_COLUMNS = 6, 3
LEAST_DISTINCT, DISTINCT_SHARE = 20, 0.05
"""Different cells of a column, and as a share of the rows: with fewer, rows are near each other by chance."""
BEYOND = 5.0
"""Times as many rows in bunches as chance would have."""
SHARE, FEWEST = 0.01, 10
"""Share of rows in bunches, and number of them: fewer prove nothing and hardly move a score."""
MORE = 1.02
"""Times as many copies for which rows further apart are taken for some."""
INSIDE = 0.1
"""Difference of targets inside of bunches, as a share of that to the next row outside."""
MOST_ROWS, UNLIKE = 0.5, 0.5
"""Share of rows in bunches; of fewer rows targets outside differ by so much of what those of any two rows do: else near
rows are alike by what the columns tell, as new rows will be.
"""
MISSING = -10.0
MOST_LEVELS, MOST_FACTORS = 20, 2
"""Levels of a column that may name units, and number of such columns looked at."""


def _points(frame: "pd.DataFrame", view: NearView) -> Floats:
    """(n, m) where each row lies."""
    cells = [np.asarray(vector.plain(frame[name]).astype("float64"), dtype=np.float64) for name in view.names]
    levels = vector.texts_of(vector.plain(frame[view.by]))[0] + 1 if view.by else np.zeros(len(frame), dtype=np.int64)
    points = np.stack([_in_spreads(column, levels) for column in cells], axis=1)
    if view.of != SCALED or view.by:
        return points
    size = np.sqrt((points**2).sum(axis=1, keepdims=True))
    return np.divide(points, size, out=np.zeros_like(points), where=size > 0.0)


def _in_spreads(values: Floats, levels: Index) -> Floats:
    """(n,) numbers in units of their spread among the rows of their level; what is missing lies far off."""
    found = np.full(len(values), MISSING)
    for level in range(int(levels.max()) + 1):
        rows = np.flatnonzero((levels == level) & np.isfinite(values))
        if len(rows):
            low, high = np.quantile(values[rows], [0.1, 0.9])
            found[rows] = values[rows] / (float(high - low) or float(np.abs(values[rows]).max()) or 1.0)
    return found


def find_close_rows(
    frame: "pd.DataFrame", names: Sequence[str], target: Target, *, equal: Index, seeds: Seeds
) -> tuple[NearView, Index] | None:
    """(how rows are copies of others, (n,) codes that copies share) by the named columns; None where none are found.

    equal: (n,) codes of rows that are equal, which count once.
    """
    first = np.unique(equal, return_index=True)[1]
    frame, target = frame.iloc[first], target.take(first)
    numeric = _numeric(frame, names)
    if len(numeric) < FEWEST_COLUMNS or len(frame) < 4 * FEWEST:
        return None
    some = seeds.child("close").rng().permutation(len(frame))[:QUERIES]
    found: list[_Seen] = []
    for view in _views(frame, names, numeric):
        points = _points(frame, view)
        near = _Neighbours.of(points, some)
        steps = [step for step in STEPS if near.are_copies(step, target)]
        near = _Neighbours.of(points, np.arange(len(frame))) if steps else near
        found += [_Seen(replace(view, step=step), near.units(step)) for step in steps]
    most = max((one.rows for one in found), default=0)
    best = min((one for one in found if MORE * one.rows >= most), key=lambda one: one.view.step, default=None)
    return None if best is None else (best.view, best.units[equal])


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """units: (n,) codes that copies share in this view."""

    view: NearView
    units: Index

    @property
    def rows(self) -> int:
        """Those that have a copy."""
        sizes = np.bincount(self.units)
        return int(sizes[sizes > 1].sum())


def close_units(frame: "pd.DataFrame", view: NearView, *, equal: Index) -> Index:
    """(n,) codes that copies share, seen in a known way; equal: see find_close_rows."""
    frame = frame.iloc[np.unique(equal, return_index=True)[1]]
    return _Neighbours.of(_points(frame, view), np.arange(len(frame))).units(view.step)[equal]


def _numeric(frame: "pd.DataFrame", names: Sequence[str]) -> tuple[str, ...]:
    """The columns of numbers that differ most from row to row and do not number them."""
    distinct: dict[str, int] = {}
    for name in names:
        plain = vector.plain(frame[name])
        if not vector.is_number(plain):
            continue
        values = np.asarray(plain.astype("float64"), dtype=np.float64)
        known = values[np.isfinite(values)]
        n_cells = len(np.unique(known))
        is_varied = len(known) > 0.5 * len(values) and n_cells >= max(LEAST_DISTINCT, DISTINCT_SHARE * len(values))
        if is_varied and not numbers_rows(values):
            distinct[name] = n_cells
    most = sorted(distinct, key=lambda name: -distinct[name])[:MOST_COLUMNS]
    return tuple(name for name in names if name in most)


def _views(frame: "pd.DataFrame", names: Sequence[str], numeric: tuple[str, ...]) -> Iterator[NearView]:
    yield NearView(numeric, MEASURED)
    yield NearView(numeric, SCALED)
    levels = {name: len(np.unique(column_hashes(frame[name]))) for name in names if name not in numeric}
    few = [name for name, count in sorted(levels.items(), key=lambda one: one[1]) if 2 <= count <= MOST_LEVELS]
    yield from (NearView(numeric, SCALED, by=name) for name in few[:MOST_FACTORS])


@dataclass(frozen=True, slots=True, eq=False)
class _Neighbours:
    """Of some rows the nearest others, nearest first. rows: (m,); others, distance: (m, k)."""

    rows: Index
    others: Index
    distance: Floats

    @classmethod
    def of(cls, points: Floats, rows: Index) -> "_Neighbours":
        from scipy.spatial import cKDTree

        found, others = cKDTree(points).query(points[rows], k=min(NEIGHBOURS + 1, len(points)))
        itself = others == rows[:, None]
        itself[~itself.any(axis=1), -1] = True  # among many equal ones it is not told
        shape = (len(rows), found.shape[1] - 1)
        return cls(rows, others[~itself].reshape(shape), found[~itself].reshape(shape))

    @property
    def ratios(self) -> Floats:
        """(m, k - 1) each distance as a share of the next; 1 where both are none."""
        near, far = self.distance[:, :-1], self.distance[:, 1:]
        return np.divide(near, far, out=np.ones_like(near), where=far > 0.0)

    def last(self, step: float) -> Index:
        """(m,) the place of the last other row in the bunch of each row; -1 where it is in none."""
        wide = self.ratios < step
        return np.where(wide.any(axis=1), wide.shape[1] - 1 - np.argmax(wide[:, ::-1], axis=1), -1)

    def units(self, step: float) -> Index:
        """(n,) codes: rows share one that are in each other's bunch, directly or by others between; of all rows."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        n = len(self.rows)
        inside = np.arange(self.others.shape[1]) <= self.last(step)[:, None]
        one, other = np.repeat(self.rows, inside.sum(axis=1)), self.others[inside]
        mutual = np.isin(one * n + other, other * n + one)
        links = coo_array((np.ones(int(mutual.sum())), (one[mutual], other[mutual])), (n, n))
        return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)

    def are_copies(self, step: float, target: Target) -> bool:
        """Whether so many rows are in bunches as chance does not have, and targets agree inside of these alone."""
        last = self.last(step)
        own = np.flatnonzero(last >= 0)
        if len(own) < max(FEWEST, SHARE * len(last), BEYOND * self._by_chance(last, step) * len(last)):
            return False
        rows = self.rows[own]
        inside = _difference(target, rows, self.others[own, 0])
        outside = _difference(target, rows, self.others[own, last[own] + 1])
        anywhere = _difference(target, rows, np.roll(self.rows, len(self.rows) // 2)[own])
        is_rule = len(own) >= MOST_ROWS * len(last) or float(outside.mean()) >= UNLIKE * float(anywhere.mean())
        return is_rule and float(outside.sum()) >= FEWEST and float(inside.mean()) <= INSIDE * float(outside.mean())

    def _by_chance(self, last: Index, step: float) -> float:
        """The share of rows with such a step in data of the same dimension: that of their distances outside of bunches
        (Levina and Bickel, 2004).
        """
        outside = np.arange(self.distance.shape[1]) > last[:, None]
        furthest = self.distance[:, -1:]
        known = outside & (self.distance > 0.0)
        logs = np.log(np.divide(furthest, self.distance, out=np.ones_like(self.distance), where=known))
        mean = float(logs[known].sum() / max(int(known.sum()) - len(last), 1))
        return float(step ** (1.0 / mean)) if mean > 0.0 else 1.0


def _difference(target: Target, one: Index, other: Index) -> Floats:
    """(m,) how far targets of pairs of rows are apart: 0 or 1 of classes, of numbers in their standard deviation."""
    y = target.values
    if target.is_class:
        return np.asarray(y[one] != y[other], dtype=np.float64)
    return np.asarray(np.abs(y[one] - y[other]) / (float(np.std(y)) or 1.0))
