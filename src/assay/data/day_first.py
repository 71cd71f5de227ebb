"""Ambiguous dates such as 03/04/2024: whether the day or the month comes first, with a note."""

import re
from collections.abc import Sequence
from itertools import pairwise

from assay.data.date_words import without_words
from assay.data.dates import DATE_FORMATS

_DATE = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(?:\d{4}|\d{2})(?!\d)")
_MOST_MONTHS = 12
_FEWEST = 3
_PAIRS = {day: month for day, month in pairwise(DATE_FORMATS) if day.startswith("%d") and month.startswith("%m")}
"""The month-first format of each day-first one; they stand side by side."""


def is_month_first(formats: Sequence[str], texts: Sequence[str], *, enough: int) -> str | None:
    """The first of these texts that only as month first is a date, where the formats read day first; None where fewer
    than `enough` are, or some are dates with the day first alone.
    """
    if not any(form in _PAIRS and _PAIRS[form] not in formats for form in formats):
        return None
    found = [
        (match[0], int(match[1]), int(match[3])) for text in texts if (match := _DATE.match(without_words(text)[0]))
    ]
    month = [text for text, one, two in found if one <= _MOST_MONTHS < two]
    is_mixed = any(two <= _MOST_MONTHS < one for _, one, two in found)
    return month[0] if len(month) >= enough and not is_mixed else None


def with_day_first(formats: tuple[str, ...], texts: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(formats, notes) of texts that the formats read.

    Day first, unless the first number is always the same, and not 1: a log of a few days in March says 03/01, 03/02,
    03/03. Days 1 are those of monthly figures, which may be written either way.
    """
    day = next((form for form in formats if form in _PAIRS and _PAIRS[form] not in formats), None)
    found = [match for text in texts if (match := _DATE.match(without_words(text)[0]))]
    numbers = [(int(match[1]), int(match[3])) for match in found]
    if day is None or not numbers or max(map(max, numbers)) > _MOST_MONTHS:
        return formats, ()
    first = {one for one, _ in numbers}
    if len(first) > 1 or first == {1} or len({two for _, two in numbers}) < _FEWEST:
        return formats, ("day and month cannot be told apart: read day first",)
    month_first = tuple(_PAIRS[form] if form == day else form for form in formats)
    always = f"as the first number is always {first.pop()}"
    return month_first, (f"day and month cannot be told apart: read month first, {always}",)
