"""Keys that a reader of numbers would change: digits beyond 64 bits, and "1E3"."""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

_WHOLE = re.compile(r"\s*[+-]?\d+\s*", re.ASCII)
_POWER = re.compile(r"\s*\d+[eE]\d+\s*", re.ASCII)
"""Programs that write a number so give its power a sign, or its digits a point: 1e+05, 1.0E5."""
_MOST, _DIGITS = 2**63, 19
EXACT = 2.0**53
"""Whole numbers from here on may be one float with their neighbours."""


def are_keys(texts: Sequence[str]) -> bool:
    """Whether these texts, all that a column holds, are whole numbers of which one is longer than 64 bits hold, or is
    written as a power of ten: as numbers different keys would be one.
    """
    if not all(_WHOLE.fullmatch(text) or _POWER.fullmatch(text) for text in texts):
        return False
    return any(_POWER.fullmatch(text) or _is_long(text) for text in texts)


def merge_as_numbers(texts: Sequence[str], *, filled: int) -> bool:
    """Whether these different texts, which come again in so many cells, are whole numbers of which two are one float.

    Where hardly one comes again they count something (nanoseconds), and what merges lies close together.
    """
    if 2 * len(texts) > filled or not all(_WHOLE.fullmatch(text) for text in texts):
        return False
    whole = {int(text) for text in texts}
    return max(map(abs, whole), default=0) >= EXACT and len({float(number) for number in whole}) < len(whole)


def _is_long(text: str) -> bool:
    digits = text.strip().lstrip("+-").lstrip("0")
    return len(digits) > _DIGITS or (len(digits) == _DIGITS and not -_MOST <= int(text) < _MOST)


def suspects(table: "pa.Table", has_powers: Callable[[], bool]) -> list[str]:
    """The columns of numbers in an Arrow table that may be such keys; has_powers: whether its text has a "1E3"."""
    import pyarrow as pa
    from pyarrow import compute

    floats = (field.name for field in table.schema if pa.types.is_float64(field.type))
    whole = [name for name in floats if compute.all(compute.equal(compute.floor(table[name]), table[name])).as_py()]
    if not whole or has_powers():
        return whole
    return [name for name in whole if (compute.max(compute.abs(table[name])).as_py() or 0.0) >= EXACT]
