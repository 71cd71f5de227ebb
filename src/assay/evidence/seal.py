"""Seals, the parts of a vault that are opened one after another, and the rounding that limits what a report reveals."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import Index
from assay.core.figure import Difference, Figure
from assay.evidence.vault_plan import place

SEAL_UNITS, SEAL_RAREST, MOST_SEALS = 2000, 200, 4
"""Units, and units of the rarest class, that each seal holds at least."""
BITS = 8.0
"""Bits of information in one reported figure or difference, by the number of possible transcripts (Dwork et al., 2015).
Given its standard error, everything printed is a step function of the value within 8 standard errors of the expected
one: value and both ends have 32 steps each, p 46, e 46, the finding 1, so that there are fewer than 256 transcripts."""


def seal_count(*, n_units: int, n_rarest: int) -> int:
    """The number of seals of a vault: 1 below two times 2,000 units (200 of the rarest class), 4 at most."""
    return max(min(n_units // SEAL_UNITS, n_rarest // SEAL_RAREST, MOST_SEALS), 1)


def seal_numbers(units: Sequence[str], *, seals: int, key: bytes) -> Index:
    """(n,) the seal of each row, from 1, by a keyed hash of its unit other than the one that dealt the vault."""
    names, unit_of = np.unique(np.asarray(units, dtype=object).astype(str), return_inverse=True)
    numbers = np.array([1 + int(place(f"seal {name}", key) * seals) for name in names], dtype=np.int64)
    return np.asarray(numbers[unit_of] if len(names) else np.zeros(0, dtype=np.int64))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One earlier opening. asked: what a person had asked of the session it was for, in canonical words; "" unknown.

    numbers: how many figures and differences its report told; seal: the seal it opened, None where it opened the whole
    vault; steered: a hash of what a person had said and added until then, "" for nothing.
    """

    asked: str = ""
    without: tuple[str, ...] = ()
    numbers: int = 1
    seal: int | None = None
    steered: str = ""

    def is_as(self, later: "Shown") -> bool:
        """Whether the user changed no option and said nothing between the two."""
        same = not self.asked or not later.asked or self.asked == later.asked
        return same and self.without == later.without and self.steered == later.steered


def bits_of(openings: Sequence[Shown], now: Shown) -> float:
    """Bits about the rows of this opening that the user had read when an option last changed: BITS for each number.

    A longer run of the same search adds none, as its researchers never see results of a vault; nor do rows under an
    unopened seal.
    """
    if now.seal is not None:
        return 0.0
    shown = [*openings, now]
    changed = [place for place in range(1, len(shown)) if not shown[place - 1].is_as(shown[place])]
    return BITS * sum(one.numbers for one in shown[: max(changed, default=0)])


def next_seal(openings: Sequence[Shown], *, seals: int) -> int | None:
    """The seal to open now; None where the vault has none, or all are opened: then all of its rows are shown again."""
    opened = {one.seal for one in openings}
    return next((seal for seal in range(1, seals + 1) if seal not in opened), None) if seals > 1 else None


def half_error(error: float) -> float:
    """Half of a standard error, rounded up to one digit: at least half of it, less than all; 0 for none."""
    if not (error > 0 and math.isfinite(error)):
        return 0.0
    power = 10.0 ** math.floor(math.log10(error / 2.0))
    return _up(error / 2.0, power)


def shown_figure(figure: Figure, *, error: float, bounds: tuple[float, float]) -> Figure:
    """The figure rounded for an opening: to half its standard error, the ends of its interval outward.

    The rounding error is below a twelfth of the variance, and the interval only grows, so that its level holds.
    """
    step = half_error(error)
    if not step:
        return figure
    low, high = figure.low, figure.high
    return replace(
        figure, value=min(max(_near(figure.value, step), bounds[0]), bounds[1]),
        low=None if low is None else max(_down(low, step), bounds[0]),
        high=None if high is None else min(_up(high, step), bounds[1]),
    )  # fmt: skip


def shown_difference(difference: Difference) -> Difference:
    """The same of a difference; sigma up to whole steps, p up to 1, 2 or 5 times a power of ten, e down to one of 2."""
    step = half_error(difference.sigma)
    if not step:
        return difference
    p, e, low, high = difference.p, difference.e, difference.low, difference.high
    return replace(
        difference, value=_near(difference.value, step), low=None if low is None else _down(low, step),
        high=None if high is None else _up(high, step), p=_shown_p(p) if p else p,
        e=2.0 ** math.floor(math.log2(e)) if e else e,
        sigma=_up(difference.sigma, step),
    )  # fmt: skip


def _shown_p(p: float) -> float:
    power = 10.0 ** math.floor(math.log10(p))
    if not power:  # less than any power of ten that a float holds
        return p
    digit = _up(p, power)
    steps = (_near(step * power, power) for step in (1.0, 2.0, 5.0, 10.0) if step * power >= digit * (1.0 - 1e-9))
    return min(*steps, 1.0)


def _near(value: float, step: float) -> float:
    return float(f"{round(value / step) * step:.12g}")


def _down(value: float, step: float) -> float:
    return float(f"{math.floor(value / step + 1e-9) * step:.12g}")


def _up(value: float, step: float) -> float:
    return float(f"{math.ceil(value / step - 1e-9) * step:.12g}")
