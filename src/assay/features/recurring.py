"""What later rows can meet again: without columns that only tell the period, and of dates what recurs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import Floats, Index
from assay.core.contract import Effort, Idea, Seeds, Step, StepTraits, Table, Target
from assay.core.period_columns import period_of, tells_the_period
from assay.features import register
from assay.features.date_differences import DateDifferences, FittedDateDifferences
from assay.features.date_parts import PERIODS, calendar_parts
from assay.features.stored_state import StoredFields, StoredStep

_FEWEST_ROWS = 100


@dataclass(frozen=True, slots=True, eq=False)
class FittedRecurring(StoredFields):
    """left_out: columns that only tell the period, all dates among them. columns, parts, names: of which date column
    each output is which part. later, earlier, gaps: differences of dates, as DateDifferences has them.
    """

    stored_as: ClassVar[str] = "recurring"
    left_out: tuple[str, ...]
    columns: Index
    parts: tuple[str, ...]
    names: tuple[str, ...]
    later: Index
    earlier: Index
    gaps: tuple[str, ...]

    def transform(self, table: Table) -> Table:
        if not self.left_out:
            return table
        kept = FittedDateDifferences(self.later, self.earlier, self.gaps).transform(table)
        if self.names:
            kept = kept.with_numeric(self._block(table.dates), self.names)
        return kept.without_columns(frozenset(self.left_out))

    def _block(self, days: Floats) -> Floats:
        found = calendar_parts(days, np.zeros(days.shape[1]), frozenset(self.parts))
        block = np.empty((len(days), len(self.names)))
        for k, (column, part) in enumerate(zip(self.columns.tolist(), self.parts, strict=True)):
            block[:, k] = found[part][:, column]
        block[np.isnan(days)[:, self.columns]] = np.nan
        return block

    def effort(self) -> Effort:
        return Effort(calls=16 + 5.4 * len(self.names)) if self.left_out else Effort()


_NONE = np.empty(0, dtype=np.int64)
_NOTHING = FittedRecurring((), _NONE, (), (), _NONE, _NONE, ())


@register("recurring")
@dataclass(frozen=True)
class Recurring(StoredStep):
    """Where rows are in an order of time: all columns but those that only tell the period, as a year or a running
    number does, and in place of dates the days between them and the parts of calendar and clock that come again among
    the training rows.

    No target is looked at. Nothing is left out of fewer than 100 rows, of rows in no order, or where nothing would be
    left.
    """

    traits: ClassVar[StepTraits] = StepTraits(
        readable=True, keeps_monotone=True,
        ideas=(Idea(
            name="recurring", what="without what only tells the period", adds_columns=False, is_raw=True, is_early=True,
            when=lambda facts: bool(facts.period), trees=(Step.of("recurring"),), distances=(Step.of("recurring"),),
            applies="rows in an order of time, with dates or columns that only tell the period", prior=4.0,
            why="Trees cannot go beyond the dates they learned from, and a line goes on where the past ended.",
        ),),
    )  # fmt: skip
    fitted = FittedRecurring

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedRecurring:
        moment = table.moment
        if moment is None or table.n_rows < _FEWEST_ROWS:
            return _NOTHING
        left_out = period_of(table)
        picks = [(j, part) for j, days in enumerate(table.dates.T) for part in _recurring(days, moment)]
        if not picks and len(left_out) == len(table.names):
            return _NOTHING
        gaps = DateDifferences().fit(table, target, seeds=seeds)
        return FittedRecurring(
            left_out, np.array([j for j, _ in picks], dtype=np.int64), tuple(part for _, part in picks),
            tuple(f"{table.date_names[j]}:{part}" for j, part in picks), gaps.later, gaps.earlier, gaps.names,
        )  # fmt: skip


def _recurring(days: Floats, moment: Floats) -> Iterator[str]:
    """The parts of one date column that vary, and come again."""
    known = np.flatnonzero(~np.isnan(days))
    found = calendar_parts(days[known][:, None], np.zeros(1), frozenset(PERIODS))
    on_the_hour = not (found["minute"] % 60).any()
    for part in PERIODS:
        values = found[part][:, 0].astype(np.float64)
        if part == "minute" and on_the_hour:
            continue
        if len(values) and np.ptp(values) > 0 and not tells_the_period(values, moment[known]):
            yield part
