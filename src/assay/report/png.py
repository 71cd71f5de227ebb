"""A drawing as a PNG of 150 dots an inch on white, by matplotlib without a display."""

from collections.abc import Hashable, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from assay.report.plot import Area, Drawing, Label, Mark, Role, Stroke
from assay.report.svg import cross, polygon

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS: dict[Role, str] = {
    "portfolio": "#0072B2", "search": "#00805C", "features": "#D55E00", "human": "#1A1A1A", "llm": "#A6447F",
    "ensemble": "#1A1A1A", "tried": "#8A8A8A", "ink": "#1A1A1A", "dim": "#5A5A5A", "faint": "#DDDDDD",
    "band": "#0072B2",
}  # fmt: skip
DOTS_PER_INCH = 150
UNITS_PER_INCH = 100
POINTS_PER_UNIT = 72 / UNITS_PER_INCH
RINGS = {"disc": 0.0, "ring": 2.0, "open": 1.5}
"""Width of the edge of round marks."""


def write_png(drawing: Drawing, path: Path) -> None:
    """Draw to a file. Uses no pyplot, so that no figure stays open and no backend is chosen for the caller."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(drawing.width / UNITS_PER_INCH, drawing.height / UNITS_PER_INCH), dpi=DOTS_PER_INCH)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, drawing.width)
    axes.set_ylim(drawing.height, 0)
    for alike, items in groupby(drawing.items, key=_alike):
        if alike is not None:
            _rounds(axes, [item for item in items if isinstance(item, Mark)])
            continue
        for item in items:
            if isinstance(item, Stroke):
                _stroke(axes, item)
            elif isinstance(item, Area):
                axes.fill(*_xy(item.points), color=COLOURS[item.role], alpha=0.15, linewidth=0)
            elif isinstance(item, Mark):
                _mark(axes, item)
            else:
                _label(axes, item)
    canvas.print_png(path)


def _alike(item: Stroke | Area | Mark | Label) -> Hashable:
    """What round marks that follow each other must share to be drawn at once; None for anything else."""
    if isinstance(item, Mark) and item.shape in RINGS:
        return item.shape, item.role, item.size
    return None


def _xy(points: tuple[tuple[float, float], ...]) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]


def _stroke(axes: "Axes", stroke: Stroke) -> None:
    style = (0, (4, 3)) if stroke.dashed else "-"
    axes.plot(
        *_xy(stroke.points), color=COLOURS[stroke.role], linewidth=stroke.width * POINTS_PER_UNIT, linestyle=style,
        solid_joinstyle="miter",
    )  # fmt: skip


def _rounds(axes: "Axes", marks: Sequence[Mark]) -> None:
    """Round marks alike in all but their place: one by one they took longer than the rest of a long brief."""
    from matplotlib.collections import EllipseCollection

    shape, role, size = marks[0].shape, marks[0].role, [marks[0].size]
    circles = EllipseCollection(
        size, size, [0.0], units="x", offsets=[(mark.x, mark.y) for mark in marks], offset_transform=axes.transData,
        edgecolors=COLOURS[role], linewidths=RINGS[shape] * POINTS_PER_UNIT, zorder=2.5,
        facecolors=COLOURS[role] if shape == "disc" else "none",
    )  # fmt: skip
    axes.add_collection(circles, autolim=False)


def _mark(axes: "Axes", mark: Mark) -> None:
    colour = COLOURS[mark.role]
    if mark.shape == "cross":
        for stroke in cross(mark.x, mark.y, mark.size):
            axes.plot(*_xy(stroke), color=colour, linewidth=1.4 * POINTS_PER_UNIT)
    else:
        axes.fill(*_xy(polygon(mark.shape, mark.x, mark.y, mark.size)), color=colour, linewidth=0, zorder=2.5)


def _label(axes: "Axes", label: Label) -> None:
    align = {"start": "left", "middle": "center", "end": "right"}[label.anchor]
    axes.text(
        label.x, label.y, label.text, parse_math=False, color=COLOURS[label.role], fontsize=label.size, ha=align,
        va="baseline", fontweight="bold" if label.bold else "normal", zorder=3,
    )  # fmt: skip
