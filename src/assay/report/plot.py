"""Plots as values: a geometry that svg.py renders.

Units are hundredths of an inch: x from 0 to 720 rightwards, y from 0 to 360 downwards.
"""

import math
from dataclasses import dataclass
from typing import Literal


def nice_step(span: float, at_most: int) -> float:
    """The smallest of 1, 2, 5 times a power of ten that divides the span into at most so many parts."""
    if span <= 0 or not math.isfinite(span):
        return 1.0
    rough = span / at_most
    power = 10.0 ** math.floor(math.log10(rough))
    for factor in (1.0, 2.0, 5.0, 10.0):
        if factor * power >= rough * (1 - 1e-9):
            return factor * power
    return 10.0 * power


def ticks(low: float, high: float, *, at_most: int = 5) -> tuple[float, ...]:
    """Round values inside [low, high], ends included."""
    step = nice_step(high - low, at_most)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return tuple(index * step for index in range(first, last + 1))


def tick_decimals(low: float, high: float, *, at_most: int = 5) -> int:
    """Decimals that distinguish neighbouring ticks."""
    return max(-math.floor(math.log10(nice_step(high - low, at_most)) + 1e-9), 0)


Role = Literal[
    "portfolio", "search", "features", "kept_features", "moves", "near", "stack", "study", "ablate", "human", "llm",
    "ensemble", "tried", "ink", "dim", "faint", "band",
]  # fmt: skip
Shape = Literal[
    "disc", "triangle", "square", "star", "diamond", "ring", "open", "cross", "down", "hexagon", "pentagon", "plus",
    "bar", "hourglass",
]  # fmt: skip
Point = tuple[float, float]

WIDTH, HEIGHT = 720.0, 360.0
SHAPES: dict[Role, Shape] = {
    "portfolio": "disc", "search": "triangle", "features": "square", "human": "star", "llm": "diamond",
    "ensemble": "ring", "kept_features": "bar", "moves": "down", "near": "pentagon", "stack": "hexagon",
    "study": "hourglass", "ablate": "plus",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through points, in the colour of a role; width in points."""

    points: tuple[Point, ...]
    role: Role
    width: float = 1.5
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class FilledArea:
    """A filled polygon at 15 % opacity."""

    points: tuple[Point, ...]
    role: Role = "band"


@dataclass(frozen=True, slots=True)
class Mark:
    """A symbol about its centre; `size` is its diameter."""

    x: float
    y: float
    shape: Shape
    role: Role
    size: float = 8.0


@dataclass(frozen=True, slots=True)
class Label:
    """Text whose baseline is at y; `size` in points."""

    x: float
    y: float
    text: str
    role: Role = "ink"
    anchor: Literal["start", "middle", "end"] = "start"
    size: float = 9.0
    bold: bool = False


Primitive = Stroke | FilledArea | Mark | Label


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes from back to front, and a description in words."""

    items: tuple[Primitive, ...]
    alt: str
    height: float = HEIGHT
    width: float = WIDTH


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear map from [low, high] to [start, end]; values outside are not cut."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        span = self.high - self.low
        share = 0.5 if span == 0 else (value - self.low) / span
        return self.start + share * (self.end - self.start)
