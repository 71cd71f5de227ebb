"""Copies with noise: rows that lie far nearer to a few others than to all the rest, and share their target with these.

Rounded rows, several measurements of one thing, rows whose numbers are in another unit, and texts with other words are
such copies; no cell of them need be equal. Looked at are the numbers that differ from row to row, as they are, up to a
factor of the whole row, and up to a factor of each column within the levels of another (currencies), and the words of
texts. A row is in a bunch where a step in its distances to others is so wide that the dimension of the data hardly
explains it. That rows lie in bunches proves nothing; that targets agree inside of them and not outside, where the next
rows are hardly further, is what a score would be made of. The cost is one search tree and some 2,000 queries for each
look, and as many queries as rows where copies are found.
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
from assay.data.comparable_cells import ComparableCells, bare_spelling
from assay.data.fingerprint import column_hashes
from assay.data.near_neighbours import FEWEST, MOST_ROWS, Neighbours
from assay.data.row_counters import numbers_rows
from assay.data.row_keys import RowKeys

if TYPE_CHECKING:
    import pandas as pd

MEASURED: NearKind = "noise in numbers"
SCALED: NearKind = "the unit of numbers"
WORDS: NearKind = "many words"
SPELLED: NearKind = "the spelling of levels"
STEPS = (0.3, 0.5, 0.7, 0.85)
"""Distance to the last row of a bunch, as a share of that to the next row outside."""
QUERIES = {MEASURED: 2000, SCALED: 2000, WORDS: 1000}
"""Rows by which it is decided."""
MOST_COLUMNS, FEWEST_COLUMNS = 6, 3
LEAST_DISTINCT, DISTINCT_SHARE = 20, 0.05
"""Different cells of a column, and as a share of the rows: with fewer, rows are near each other by chance."""
MORE = 1.02
"""Times as many copies for which rows further apart are taken for some."""
MISSING = -10.0
LONG, OWN = 30, 0.5
"""Characters of texts in which words may be replaced, the median, and the share of rows with a text of their own."""
MOST_LEVELS, MOST_FACTORS = 20, 2
"""Levels of a column that may name units, and number of such columns looked at."""


def _points(frame: "pd.DataFrame", view: NearView) -> Floats:
    """(n, m) where each row lies."""
    cells = [np.asarray(vector.plain(frame[name]).astype("float64"), dtype=np.float64) for name in view.names]
    levels = np.zeros(len(frame), dtype=np.int64)
    if view.by:
        levels = vector.texts_of(vector.plain(frame[view.by]))[0].astype(np.int64) + 1
    points = np.stack([_in_spreads(column, levels) for column in cells], axis=1)
    if view.of != SCALED or view.by:
        return points
    size = np.sqrt((points**2).sum(axis=1, keepdims=True))
    return np.asarray(np.divide(points, size, out=np.zeros_like(points), where=size > 0.0))


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
    if len(frame) < 4 * FEWEST:
        return None
    order, found = seeds.child("close").rng().permutation(len(frame)), list[_Seen]()
    for view in _views(frame, names):
        near = _neighbours(frame, view, order[: QUERIES[view.of]])
        steps = [step for step in STEPS if near.are_copies(step, target)]
        near = _neighbours(frame, view, np.arange(len(frame))) if steps else near
        seen = (_Seen(replace(view, step=step), near.units(step)) for step in steps)
        least = MOST_ROWS * len(frame) if view.of == WORDS else 0.0  # where a word decides, some texts lie in bunches
        found += [one for one in seen if one.rows >= least]
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
    if view.of == SPELLED:
        return RowKeys.of(ComparableCells.of(frame[name], spelling=bare_spelling).said for name in view.names).codes
    frame = frame.iloc[np.unique(equal, return_index=True)[1]]
    return _neighbours(frame, view, np.arange(len(frame))).units(view.step)[equal]


def _neighbours(frame: "pd.DataFrame", view: NearView, rows: Index) -> Neighbours:
    if view.of != WORDS:
        return Neighbours.of_points(_points(frame, view), rows)
    codes, texts = vector.texts_of(vector.plain(frame[view.names[0]]))
    return Neighbours.of_texts([texts[code] if code >= 0 else "" for code in codes.tolist()], rows)


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


def _views(frame: "pd.DataFrame", names: Sequence[str]) -> Iterator[NearView]:
    """The ways in which these rows may be near each other."""
    numeric = _numeric(frame, names)
    levels = {name: len(np.unique(column_hashes(frame[name]))) for name in names if name not in numeric}
    if len(numeric) >= FEWEST_COLUMNS:
        yield NearView(numeric, MEASURED)
        yield NearView(numeric, SCALED)
        few = [name for name, count in sorted(levels.items(), key=lambda one: one[1]) if 2 <= count <= MOST_LEVELS]
        yield from (NearView(numeric, SCALED, by=name) for name in few[:MOST_FACTORS])
    yield from (
        NearView((name,), WORDS) for name in levels if levels[name] > OWN * len(frame) and _is_text(frame[name])
    )


def _is_text(series: "pd.Series") -> bool:
    plain = vector.plain(series)
    if vector.is_number(plain) or vector.is_date(plain):
        return False
    texts = vector.texts_of(plain)[1]
    return bool(texts) and float(np.median([len(text) for text in texts])) >= LONG
