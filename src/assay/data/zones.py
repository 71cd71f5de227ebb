"""By whose clock a column of moments is read: the zone of its dtype, or how far ahead of UTC its texts say they are."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from assay.core.errors import DataError
from assay.data.date_words import ahead_of

_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")
_SUMMER = timedelta(hours=1)
_MOST = 0.5
"""Share of the times from which on those that name their zone speak for all."""


def zone_of(dtype: object) -> str:
    """The name of a native column's zone ("Europe/Berlin"), or how far it is ahead of UTC ("+05:30"); "" of none."""
    zone = getattr(dtype, "tz", None)
    name = getattr(zone, "key", None) or getattr(zone, "zone", None)  # of zoneinfo, of pytz
    ahead = None if zone is None else zone.utcoffset(None)
    return _text(ahead) if ahead is not None else str(name or "")


def zone_of_texts(texts: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """(the clock of texts that mostly say how far ahead of UTC they are, notes on it)

    Two offsets an hour apart are summer and winter of one place ("+01:00 +02:00"), whose times stand as they are
    written. Of several places there is no one clock, and times are those of UTC ("").
    """
    times = [text for text in texts if ":" in text]
    said = [ahead for text in times if (ahead := ahead_of(text)) is not None]
    if not said or len(said) < _MOST * len(times):
        return "", ()
    offsets = sorted(set(said))
    if len(offsets) > 2 or offsets[-1] - offsets[0] > _SUMMER:
        return "", (f"times of {len(offsets)} time zones are taken as UTC",)
    zone = " ".join(map(_text, offsets))
    bare = next((text for text in times if ahead_of(text) is None), None)
    return zone, (() if bare is None else (unzoned(zone, bare),))


def unzoned(zone: str, example: str) -> str:
    """What is said of times without a zone in a column that has one."""
    return f"times that name no zone are taken by the clock of the others ({zone}), e.g. {example}"


@lru_cache
def clock_of(zone: str) -> Callable[[datetime], datetime]:
    """What the column's clocks show at a moment that has a zone; by UTC where the column has none.

    Raises DataError where this machine does not know the zone, ValueError for what is none.
    """
    offsets = [_ahead(found) for found in map(_OFFSET.fullmatch, zone.split()) if found]
    if offsets and len(offsets) == len(zone.split()):
        return lambda moment: _shown(moment, timezone(_of(moment, offsets)))
    if not zone:
        return lambda moment: _shown(moment, UTC)
    try:
        known = ZoneInfo(zone)
    except ZoneInfoNotFoundError as error:
        raise DataError(f"The time zone {zone[:60]} is not known here.", do=("pip install tzdata",)) from error
    return lambda moment: _shown(moment, known)


def _shown(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _of(moment: datetime, offsets: Sequence[timedelta]) -> timedelta:
    """The moment's own offset if it is one of these, else the first."""
    own = moment.utcoffset()
    return own if own is not None and own in offsets else offsets[0]


def _ahead(found: re.Match[str]) -> timedelta:
    ahead = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return -ahead if found[1] == "-" else ahead


def _text(ahead: timedelta) -> str:
    minutes = round(ahead.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
