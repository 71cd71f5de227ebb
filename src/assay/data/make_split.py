"""The split of the rows into folds: stratified, random, grouped, in order of time, or one holdout."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from assay.core.array import AnyArray, Index
from assay.core.errors import SplitError
from assay.core.seed import Seeds
from assay.core.split import LATER, NEVER, Split, SplitKind
from assay.core.target import Target

PARTITIONS = 4
USUAL = 5
"""Folds, where neither classes nor time say otherwise."""
UNIT_SHARE = 0.01
_DECILES = 10
FIRST_SHARE = 0.4
"""Share of rows in order of time before the first scored block. The shipped model learns from all rows: scores of
models of the first sixth are too low, and prefer models that learn best from few rows."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RowGroups:
    """Constraints on the split, by row.

    groups: (n,) codes of units that stay in one fold. twins: (n,) codes of rows with equal features. order: (n,)
    sortable moments; rows are then scored by models of the past only.
    """

    groups: Index | None = None
    equal_rows: Index | None = None
    order: AnyArray | None = None

    @property
    def units(self) -> Index | None:
        """(n,) codes of rows that count as one: groups, else twins where more than 1 % of the rows repeat another."""
        if self.groups is not None or self.equal_rows is None:
            return self.groups
        repeats = len(self.equal_rows) - len(np.unique(self.equal_rows))
        return self.equal_rows if repeats > UNIT_SHARE * len(self.equal_rows) else None


def make_split(
    target: Target, *, seeds: Seeds, n_folds: int | None = None, most: int = USUAL, row_groups: RowGroups | None = None
) -> Split:
    """Fold numbers of every row, four partitions at once (time: one).

    Classes and, for regression, deciles of the target are dealt evenly; units of `row_groups` stay whole. n_folds None:
    5, or, of two classes, as many as the rarer one has rows. most: folds there is time for, without n_folds; with 1
    there is one holdout of min(20 %, 50,000 rows), everything else trained on; blocks of time are five or one. Groups
    in order of time: a group is scored in the block of its last moment, by models of earlier rows of other groups.
    Raises SplitError where there are fewer than two units or moments.
    """
    row_groups, holdout = row_groups or RowGroups(), most == 1 and n_folds is None
    strata = _strata(target)
    if row_groups.order is not None:
        in_time = _in_time if row_groups.groups is None else partial(_groups_in_time, groups=row_groups.groups)
        return in_time(row_groups.order, n_folds=1 if holdout else n_folds or USUAL, share=_test_share(len(target)))
    folds, why = (round(1 / _test_share(len(target))), "") if holdout else _fold_count(target, n_folds, most)
    units = row_groups.groups if row_groups.groups is not None else row_groups.equal_rows
    if units is None:
        units = np.arange(len(target))
    n_units = len(np.unique(units))
    folds = _folds_of_units(folds, n_units, grouped=row_groups.groups is not None)
    columns = [
        _deal(strata, units, n_folds=folds, rng=seeds.child("split", partition).rng())
        for partition in range(PARTITIONS)
    ]
    numbers = np.stack(columns, axis=1)
    kind, reason = _named(target, row_groups, folds)
    if holdout:
        n_test = int((numbers[:, 0] == 0).sum())
        numbers = np.where(numbers == 0, 0, NEVER).astype(np.uint8)
        return Split("holdout", 1, numbers, f"one holdout of {n_test:,} rows: folds would cost too much time")
    return Split(kind, folds, numbers, reason + why)


def _test_share(n_rows: int) -> float:
    return min(0.2, 50_000 / max(n_rows, 1))


