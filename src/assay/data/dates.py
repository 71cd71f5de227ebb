"""Dates written as text: the formats of a column, and its cells as days since 1970-01-01."""

import math
import re
from collections.abc import Mapping, Sequence, Set
from datetime import date, datetime, timedelta, timezone

import numpy as np

from assay.core.schema import CLOCK, Column, Schema
from assay.data.cell import text_of
from assay.data.date_words import LONGEST, without_words
from assay.data.month_names import MONTH_NUMBER
from assay.data.zones import clock_of

_DAY = 86_400_000_000.0  # microseconds
_EPOCH = datetime(1970, 1, 1)
_TOKENS = {"%Y": r"(?P<Y>\d{4})", "%m": r"(?P<m>\d{1,2})", "%d": r"(?P<d>\d{1,2})", "%y": r"(?P<y>\d{2})",
           "%b": r"(?P<b>[^\W\d_]{3,12})\.?", "%q": r"(?P<q>[1-4])",
           "%G": r"(?P<G>\d{4})", "%V": r"(?P<V>\d{1,2})", "%u": r"(?P<u>[1-7])"}  # fmt: skip
_OWN = {
    "%m/%Y": r"(?P<m>\d{1,2})/(?P<Y>(?:19|20)\d{2})", "%Y": r"(?P<Y>\d{4})",
    "%Y-%m-%d/": r"(?P<Y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})/\d{4}-\d{2}-\d{2}",
}  # fmt: skip
"""Patterns of formats that else would read ratios, such as 5/1000."""
_SHORT_YEARS = ("%b-%y", "%b %y", "%b '%y")
_MOST_SHORT = 12
"""Different two-digit years up to 31 behind a month; where there are more, they may be days: "Feb-22"."""
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(?:([AaPp])\.?[Mm]\.?)?$")
_CLOCK_WORD = re.compile(r"\s*(?:uhr|h)$", re.IGNORECASE)
_MOST_KEPT = 50_000

DATE_FORMATS = (
    "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%d %b %Y", "%b %d %Y",
    "%b %d, %Y", "%d-%b-%Y", "%Y-%b-%d", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%b-%y", "%Y%m%d", "%b %Y", "%b-%Y",
    "%d%b%Y", "%Y-%m", "%m/%Y", "%b-%y", "%b %y", "%b '%y", "%G-W%V-%u", "%G-W%V", "%GW%V", "%G W%V", "W%V %G",
    "KW %V/%G", "KW%V/%G", "KW %V %G", "%Y Q%q", "%Y-Q%q", "%YQ%q", "Q%q %Y", "%d. %b %Y", "%d de %b de %Y",
    "%d %b, %Y", "%d/%b/%Y", "%d %b %Y г.", "%d.%m.%Y г.", "%Y年%m月%d日", "%Y年%m月", "%Y년 %m월 %d일", "%Y년%m월%d일",
    "%Y. %m. %d.",
)  # fmt: skip
"""Formats tried, day first before month first; %q is a quarter, %b also takes a full name, a time of day may follow.

%G-W%V is a week as ISO 8601 counts them and stands for its Monday; a month and a quarter stand for their first day.
"""

OF_PERIODS = ("%Y", "%Y-%m-%d/")
"""Years and weeks of native periods, which texts alone are never taken for."""

_CLEAR = tuple(
    form for form in DATE_FORMATS if "%d" in form and "%Y" in form and ("%b" in form or form[:3] in ("%Y/", "%Y."))
)


def check_formats(schema: Schema) -> None:
    """ValueError unless all columns of dates are of formats and zones that a DateReader knows: a stored schema may
    hold anything. DataError for a zone that this machine lacks."""
    for column in schema:
        clock_of(column.zone)
        unknown = [form for form in column.date_formats if form not in (CLOCK, *DATE_FORMATS, *OF_PERIODS)]
        if unknown:
            raise ValueError(f"column {column.name[:60]!r} has dates of the unknown format {unknown[0][:60]!r}")


def days(moment: datetime, zone: str = "") -> float:
    """Days since 1970-01-01 by the clock of a zone; a moment without one is taken as it stands."""
    if moment.tzinfo is not None:
        moment = clock_of(zone)(moment)
    passed = moment - _EPOCH
    return _days(passed.days, passed.seconds * 1_000_000 + passed.microseconds)


