"""Plots of `infer`: coefficients with intervals, and three residual plots."""

import math
from collections.abc import Sequence

from assay.core.figure import number_text
from assay.infer.inference_result import Coefficient, Inference
from assay.report import inference_text as words
from assay.report.plot import (
    Axis,
    Drawing,
    FilledArea,
    Label,
    Mark,
    Point,
    Primitive,
    Role,
    Stroke,
    tick_decimals,
    ticks,
)

LEFT, RIGHT, TOP, BOTTOM = 64.0, 690.0, 44.0, 300.0
NAMES, ROW = 230.0, 22.0
MOST = 30
BINS = 20


def forest(found: Inference) -> Drawing:
    """A dot and interval per coefficient on the link scale, per step (Coefficient.per); grey where 0 is not excluded.
    At most thirty, and none with an infinite end; the title counts the others."""
    asked = [one for one in found.coefficients if one.role != "intercept"]
    shown = [one for one in asked if math.isfinite(one.shown.low) and math.isfinite(one.shown.high)][:MOST]
    ends = [one.per * end for one in shown for end in (one.shown.low, one.shown.high)] or [0.0]
    axis = Axis(min(0.0, *ends, 0.0), max(0.0, *ends, 0.0) or 1.0, NAMES, RIGHT)
    bottom = TOP + ROW * len(shown)
    passed = {id(one) for one in words.claims(found)}
    link = found.model.link
    scale = "in the target's unit" if link == "identity" else f"on the {link} scale; 0: no effect"
    left = len(asked) - len(shown)
    title = f"Coefficients with intervals, {scale}" + (f"; {left} more in the table" if left else "")
    items: list[Primitive] = [
        Label(16, 24, title, "ink", size=11, bold=True),
        Stroke(((axis(0.0), TOP - 4), (axis(0.0), bottom)), "dim", 0.8),
        *_ticks_below(axis, bottom),
    ]
    for position, one in enumerate(shown):
        items += _row(one, axis, TOP + ROW * (position + 0.5), "portfolio" if id(one) in passed else "tried")
    return Drawing(tuple(items), title, height=bottom + 28)


def _row(one: Coefficient, axis: Axis, y: float, role: Role) -> list[Primitive]:
    name = words.name_text(one)
    return [
        Label(NAMES - 14, y + 3.5, name if len(name) <= 34 else name[:33] + "…", "ink", "end", 9),
        Stroke(((axis(one.per * one.shown.low), y), (axis(one.per * one.shown.high), y)), role, 2.0),
        Mark(axis(one.per * one.value), y, "disc", role, 8),
    ]


def residual_plot(found: Inference) -> Drawing:
    """Residuals against fitted values, with the mean of twenty bins: a straight line at 0 for linear effects, an even
    band for equal spread."""
    points = found.points
    x, y = _axis(points.fitted, LEFT, RIGHT), _axis(points.residuals, BOTTOM, TOP)
    pairs = sorted(zip(points.fitted, points.residuals, strict=True))
    means = []
    size = max(len(pairs) // BINS, 5)
    for start in range(0, len(pairs), size):
        part = pairs[start : start + size]
        means.append((x(sum(p[0] for p in part) / len(part)), y(sum(p[1] for p in part) / len(part))))
    items = [*_frame(x, y, "Residuals against fitted values", "fitted", "residual (normal scores)"),
             *_dots(x, y, points.fitted, points.residuals),
             Stroke(((LEFT, y(0.0)), (RIGHT, y(0.0))), "dim", 0.8), Stroke(tuple(means), "portfolio", 2.0)]  # fmt: skip
    return Drawing(tuple(items), "Residuals against fitted values, with their local mean")


def quantile_plot(found: Inference) -> Drawing:
    """Residuals against normal quantiles: on the line where the target follows the model's distribution."""
    points = found.points
    expected, seen = sorted(points.expected), sorted(points.residuals)
    both = (min(expected[0], seen[0]), max(expected[-1], seen[-1]))
    x, y = _axis(both, LEFT, RIGHT), _axis(both, BOTTOM, TOP)
    items = [*_frame(x, y, "Residuals against the normal law", "normal quantile", "residual (normal scores)"),
             Stroke(((x(x.low), y(x.low)), (x(x.high), y(x.high))), "dim", 0.8),
             *_dots(x, y, expected, seen)]  # fmt: skip
    return Drawing(tuple(items), "Quantiles of the residuals against those of a normal law")


def leverage_plot(found: Inference) -> Drawing:
    """Leverage (right) against residuals (up or down): influential rows lie in a corner."""
    points = found.points
    x, y = _axis((0.0, *points.leverage), LEFT, RIGHT), _axis(points.residuals, BOTTOM, TOP)
    items = [*_frame(x, y, "Residuals against leverage", "leverage", "residual (normal scores)"),
             Stroke(((LEFT, y(0.0)), (RIGHT, y(0.0))), "dim", 0.8),
             *_dots(x, y, points.leverage, points.residuals)]  # fmt: skip
    return Drawing(tuple(items), "Residuals against leverage")


def _axis(values: Sequence[float], start: float, end: float) -> Axis:
    low, high = min(values, default=0.0), max(values, default=1.0)
    margin = 0.04 * (high - low) or 1.0
    return Axis(low - margin, high + margin, start, end)


def _dots(x: Axis, y: Axis, across: Sequence[float], up: Sequence[float]) -> list[Primitive]:
    return [Mark(x(a), y(b), "disc", "tried", 3) for a, b in zip(across, up, strict=True)]


def _frame(x: Axis, y: Axis, title: str, across: str, up: str) -> list[Primitive]:
    corners: tuple[Point, ...] = ((LEFT, TOP), (LEFT, BOTTOM), (RIGHT, BOTTOM))
    decimals = tick_decimals(y.low, y.high)
    items: list[Primitive] = [
        FilledArea(((LEFT, TOP), (RIGHT, TOP), (RIGHT, BOTTOM), (LEFT, BOTTOM)), "faint"),
        Stroke(corners, "faint", 1.0),
        Label(16, 24, title, "ink", size=11, bold=True), Label(RIGHT, TOP - 6, up, "dim", "end"),
        Label((LEFT + RIGHT) / 2, BOTTOM + 36, across, "dim", "middle"), *_ticks_below(x, BOTTOM),
    ]  # fmt: skip
    return items + [
        Label(LEFT - 8, y(value) + 3, number_text(value, decimals), "dim", "end", 8) for value in ticks(y.low, y.high)
    ]


def _ticks_below(axis: Axis, bottom: float) -> list[Primitive]:
    decimals = tick_decimals(axis.low, axis.high)
    return [
        Label(axis(value), bottom + 16, number_text(value, decimals), "dim", "middle", 8)
        for value in ticks(axis.low, axis.high)
    ]
