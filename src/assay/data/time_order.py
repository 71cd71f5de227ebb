"""The notice for a table sorted by time that is split at random: what its score then means."""

from datetime import UTC, datetime, timedelta
from shlex import quote

import numpy as np

from assay.core.array import AnyArray
from assay.core.schema import Schema
from assay.core.table import Table
from assay.core.task import Notice
from assay.data.options import TaskOptions

SORTED = 0.9
"""Of the steps from row to row that do not go back in time: a file of daily rows, shop by shop, is above it, dates of
birth are near a half."""
FEWEST_MOMENTS = 12
"""Distinct moments below which the order of a file is no evidence."""


def order_notice(schema: Schema, table: Table, options: TaskOptions) -> tuple[Notice, ...]:
    """That random folds judge rows between known ones, where the file lies in order of a date that is filled
    everywhere; () where an option says how rows are to be judged.
    """
    if options.order_by or options.valid or options.group_column:
        return ()
    full = [j for j, name in enumerate(table.date_names) if _may_order(schema, name, table.dates[:, j])]
    if not full:
        return ()
    best = max(full, key=lambda j: _sorted_share(table.dates[:, j]))
    days, name = table.dates[:, best], table.date_names[best]
    if _sorted_share(days) < SORTED:
        return ()
    first, last = (_day(float(end)) for end in (days.min(), days.max()))
    return (
        Notice(
            code="ask/time", column=name, do=f"--order-by {quote(name)}",
            message=f"the rows lie in order of {name} ({first} to {last}) and are dealt to folds at random: the figure "
            "is for rows between these; rows that come later may be answered worse",
        ),
    )  # fmt: skip


def _may_order(schema: Schema, name: str, days: AnyArray) -> bool:
    return not (schema[name].is_clock or np.isnan(days).any()) and len(np.unique(days)) >= FEWEST_MOMENTS


def _sorted_share(days: AnyArray) -> float:
    return float((np.diff(days) >= 0).mean()) if len(days) > 1 else 0.0


def _day(days: float) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=days)).strftime("%Y-%m-%d")
