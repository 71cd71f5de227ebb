"""Near duplicates: rows that are copies of others but for some columns, such as a row number, a time stamp or noise, or
for a few words of a text.

What is looked for are columns S such that many rows agree on all features but S. They are copies if four things hold:

1. Their targets agree, in 99 of 100, where those of rows drawn at random would not.
2. Chance does not explain it (`coincidence.by_chance`): SURE times as many pairs of rows agree as it would have.
3. The columns S tell nothing of the target, as measured ones do that happen to differ: they number or date the rows, or
   are not related to it.
4. There are FEWEST sets of them, and they are SHARE of the rows.

Where 1 and 4 hold, and there are SUSPECT times as many as by chance, they are spoken of. S is found, not guessed: each
column alone, those with most different cells together, all but a text, and what pairs of rows differ in that agree on a
chance half of the columns (locality-sensitive hashing; Indyk and Motwani, 1998). The cost is a sort of at most 40,000
rows for each column and some dozen more.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import AnyArray, Bools, Index
from assay.core.near_view import NearView
from assay.core.seed import Seeds
from assay.core.target import Target
from assay.data.close_rows import SPELLED, find_close_rows
from assay.data.coincidence import ColumnCapacity, by_chance
from assay.data.comparable_cells import OFFSETS, ComparableCells, bare_spelling
from assay.data.fingerprint import Hashes
from assay.data.near_neighbours import linked
from assay.data.row_counters import numbers_rows
from assay.data.row_keys import RowKeys, neighbours

if TYPE_CHECKING:
    import pandas as pd

GRIDS = (0.0, 1e-6, 1e-3)
"""How exactly numbers with decimals are compared: as they are, then by cells so wide as this share of their spread.
Texts: as they are, then by most of their words.
"""
FEWEST, SHARE = 10, 0.01
"""Sets of copies, and share of the rows: fewer prove nothing and hardly move a score."""
LARGEST = 0.1
"""Share of the rows above which a set of copies is too large for one fold."""
DISAGREE, BY_CHANCE = 0.01, 0.05
"""Of the rows that agree on all but S, those with another target; and as a share of what chance would have."""
SURE, SUSPECT = 10.0, 3.0
"""Ratio of agreeing pairs to those by chance: from which rows are duplicates, and from which they are suspected."""
PATTERNS, TRIES, LEAST, LOOKED_AT = 6, 8, 3, 300
"""Patterns of difference followed up; tries to find pairs; pairs with a pattern; pairs looked at in each try."""
TOGETHER = 6
"""Columns with the most different cells that are left out together, at most."""
RELATED = 1e-4
"""p below which a column of S is related to the target."""
NEARLY = 0.8
"""Of the most sets of copies that are found: among so many, those that differ in the fewest columns."""
OWN = 0.5
"""Share of the rows from which texts are each row's own, and no levels."""
MORE = 1.02
"""Times as many rows for which numbers are compared less exactly."""
MOST_NAMED = 4  # columns
ONE_BY_ONE = 1000  # columns that are left out singly; of more, pairs of rows tell which
EVIDENT = 2000  # rows of which the cells of a column are counted
SAME = 1e-6  # of the spread of a target in numbers: equal


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class NearDuplicates:
    """columns: in which copies differ, () where only the writing or the last digits of cells do. grid: how exactly
    cells were compared. reworded: columns of texts in which copies differ by a few words; rounded: whether any differ
    in the last digits of numbers. units: (n,) codes, copies share one. rows: different ones that have copies. sure:
    duplicates, or only suspected. view: where they differ in all numbers and are near each other in this (close_rows).
    """

    columns: tuple[str, ...]
    grid: float
    reworded: tuple[str, ...] = ()
    rounded: bool = False
    units: Index
    rows: int
    sure: bool
    view: NearView | None = None