def _strata(target: Target) -> Index:
    if target.is_class:
        return np.asarray(target.values, dtype=np.int64)
    ranks = np.argsort(np.argsort(target.values, kind="stable"), kind="stable")
    return np.asarray(ranks * _DECILES // max(len(ranks), 1), dtype=np.int64)


def _fold_count(target: Target, n_folds: int | None, most: int) -> tuple[int, str]:
    """(folds, why)."""
    found, why = _folds_of_classes(target, n_folds)
    if n_folds is None and most < found:
        return most, f"; not {found}, which would cost too much time{why if found == USUAL else ''}"
    return found, why


def _folds_of_classes(target: Target, n_folds: int | None) -> tuple[int, str]:
    """(folds, why) as the classes have it. Of two classes each fold gets both, as ranks in a fold need them; one under
    0.5 % does not decide.

    Of several classes a rare one lies in as many folds as it has rows, and folds without it are scored on the others:
    fewer folds would leave fewer training rows for all classes.
    """
    if n_folds is not None:
        return n_folds, ""
    if not target.is_class:
        return USUAL, ""
    counts = np.bincount(target.values, minlength=target.n_classes)
    if target.n_classes != 2:
        return USUAL, "; classes of under 5 rows lie in fewer" if counts.min() < 5 else ""
    decisive = counts[counts >= max(2, 0.005 * len(target))]
    rarest = int(decisive.min(initial=USUAL))
    if rarest >= USUAL:
        return USUAL, ""
    return max(2, rarest), f"; not 5, as the rarest class has {rarest} rows"


def _folds_of_units(folds: int, n_units: int, *, grouped: bool) -> int:
    noun = "groups" if grouped else "different rows"
    if n_units < 2:
        raise SplitError(f"The rows form {n_units} {noun}; at least 2 are needed to score a model on others.")
    return min(folds, n_units)


def _named(target: Target, row_groups: RowGroups, folds: int) -> tuple[SplitKind, str]:
    if row_groups.groups is not None:
        n_groups = len(np.unique(row_groups.groups))
        return "grouped", f"{folds} folds; each of {n_groups:,} groups stays in one fold"
    equal_rows = ""
    if row_groups.equal_rows is not None:
        equal_rows = "; repeated rows stay in one fold"
    if target.is_class:
        return "stratified", f"{folds} stratified folds: each has the class shares of the whole{equal_rows}"
    return "random", f"{folds} random folds, even over the deciles of the target{equal_rows}"


def _deal(strata: Index, units: Index, *, n_folds: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A fold for each row: units of several rows first, largest first, then single rows fill up each stratum."""
    n_strata = int(strata.max(initial=0)) + 1
    _, units, sizes = np.unique(units, return_inverse=True, return_counts=True)
    fold = np.full(len(strata), NEVER, dtype=np.uint8)
    load = np.zeros((n_folds, n_strata), dtype=np.int64)
    _deal_units(fold, load, strata=strata, units=units, sizes=sizes, rng=rng)
    single = np.flatnonzero(sizes[units] == 1)
    ends = np.cumsum(np.bincount(strata[single], minlength=n_strata))
    members = np.split(single[np.argsort(strata[single], kind="stable")], ends[:-1])
    for stratum in rng.permutation(n_strata):
        rows = rng.permutation(members[stratum])
        slots = _lightest(load[:, stratum], load.sum(axis=1), len(rows), rng)
        fold[rows] = slots
        load[:, stratum] += np.bincount(slots, minlength=n_folds)
    return fold


def _deal_units(
    fold: NDArray[np.uint8], load: Index, *, strata: Index, units: Index, sizes: Index, rng: np.random.Generator
) -> None:
    """Each unit of several rows goes, largest first, where its strata are rarest; fills `fold` and `load`."""
    n_strata = load.shape[1]
    rows = rng.permutation(np.flatnonzero(sizes[units] > 1))
    first = {unit: i for i, unit in reversed(list(enumerate(units[rows].tolist())))}
    rank = np.array([first[unit] for unit in units[rows].tolist()], dtype=np.int64)
    rows = rows[np.lexsort((rank, -sizes[units[rows]]))]
    ends = np.flatnonzero(np.append(np.diff(units[rows]) != 0, True)) + 1 if len(rows) else rows
    total = np.bincount(strata, minlength=n_strata).astype(np.float64)
    start = 0
    for end in ends.tolist():
        members = rows[start:end]
        counts = np.bincount(strata[members], minlength=n_strata)
        fullness = load @ (counts / np.maximum(total, 1.0)) + 1e-9 * load.sum(axis=1)
        chosen = int(np.argmin(fullness))
        fold[members] = chosen
        load[chosen] += counts
        start = end


def _lightest(load: Index, total: Index, n: int, rng: np.random.Generator) -> Index:
    """Folds for n rows, one by one the fold with least of this stratum; ties to the least full fold, then by lot."""
    k = len(load)
    steps = n // k + int(load.max() - load.min()) + 2
    level = load[:, None] + np.arange(steps)
    order = np.lexsort((np.repeat(rng.permutation(k), steps), np.repeat(total, steps), level.ravel()))
    return np.asarray(order[:n] // steps, dtype=np.int64)


def _in_time(order: AnyArray, *, n_folds: int, share: float) -> Split:
    """Expanding blocks of the rows behind the first 40 %: fold f learns from everything before it; equal moments share
    a block."""
    moments, position = np.unique(order, return_inverse=True)
    if len(moments) < 2:
        raise SplitError("All rows have the same moment in the column they are ordered by. Leave out --order-by.")
    n_folds = min(n_folds, len(moments) - 1)
    before = (np.cumsum(np.bincount(position)) - np.bincount(position)) / len(order)  # share of rows strictly earlier
    first = 1.0 - share if n_folds == 1 else FIRST_SHARE
    edges = first + (1.0 - first) * np.arange(n_folds) / n_folds
    block = np.searchsorted(edges, before + 1e-12, side="right")
    block = np.unique(block, return_inverse=True)[1] if n_folds > 1 else _last_moment(block)
    numbers = np.where(block == 0, NEVER, block - 1).astype(np.uint8)[position]
    n_found = int(block.max())
    why = f"{n_found} blocks in order of time: each is predicted from the rows before it"
    if n_found == 1:
        why = f"the last {int((numbers == 0).sum()):,} rows in order of time are predicted from the rows before them"
    return Split("time", n_found, numbers[:, None], why)


def _groups_in_time(order: AnyArray, *, groups: Index, n_folds: int, share: float) -> Split:
    """Blocks by the last moment of each group, so that none is in two; fold f learns from groups that ended before it.

    Rows of a group from before its block began wait for the final fit: scored, they would have been predicted from
    later rows; trained on, their own group would be scored.
    """
    moment = np.unique(order, return_inverse=True)[1]
    unit = np.unique(groups, return_inverse=True)[1]
    ends = np.zeros(int(unit.max()) + 1, dtype=np.int64)
    np.maximum.at(ends, unit, moment)
    last = ends[unit]
    if len(np.unique(last)) < 2:
        raise SplitError("All groups end at the same moment, so none can be predicted from groups before it. "
                         "Leave out --group or --order-by; without --group its past predicts its future.")  # fmt: skip
    split = _in_time(last, n_folds=n_folds, share=share)
    numbers = split.numbers.copy()
    for fold in range(split.n_folds):
        inside = numbers[:, 0] == fold
        numbers[inside & (moment < last[inside].min()), 0] = LATER
    waiting = int((numbers == LATER).sum())
    wait = f"; {waiting:,} earlier rows of groups that go on wait for the final fit" if waiting else ""
    why = f"{split.reason}; each of {len(ends):,} groups is scored in the block where it ends{wait}"
    return replace(split, numbers=numbers, reason=why)


def _last_moment(block: Index) -> Index:
    """At least the last moment is scored, however many rows share it."""
    if block.max() == 0:
        block = block.copy()
        block[-1] = 1
    return block
