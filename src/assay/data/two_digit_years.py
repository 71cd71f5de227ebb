"""Two-digit years: the century window of a column."""

import math
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from assay.core.schema import SHORT_YEAR, Column
from assay.data.dates import DateReader

_EARLIEST = 1930
"""Where the hundred years of spreadsheets begin; those of POSIX, the other convention, begin with SHORT_YEAR."""
_UNIX_EPOCH = date(1970, 1, 1).toordinal()


class ShortYears(NamedTuple):
    """first: year of the century window; notes: about the choice."""

    first: int
    notes: tuple[str, ...] = ()


def short_years(formats: Sequence[str], texts: Sequence[str]) -> ShortYears:
    """The hundred years begin between 1930 and 1969 where the texts leave the widest gap; the earliest of equal ones.

    So births of 1932 to 2009 stay together, as do contracts that end in 2024 to 2034. A fixed beginning tears one of
    them apart: by that of POSIX, who was born in 1932 will be born in 2032.
    """
    short = tuple(form for form in formats if "%y" in form)
    used = {_year(days) % 100 for days in _days_of(short, texts)} if short else set()
    if not used:
        return ShortYears(SHORT_YEAR)
    gap = _gaps(used)
    first = max(range(_EARLIEST, SHORT_YEAR + 1), key=lambda year: (max(gap[year % 100], gap[year % 100 - 1]), -year))
    years = {first + (year - first) % 100 for year in used}
    return ShortYears(first, (f"two-digit years read as {min(years)} to {max(years)}",))


def _days_of(formats: tuple[str, ...], texts: Sequence[str]) -> list[float]:
    """Days of the texts that these formats read."""
    reader = DateReader(Column(name="", kind="datetime", reason="", date_formats=formats), strictly=True)
    read = (reader.of_text(text) for text in texts if not text[:4].isdigit())
    return [days for days in read if not math.isnan(days)]


def _year(days: float) -> int:
    return date.fromordinal(math.floor(days) + _UNIX_EPOCH).year


def _gaps(used: set[int]) -> list[int]:
    """For each year 0 to 99 how many unused years follow each other around it, 0 where it is used; 99 is before 0."""
    gaps = [0] * 100
    for year in sorted(used):
        run = 1
        while (year + run) % 100 not in used:
            run += 1
        for step in range(1, run):
            gaps[(year + step) % 100] = run - 1
    return gaps
