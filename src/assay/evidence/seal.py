"""Seals: parts of a vault opened one after another; and how little a report tells of one opened (evidence.md 5.3)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import Index
from assay.core.figure import Difference, Figure
from assay.evidence.vault import place

SEAL_UNITS, SEAL_RAREST, MOST_SEALS = 2000, 200, 4
"""Units, and units of the rarest class, that each seal holds at least."""
BITS = 5.0
"""What a number tells that is printed to half its standard error: it lies within 8 standard errors of what was
expected, or is a surprise of its own, so it is one of 32 values (counting transcripts; Dwork et al., 2015)."""


def seal_count(*, n_units: int, n_rarest: int) -> int:
    """Into how many seals a vault is cut: 1 below two times 2,000 units (200 of the rarest class), 4 at most."""
    return max(min(n_units // SEAL_UNITS, n_rarest // SEAL_RAREST, MOST_SEALS), 1)


def seal_numbers(units: Sequence[str], *, seals: int, key: bytes) -> Index:
    """(n,) the seal of each row, from 1, by a keyed hash of its unit other than the one that dealt the vault."""
    names, unit_of = np.unique(np.asarray(units, dtype=object).astype(str), return_inverse=True)
    numbers = np.array([1 + int(place(f"seal {name}", key) * seals) for name in names], dtype=np.int64)
    return np.asarray(numbers[unit_of] if len(names) else np.zeros(0, dtype=np.int64))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One earlier opening. asked: what a person had asked of the session it was for, in canonical words; "" unknown.

    numbers: how many numbers its report told; seal: the seal it opened, None where it opened the whole vault.
    """

    asked: str = ""
    without: tuple[str, ...] = ()
    numbers: int = 1
    seal: int | None = None

    def is_as(self, later: "Shown") -> bool:
        """Whether nothing that a person decides was changed between the two."""
        same = not self.asked or not later.asked or self.asked == later.asked
        return same and self.without == later.without


def bits_of(openings: Sequence[Shown], now: Shown) -> float:
    """What whoever last changed something could have read about the rows of this opening: 5 bits for each number told.

    A longer run of the same search is machine work: its proposers are never told what a vault said. Rows under a seal
    of their own have told nothing.
    """
    if now.seal is not None:
        return 0.0
    told = [*openings, now]
    changed = [place for place in range(1, len(told)) if not told[place - 1].is_as(told[place])]
    return BITS * sum(one.numbers for one in told[: max(changed, default=0)])


def next_seal(openings: Sequence[Shown], *, seals: int) -> int | None:
    """The seal to open now; None where the vault has none, or all are opened: then all of its rows are shown again."""
    opened = {one.seal for one in openings}
    return next((seal for seal in range(1, seals + 1) if seal not in opened), None) if seals > 1 else None


def half_error(error: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is at most half of a standard error; 0 for none."""
    if not (error > 0 and math.isfinite(error)):
        return 0.0
    power = 10.0 ** math.floor(math.log10(error / 2.0))
    return max(step * power for step in (1.0, 2.0, 5.0) if step * power <= error / 2.0 * (1.0 + 1e-12))


def shown_figure(figure: Figure, *, error: float, bounds: tuple[float, float]) -> Figure:
    """The figure as an opening may tell it: to half its standard error, the ends of its interval outward.

    What falls to rounding is below 1 % of the variance, and the interval only grows: its level holds.
    """
    step = half_error(error)
    if not step:
        return figure
    low, high = _down(figure.low, step), _up(figure.high, step)
    return replace(
        figure, value=min(max(_near(figure.value, step), bounds[0]), bounds[1]),
        low=None if low is None else max(low, bounds[0]), high=None if high is None else min(high, bounds[1]),
    )  # fmt: skip


def shown_difference(difference: Difference) -> Difference:
    """The same of a difference; its p rounded up to one digit, its e-value down to a power of two."""
    step = half_error(difference.sigma)
    if not step:
        return difference
    p, e = difference.p, difference.e
    digit = 0.0 if not p else 10.0 ** math.floor(math.log10(p))
    return replace(
        difference, value=_near(difference.value, step), low=_down(difference.low, step),
        high=_up(difference.high, step), p=p if not digit else min(_up(p, digit) or 1.0, 1.0),
        e=e if not e else 2.0 ** math.floor(math.log2(e)),
    )  # fmt: skip


def _near(value: float, step: float) -> float:
    return float(f"{round(value / step) * step:.12g}")


def _down(value: float | None, step: float) -> float | None:
    return None if value is None else float(f"{math.floor(value / step + 1e-9) * step:.12g}")


def _up(value: float | None, step: float) -> float | None:
    return None if value is None else float(f"{math.ceil(value / step - 1e-9) * step:.12g}")