def _days(whole: int, microseconds: int) -> float:
    return float(whole * 86_400_000_000 + microseconds) / _DAY  # as numpy divides int64 microseconds


def _pattern(form: str) -> re.Pattern[str]:
    if form in _OWN:
        return re.compile(_OWN[form] + "$")
    body = re.escape(form).replace(r"\ ", r"\s+")
    for token, expression in _TOKENS.items():
        body = body.replace(token, expression)
    return re.compile(body + "$")


def _date(text: str, patterns: Sequence[re.Pattern[str]], short_year: int) -> int | None:
    """Whole days since 1970-01-01 by the first pattern that reads the text; short_year: as of a column."""
    for pattern in patterns:
        match = pattern.match(text)
        if match is None:
            continue
        part = match.groupdict()
        if "V" in part:
            return _of_week(int(part["G"]), int(part["V"]), int(part.get("u") or 1))
        year = int(part["Y"]) if "Y" in part else short_year + (int(part["y"]) - short_year) % 100
        month = _month(part)
        try:
            return date(year, month, int(part.get("d") or 1)).toordinal() - _EPOCH.toordinal()
        except ValueError:
            continue  # 31/02: of the right form, but no day
    return None


def _of_week(year: int, week: int, day: int) -> int | None:
    try:
        return date.fromisocalendar(year, week, day).toordinal() - _EPOCH.toordinal()
    except ValueError:
        return None  # week 53 of a year that has 52


def _month(part: dict[str, str]) -> int:
    """1 to 12; of a quarter its first month; 0 for a word that names none."""
    if "q" in part:
        return 3 * int(part["q"]) - 2
    if "m" in part:
        return int(part["m"])
    return MONTH_NUMBER.get(part["b"].lower(), 0) if "b" in part else 1


