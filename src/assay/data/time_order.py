"""The notice for a table whose rows lie in the order of a date: how they are judged, and the other way."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from shlex import quote

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.schema import Schema
from assay.core.table import Table
from assay.core.task import Notice
from assay.data.options import NO_ORDER, TaskOptions

SORTED = 0.9
"""Of the steps from row to row that change the date, those in one direction: a file of daily rows, shop by shop, is
above it, dates of birth are near a half."""
ALMOST = 0.95
"""Correlation of a row's place with that of its date, from which entries that came late change nothing."""
MOST_GAPS = 0.1
"""Share of the cells of a date that may be missing where the others order the rows."""
LATER_ROWS = "data/later-rows"
"""Code of the notice that folds are later rows though nobody asked for it."""
_LIES, _ALONG = "the rows lie in order of {}, and ", " changes along it"
FEWEST_MOMENTS = 12
"""Distinct moments below which the order of a file is no evidence."""


def ordering(dates: Mapping[str, Floats]) -> str | None:
    """The date of those given that the rows lie in the order of: of several a strict one, then that of most moments."""
    lying = {name: days for name, days in dates.items() if lies_in_order(days)}
    return max(lying, key=lambda one: (_goes_one_way(lying[one]), len(np.unique(lying[one]))), default=None)


def lies_in_order(days: Floats) -> bool:
    """Whether rows lie in the order of these days (n,), the earliest or the latest first; within shops, one after the
    other, or over the whole file but for entries that came late.
    """
    moments, place = np.unique(days, return_inverse=True)
    if np.isnan(days).any() or len(moments) < FEWEST_MOMENTS:
        return False
    return _goes_one_way(days) or bool(abs(np.corrcoef(np.arange(len(days)), place)[0, 1]) >= ALMOST)


def _goes_one_way(days: Floats) -> bool:
    steps = np.sign(np.diff(days))
    return bool(abs(steps.sum()) >= (2 * SORTED - 1) * np.count_nonzero(steps))


def order_notice(schema: Schema, table: Table, options: TaskOptions) -> tuple[Notice, ...]:
    """That folds are later rows because the file lies in order of a date; or that random folds judge rows between known
    ones, where it does and nothing changes along it. () where an option says how rows are to be judged.
    """
    if options.drifts:
        return (later_rows(options),)
    if options.order_by or options.valid or options.group_column or options.unlabelled:
        return ()
    known = {name: days[~np.isnan(days)] for name, days in zip(table.date_names, table.dates.T, strict=True)
             if not schema[name].is_clock and np.isnan(days).mean() <= MOST_GAPS}  # fmt: skip
    name = ordering(known)
    if name is None:
        return ()
    gaps = len(table.dates) - len(known[name])
    fill = f"fill or leave out the {gaps:,} {'row' if gaps == 1 else 'rows'} without {name}, then " if gaps else ""
    return (
        Notice(
            code="ask/time", column=name, do=f"{fill}--order-by {quote(name)}",
            message=f"the rows lie in order of {name} ({_span(known[name])}) and are dealt to folds at random: the "
            "figure is for rows between these; rows that come later may be answered worse",
        ),
    )  # fmt: skip


def drifts_said(notice: Notice) -> str:
    """What changes along the date, of a notice by `later_rows`."""
    return notice.message.removeprefix(_LIES.format(notice.column)).rpartition(_ALONG)[0]


def later_rows(options: TaskOptions) -> Notice:
    """That folds are later rows though nobody asked for it, why, and the option that takes it back."""
    return Notice(
        code=LATER_ROWS, column=options.order_by, do=f"--order-by {NO_ORDER}",
        message=f"{_LIES.format(options.order_by)}{options.drifts}{_ALONG}: folds are later rows, predicted from those "
        "before, unless you say that they are in no order",
    )  # fmt: skip


def _span(days: AnyArray) -> str:
    return " to ".join(_day(float(end)) for end in (days.min(), days.max()))


def _day(days: float) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=days)).strftime("%Y-%m-%d")
