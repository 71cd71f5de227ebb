"""Inner folds: parts of a fold's training rows that stop, choose or judge what the other training rows taught.

They part rows as the folds of the lab do: rows that belong together are in one part, and rows in order of time are
judged by models of earlier rows. Otherwise what is fitted on top of inner predictions learns from ones that are too
good, and settings are chosen for rows that resemble their neighbours more than new rows will.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import Bools, Floats, Index
from assay.core.row_ties import RowTies
from assay.core.seed import Seeds
from assay.core.target import Target

TAUGHT = -1
"""The part of rows that every inner model learns from and that judge none: the oldest."""
WAITS = 2**40
"""The part of rows that only the last fit sees: those of guessed targets, as what guessed them knew the rows that
judge."""


FEWEST_JUDGE = 0.25
"""Share of the rows of groups in order of time that must judge, as others wait."""
ENOUGH = 2_000
"""Rows that tell strengths of linear models apart: with as many the choice cost nothing (docs/log.md)."""


@dataclass(frozen=True, slots=True, eq=False)
class InnerSplit:
    """Positions of training rows: train teach, held judge."""

    train: Index
    held: Index

    def within(self, rows: Index) -> "InnerSplit":
        """The same as positions among some of the rows."""
        return InnerSplit(np.flatnonzero(np.isin(rows, self.train)), np.flatnonzero(np.isin(rows, self.held)))


@dataclass(frozen=True, slots=True, eq=False)
class InnerFolds:
    """numbers: (n,) the part of each row, TAUGHT or WAITS. in_order: a part is judged by models of smaller ones alone.
    tied: rows are not all parted as if each stood alone, so that no row may be left out by itself. early: (n,) rows
    from before their part, of a group that goes on into it: they judge nothing, and teach later parts alone."""

    numbers: Index
    in_order: bool = False
    tied: bool = False
    early: Bools | None = None

    def splits(self) -> Iterator[InnerSplit]:
        """One for each part that can judge, the latest in time first, as most rows teach it; none of a single row."""
        judges = (self.numbers > TAUGHT) & (self.numbers < WAITS) & self._in_time
        parts = np.unique(self.numbers[judges])
        for number in (parts[::-1] if self.in_order else parts).tolist():
            taught = self.numbers < number if self.in_order else (self.numbers != number) & (self.numbers < WAITS)
            train, held = np.flatnonzero(taught), np.flatnonzero(judges & (self.numbers == number))
            if len(train):
                yield InnerSplit(train, held)

    def enough(self) -> Iterator[InnerSplit]:
        """The splits until ENOUGH rows have judged, where each fit takes long."""
        judged = 0
        for split in self.splits():
            if judged >= ENOUGH:
                return
            judged += len(split.held)
            yield split

    def first(self) -> InnerSplit | None:
        """The split to take where one is enough."""
        return next(self.splits(), None)

    def take(self, rows: Index) -> "InnerFolds":
        """Those of the given row positions."""
        return replace(self, numbers=self.numbers[rows], early=None if self.early is None else self.early[rows])

    @property
    def _in_time(self) -> Bools:
        return np.ones(len(self.numbers), dtype=np.bool_) if self.early is None else ~self.early


def inner_folds(target: Target, n_folds: int, seeds: Seeds) -> InnerFolds:
    """About so many parts of the rows. Rows: shuffled and stratified by class; groups: whole, of about as many rows and
    alike in classes; rows in order: parts of time after the oldest rows, equal moments in one.

    Fewer where there are fewer groups or moments; where there is one alone, its rows, as nothing else can judge. Groups
    that nearly all go on to the end leave hardly a row to judge in order of time, and are parted as groups alone.
    """
    ties = target.ties
    if ties is None:
        return InnerFolds(_by_row(target, n_folds, seeds))
    if ties.guessed is None:
        return _parted(target, ties, n_folds, seeds)
    own = np.flatnonzero(~ties.guessed)
    found = _parted(target.take(own), ties.take(own), n_folds, seeds)
    numbers, early = np.full(len(target), WAITS), np.zeros(len(target), dtype=np.bool_)
    numbers[own] = found.numbers
    early[own] = False if found.early is None else found.early
    return replace(found, numbers=numbers, early=early)


def halves(target: Target, seeds: Seeds) -> InnerSplit | None:
    """Two halves of the rows, in random order or the earlier and the later, groups whole; None of a single row."""
    ties, n = target.ties, len(target)
    if ties is None:
        order = seeds.rng().permutation(n)
        return InnerSplit(np.sort(order[: n // 2]), np.sort(order[n // 2 :]))
    in_time = None if ties.moments is None else inner_folds(target, 1, seeds).first()
    others = replace(target, ties=replace(ties, moments=None))
    return in_time or inner_folds(others, 2, seeds).first()


def _parted(target: Target, ties: RowTies, n_folds: int, seeds: Seeds) -> InnerFolds:
    if ties.moments is not None:
        numbers, early = _by_time(ties.moments, ties.units, n_folds)
        n_judge = int(((numbers > TAUGHT) & ~early).sum())
        if n_judge > (0 if ties.units is None else FEWEST_JUDGE * len(numbers)):
            return InnerFolds(numbers, in_order=True, tied=True, early=early)
    if ties.units is not None and len(np.unique(ties.units)) > 1:
        return InnerFolds(_by_unit(target, ties.units, n_folds, seeds), tied=True)
    return InnerFolds(_by_row(target, n_folds, seeds), tied=True)


def _by_row(target: Target, n_folds: int, seeds: Seeds) -> Index:
    n = len(target)
    shuffled = seeds.rng().permutation(n)
    if target.is_class:
        shuffled = shuffled[np.argsort(target.values[shuffled], kind="stable")]
    numbers = np.empty(n, dtype=np.int64)
    numbers[shuffled] = np.arange(n) % n_folds
    return numbers


def _by_unit(target: Target, units: Index, n_folds: int, seeds: Seeds) -> Index:
    """Units in order of their mean class, then size, dealt to and fro; part 0, which is taken where one is enough, is
    the one nearest to its share of the rows."""
    unit = np.unique(units, return_inverse=True)[1]
    sizes = np.bincount(unit)
    mean_class = np.bincount(unit, target.values) / sizes if target.is_class else np.zeros(len(sizes))
    order = np.lexsort((seeds.rng().permutation(len(sizes)), -sizes, mean_class))
    lap, place = np.divmod(np.arange(len(sizes)), n_folds)
    dealt = np.empty(len(sizes), dtype=np.int64)
    dealt[order] = np.where(lap % 2, n_folds - 1 - place, place)
    numbers = dealt[unit]
    rows = np.bincount(numbers, minlength=n_folds)
    nearest = int(np.argmin(np.where(rows > 0, np.abs(rows - len(unit) / n_folds), np.inf)))
    names = np.arange(n_folds)
    names[[0, nearest]] = nearest, 0
    return np.asarray(names[numbers])


def _by_time(moments: Floats, units: Index | None, n_folds: int) -> tuple[Index, Bools]:
    """The oldest of n_folds + 1 parts is TAUGHT; a unit is in the part where it ends, rows from before it are early."""
    position = np.unique(moments, return_inverse=True)[1]
    last = position if units is None else _ends(position, units)
    counts = np.bincount(last)
    earlier = (np.cumsum(counts) - counts) / len(last)  # share of rows strictly earlier
    part = np.searchsorted(np.arange(1, n_folds + 1) / (n_folds + 1), earlier[last] + 1e-12, side="right")
    numbers = np.unique(part, return_inverse=True)[1].astype(np.int64) - 1
    early = np.zeros(len(numbers), dtype=np.bool_)
    for number in range(int(numbers.max(initial=TAUGHT)) + 1 if units is not None else 0):
        inside = numbers == number
        early |= inside & (position < last[inside].min())
    return numbers, early


def _ends(position: Index, units: Index) -> Index:
    """(n,) the last position of each row's unit."""
    unit = np.unique(units, return_inverse=True)[1]
    ends = np.zeros(int(unit.max(initial=-1)) + 1, dtype=np.int64)
    np.maximum.at(ends, unit, position)
    return np.asarray(ends[unit])


def unit_errors(products: Floats, ties: RowTies | None) -> Floats:
    """(k,) standard errors of the sums of the columns of (n, k) products of mean about 0: of rows, or of units where
    rows belong together, as these are no more independent than their units are."""
    if ties is None or ties.units is None:
        return np.asarray(np.sqrt((products**2).sum(axis=0)))
    unit = np.unique(ties.units, return_inverse=True)[1]
    sums = np.zeros((int(unit.max(initial=-1)) + 1, products.shape[1]))
    np.add.at(sums, unit, products)
    return np.asarray(np.sqrt((sums**2).sum(axis=0)))
