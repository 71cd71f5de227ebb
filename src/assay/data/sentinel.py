"""Sentinel numbers for "missing", such as -999 among prices: replaced where the distribution proves it, else a
question."""

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from assay.core.array import Floats

_NINES = re.compile(r"-?9{2,6}(\.(0+|9{1,4}))?")
_SPECIAL = re.compile(r"-([6-9])\1*|-9[5-9]|-99[5-9]")
_MOST_SPECIAL = 4
"""Codes that stand side by side, as -9, -8, -7 for three reasons to be missing, and how many there may be."""
_LEAST_ROWS, _LEAST_SHARE = 3, 0.002
_VARIED = 10
"""Different other values below which a column is a scale with a lowest step, not a measure with a code."""


@dataclass(frozen=True, slots=True)
class CodeValue:
    """A number that looks like a code. verdict: "missing" where nothing else explains it, else "ask".

    beside: further numbers that look so too. rows: of all of them.
    """

    value: float
    rows: int
    verdict: Literal["missing", "ask"]
    beside: tuple[float, ...] = ()

    @property
    def text(self) -> str:
        return ", ".join(f"{value:.10g}" for value in (self.value, *self.beside))


def code_value(filled: Floats) -> CodeValue | None:
    """The lowest or highest number of a column if it looks like a code for missing, negative ones first.

    filled: (n,) finite numbers. A negative row of nines (-99, -999, -999.9) is missing when it comes again, nothing
    else is below zero or the gap to the next value is wider than all other values are apart. Asked about, under the
    same gap: -1 and positive rows of nines (99999 is as often a ceiling as a code). Asked about, too: up to four
    numbers such as -9, -8, -88, -98 that are all there is below zero.
    """
    if len(filled) < _VARIED:
        return None
    for edge, is_low in ((float(filled.min()), True), (float(filled.max()), False)):
        if edge == -1.0 or _NINES.fullmatch(f"{edge:.10g}"):
            found = _judged(filled, edge, is_low=is_low)
            if found is not None:
                return found
    return _special(filled)


def _special(filled: Floats) -> CodeValue | None:
    """Negative numbers that look like codes for why a cell is missing, where nothing else is below zero."""
    codes, rows = np.unique(filled[filled < 0], return_counts=True)
    named = all(code == np.floor(code) and _SPECIAL.fullmatch(f"{code:.0f}") for code in codes)
    if not 0 < len(codes) <= _MOST_SPECIAL or not named or rows.max() < max(_LEAST_ROWS, _LEAST_SHARE * len(filled)):
        return None
    if len(np.unique(filled[filled >= 0][:10_000])) < _VARIED:
        return None
    return CodeValue(float(codes[0]), int(rows.sum()), "ask", tuple(codes[1:].tolist()))


def _judged(filled: Floats, edge: float, *, is_low: bool) -> CodeValue | None:
    others = filled[filled != edge]
    rows = len(filled) - len(others)
    if rows < max(_LEAST_ROWS, _LEAST_SHARE * len(filled)) or len(np.unique(others[:10_000])) < _VARIED:
        return None
    low, high = float(others.min()), float(others.max())
    gap = low - edge if is_low else edge - high
    stands_apart = gap > high - low
    if edge == -1.0:
        return CodeValue(edge, rows, "ask") if low >= 0 and rows >= 0.01 * len(filled) else None
    if edge < 0:
        return CodeValue(edge, rows, "missing") if stands_apart or low >= 0 else None
    return CodeValue(edge, rows, "ask") if stands_apart and is_low is False else None