def _time(text: str) -> int | None:
    """Microseconds since midnight of a time of day."""
    match = _TIME.match(text)
    if match is None:
        return None
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if match[5]:
        hour = hour % 12 + (12 if match[5] in "pP" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return ((hour * 60 + minute) * 60 + second) * 1_000_000 + int((match[4] or "0").ljust(6, "0")[:6])


def share_of_day(text: str) -> float:
    """How much of the day is over at a time of day, 0 to 1; NaN where the text is none. 24:00 is midnight."""
    if len(text) > LONGEST or ":" not in text:
        return math.nan
    passed = _time(_CLOCK_WORD.sub("", text))
    if passed is None:
        return 0.0 if text in {"24:00", "24:00:00"} else math.nan
    return passed / _DAY


def _iso(text: str, zone: str = "") -> float:
    if len(text) < 10 or text[4] != "-" or text[7] != "-":
        return math.nan
    try:
        return days(datetime.fromisoformat(text), zone)
    except (ValueError, OverflowError):
        return math.nan


def _is_iso(text: str) -> bool:
    """Whether it is a date of ISO 8601, words around it aside ("2024-03-04 12:00 CET")."""
    return not math.isnan(_iso(text)) or (len(text) <= LONGEST and not math.isnan(_iso(without_words(text)[0])))


class DateReader:
    """Cells of one date column as days, NaN when missing or no date: native dates, ISO 8601, then the formats.

    In a column of times of day a moment is taken for its time of day.
    """

    __slots__ = ("_is_clock", "_known", "_marks", "_patterns", "_short_year", "_zone")

    def __init__(self, column: Column, *, strictly: bool = False) -> None:
        """strictly: by the formats of the column alone; else dates that nobody can misread are read, too."""
        self._is_clock = column.is_clock
        forms = tuple(form for form in column.date_formats if form != CLOCK)
        others = () if strictly or not forms else _others(forms)
        self._patterns = tuple(map(_pattern, (*forms, *others)))
        self._marks = frozenset(column.missing_marks)
        self._short_year, self._zone = column.short_year, column.zone
        self._known: dict[str, int | None] = {}  # days of the date texts met; moments share few dates

    def __call__(self, cell: object) -> float:
        if type(cell).__name__ == "Period":  # of pandas, which is not imported here
            cell = cell.to_timestamp()  # type: ignore[attr-defined]
        if isinstance(cell, np.datetime64):
            cell = cell.astype("datetime64[us]").item()
        if isinstance(cell, datetime) and type(cell).__name__ != "NaTType":
            found = days(cell, self._zone)
            return found % 1.0 if self._is_clock else found
        if isinstance(cell, date) and not isinstance(cell, datetime):
            return float(cell.toordinal() - _EPOCH.toordinal())
        text = text_of(cell, self._marks)
        return math.nan if text is None else self.of_text(text)

    def of_text(self, text: str) -> float:
        """Days of a canonical text, words around its date aside."""
        found = _iso(text, self._zone)
        if self._is_clock:
            return share_of_day(text) if math.isnan(found) else found % 1.0
        if not math.isnan(found) or len(text) > LONGEST:
            return found
        found = self.of_bare(text)
        if not math.isnan(found):
            return found
        bare, ahead = without_words(text)
        if bare == text:
            return found
        found = _iso(bare, self._zone)
        found = self.of_bare(bare) if math.isnan(found) else found
        if ahead is None or math.isnan(found):
            return found
        moment = _EPOCH + timedelta(microseconds=round(found * _DAY))
        return days(moment.replace(tzinfo=timezone(ahead)), self._zone)

    def of_bare(self, text: str) -> float:
        """Days of a date by the formats; a time of day may follow it after a space, a comma, a dash or a T."""
        clock = text.find(":")
        cut = max(text.rfind(" ", 0, clock), text.rfind("T", 0, clock)) if clock > 0 else -1
        whole = self._date(text if cut < 0 else text[:cut].rstrip(" ,-"))
        passed = 0 if cut < 0 else _time(text[cut + 1 :])
        return math.nan if whole is None or passed is None else _days(whole, passed)

    def _date(self, text: str) -> int | None:
        if text not in self._known:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known[text] = _date(text, self._patterns, self._short_year)
        return self._known[text]


def _others(forms: Sequence[str]) -> tuple[str, ...]:
    """Formats that say themselves which number is the year, the month and the day; points mean day first, unless the
    column has the month first.
    """
    is_month_first = any(form.startswith("%m") and "%d" in form for form in forms)
    return _CLEAR if is_month_first else (*_CLEAR, "%d.%m.%Y")


def _reads(form: str, texts: Mapping[str, str]) -> frozenset[str]:
    """Those of the texts that the format reads; texts: each with what it is without words."""
    reader = DateReader(Column(name="", kind="datetime", reason="", date_formats=(form,)), strictly=True)
    return frozenset(text for text, bare in texts.items() if not math.isnan(reader.of_bare(bare)))


def _may_be_days(texts: Set[str]) -> bool:
    """Whether the two digits behind a month may be days."""
    last, months = {int(text[-2:]) for text in texts}, {text[:3].lower() for text in texts}
    if not last or max(last) > 31:
        return False
    is_scattered = max(last) - min(last) >= 2 * len(last)  # years follow each other
    return len(last) > _MOST_SHORT or is_scattered or len(months) == 1 < len(last)


def date_formats(texts: Sequence[str]) -> tuple[tuple[str, ...], float]:
    """(formats, share of the texts they read): the fewest that read most, beside ISO 8601; ties by DATE_FORMATS."""
    left = frozenset(text for text in texts if not _is_iso(text))
    chosen: list[str] = []
    if left and sum(len(text) <= LONGEST and any(map(str.isdigit, text)) for text in left) < 0.5 * len(left):
        return (), 1 - len(left) / max(len(texts), 1)
    bare = {text: without_words(text)[0] for text in left if len(text) <= LONGEST}
    read = {form: _reads(form, bare) for form in DATE_FORMATS}
    read |= {form: frozenset() for form in _SHORT_YEARS if _may_be_days({bare[text] for text in read[form]})}
    while left and len(chosen) < 4:
        best = max(read, key=lambda form: len(read[form] & left))
        if len(read[best] & left) < max(1, 0.02 * len(texts)):
            break
        chosen.append(best)
        left -= read[best]
    return tuple(chosen), 1 - len(left) / max(len(texts), 1)
