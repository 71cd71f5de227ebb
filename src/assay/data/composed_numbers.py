"""Numbers composed of several: 3 1/4, 5'11", 48°51'24"N, 1.2×10^3. Which form a column has, and its cells."""

import math
import re
from collections.abc import Callable, Mapping, Sequence

from assay.core.schema import Composed
from assay.data.cell import DASHES

_LONGEST = 64  # characters; no number is longer, and a pattern on long text is slow
_VULGAR = {"¼": 0.25, "½": 0.5, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3, "⅛": 0.125, "⅜": 0.375, "⅝": 0.625, "⅞": 0.875,
           "⅕": 0.2, "⅖": 0.4, "⅗": 0.6, "⅘": 0.8, "⅙": 1 / 6, "⅚": 5 / 6}  # fmt: skip
VULGAR = "".join(_VULGAR)
"""Characters that are fractions; none of them is a unit."""
_FRACTION = r"(?P<a>\d{1,2})\s?[/⁄]\s?(?P<b>\d{1,2})"
_MIXED = re.compile(rf"(?P<whole>\d+)(?:\s*(?P<sign>[{VULGAR}])|(?:\s+|\s?[-–]\s?){_FRACTION}(?![\d/]))")
_PROPER = re.compile(rf"(?:(?P<sign>[{VULGAR}])|{_FRACTION})(?![\d/])")
_PARTS_OF = frozenset({2, 3, 4, 5, 6, 8, 10, 12, 16, 32, 64})
"""Usual denominators."""
_MINUTE, _SECOND = "['’′ʹ]", "(?:[\"”″]|''|’’|′′)"
_SIDE = "[NSEWnsew]"
_DEGREES = re.compile(
    rf"(?:(?P<first>{_SIDE})\s*)?(?P<sign>[+{re.escape(DASHES)}])?(?P<d>\d{{1,3}}(?:[.,]\d+)?)\s*[°º]\s*"
    rf"(?:(?P<m>\d{{1,2}}(?:[.,]\d+)?)\s*{_MINUTE}\s*)?(?:(?P<s>\d{{1,2}}(?:[.,]\d+)?)\s*{_SECOND}\s*)?(?P<last>{_SIDE})?"
)
_FEET = re.compile(
    r"(?P<f>\d{1,2})\s*(?:['’′]|ft\.?|feet|foot)\s*-?(?:(?P<i>\d{1,2}(?:[.,]\d+)?)\s*(?:[\"”″]|''|in\.?|inch(?:es)?)?)?",
    re.IGNORECASE,
)
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻−", "0123456789+--")
_POWER = re.compile(
    r"(?:(?P<times>.*\d)\s*[×xX*·⋅∙]\s*)?(?<![\d.,])10\s?"
    r"(?:(?:\^|\*\*)\s?\(?(?P<plain>[-+−]?\d{1,2})\)?|(?P<raised>[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2}))(?P<after>(?![\d.,]).*)"
)
_NEARLY, _SOME, _FEWEST = 0.95, 0.01, 2


def composed_of(texts: Sequence[str]) -> Composed:
    """How these texts are composed, "" where they are numbers as usual, or none.

    texts: different ones. Fractions alone ("1/2", "3/10") are no numbers: they may be results, doses or days; beside
    whole numbers with a fraction behind they are. Degrees are read where some have minutes or a side of the earth.
    """
    enough = max(_FEWEST, _SOME * len(texts))
    if sum(_whole_and_fraction(text) is not None for text in texts) >= enough:
        return "fractions"
    if sum(with_exponent(text) != text for text in texts) >= enough:
        return "powers"
    for form, pattern, tells in (("degrees", _DEGREES, ("m", "first", "last")), ("feet", _FEET, ("i",))):
        found = [match for text in texts if len(text) <= _LONGEST and (match := pattern.fullmatch(text))]
        read = sum(not math.isnan(_READ[form](match.groupdict())) for match in found)
        if read >= _NEARLY * len(texts) and sum(any(match[name] for name in tells) for match in found) >= enough:
            return "degrees" if form == "degrees" else "feet"
    return ""


def read_composed(text: str, form: Composed) -> float:
    """Degrees (south and west negative) or inches of a text, NaN where it is none."""
    match = _PATTERNS[form].fullmatch(text) if len(text) <= _LONGEST else None
    return math.nan if match is None else _READ[form](match.groupdict())


def as_one(text: str, form: Composed) -> str:
    """The text with a number of that form written as one: "3.25 cups" of "3 1/4 cups", "1.2e3" of "1.2×10^3"."""
    return with_exponent(text) if form == "powers" else without_fraction(text)


def with_exponent(text: str) -> str:
    """The text with its power of ten as an exponent: "1.2e-3 g" of "1.2×10⁻³ g"; others as they are."""
    match = _POWER.fullmatch(text) if "10" in text and len(text) <= _LONGEST else None
    if match is None:
        return text
    exponent = (match["plain"] or match["raised"]).translate(_RAISED)
    return f"{match['times'] or '1'}e{exponent}{match['after']}"


def without_fraction(text: str) -> str:
    """The text with its fraction as a decimal one: "3.25 cups" of "3 1/4 cups"; others as they are."""
    if len(text) > _LONGEST:
        return text
    match = _MIXED.search(text) or _PROPER.search(text)
    share = None if match is None else _share(match.groupdict())
    if match is None or share is None or any(map(str.isdigit, text[: match.start()] + text[match.end() :])):
        return text
    whole = int(match.groupdict().get("whole") or 0)
    return f"{text[: match.start()]}{whole + share!r}{text[match.end() :]}"


def _whole_and_fraction(text: str) -> float | None:
    match = _MIXED.match(text) if len(text) <= _LONGEST else None
    return None if match is None else _share(match.groupdict())


def _share(part: Mapping[str, str | None]) -> float | None:
    """The value of the fraction; None for improper ones and unusual denominators."""
    if part["sign"]:
        return _VULGAR[part["sign"]]
    a, b = int(part["a"] or 0), int(part["b"] or 0)
    return a / b if 0 < a < b and b in _PARTS_OF else None


def _float(text: str | None) -> float:
    return float((text or "0").replace(",", "."))


def _degrees(part: Mapping[str, str | None]) -> float:
    minutes, seconds, side = _float(part["m"]), _float(part["s"]), (part["first"] or part["last"] or "").upper()
    value = _float(part["d"]) + minutes / 60.0 + seconds / 3600.0
    is_twice = bool(part["first"] and part["last"]) or bool(part["sign"] and side)
    most = 90.0 if side in ("N", "S") and side else 360.0
    if is_twice or minutes >= 60.0 or seconds >= 60.0 or value > most:
        return math.nan
    return -value if (side in ("S", "W") and side) or (part["sign"] or "+") in DASHES else value


def _inches(part: Mapping[str, str | None]) -> float:
    inches = _float(part["i"])
    return 12.0 * _float(part["f"]) + inches if inches < 12.0 else math.nan


_PATTERNS: Mapping[str, re.Pattern[str]] = {"degrees": _DEGREES, "feet": _FEET}
_READ: Mapping[str, Callable[[Mapping[str, str | None]], float]] = {"degrees": _degrees, "feet": _inches}
