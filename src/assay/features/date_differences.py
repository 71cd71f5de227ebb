"""Differences between the dates of a row."""

from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

import numpy as np

from assay.core.array import Index
from assay.core.contract import NOTHING, Effort, Seeds, StepTraits, Table, Target
from assay.features import register
from assay.features.stored_state import StoredFields, StoredStep


@dataclass(frozen=True, slots=True, eq=False)
class FittedDateDifferences(StoredFields):
    """later, earlier: (k,) positions in Table.dates; names: (k,) of the days between them."""

    stored_as: ClassVar[str] = "date_differences"
    later: Index
    earlier: Index
    names: tuple[str, ...]

    def transform(self, table: Table) -> Table:
        if not self.names:
            return table
        return table.with_numeric(table.dates[:, self.later] - table.dates[:, self.earlier], self.names)

    def effort(self) -> Effort:
        if not self.names:
            return NOTHING
        return Effort(calls=16, cells=3 * len(self.names))


@register("date_differences")
@dataclass(frozen=True)
class DateDifferences(StoredStep):
    """Days between every two of the first `columns` date columns: ages, delays, durations; NaN where one is missing.

    Of a pair the date that is later in most training rows comes first. Differences that do not vary are left out. The
    date columns stay: put it before `dates`, which takes them away.
    """

    columns: int = 8

    traits: ClassVar[StepTraits] = StepTraits()
    fitted = FittedDateDifferences

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedDateDifferences:
        later, earlier = list[int](), list[int]()
        for a, b in combinations(range(min(self.columns, len(table.date_names))), 2):
            gap = table.dates[:, a] - table.dates[:, b]
            gap = gap[~np.isnan(gap)]
            if not len(gap) or gap.min() == gap.max():
                continue
            first, second = (a, b) if np.median(gap) >= 0 else (b, a)
            later.append(first)
            earlier.append(second)
        names = [f"{table.date_names[a]} - {table.date_names[b]}" for a, b in zip(later, earlier, strict=True)]
        return FittedDateDifferences(
            np.array(later, dtype=np.int64), np.array(earlier, dtype=np.int64), tuple(names)
        )  # fmt: skip
