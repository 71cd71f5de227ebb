"""Numbers written so that no format reads them: what to write instead."""

import re
from collections import Counter
from collections.abc import Sequence

_PAIR = re.compile(r"[(\[]?[-+]?\d+\.\d+\s*[,;/ ]\s*[-+]?\d+\.\d+[)\]]?|\d+\s*/\s*\d+")
_UNIT = re.compile(r"[-+]?\d+(?:[.,]\d+)?\s?([^\W\d_]{1,4})")
_HINT = "two numbers a cell, not read as numbers: write them in two columns"
_NEARLY, _FEWEST_UNITS = 0.95, 0.05
"""Shares of the texts: that must have the form, and that must be in the second unit."""


def hint_of(sample: Sequence[str]) -> tuple[str, ...]:
    """What nearly all of these texts are and how to write them as numbers; () where they are nothing known."""
    enough = _NEARLY * len(sample)
    if sum(_PAIR.fullmatch(text) is not None for text in sample) >= enough:
        return (_HINT,)
    units = Counter(match[1] for text in sample if (match := _UNIT.fullmatch(text)))
    common = [unit for unit, n in units.most_common(3) if n >= _FEWEST_UNITS * len(sample)]
    if units.total() < enough or len(common) < 2:
        return ()
    return (f"numbers in several units ({', '.join(sorted(common))}), not read as numbers: write one unit",)
