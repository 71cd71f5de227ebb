"""The growth of time and memory with the rows, drawn from what scale.py measured."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assay.report.plot import Axis, Drawing, Label, Mark, Primitive, Role, Stroke
from assay.report.svg import picture
from outcome import Outcome

MEASURES: tuple[tuple[str, str, Role], ...] = (
    ("took", "seconds", "portfolio"), ("pss_gib", "peak memory, GiB", "features"),
)  # fmt: skip
WIDTH, HEIGHT, TOP, BOTTOM = 720.0, 280.0, 60.0, 230.0
ALT = "Seconds and peak memory over the number of rows, both axes in logarithms."


def draw_growth(outcome: Outcome, path: Path) -> bool:
    """An SVG with both axes in logarithms, a measure beside the other; False where fewer than two sizes ran."""
    grown = outcome.details.get("growth", [])
    if len(grown) < 2:
        return False
    half = WIDTH / len(MEASURES)
    items = [item for j, measure in enumerate(MEASURES) for item in _panel(grown, *measure, left=j * half, width=half)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(picture(Drawing(tuple(items), ALT, HEIGHT, WIDTH)), encoding="utf-8")
    return True


def _panel(
    grown: list[dict[str, Any]], key: str, what: str, role: Role, *, left: float, width: float
) -> Iterator[Primitive]:
    rows, values = [one["rows"] for one in grown], [one[key] for one in grown]
    straight = [values[0], values[0] * rows[-1] / rows[0]]
    low, high = math.log(min(values)), math.log(max(*values, straight[-1]))
    x = Axis(math.log(rows[0]), math.log(rows[-1]), left + 50.0, left + width - 40.0)
    y = Axis(low, high, BOTTOM - 20.0, TOP)
    points = tuple((x(math.log(n)), y(math.log(value))) for n, value in zip(rows, values, strict=True))
    ends = tuple((x(math.log(n)), y(math.log(value))) for n, value in zip((rows[0], rows[-1]), straight, strict=True))
    yield Label(left + 20.0, 30.0, what, "ink", size=10.0, bold=True)
    yield Stroke(((left + 30.0, BOTTOM), (left + width - 20.0, BOTTOM)), "faint", 1.0)
    yield Stroke(ends, "faint", 1.0)
    yield Label(ends[1][0] - 30.0, ends[1][1] + 2.0, "as many times as the rows", "dim", "end", 7.5)
    yield Stroke(points, role)
    for (px, py), n, value in zip(points, rows, values, strict=True):
        yield Mark(px, py, "disc", role, 6.0)
        yield Label(px, py - 8.0, f"{value:.3g}", role, "middle", 8.0)
        yield Label(px, BOTTOM + 16.0, f"{n:,}", "dim", "middle", 7.5)
    yield Label(left + width / 2.0, BOTTOM + 34.0, "rows", "dim", "middle", 8.0)
