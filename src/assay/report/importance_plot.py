"""Permutation importance plot: loss of score when a column is shuffled."""

from assay.core.figure import number_text
from assay.core.usage import ColumnLoss
from assay.core.views import Brief
from assay.report.plot import Axis, Drawing, Label, Mark, Primitive, Role, Stroke, tick_decimals, ticks
from assay.report.usage_text import importance_caption

MARGIN, LENGTH, TOP, ROW = 34.0, 360.0, 40.0, 22.0
LETTER, MOST_LETTERS = 7.0, 28
"""Average width of a letter, and most letters of a name."""
AT_MOST = 12


def importance(brief: Brief) -> Drawing:
    """A dot with a 95 % interval per column, at most twelve; grey where the interval includes zero.

    As narrow as the names allow, so that it fits a phone.
    """
    columns = brief.usage.columns[:AT_MOST]
    left = MARGIN + LETTER * max(len(_name(column)) for column in columns)
    right = left + LENGTH
    low = min(0.0, *(c.low for c in columns))
    high = max(c.high for c in columns)
    axis = Axis(low, high if high > low else low + 1.0, left, right)
    bottom = TOP + ROW * len(columns)
    items: list[Primitive] = [
        Label(16, 24, f"loss of {brief.summary.metric_title} when the column is shuffled, 95 %", "dim", size=8),
        Stroke(((axis(0.0), TOP - 4), (axis(0.0), bottom)), "dim", 0.8),
    ]
    decimals = tick_decimals(axis.low, axis.high)
    items += [
        Label(axis(value), bottom + 16, number_text(value, decimals), "dim", "middle", 8)
        for value in ticks(axis.low, axis.high)
    ]
    for position, column in enumerate(columns):
        items += _row(column, axis, left, TOP + ROW * (position + 0.5))
    return Drawing(tuple(items), importance_caption(brief.usage), width=right + 24, height=bottom + 28)


def _name(column: ColumnLoss) -> str:
    return column.name if len(column.name) <= MOST_LETTERS else column.name[: MOST_LETTERS - 1] + "…"


def _row(column: ColumnLoss, axis: Axis, left: float, y: float) -> list[Primitive]:
    role: Role = "tried" if column.low <= 0 <= column.high else "portfolio"
    return [
        Label(left - 14, y + 3.5, _name(column), "ink", "end", 9),
        Stroke(((axis(column.low), y), (axis(column.high), y)), role, 2.0),
        Mark(axis(column.loss), y, "disc", role, 8),
    ]
