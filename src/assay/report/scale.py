"""Tick positions of an axis."""

import math


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
