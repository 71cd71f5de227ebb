"""Dates written as text: the formats of a column, and its cells as days since 1970-01-01."""

import math
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime

import numpy as np

from assay.core.schema import Column
from assay.data.cell import text_of

_DAY = 86_400_000_000.0  # microseconds
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
                "november", "december")  # fmt: skip
_MONTH_NUMBER = {name: i + 1 for names in (_MONTHS, _FULL_MONTHS) for i, name in enumerate(names)} | {"sept": 9}
_TOKENS = {"%Y": r"(?P<Y>\d{4})", "%m": r"(?P<m>\d{1,2})", "%d": r"(?P<d>\d{1,2})", "%y": r"(?P<y>\d{2})",
           "%b": r"(?P<b>[A-Za-z]{3,9})\.?"}  # fmt: skip
_TIME = (
    r"(?:(?:[T ]|, )\s*(?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:[.,](?P<f>\d{1,9}))?)?"
    r"\s*(?P<p>[AaPp]\.?[Mm]\.?)?)?$"
)
DATE_FORMATS = (
    "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%d %b %Y", "%b %d %Y",
    "%b %d, %Y", "%d-%b-%Y", "%Y-%b-%d", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%b-%y", "%Y%m%d", "%b %Y", "%b-%Y",
    "%Y-%m",
)  # fmt: skip
"""Formats tried, day first before month first; %b also takes a month's full name, a time of day may follow."""


def days(moment: datetime) -> float:
    """Days since 1970-01-01 UTC; a moment without a zone is taken as it stands."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    passed = moment - datetime(1970, 1, 1)
    return float((passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds) / _DAY


def _pattern(form: str) -> re.Pattern[str]:
    body = re.escape(form).replace(r"\ ", r"\s+")
    for token, expression in _TOKENS.items():
        body = body.replace(token, expression)
    return re.compile(body + _TIME)


def _hour(part: dict[str, str]) -> int:
    hour, half = int(part.get("H") or 0), (part.get("p") or "").lower()[:1]
    return hour % 12 + (12 if half == "p" else 0) if half else hour


def _from_parts(part: dict[str, str]) -> float:
    year = int(part["Y"]) if "Y" in part else int(part["y"]) + (1900 if int(part["y"]) >= 69 else 2000)
    month = int(part["m"]) if "m" in part else _MONTH_NUMBER.get(part["b"].lower(), 0)
    micro = int((part.get("f") or "0").ljust(6, "0")[:6])
    try:
        return days(datetime(year, month, int(part.get("d") or 1), _hour(part), int(part.get("M") or 0),
                             int(part.get("S") or 0), micro))  # fmt: skip
    except ValueError:
        return math.nan


def _iso(text: str) -> float:
    if len(text) < 10 or text[4] != "-" or text[7] != "-":
        return math.nan
    try:
        return days(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return math.nan


class DateReader:
    """Cells of one date column as days, NaN when missing or no date: native dates, ISO 8601, then the formats."""

    __slots__ = ("_marks", "_patterns")

    def __init__(self, column: Column) -> None:
        self._patterns = tuple(_pattern(form) for form in column.date_formats)
        self._marks = frozenset(column.missing_marks)

    def __call__(self, cell: object) -> float:
        if isinstance(cell, np.datetime64):
            cell = cell.astype("datetime64[us]").item()
        if isinstance(cell, datetime) and type(cell).__name__ != "NaTType":
            return days(cell)
        if isinstance(cell, date) and not isinstance(cell, datetime):
            return days(datetime(cell.year, cell.month, cell.day))
        text = text_of(cell, self._marks)
        return math.nan if text is None else self.of_text(text)

    def of_text(self, text: str) -> float:
        """Days of a canonical text."""
        found = _iso(text)
        for pattern in self._patterns:
            if not math.isnan(found):
                break
            match = pattern.match(text)
            found = _from_parts({k: v for k, v in match.groupdict().items() if v is not None}) if match else found
        return found


def _reads(form: str, texts: Sequence[str]) -> frozenset[str]:
    reader = DateReader(Column(name="", kind="datetime", reason="", date_formats=(form,)))
    return frozenset(text for text in texts if not math.isnan(reader.of_text(text)))


def date_formats(texts: Sequence[str]) -> tuple[tuple[str, ...], float]:
    """(formats, share of the texts they read): the fewest that read most, beside ISO 8601; ties by DATE_FORMATS."""
    left = frozenset(text for text in texts if math.isnan(_iso(text)))
    chosen: list[str] = []
    if left and sum(any(char.isdigit() for char in text) for text in left) < 0.5 * len(left):
        return (), 1 - len(left) / max(len(texts), 1)
    read = {form: _reads(form, tuple(left)) for form in DATE_FORMATS}
    while left and len(chosen) < 4:
        best = max(read, key=lambda form: len(read[form] & left))
        if len(read[best] & left) < max(1, 0.02 * len(texts)):
            break
        chosen.append(best)
        left -= read[best]
    return tuple(chosen), 1 - len(left) / max(len(texts), 1)
