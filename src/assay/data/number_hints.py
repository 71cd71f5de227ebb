"""Hints for columns of unreadable numbers: how to write them instead."""

import re
from collections import Counter
from collections.abc import Sequence

_PAIR = re.compile(r"[(\[]?[-+]?\d+\.\d+\s*[,;/ ]\s*[-+]?\d+\.\d+[)\]]?|\d+\s*/\s*\d+")
_UNIT = re.compile(r"[-+]?\d+(?:[.,]\d+)?\s?([^\W\d_]{1,4})")
_HINT = "two numbers a cell, not read as numbers: write them in two columns"
_ONE = r"[-+]?\d+(?:[.,]\d+)?"
_JOIN = r"(?:\s+[-–]\s+|\s*(?:–|to|bis|±|\+/-|\+-|\.\.)\s*)"
_SPAN = re.compile(rf"{_ONE}{_JOIN}{_ONE}\s*\D{{0,8}}|{_ONE}\s?[-–]\s?{_ONE}\s*[^\W\d]\D{{0,8}}")
"""Two ends of a range; 555-1234 without a unit may be a telephone or the number of a part."""
_SEVERAL = re.compile(rf"{_ONE}(?:\s*[x×X*]\s*{_ONE}){{1,3}}\s*\D{{0,8}}")
_MORE = "several numbers a cell, not read as numbers: write them in columns of their own"
_NEARLY, _FEWEST_UNITS = 0.95, 0.05
"""Shares of the texts: that must have the form, and that must be in the second unit."""
_LONGEST = 200  # characters; no four numbers are longer, and a pattern on long text is slow


def hint_of(sample: Sequence[str]) -> tuple[str, ...]:
    """The form of nearly all of these texts and how to write them as numbers; () for unknown forms."""
    enough, least = _NEARLY * len(sample), _FEWEST_UNITS * len(sample)
    sample = [text for text in sample if len(text) <= _LONGEST]
    for form, hint in ((_PAIR, _HINT), (_SPAN, _HINT), (_SEVERAL, _MORE)):
        if sum(form.fullmatch(text) is not None for text in sample) >= enough:
            return (hint,)
    units = Counter(match[1] for text in sample if (match := _UNIT.fullmatch(text)))
    common = [unit for unit, n in units.most_common(3) if n >= least]
    if units.total() < enough or len(common) < 2:
        return ()
    return (f"numbers in several units ({', '.join(sorted(common))}), not read as numbers: write one unit",)
