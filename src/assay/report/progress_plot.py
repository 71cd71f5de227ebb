"""Plot of the search: every experiment, the kept ones, and the expected score on new rows."""

import math
from dataclasses import dataclass

from assay.core.event import Dot
from assay.core.figure import Figure, number_text
from assay.core.views import Brief
from assay.report import brief_text as text
from assay.report.figure_text import quoted, short_origin
from assay.report.phrases import plural, tried_text
from assay.report.plot import (
    HEIGHT,
    SHAPES,
    WIDTH,
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
from assay.report.plot_marks import legend, overlap, uprights
from assay.report.proposer_marks import roles_of

LEFT, RIGHT, TOP, BOTTOM = 64.0, 590.0, 52.0, 306.0
MARGIN_X = 640.0
CROWDED = 14
"""Number of kept experiments of a short run from which only the last few are labelled."""
MOST_TITLE = 72
"""Characters that fit into one line."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """The axes: x by experiment number, y by score, better values upwards."""

    x: Axis
    y: Axis
    low: float
    high: float
    higher_is_better: bool

    def at(self, dot: Dot) -> Point:
        """A dot's position; scores worse than the axis lie on its edge."""
        value = math.nan if dot.score is None else dot.score
        return self.x(dot.number), self.y(min(max(value, self.low), self.high))

    def is_shown(self, score: float) -> bool:
        return self.low <= score <= self.high

    @property
    def worst_edge(self) -> float:
        return self.y(self.low if self.higher_is_better else self.high)


def progress(brief: Brief) -> Drawing:
    """Grey: tried. Coloured: kept, by proposer. At the right: the promised figure with its interval."""
    scored = [dot for dot in brief.dots if dot.score is not None]
    title = Label(16, 26, _title(brief), "ink", size=11, bold=True)
    if not scored:
        return Drawing((title, Label(LEFT, 180, "No experiment was scored.", "dim")), text.caption(brief))
    frame = _frame(brief, scored)
    items: list[Primitive] = [title, *_axes(brief, frame), *uprights(brief.long, frame.x), *_staircase(brief, frame)]
    items += [item for dot in brief.dots if dot.status != "kept" for item in _tried(dot, frame)]
    items += _kept(brief, frame)
    items += _promise(brief, frame)
    return Drawing(tuple(items), text.caption(brief))


def _title(brief: Brief) -> str:
    best = text.best_known(brief.summary)
    first = f"{tried_text(brief.summary.experiments, brief.summary.beside)}, {brief.summary.kept} kept"
    if best is None:
        return first
    what = f"{quoted(best, brief.summary.metric_title)}, {short_origin(best)}"
    if brief.long is not None and len(f"{first}: {what}") > MOST_TITLE:  # what ran beside is in the caption
        first = f"{plural(brief.summary.experiments, 'experiment')}, {brief.summary.kept} kept"
    return f"{first}: {what}"


def _frame(brief: Brief, scored: list[Dot]) -> _Frame:
    """y runs from a third of the gain below the baseline to the far end of the interval."""
    summary = brief.summary
    up = summary.higher_is_better
    scores = [dot.score for dot in scored if dot.score is not None]
    best = max(scores) if up else min(scores)
    base = next((d.score for d in scored if d.number == summary.baseline_number and d.score is not None), None)
    if base is None or base == best:
        base = sorted(scores)[len(scores) // 2]
    gain = best - base or (summary.sigma or abs(best) * 0.01 or 1.0) * (1 if up else -1)
    ends = [best + 0.1 * gain, base - gain / 3, *_interval(summary.expect)]
    low, high = min(ends), max(ends)
    room = 0.04 * (high - low)
    last = max(dot.number for dot in brief.dots)
    x = Axis(min(dot.number for dot in brief.dots) - 0.5, max(last + 0.5, 2), LEFT + 8, RIGHT - 8)
    return _Frame(x, Axis(low - room, high + room, BOTTOM, TOP), low - room, high + room, up)


def _interval(figure: Figure | None) -> list[float]:
    if figure is None:
        return []
    return [value for value in (figure.value, figure.low, figure.high) if value is not None]


def _axes(brief: Brief, frame: _Frame) -> list[Primitive]:
    items: list[Primitive] = []
    decimals = tick_decimals(frame.low, frame.high)
    for value in ticks(frame.low, frame.high):
        y = frame.y(value)
        items.append(Stroke(((LEFT, y), (RIGHT, y)), "faint", 0.6))
        items.append(Label(LEFT - 8, y + 3.5, number_text(value, decimals), "dim", "end", 8))
    items += [
        Label(frame.x(value), BOTTOM + 18, number_text(value, 0), "dim", "middle", 8)
        for value in ticks(frame.x.low, frame.x.high, at_most=8)
        if value == int(value) and value >= 1
    ]
    items.append(Stroke(((LEFT, BOTTOM), (RIGHT, BOTTOM)), "dim", 0.8))
    items.append(Label(LEFT, HEIGHT - 16, "experiment", "dim", size=8))
    way = "higher" if frame.higher_is_better else "lower"
    items.append(Label(16, 42, f"{brief.summary.metric_title}, {way} is better", "dim", size=8))
    return items


def _steps(brief: Brief, frame: _Frame) -> list[Point]:
    """Number and score of each champion, then the last one extended to the end."""
    kept = [dot for dot in brief.dots if dot.status == "kept" and dot.score is not None]
    points: list[Point] = []
    for dot in kept:
        score = dot.score or 0.0
        if points:
            points.append((dot.number, points[-1][1]))
        points.append((dot.number, score))
    if points:
        points.append((frame.x.high, points[-1][1]))
    return points


def _staircase(brief: Brief, frame: _Frame) -> list[Primitive]:
    steps = _steps(brief, frame)
    if not steps:
        return []

    def placed(shift: float) -> list[Point]:
        return [(frame.x(n), frame.y(min(max(score + shift, frame.low), frame.high))) for n, score in steps]

    sigma = brief.summary.sigma
    items: list[Primitive] = []
    if sigma:
        items.append(FilledArea((*placed(sigma), *reversed(placed(-sigma)))))
    items.append(Stroke(tuple(placed(0.0)), "portfolio", 1.6))
    return items


def _tried(dot: Dot, frame: _Frame) -> list[Primitive]:
    if dot.score is None:
        if dot.status != "failed":
            return []
        return [Mark(frame.x(dot.number), frame.worst_edge, "cross", "tried", 7)]
    x, y = frame.at(dot)
    if frame.is_shown(dot.score):
        return [Mark(x, y, "open", "tried", 6)]
    inwards = -7 if frame.higher_is_better else 7
    return [Stroke(((x, y), (x, y + inwards)), "tried", 1.2)]


def _kept(brief: Brief, frame: _Frame) -> list[Primitive]:
    """Kept experiments with their numbers where there is room, the latest first; in a long run by proposer."""
    kept = [dot for dot in brief.dots if dot.status == "kept" and dot.score is not None]
    by = {} if brief.long is None else _proposers(brief)
    roles = roles_of(by.values())
    origins: dict[int, Role] = dict(brief.origins) | {number: roles[name] for number, name in by.items()}
    marks, labels = list[Primitive](), list[Label]()
    for dot in reversed(kept):
        mark, label = _marked(dot, origins.get(dot.number, "portfolio"), frame)
        marks.append(mark)
        if brief.long is None or not any(overlap(label, other) for other in labels):
            labels.append(label)
    if brief.long is not None:
        return [*reversed(marks), *labels, *legend(roles, LEFT + 84, HEIGHT - 20, width=WIDTH - LEFT - 92)]
    few = labels if len(kept) < CROWDED else labels[:5]
    pairs = zip(reversed(marks), reversed([*few, *[None] * (len(kept) - len(few))]), strict=True)
    return [item for pair in pairs for item in pair if item is not None]


def _marked(dot: Dot, role: Role, frame: _Frame) -> tuple[Mark, Label]:
    x, y = frame.at(dot)
    lift = -9 if frame.higher_is_better else 17
    return Mark(x, y, SHAPES[role], role, 9), Label(x, y + lift, f"#{dot.number}", role, "middle", 8)


def _proposers(brief: Brief) -> dict[int, str]:
    """By number of a kept experiment its proposer: a person, if it follows a hint."""
    by = {number: name for number, _, _, name, _ in brief.kept}
    return {
        dot.number: "human" if (origin := dict(brief.origins).get(dot.number)) == "human"
        else "ensemble" if origin == "ensemble" else by.get(dot.number, "portfolio")
        for dot in brief.dots if dot.status == "kept"
    }  # fmt: skip


def _promise(brief: Brief, frame: _Frame) -> list[Primitive]:
    """The right margin: the promised figure with its interval, on the same scale."""
    figure = brief.summary.expect
    if figure is None:
        return []
    y = frame.y(figure.value)
    items: list[Primitive] = [Stroke(((RIGHT + 14, TOP), (RIGHT + 14, BOTTOM)), "faint", 0.8)]
    if figure.low is not None and figure.high is not None:
        top, bottom = frame.y(figure.high), frame.y(figure.low)
        items.append(Stroke(((MARGIN_X, top), (MARGIN_X, bottom)), "ink", 2.2))
        items += [Stroke(((MARGIN_X - 5, end), (MARGIN_X + 5, end)), "ink", 2.2) for end in (top, bottom)]
    items.append(Mark(MARGIN_X, y, "disc", "ink", 9))
    items.append(Label(MARGIN_X + 10, y + 3.5, figure.text, "ink", size=9, bold=True))
    items.append(Label(WIDTH - 8, BOTTOM + 18, "expect on new rows", "dim", "end", size=8))
    if brief.long is not None and figure.origin == "vault":
        items.append(Label(MARGIN_X, TOP - 6, "vault", "dim", "middle", size=8))
    return items
