"""Drawings as SVG; colours come from a style sheet with dark and print variants."""

import math
from html import escape
from importlib.resources import files

from assay.report.plot import Drawing, FilledArea, Label, Mark, Point, Primitive, Shape, Stroke

POINTS_TO_UNITS = 100 / 72
PROPOSERS = frozenset({"kept_features", "moves", "near", "stack", "study", "ablate"})
"""Roles whose colours proposers.css has."""


def svg(drawing: Drawing) -> str:
    """One <svg> element that scales with its container; needs the classes of drawing.css."""
    body = "".join(_primitive(item) for item in drawing.items)
    return (
        f'<svg viewBox="0 0 {drawing.width:g} {drawing.height:g}" role="img" aria-label="{escape(drawing.alt)}">'
        f"{body}</svg>"
    )


def picture(drawing: Drawing) -> str:
    """A file of its own, light or dark by the reader's settings."""
    size = f'width="{drawing.width:g}" height="{drawing.height:g}"'
    style = sheet(*sheets_of(drawing)) + ".ground{fill:var(--ground)}svg{font-family:sans-serif}"
    head, body = svg(drawing).split(">", 1)
    return (
        f'{head} xmlns="http://www.w3.org/2000/svg" {size}><style>{style}</style><rect class="ground" {size}/>{body}\n'
    )


def sheets_of(drawing: Drawing) -> tuple[str, ...]:
    """The style sheets whose colours a drawing needs: most need the first alone, and are written as ever."""
    has_proposers = any(item.role in PROPOSERS for item in drawing.items)
    return ("drawing.css", "proposers.css") if has_proposers else ("drawing.css",)


def sheet(*names: str) -> str:
    """The style sheets of this package, concatenated."""
    return "".join(files("assay.report").joinpath(name).read_text(encoding="utf-8") for name in names)


def _polygon(shape: Shape, x: float, y: float, size: float) -> tuple[Point, ...]:
    """The corners of a filled shape about (x, y); empty for round ones and crosses."""
    r = size / 2
    if shape == "triangle":
        return ((x, y - r * 1.2), (x + r * 1.1, y + r * 0.8), (x - r * 1.1, y + r * 0.8))
    if shape == "square":
        return ((x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r))
    if shape == "diamond":
        return ((x, y - r * 1.25), (x + r * 1.25, y), (x, y + r * 1.25), (x - r * 1.25, y))
    if shape == "down":
        return ((x, y + r * 1.2), (x + r * 1.1, y - r * 0.8), (x - r * 1.1, y - r * 0.8))
    if shape == "bar":
        return ((x - r * 0.55, y - r * 1.2), (x + r * 0.55, y - r * 1.2), (x + r * 0.55, y + r * 1.2),
                (x - r * 0.55, y + r * 1.2))  # fmt: skip
    if shape == "hourglass":
        return ((x - r, y - r), (x + r, y - r), (x - r, y + r), (x + r, y + r))
    if shape == "plus":
        turned = [(-1, -3), (1, -3), (1, -1), (3, -1), (3, 1), (1, 1), (1, 3), (-1, 3), (-1, 1), (-3, 1), (-3, -1),
                  (-1, -1)]  # fmt: skip
        return tuple((x + a * r * 0.36, y + b * r * 0.36) for a, b in turned)
    if shape in ("hexagon", "pentagon"):
        return _regular(6 if shape == "hexagon" else 5, x, y, r * 1.1)
    if shape == "star":
        turns = [(-math.pi / 2 + k * math.pi / 5, r * (1.4 if k % 2 == 0 else 0.6)) for k in range(10)]
        return tuple((x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle, radius in turns)
    return ()


def _regular(n: int, x: float, y: float, r: float) -> tuple[Point, ...]:
    """The corners of a regular polygon that stands on a side, or on a corner where it has an even number."""
    angles = [2 * math.pi * k / n - math.pi / 2 for k in range(n)]
    return tuple((x + r * math.cos(angle), y + r * math.sin(angle)) for angle in angles)


def _cross(x: float, y: float, size: float) -> tuple[tuple[Point, Point], tuple[Point, Point]]:
    """The two strokes of a cross."""
    r = size / 2
    return ((x - r, y - r), (x + r, y + r)), ((x - r, y + r), (x + r, y - r))


def _points(points: tuple[Point, ...]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _primitive(item: Primitive) -> str:
    if isinstance(item, Stroke):
        dash = ' stroke-dasharray="4 3"' if item.dashed else ""
        return f'<polyline class="l {item.role}" stroke-width="{item.width:g}"{dash} points="{_points(item.points)}"/>'
    if isinstance(item, FilledArea):
        return f'<polygon class="a {item.role}" points="{_points(item.points)}"/>'
    if isinstance(item, Mark):
        return _mark(item)
    return _label(item)


def _mark(mark: Mark) -> str:
    if mark.shape == "cross":
        return "".join(
            f'<polyline class="l {mark.role}" stroke-width="1.4" points="{_points(stroke)}"/>'
            for stroke in _cross(mark.x, mark.y, mark.size)
        )
    if mark.shape in ("disc", "ring", "open"):
        style = f"l {mark.role}" if mark.shape != "disc" else f"f {mark.role}"
        width = ' stroke-width="2"' if mark.shape == "ring" else ""
        return f'<circle class="{style}"{width} cx="{mark.x:.1f}" cy="{mark.y:.1f}" r="{mark.size / 2:g}"/>'
    return f'<polygon class="f {mark.role}" points="{_points(_polygon(mark.shape, mark.x, mark.y, mark.size))}"/>'


def _label(label: Label) -> str:
    anchor = "" if label.anchor == "start" else f' text-anchor="{label.anchor}"'
    weight = ' font-weight="600"' if label.bold else ""
    return (
        f'<text class="f {label.role}" x="{label.x:.1f}" y="{label.y:.1f}" '
        f'font-size="{label.size * POINTS_TO_UNITS:.1f}"{anchor}{weight}>{escape(label.text)}</text>'
    )