def differ_in(copies: NearDuplicates) -> str:
    """ "counter, stamp and the last digits of numbers": what copies differ in, in words."""
    named = [*copies.columns[:MOST_NAMED]]
    more = len(copies.columns) - len(named)
    if more:
        named.append(f"{more} more")
    if copies.rounded:
        named.append("the last digits of numbers")
    named += [f"a few words of {name}" for name in copies.reworded]
    if copies.view is not None:
        named.append(copies.view.text)
    if not named:
        named.append("blanks, case or the order of what cells list")
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def find_near_duplicates(
    frame: "pd.DataFrame", names: Sequence[str], target: Target, *, equal: Index, seeds: Seeds
) -> NearDuplicates | None:
    """The rows of a frame that are copies of others but for some of the named columns; None where none are found.

    equal: (n,) codes of rows that are equal in all of these: such alone are none of this.
    """
    first = np.unique(equal, return_index=True)[1]
    if not names or len(first) < 2 * FEWEST:
        return None
    cells = ComparableCells.of_columns(frame, names)
    rows = None if len(first) == len(frame) else first
    best: NearDuplicates | None = None
    grids = GRIDS if any(one.measured for one in cells.values()) else GRIDS[:2]
    for grid in grids if any(one.is_inexact for one in cells.values()) else GRIDS[:1]:
        found = DuplicateSearch(cells, target, rows, grid, seeds.child("copies", str(grid))).copies()
        if found is not None and (best is None or (found.sure, found.rows) > (best.sure, best.rows * MORE)):
            best = found
    if best is not None and best.sure:
        return best
    respelled = _respelled(frame, cells, target, rows, seeds)
    if respelled is not None:
        return respelled
    close = find_close_rows(frame, names, target, equal=equal, seeds=seeds)
    return best if close is None else _close(*close, equal=equal)


def _respelled(
    frame: "pd.DataFrame", cells: Mapping[str, ComparableCells], target: Target, rows: Index | None, seeds: Seeds
) -> NearDuplicates | None:
    """Rows that are copies but for the spelling of levels; None where that joins none."""
    levels = [name for name, one in cells.items() if one.numbers is None and one.alike is None]
    bare = {name: ComparableCells.of(frame[name], spelling=bare_spelling) for name in levels}
    if not any(len(np.unique(bare[name].said)) < len(np.unique(cells[name].said)) for name in levels):
        return None
    found = DuplicateSearch({**cells, **bare}, target, rows, 0.0, seeds.child("copies", "spelled")).copies()
    if found is None or not found.sure:
        return None
    kept = tuple(name for name in cells if name not in found.columns)
    return replace(found, view=NearView(kept, SPELLED))


def _close(view: NearView, units: Index, *, equal: Index) -> NearDuplicates:
    """Of rows that are near each other."""
    own = units[np.unique(equal, return_index=True)[1]]
    sizes = np.bincount(own)
    return NearDuplicates(columns=(), grid=0.0, units=units, rows=int(sizes[sizes > 1].sum()), sure=True, view=view)


@dataclass(frozen=True, slots=True)
class _AgreeingPairs:
    """Pairs of rows that agree: how many sets they form, and of which share the targets differ, and would."""

    sets: int
    differ: float
    would_differ: float

    @property
    def have_one_target(self) -> bool:
        is_one = self.differ <= min(DISAGREE, BY_CHANCE * self.would_differ)
        return is_one and self.sets >= FEWEST and self.sets * self.would_differ >= FEWEST


