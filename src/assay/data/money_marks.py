"""Decimal marks of amounts of money in ambiguous cells: is "1.200" beside "$1,200" a thousand?"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

_GROUP = re.compile(r"[1-9]\d{0,2}([.,])\d{3}")
"""One group of three digits behind one mark: a thousand, or a fraction of three decimals."""
_CENTS = 2
_OTHER = {".": ",", ",": "."}

Says = Literal[".", ",", "a.", "a,", ""]
"""Evidence for the decimal mark: this one for sure, this one for decimals or thousands, none."""


@dataclass(frozen=True, slots=True)
class DecimalMarks:
    """How the digits of amounts are read; is_strict: as NumberFormat.cents."""

    decimal: str
    thousands: str
    is_strict: bool


def said_by(digits: str) -> Says:
    """What the digits of one cell, without spaces, say of the decimal mark."""
    group = _GROUP.fullmatch(digits)
    if group is not None:
        return "a." if group[1] == "." else "a,"
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0:
        return ""
    mark = digits[last]
    if digits.count(mark) > 1:  # 1.234.567
        mark = _OTHER[mark]
    return "." if mark == "." else ","


def marks_of_amounts(digits: Sequence[str], plain: tuple[str, str], *, spaces: str) -> DecimalMarks:
    """The marks of amounts; plain: (decimal, thousands) that numbers of no currency would be read by.

    These hold unless they make a fraction of three decimals out of a cell. Then the majority of cells decides, as cents
    are two digits and a group of three is a thousand; where three decimals are usual (0.125) they are decimals here,
    too. Cells that contradict the outcome are missing, with a note, instead of wrong by a thousand.
    """
    said: Counter[str] = Counter(map(said_by, digits))
    decimal, thousands = plain
    if not any(said[f"a{mark}"] for mark in decimal):
        return DecimalMarks(decimal, thousands, is_strict=False)
    if are_all_doubtful(digits):
        return DecimalMarks(decimal, thousands, is_strict=False)
    if len(decimal) == 1:
        decimal = "." if said["."] + said["a,"] >= said[","] + said["a."] else ","
        other = _OTHER[decimal]
        thousands = other * any(other in text for text in digits) + spaces
    usual = _has_long_fractions(digits)
    left = sum(said[f"a{mark}"] for mark in decimal)
    return DecimalMarks(decimal, thousands, is_strict=bool(left) and not usual)


def are_all_doubtful(digits: Sequence[str]) -> bool:
    """Whether all cells show three digits behind a point, so that thousands and decimals are ambiguous."""
    return bool(digits) and all(said_by(text) == "a." for text in digits)


def _has_long_fractions(digits: Sequence[str]) -> bool:
    """Whether fractions of cells that say so are of other lengths than cents, so that three digits may be one."""
    sure = [text for text in digits if said_by(text) in (".", ",") and text.count(".") + text.count(",") == 1]
    return any(len(re.split("[.,]", text)[1]) != _CENTS for text in sure)
