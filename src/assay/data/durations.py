"""Durations as people and programs write them: "1h 20m", "03:25:10", "2 days 03:00", "90 min", "PT1H20M".

pandas.to_timedelta reads neither "75:30" nor "2 days 03:00" nor words of other languages, and a served row must not
import it.
"""

import math
import re
from dataclasses import dataclass

from assay.core.schema import First
from assay.data.cell import DASHES

_DASHES = re.escape(DASHES)
_LONGEST = 64  # characters; no duration is longer, and a pattern on long text is slow
_NAMES = {
    31_556_952.0: "yr yrs year years jahr jahre jahren an ans année années año años anno anni",
    2_629_746.0: "mo mos mon mons mth mths month months monat monate monaten mois mes meses mese mesi",
    604_800.0: "w wk wks week weeks woche wochen", 86_400.0: "d day days tag tage tagen",
    3_600.0: "h hr hrs hour hours std stunde stunden", 60.0: "m min mins minute minutes minuten",
    1.0: "s sec secs second seconds sek sekunde sekunden", 0.001: "ms msec",
}  # fmt: skip
"""Years and months are of the mean length of the Gregorian calendar, twelve months to the year."""
_SECONDS = {name: seconds for seconds, names in _NAMES.items() for name in names.split()}
_ITEM = rf"(\d{{1,9}}(?:[.,]\d{{1,9}})?)\s*({'|'.join(sorted(_SECONDS, key=len, reverse=True))})(?![^\W\d_])\.?"
_ONE = re.compile(_ITEM, re.IGNORECASE)
_WORDS = re.compile(rf"(?P<sign>[+{_DASHES}]\s*)?(?P<items>{_ITEM}(?:\s*(?:,|and|und)?\s*{_ITEM})*)", re.IGNORECASE)
_CODE = re.compile(r"\d+[A-Z]")
"""A code such as a card, a size or a seat; three hours are not written 3H."""
_COLONS = re.compile(
    rf"(?P<sign>[+{_DASHES}])?(?:(?P<days>\d{{1,6}})\s*(?:days?|d|tage?)(?P<join>\s*[,+]\s*|\s+))?"
    r"(?P<a>\d{1,6}):(?P<b>[0-5]\d)(?::(?P<c>[0-5]\d))?(?:[.,](?P<fraction>\d{1,9}))?", re.IGNORECASE
)  # fmt: skip
_NUMBER = r"(\d{1,9}(?:[.,]\d{1,9})?)"
_ISO = re.compile(
    rf"([+{_DASHES}])?P(?=.*\d)(?:{_NUMBER}Y)?(?:{_NUMBER}M)?(?:{_NUMBER}W)?(?:{_NUMBER}D)?(?:T(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?"
)


@dataclass(frozen=True, slots=True)
class Duration:
    """A duration as it was written. seconds: where the first of two numbers counts hours; as_minutes: where minutes.

    parts: numbers between colons, 0 without colons; units: words as they were written; has_days: days stand before.
    """

    seconds: float
    as_minutes: float
    parts: int = 0
    units: tuple[str, ...] = ()
    has_days: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it is two numbers that may be hours and minutes, or minutes and seconds."""
        return self.parts == 2 and not self.has_days

    @property
    def is_one_unit(self) -> bool:
        return len(self.units) == 1


def duration(text: str) -> Duration | None:
    """The duration that a text is; None where it is none, a bare number too, as its unit is not known."""
    if len(text) > _LONGEST:
        return None
    return _of_colons(text) or _of_words(text) or _of_iso(text)


def read_seconds(text: str, first: First) -> float:
    """Seconds of a text, NaN where it is no duration. first: what the first number of "75:30" counts."""
    found = duration(text)
    if found is None:
        return math.nan
    return found.as_minutes if first == "minutes" else found.seconds


def _of_colons(text: str) -> Duration | None:
    match = _COLONS.fullmatch(text)
    if match is None:
        return None
    part = match.groupdict()
    a, b, fraction = int(part["a"]), int(part["b"]), float(f"0.{part['fraction'] or 0}")
    three = part["c"] is not None
    hours = a * 3600.0 + b * 60.0 + (int(part["c"]) + fraction if three else 0.0)
    minutes = hours if three or part["days"] else a * 60.0 + b + fraction
    if part["fraction"] and not three:
        hours = math.nan  # 3:25.4 can only be minutes and seconds
    days, sign = int(part["days"] or 0) * 86_400.0, _sign(part["sign"])
    # "-1 day, 23:00:00" is how Python, "-1 days +23:00:00" how pandas writes one hour less than nothing
    clock = 1.0 if any(mark in (part["join"] or "") for mark in ",+") else sign
    whole = (sign * days + clock * hours, sign * days + clock * minutes)
    return Duration(*whole, parts=3 if three else 2, has_days=part["days"] is not None)


def _of_words(text: str) -> Duration | None:
    match = _WORDS.fullmatch(text)
    if match is None or _CODE.fullmatch(text):
        return None
    items = [(number, unit) for number, unit in _ONE.findall(match["items"])]
    sizes = [_SECONDS[unit.lower()] for _, unit in items]
    if len(set(sizes)) < len(sizes):
        return None
    seconds = sum(_float(number) * size for (number, _), size in zip(items, sizes, strict=True))
    seconds *= _sign((match["sign"] or "").strip())
    return Duration(seconds, seconds, units=tuple(unit for _, unit in items))


def _of_iso(text: str) -> Duration | None:
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    sign, *numbers = match.groups()
    sizes = (31_556_952.0, 2_629_746.0, 604_800.0, 86_400.0, 3_600.0, 60.0, 1.0)
    seconds = _sign(sign) * sum(_float(number) * size for number, size in zip(numbers, sizes, strict=True) if number)
    return Duration(seconds, seconds, units=("P", "T"))


def _float(number: str) -> float:
    return float(number.replace(",", "."))


def _sign(mark: str | None) -> float:
    return -1.0 if mark and mark in DASHES else 1.0