@dataclass(frozen=True)
class DuplicateSearch:
    """A look for copies, numbers compared by a grid. rows: positions of different ones; None: all rows differ."""

    cells: Mapping[str, ComparableCells]
    target: Target
    rows: Index | None
    grid: float
    seeds: Seeds

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(self.cells)

    @cached_property
    def keys(self) -> RowKeys:
        return RowKeys.of(self._taken(one.hashes(self.grid)) for one in self.cells.values())

    @cached_property
    def truth(self) -> Target:
        return self.target if self.rows is None else self.target.take(self.rows)

    def _taken(self, values: AnyArray) -> AnyArray:
        return values if self.rows is None else values[self.rows]

    def copies(self) -> NearDuplicates | None:
        """What most rows are copies by."""
        rng = self.seeds.rng()
        found = {columns: seen.sets for columns in self._suspects(rng)
                 if (seen := self._seen(columns, rng)).have_one_target}  # fmt: skip
        most = max(found.values(), default=0)
        by_few = sorted(found, key=lambda columns: (
            columns not in self._all_but_a_text, found[columns] < NEARLY * most, len(columns), -found[columns]
        ))  # fmt: skip
        best: NearDuplicates | None = None
        for columns in by_few[:PATTERNS]:
            one = self._judged(columns, rng)
            if one is not None and one.sure:
                return one
            best = best or one
        return best

    def _judged(self, columns: tuple[int, ...], rng: np.random.Generator) -> NearDuplicates | None:
        units = np.unique(self.keys.without(columns), return_inverse=True)[1]
        sizes = np.bincount(units)
        n_rows = int(sizes[sizes > 1].sum())
        gone = frozenset(columns)
        kept = tuple(j for j in range(self.keys.width) if j not in gone)
        if n_rows < SHARE * len(units):
            return None
        by_luck = by_chance(self.keys, kept, units, self.rooms, rng)
        there = float((sizes * (sizes - 1.0)).sum() / 2.0)
        if there < SUSPECT * by_luck:
            return None
        first = np.unique(units, return_index=True)[1]
        sure = there >= SURE * by_luck and not any(self._tells(j, first) for j in columns)
        names = tuple(self.names[j] for j in columns)
        left_out = frozenset(names)
        agreeing = {name: cells for name, cells in self.cells.items() if name not in left_out}
        whole = units_of(list(agreeing.values()), self.grid)
        varied = {name for name, cells in agreeing.items() if self.grid and _varies(cells, whole)}
        return NearDuplicates(
            columns=names, grid=self.grid, units=whole, rows=n_rows, sure=sure,
            reworded=tuple(name for name in agreeing if name in varied and agreeing[name].alike is not None),
            rounded=any(agreeing[name].measured for name in varied),
        )  # fmt: skip

    @cached_property
    def rooms(self) -> tuple[ColumnCapacity, ...]:
        return tuple(self._room(cells) for cells in self.cells.values())

    def _room(self, cells: ComparableCells) -> ColumnCapacity:
        numbers = self._taken(cells.numbers) if cells.measured and cells.numbers is not None else None
        return ColumnCapacity(cells.places(self.grid), numbers)

    # -- what copies may differ in ------------------------------------------------------------------------------------

    def _suspects(self, rng: np.random.Generator) -> Iterator[tuple[int, ...]]:
        """Sets of columns, each once."""
        width = self.keys.width
        sample = rng.permutation(len(self.keys))[:EVIDENT]
        most = np.argsort([-len(np.unique(part[sample])) for part in self.keys.parts], kind="stable")
        tried = [(), *((j,) for j in (range(width) if width <= ONE_BY_ONE else most[:ONE_BY_ONE].tolist()))]
        tried += [tuple(sorted(most[:k].tolist())) for k in range(2, TOGETHER + 1)]
        tried += [*self._all_but_a_text, *self._patterns(rng)]
        yield from (columns for columns in dict.fromkeys(tried) if len(columns) < width)

    @cached_property
    def _all_but_a_text(self) -> tuple[tuple[int, ...], ...]:
        """All columns but one of texts that were reworded: what else is in a row is not copied with its text."""
        reworded = (
            j for j, cells in enumerate(self.cells.values())
            if self.grid and cells.alike is not None and len(np.unique(self._taken(cells.said))) > OWN * len(self.keys)
        )  # fmt: skip
        return tuple(tuple(k for k in range(self.keys.width) if k != j) for j in reworded)

    def _patterns(self, rng: np.random.Generator) -> list[tuple[int, ...]]:
        """What pairs of rows differ in that agree on a chance half of the columns, the most common first."""
        width = self.keys.width
        found: Counter[tuple[int, ...]] = Counter()
        for _ in range(TRIES):
            left = rng.permutation(width)[: max(width // 2, 1)].tolist()
            a, b = neighbours(self.keys.without(left))
            some = rng.permutation(len(a))[:LOOKED_AT]
            apart = np.column_stack([part[a[some]] != part[b[some]] for part in self.keys.parts])
            found.update(tuple(np.flatnonzero(row).tolist()) for row in apart)
        return [columns for columns, times in found.most_common(PATTERNS) if times >= LEAST]

    def _seen(self, columns: tuple[int, ...], rng: np.random.Generator) -> _AgreeingPairs:
        keys = self.keys.without(columns)
        a, b = neighbours(keys)
        if not len(a):
            return _AgreeingPairs(0, 0.0, 0.0)
        differ, would = self._differ(a, b), self._differ(a, rng.permutation(b))
        return _AgreeingPairs(len(np.unique(keys[a])), float(differ.mean()), float(would.mean()))

    def _differ(self, a: Index, b: Index) -> Bools:
        y = self.truth.values
        if self.truth.is_class:
            return np.asarray(y[a] != y[b])
        return np.asarray(np.abs(y[a] - y[b]) > SAME * np.std(y))

    # -- whether these are features ----------------------------------------------------------------------------------

    def _tells(self, j: int, rows: Index) -> bool:
        """Whether a column of S, one row of each set, is related to the target; one that numbers or dates rows is none
        that was measured."""
        cells = self.cells[self.names[j]]
        if cells.numbers is None:
            return are_related(self.keys.parts[j][rows], self.truth.take(rows))
        numbers = self._taken(cells.numbers)
        return not cells.dated and not numbers_rows(numbers) and are_related(numbers[rows], self.truth.take(rows))


def units_of(cells: Sequence[ComparableCells], grid: float) -> Index:
    """(n,) codes: rows whose cells say the same in all of these columns share one.

    In a grid two numbers may lie on two sides of an edge: rows that agree in any of several grids go together.
    """
    offsets = OFFSETS if grid else OFFSETS[:1]
    keys = [RowKeys.of(one.hashes(grid, offset) for one in cells).total for offset in offsets]
    codes = [np.unique(key, return_inverse=True)[1] for key in keys]
    return codes[0] if len(codes) == 1 else _joined(codes)


def _varies(cells: ComparableCells, units: Index) -> bool:
    """Whether cells of one unit differ as they are written."""
    pairs = len(np.unique(np.column_stack([units.astype(np.uint64), cells.said]), axis=0))
    return pairs > len(np.unique(units))


def contents_of(cells: Sequence[ComparableCells], grid: float) -> Hashes:
    """(n,) `units_of` by a number that follows from the cells, whatever the order of the rows."""
    return least_of(RowKeys.of(one.hashes(grid) for one in cells).total, units_of(cells, grid))


def least_of(hashes: Hashes, units: Index) -> Hashes:
    """(n,) the least hash among the rows of each row's unit."""
    least = np.full(int(units.max()) + 1, np.iinfo(np.uint64).max, dtype=np.uint64)
    np.minimum.at(least, units, hashes)
    return np.asarray(least[units])


def _joined(codes: Sequence[Index]) -> Index:
    """(n,) codes of rows that are linked by equal codes of any kind."""
    n = len(codes[0])
    firsts = [np.unique(own, return_index=True)[1][own] for own in codes]
    return linked(np.tile(np.arange(n), len(codes)), np.concatenate(firsts), n)


def are_related(cells: AnyArray, target: Target) -> bool:
    """Whether a column and a target depend on each other, by ranks, or by the shares of its commonest cells."""
    from scipy import stats

    if cells.dtype.kind == "f":
        known = np.isfinite(cells)
        x, y = cells[known], target.values[known]
        if len(x) < 2 * FEWEST or np.ptp(x) == 0:
            return False
        if not target.is_class:
            return bool(stats.spearmanr(x, y).pvalue < RELATED)
        sides = [x[y == code] for code in np.unique(y)]
        sides = [side for side in sides if len(side) >= 5]
        return len(sides) > 1 and bool(stats.kruskal(*sides).pvalue < RELATED)
    codes, counts = np.unique(cells, return_inverse=True, return_counts=True)[1:]
    common = np.isin(codes, np.argsort(-counts)[:20])
    codes, y = codes[common], target.values[common]
    sides = [y[codes == code].astype(np.float64) for code in np.unique(codes)]
    sides = [side for side in sides if len(side) >= 5]
    if len(sides) < 2 or np.ptp(np.concatenate(sides)) == 0:
        return False
    return bool(stats.kruskal(*sides).pvalue < RELATED)
