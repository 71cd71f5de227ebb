"""Whether the last stretch of rows in order of time is like those before it, checked before a search begins."""

from dataclasses import dataclass

import numpy as np

from assay.core.array import Index
from assay.core.period_columns import tells_the_period
from assay.core.schema import Column, Schema
from assay.core.split import LATER, Split
from assay.core.table import Table
from assay.core.target import Target
from assay.core.task import Notice
from assay.inspect.drift import column_drift, levels_drift, values_drift

LEAST = 0.15
"""Distance below which a difference is too small to be reported, however certain."""
MOST_NAMED, MOST_COLUMNS = 3, 1_000
SEEN = 0.1
"""Share of the last rows from which new levels are reported."""


@dataclass(frozen=True, slots=True)
class _Differs:
    name: str
    distance: float
    new: float = 0.0

    @property
    def words(self) -> str:
        return f"{self.name} ({self.new:.0%} of them in levels not met before)" if self.new >= SEEN else self.name


def last_block(schema: Schema, table: Table, target: Target, split: Split, *, name: str) -> tuple[Notice, ...]:
    """A notice that names the columns, and the target called `name`, that differ between the last block and all rows
    before it by more than chance; () where none does, and for rows in no order of time.

    Columns are compared by Kolmogorov and Smirnov's distance or total variation (`inspect.drift`), each at its share of
    5 %; dates, and numbers that rise or fall with time, always differ and are left out.
    """
    if split.kind != "time" or len(schema.features) > MOST_COLUMNS:
        return ()
    column = split.numbers[:, 0]
    last = split.held(split.n_folds - 1)
    before = np.flatnonzero((column != split.n_folds - 1) & (column != LATER))
    looked_at = [c for c in schema.features if c.name in (*table.code_names, *table.numeric_names)]
    found = [_column(one, table, before, last, of=len(looked_at) + 1) for one in looked_at]
    differ = sorted((one for one in found if one is not None), key=lambda one: -one.distance)
    is_other = _target(target, before, last, of=len(looked_at) + 1)
    if not differ and not is_other:
        return ()
    more = len(differ) - MOST_NAMED
    named = ", ".join(one.words for one in differ[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    what = [named] if differ else []
    what += [f"the target {name}"] if is_other else []
    message = (
        f"the last {len(last):,} rows are unlike those before them: {' and '.join(what)}. What follows may differ more"
    )
    return (Notice(code="data/drift", message=message, column=differ[0].name if differ else None),)


def _column(column: Column, table: Table, before: Index, last: Index, *, of: int) -> _Differs | None:
    found = column_drift(column, table.take(before), table.take(last), of=of)
    if not found.is_beyond_chance or found.distance < LEAST:
        return None
    if column.name in table.code_names:
        codes = table.column(column.name)
        return _Differs(column.name, found.distance, new=float(np.mean(~np.isin(codes[last], codes[before]))))
    is_time = tells_the_period(table.column(column.name), table.moment)
    return None if is_time else _Differs(column.name, found.distance)


def _target(target: Target, before: Index, last: Index, *, of: int) -> bool:
    share = 0.05 / of
    if target.is_class:
        found = levels_drift("", target.values[before], target.values[last], target.n_classes, share)
    else:
        found = values_drift("", target.values[before], target.values[last], share)
    return found.is_beyond_chance and found.distance >= LEAST
