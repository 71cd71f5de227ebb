"""Numbers written so that no format reads them: what to write instead."""

import re
from collections import Counter
from collections.abc import Sequence

_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2})?(\s?[ap]\.?m\.?)?", re.IGNORECASE)
_DURATION = re.compile(r"(\d+(\.\d+)?\s?(d|h|hrs?|m|mins?|s|secs?)\b\s*){2,}", re.IGNORECASE)
_PAIR = re.compile(r"[(\[]?[-+]?\d+\.\d+\s*[,;/ ]\s*[-+]?\d+\.\d+[)\]]?")
_UNIT = re.compile(r"[-+]?\d+(?:[.,]\d+)?\s?([^\W\d_]{1,4})")
_FORMS = (
    (_CLOCK, "times of day, not read as numbers: write hours, 8.5 for 08:30"),
    (_DURATION, "durations, not read as numbers: write one unit, 200 for 3h 20m"),
    (_PAIR, "two numbers a cell, not read as numbers: write them in two columns"),
)
_NEARLY, _FEWEST_UNITS = 0.95, 0.05
"""Shares of the texts: that must have the form, and that must be in the second unit."""


def hint_of(sample: Sequence[str]) -> tuple[str, ...]:
    """What nearly all of these texts are and how to write them as numbers; () where they are nothing known."""
    enough = _NEARLY * len(sample)
    for form, hint in _FORMS:
        if sum(form.fullmatch(text) is not None for text in sample) >= enough:
            return (hint,)
    units = Counter(match[1] for text in sample if (match := _UNIT.fullmatch(text)))
    common = [unit for unit, n in units.most_common(3) if n >= _FEWEST_UNITS * len(sample)]
    if units.total() < enough or len(common) < 2:
        return ()
    return (f"numbers in several units ({', '.join(sorted(common))}), not read as numbers: write one unit",)
