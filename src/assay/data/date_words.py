"""Words that stand around a date and do not change its day: days of the week, ordinals, zones."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

_WEEKDAYS = (
    "monday mon montag mo lundi lun lunes lunedì maandag segunda-feira "
    "tuesday tues tue dienstag di mardi martes martedì dinsdag terça-feira "
    "wednesday wed mittwoch mi mercredi mer miércoles mié mercoledì woensdag quarta-feira "
    "thursday thurs thur thu donnerstag do jeudi jeu jueves jue giovedì gio donderdag quinta-feira "
    "friday fri freitag fr vendredi ven viernes vie venerdì vrijdag sexta-feira "
    "saturday sat samstag sonnabend sa samedi sam sábado sáb sabato sab zaterdag "
    "sunday sun sonntag so dimanche dim domingo dom domenica zondag"
)
"""In English, German, French, Spanish, Italian, Dutch and Portuguese; "mar", a Tuesday, is a month, too."""
_WEEKDAY = re.compile(rf"(?:{'|'.join(_WEEKDAYS.split())})(?:\.,?|,)?\s+(?=\w+)", re.IGNORECASE)
_ORDINAL = re.compile(r"(?<!\w)(\d{1,2})(?:st|nd|rd|th)\b(?:\s+of\b)?", re.IGNORECASE)
_ZONE = re.compile(
    r"\s*(?:(?P<word>UTC|GMT|Z)?\s?(?P<sign>[+\-−])(?P<hours>0?\d|1[0-4])(?:(?P<colon>:)?(?P<minutes>[0-5]\d))?"
    r"|(?<=\s)(?P<name>(?!(?:AM|PM)$)[A-Z]{2,5}|Uhr)|(?<=\d)Z)$"
)
"""After a time of day: how far east it is, or what its zone is called."""
_CLOCK = re.compile(r"\d:\d\d(?P<seconds>:\d\d)?")
_UNIVERSAL = frozenset({"UTC", "GMT", "UT"})
LONGEST = 40  # characters; no date with its time is longer, and trying all formats on texts is slow


def without_words(text: str) -> tuple[str, timedelta | None]:
    """(the text without them, how far its clock is ahead of UTC, None where it does not say)

    A named zone (EET, MDT) is ambiguous: it does not say.
    """
    bare = _ORDINAL.sub(r"\1", _WEEKDAY.sub("", text, count=1) if text[:1].isalpha() else text)
    zone = _zone(bare)
    if zone is None:
        return bare, None
    ahead = None if zone["name"] and zone["name"] not in _UNIVERSAL else timedelta()
    if zone["sign"]:
        ahead = timedelta(hours=int(zone["hours"]), minutes=int(zone["minutes"] or 0))
        ahead = ahead if zone["sign"] == "+" else -ahead
    return bare[: zone.start()], ahead


def ahead_of(text: str) -> timedelta | None:
    """How far a moment says its clock is ahead of UTC."""
    try:
        return datetime.fromisoformat(text).utcoffset()
    except ValueError:
        return without_words(text)[1] if len(text) <= LONGEST else None


def _zone(text: str) -> re.Match[str] | None:
    """What stands after the time of day; "12:30-14:00" are two of them, unlike 12:30:00-14:00."""
    clock = _CLOCK.search(text) if len(text) <= LONGEST else None
    zone = None if clock is None else _ZONE.search(text, clock.end())
    if clock is None or zone is None:
        return None
    is_range = bool(zone["colon"]) and zone["sign"] != "+" and not zone["word"] and not clock["seconds"]
    return None if is_range else zone


def zones_said(texts: Sequence[str]) -> tuple[str, ...]:
    """The note that names of time zones are ignored, where there are some."""
    found = filter(None, map(_zone, texts))
    names = sorted({zone["name"] for zone in found if zone["name"]} - _UNIVERSAL - {"Uhr"})
    if not names:
        return ()
    listed = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
    return (f"times are taken as they stand, without their zone ({listed})",)
