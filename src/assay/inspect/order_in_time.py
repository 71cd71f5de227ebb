"""Whether the rows of a table lie in the order of a date along which they change: then later rows are what counts."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.period_columns import tells_the_period
from assay.core.schema import LEVELLED
from assay.core.task import Task
from assay.data import vectorized as vector
from assay.data.kind_guess import describe
from assay.data.number_format import NumberReader
from assay.data.options import TaskOptions
from assay.data.raw import RawTable
from assay.data.target_reading import TargetReading, read_target
from assay.data.time_order import LATER_ROWS, drifts_said, lies_in_order, ordering
from assay.evidence.change_along import FEWEST_ROWS, changes_along

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS, MOST_COLUMNS = 20_000, 100
"""Rows that are compared, at even steps; columns beside the target."""
MOST_LEVELS = 50
_TRIED = 200
"""Cells by which a column is taken for dates before all of it is read."""


@dataclass(frozen=True, slots=True)
class OrderInTime:
    """column: the date; drifts: the target or a column that changes along it."""

    column: str
    drifts: str


def with_order(raw: RawTable, options: TaskOptions) -> TaskOptions:
    """The options with the order in time that the rows lie in, where the target or columns drift along it; as they are
    where an option says how rows are judged, or that they are in no order.
    """
    if options.says_how_rows_are_judged or options.target not in raw.frame.columns or len(raw.frame) < FEWEST_ROWS:
        return options
    found = order_in_time(raw, options)
    return options if found is None else replace(options, order_by=found.column, drifts=found.drifts)


def as_begun(options: TaskOptions, known: Task) -> TaskOptions:
    """The options with the order that a lab's rows were found in when it began, or in none where they were not; as they
    are where an option says how rows are judged.
    """
    if options.says_how_rows_are_judged:
        return options
    notice = next((one for one in known.notices if one.code == LATER_ROWS), None)
    if notice is None:
        return replace(options, in_no_order=True)
    return replace(options, order_by=notice.column, drifts=drifts_said(notice))


def order_in_time(raw: RawTable, options: TaskOptions) -> OrderInTime | None:
    """The date that rows lie in the order of, with what changes along it; None where there is no such date, or nothing
    changes by more than chance.

    Columns that are time under another name, as a year or a running number, are no evidence of a change.
    """
    dates = {name: days for name in map(str, raw.frame.columns)
             if name != options.target and (days := _dates(raw.frame[name], options)) is not None}  # fmt: skip
    name = ordering(dates)
    if name is None:
        return None
    question = _question(raw, options)
    frame = raw.frame if question.rows.all() else raw.frame.loc[question.rows]
    days = dates[name][question.rows]
    if len(days) < FEWEST_ROWS or not lies_in_order(days):
        return None
    rows = np.argsort(days, kind="stable")[:: -(-len(days) // MOST_ROWS)]
    drifts = _what_drifts(frame, question, options, rows, days[rows], dates=frozenset(dates))
    return None if drifts is None else OrderInTime(name, drifts)


def _question(raw: RawTable, options: TaskOptions) -> TargetReading:
    return read_target(raw.frame[options.target], options, source=raw.source, padded=raw.padded, table=raw.frame)


def _dates(series: "pd.Series", options: TaskOptions) -> Floats | None:
    """(n,) days of a column of dates that is filled everywhere."""
    name = str(series.name)
    if options.kinds.get(name, "datetime") != "datetime":
        return None
    series = vector.plain(series)
    if _kind(series, options) != "datetime":
        return None
    column = describe(name, series, marks=options.missing, refused=options.refused)
    if column.kind != "datetime" or column.is_clock or column.missing:
        return None
    days = vector.date_days(series, column)
    return None if np.isnan(days).any() else days


def _what_drifts(
    frame: "pd.DataFrame", question: TargetReading, options: TaskOptions, rows: Index, days: Floats,
    *, dates: frozenset[str],
) -> str | None:  # fmt: skip
    """The target, or the first column that changes by more than chance; each at its share of 1 %."""
    away = {options.target, options.weights, *dates, *options.drop}
    names = [name for name in map(str, frame.columns) if name not in away][:MOST_COLUMNS]
    target = np.asarray(question.values)[rows]
    share = 0.01 / (len(names) + 1)
    own = target.astype(np.int64) if question.classes else target.astype(np.float64)
    if changes_along(own, len(question.classes), share):
        return str(options.target)
    for name in names:
        cells, levels = _cells(frame[name].iloc[rows], options)
        if cells is not None and not tells_the_period(cells, days) and changes_along(cells, levels, share):
            return name
    return None


def _cells(series: "pd.Series", options: TaskOptions) -> tuple[AnyArray | None, int]:
    """Numbers as they are (0 levels), or codes of few levels with their number; None for what is neither."""
    series = vector.plain(series)
    kind = _kind(series, options)
    if kind == "numeric":
        column = describe(str(series.name), series, marks=options.missing, refused=options.refused)
        return (None, 0) if column.kind != kind else (vector.raw_numbers(series, NumberReader(column)), 0)
    if kind not in LEVELLED:
        return None, 0
    codes, texts = vector.texts_of(series, frozenset(options.missing))
    return (codes.astype(np.int64), len(texts)) if 1 < len(texts) <= MOST_LEVELS else (None, 0)


def _kind(series: "pd.Series", options: TaskOptions) -> str:
    """What a column is taken for by some of its cells, at even steps."""
    tried = series.iloc[:: max(len(series) // _TRIED, 1)]
    return describe(str(series.name), tried, marks=options.missing, refused=options.refused).kind
