"""Numbers in text: detection of a column's number format, and parsing of its cells."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import time, timedelta

import numpy as np

from assay.core.schema import Column, NumberFormat
from assay.data.approximate_numbers import has_notes, has_rough, without_note, without_word
from assay.data.cell import DASHES, MISSING_TEXTS, plain_number, seconds_of, text_of
from assay.data.censored_numbers import has_limits, measured, without_sign
from assay.data.composed_numbers import VULGAR, as_one, composed_of, read_composed
from assay.data.currency import CODES, currency
from assay.data.durations import read_seconds
from assay.data.money_marks import DecimalMarks, are_all_doubtful, marks_of_amounts, said_by
from assay.data.number_suffixes import has_factors, has_signs, without_tail

_SPACES = " \u00a0\u202f\u2009'’"
_Part = Mapping[str, str]

_LONGEST = 64  # characters; no number is longer, and a pattern on long text is slow
_CODES = "|".join(map(re.escape, CODES))
_DASHES = re.escape(DASHES)
_NO_SIGN = r"\s()+.,%'’" + _DASHES + VULGAR
_SHAPE = re.compile(
    r"^(?P<open>\()?(?P<sign>[+" + _DASHES + r"])?\s*"
    r"(?P<before>[^\w" + _NO_SIGN + r"]{1,3}|(?i:" + _CODES + r"))?\.?\s*"
    r"(?P<inner>[+" + _DASHES + r"])?"
    r"(?P<digits>(?:\d{1,3}(?:[.,'’\u00a0\u202f\u2009 ]\d{2,3})+|\d+)(?:[.,]\d*)?|[.,]\d+)(?P<power>[eE][-+]?\d+)?"
    r"\s*(?P<percent>%)?\s*(?P<after>[^\d\s()%.,+" + _DASHES + VULGAR + r"][^\d()%]{0,9}?)?(?P<close>\))?$"
)  # fmt: skip
"""A number with what people write around it. Letters before the digits must be a currency: "CU-1203" is a key."""

_ENOUGH = 20
"""Texts with a point that must all show three digits behind it before these are thousands."""
_GROUPED = re.compile(r"\d{1,3}( \d{2,3})* \d{3}")
"""Digits in groups as people write them: 1 204 567, in India 12 04 567."""
_GROUPS = re.compile(r"[1-9]\d{0,2}(,\d{3})+|[1-9]\d?(,\d{2})+,\d{3}")
"""The same with commas: 1,204,567 and 12,04,567."""


def _shape(text: str) -> re.Match[str] | None:
    """The parts of a number; None of any other text."""
    return _SHAPE.match(text) if len(text) <= _LONGEST else None


def _plain(digits: str, number: NumberFormat) -> str:
    """The digits as Python reads them, "x" where a mark stands that says nothing: "50,3" has no thousands."""
    if any(mark in digits for mark in number.thousands):
        ends = [digits.find(mark) for mark in number.decimal if mark in digits]
        cut = min(ends, default=len(digits))
        whole = "".join(" " if char in number.thousands else char for char in digits[:cut])
        digits = whole.replace(" ", "" if _GROUPED.fullmatch(whole) else "x") + digits[cut:]
    for mark in ".,":
        digits = digits.replace(mark, "\0" if mark in number.decimal else "x")
    return digits.replace("\0", ".")


def read_number(text: str, number: NumberFormat) -> float:
    """The number a text stands for in that format, NaN when it is none."""
    text = without_note(text) if number.notes else text
    text = without_word(text) if number.rough else text
    if number.composed in ("degrees", "feet"):
        return read_composed(text, number.composed)
    text = as_one(text, number.composed) if number.composed else text
    text = without_sign(text) if number.limits else text
    text, times = without_tail(text, signs=number.behind, factors=number.factors)
    match = _shape(text)
    if match is None:
        return math.nan
    part = match.groupdict()
    affixes = {(part["before"] or "").strip(), (part["after"] or "").strip()} - {""}
    has_brackets = bool(part["open"]) and bool(part["close"])
    if not affixes <= set(number.affixes) or bool(part["open"]) != bool(part["close"]):
        return math.nan
    if (part["percent"] and not number.percent) or (has_brackets and not number.brackets):
        return math.nan
    digits = part["digits"].strip()
    if (number.cents or number.whole) and said_by(digits) in _doubtful(number):
        return math.nan
    value = plain_number(_plain(digits, number) + (part["power"] or ""))
    if value is None:
        return math.nan
    sign = part["sign"] or part["inner"] or "+"
    negative = has_brackets or (sign in DASHES and sign not in number.affixes)  # of old models, which cut "–" off
    return (-value if negative else value) * times / (100.0 if part["percent"] else 1.0)


def _doubtful(number: NumberFormat) -> frozenset[str]:
    return frozenset(f"a{mark}" for mark in number.decimal)


class NumberReader:
    """Cells of one numeric column as float64, NaN when missing, infinite or no number. Not shifted, not scaled.

    A timedelta is its seconds, a time those since midnight.
    """

    __slots__ = ("_format", "_is_plain", "_marks", "_missing_numbers")

    def __init__(self, column: Column) -> None:
        self._format = column.number
        is_point = column.number.decimal == "." and "." not in column.number.thousands
        self._is_plain = is_point and not (column.number.cents or column.number.whole)
        self._marks = frozenset(column.missing_marks)
        numbers = (plain_number(mark) for mark in self._marks if mark)
        self._missing_numbers = frozenset(number for number in numbers if number is not None)

    @property
    def missing_numbers(self) -> frozenset[float]:
        return self._missing_numbers

    def __call__(self, cell: object) -> float:
        kind = type(cell)
        if kind is float or kind is int:
            number = _finite(cell)
        elif isinstance(cell, str):
            number = self._of_text(cell)
        elif isinstance(cell, np.timedelta64 | timedelta | time):  # the first is a subclass of np.integer
            number = _finite(seconds_of(cell))
        elif isinstance(cell, int | float | np.integer | np.floating | np.bool_):
            number = _finite(cell)
        else:
            number = self._of_text(text_of(cell) or "")
        if self._missing_numbers and number in self._missing_numbers:
            return math.nan
        return number

    def _of_text(self, text: str) -> float:
        text = text.strip()
        if text in MISSING_TEXTS or text in self._marks:
            return math.nan
        if self._format.duration:
            return read_seconds(text, self._format.duration)
        if self._is_plain:
            number = plain_number(text)
            if number is not None:
                return _finite(number)
        if text in {"true", "True", "TRUE"}:
            return 1.0
        if text in {"false", "False", "FALSE"}:
            return 0.0
        return _finite(read_number(text, self._format))


def _finite(cell: object) -> float:
    try:
        number = float(cell)  # type: ignore[arg-type]  # a number of some library
    except OverflowError:  # an int beyond 1e308
        return math.nan
    return number if math.isfinite(number) else math.nan


def _separators(digits: Sequence[str]) -> tuple[str, str]:
    """(decimal mark, thousands marks) that explain all the digit strings."""
    spaces = "".join(mark for mark in _SPACES if any(mark in text for text in digits))
    bare = ["".join(char for char in text if char not in _SPACES) for text in digits]
    both = [text for text in bare if "," in text and "." in text]
    commas = [text for text in bare if "," in text]
    dots = [text for text in bare if "." in text]
    if both:
        comma_last = sum(text.rfind(",") > text.rfind(".") for text in both)
        return (",", "." + spaces) if comma_last * 2 > len(both) else (".", "," + spaces)
    are_groups = all(_GROUPS.fullmatch(text) for text in commas)
    if commas and are_groups and not spaces:
        return ".", ","
    if commas and not dots:
        return ",", spaces
    pointed = [text for text in dots if text.count(".") > 1]
    if pointed and all(re.fullmatch(r"\d{1,3}(\.\d{3})+(,\d*)?", text) for text in pointed):
        return ",", "." + spaces  # 1.234.567; but 13.01.2021 is a day
    whole = [text for text in bare if text.isdigit()]
    if not commas and len(dots) >= _ENOUGH and whole and max(map(len, whole)) <= 3 and _are_thousands(dots):
        return ",", "." + spaces  # 950 km beside 1.204 km: three decimals in all but those is no rounding
    if commas and dots and not are_groups:  # 50,3 is no thousand: beside 1.204 that is one, beside 50.3 a point too
        return (",", "." + spaces) if _are_thousands(dots) else (".,", spaces)
    return ".", ("," if commas else "") + spaces


def format_of(sample: Sequence[str], texts: Sequence[str]) -> NumberFormat:
    """number_format of a sample, with footnotes, limits and rough numbers where one stands among all the different
    texts: they are few.
    """
    has_marks, are_rough = has_notes(texts), has_rough(texts)
    if has_marks:
        sample, texts = ([without_note(text) for text in some] for some in (sample, texts))
    if are_rough:
        sample, texts = ([without_word(text) for text in some] for some in (sample, texts))
    return replace(number_format(sample), limits=has_limits(texts), notes=has_marks, rough=are_rough)


def number_format(texts: Sequence[str]) -> NumberFormat:
    """The format that reads most of these texts; the default when they are plain numbers or none at all.

    One unit at most, as cells in kg and in lb do not compare; but a currency in all its spellings, and beside other
    common currencies: amounts are read without conversion, and a note names the currencies (currency_rows).
    """
    composed = composed_of(texts)
    if composed in ("degrees", "feet"):
        return NumberFormat(composed=composed)
    if composed:
        return replace(number_format([as_one(text, composed) for text in texts]), composed=composed)
    texts = measured(texts)
    if all(plain_number(text) is not None for text in texts):
        return NumberFormat()
    signs, factors = has_signs(texts), has_factors(texts)
    if signs or factors:
        bare = [without_tail(text, signs=signs, factors=factors)[0] for text in texts]
        return replace(number_format(bare), behind=signs, factors=factors)
    parts = [match.groupdict("") for match in map(_shape, texts) if match]
    if not parts:
        return NumberFormat()
    known = _known_affixes(parts, enough=max(2, 0.05 * len(texts)))
    read = [part for part in parts if _affixes(part) <= known] or parts
    digits = [part["digits"].strip() + part["power"] for part in read]  # no thousands before a power of ten
    marks = _marks(digits, is_money=any(currency(affix) for part in parts for affix in _affixes(part)))
    return NumberFormat(
        decimal=marks.decimal, thousands=marks.thousands, affixes=tuple(sorted(known)), cents=marks.is_strict,
        percent=any(part["percent"] for part in parts), brackets=any(part["open"] for part in parts),
        whole=_has_no_fractions(digits, marks),
    )  # fmt: skip


def _has_no_fractions(digits: Sequence[str], marks: DecimalMarks) -> bool:
    """Whether a comma or a point groups thousands, and the other one, which would be the decimal mark, is nowhere."""
    is_grouped = any(mark in marks.thousands for mark in ".,")
    return is_grouped and not any(mark in text for mark in marks.decimal for text in digits)


def _marks(digits: Sequence[str], *, is_money: bool) -> DecimalMarks:
    decimal, thousands = _separators(digits)
    if not is_money:
        return DecimalMarks(decimal, thousands, is_strict=False)
    spaces = "".join(mark for mark in thousands if mark in _SPACES)
    bare = ["".join(char for char in text if char not in _SPACES) for text in digits]
    return marks_of_amounts(bare, (decimal, thousands), spaces=spaces)


def are_points_doubtful(texts: Sequence[str]) -> bool:
    """Whether these are amounts of money that all show three digits behind a point: 1.459 €, or a thousand and more."""
    parts = [match.groupdict("") for match in map(_shape, texts) if match]
    is_money = any(currency(affix) for part in parts for affix in _affixes(part))
    return is_money and are_all_doubtful([part["digits"].strip() for part in parts])


def _affixes(part: _Part) -> frozenset[str]:
    return frozenset({part["before"].strip(), part["after"].strip()} - {""})


def _known_affixes(parts: Sequence[_Part], *, enough: float) -> frozenset[str]:
    """The commonest unit as it is spelled, and where it is a currency the others that `enough` texts are in.

    Spellings whose decimal mark is not that of the commoner ones are none: "1.204 €" beside "$1,204" would be read
    wrongly.
    """
    counts = Counter(affix for part in parts for affix in _affixes(part))
    order = sorted(counts, key=lambda affix: (counts[affix], affix), reverse=True)
    if not order or counts[order[0]] < enough:
        return frozenset()
    best, rows = order[0], Counter[str | None]()
    for affix in order:
        rows[currency(affix)] += counts[affix]
    known, mark = set[str](), ""
    for affix in order:
        own = _decimal_mark([part["digits"].strip() for part in parts if affix in _affixes(part)])
        is_amount = None not in {currency(best), currency(affix)} and rows[currency(affix)] >= enough
        if affix.casefold() == best.casefold() or (is_amount and (not own or not mark or own == mark)):
            known.add(affix)
            mark = mark or own
    return frozenset(known)


def _are_thousands(texts: Sequence[str]) -> bool:
    """Whether points group the digits of all texts by three."""
    return all(re.fullmatch(r"[1-9]\d{0,2}(\.\d{3})+", text) for text in texts)


def _decimal_mark(digits: Sequence[str]) -> str:
    """The decimal mark that these show or mean, "" where none has a mark at all; 1.204 among its like is thousands."""
    marked = [text for text in digits if "," in text or "." in text]
    if marked and _are_thousands(marked):
        return ","
    return _separators(marked)[0] if marked else ""


def number_share(texts: Sequence[str]) -> float:
    """Share of the texts that look like numbers, whatever stands around them and whatever their marks."""
    return sum(_shape(text) is not None for text in texts) / max(len(texts), 1)


def currency_rows(texts: Sequence[str], counts: Sequence[int]) -> dict[str, int]:
    """In how many rows each currency stands, most first, by its commonest spelling; counts: rows of each text."""
    spelled: dict[str, Counter[str]] = {}
    for text, n in zip(texts, counts, strict=True):
        match = _shape(text)
        for affix in _affixes(match.groupdict("")) if match else ():
            name = currency(affix)
            if name is not None:
                spelled.setdefault(name, Counter())[affix] += n
    found = {min(names, key=lambda name: (-names[name], len(name), name)): names.total() for names in spelled.values()}
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
