"""Columns of times of day or durations, and the reason for either."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from assay.core.array import Floats
from assay.core.schema import CLOCK, SECONDS, Column, First, NumberFormat
from assay.data.dates import share_of_day
from assay.data.durations import Duration, duration
from assay.data.number_format import NumberReader
from assay.data.number_suffixes import has_signs
from assay.data.numeric_kinds import held, judge_numbers
from assay.data.refusal import Refusal
from assay.data.texts import Texts

_ENOUGH = 0.95
"""Of the cells: as many must be times or durations."""
_LASTS = re.compile(
    r"(^|[^a-z])(duration|length|elapsed|run[ _]?time|uptime|downtime|lap([ _]?time)?|pace|delay|dauer|laufzeit|duree|"
    r"durée|duracion|duración|durata)([^a-z]|$)"
)  # fmt: skip
"""Names that say so where cells alone could be times of day."""
_SHORT = re.compile(r"\d:[0-5]\d:[0-5]\d(?:[.,]\d+)?")
_FEWEST_SHORT = 10
"""Different times of one-digit hours from which on they are no times of day."""
_HALF_DAY = re.compile(r".*[ap]\.?m\.?", re.IGNORECASE)


def as_time(column: Column, texts: Texts, refused: Refusal) -> Column | None:
    """The column as times of day (a date on one day, so that steps see cycles) or as durations in seconds.

    None where fewer than 95 % of its cells are one or the other, or where one unit throughout makes it a column of
    numbers. A value of 24 hours and more, a name that says so,
    or hours of one digit throughout (2:25:48) make all of them durations.
    """
    sample = texts.read_sample()
    if not sample or has_signs(sample) or sum(_is_time(text) for text in sample) < _ENOUGH * len(sample):
        return None
    if _are_of_day(texts.name, texts.texts):
        return _clock(column, texts, refused)
    form = duration_format(texts.texts)
    return None if form is None else _lasting(replace(column, kind="numeric", number=form), texts, refused)


def _is_time(text: str) -> bool:
    return not np.isnan(share_of_day(text)) or duration(text) is not None


def _are_of_day(name: str, texts: Sequence[str]) -> bool:
    """Whether all times are times of day, or some are by their AM and PM."""
    of_day = [text for text in texts if not np.isnan(share_of_day(text))]
    if any(_HALF_DAY.fullmatch(text) for text in of_day):
        return True
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower()
    if not of_day or _LASTS.search(words) or _are_short(of_day):
        return False
    known = frozenset(of_day)
    return not any(duration(text) for text in texts if text not in known)


def _are_short(of_day: Sequence[str]) -> bool:
    """Whether these are hours of one digit with minutes and seconds, as results of runs are (2:25:48, 0:04:10).

    Clocks write two digits, or reach ten o'clock where many of their times are there.
    """
    return len(of_day) >= _FEWEST_SHORT and all(map(_SHORT.fullmatch, of_day))


def are_times_of_day(texts: Texts) -> bool:
    """Whether nearly all of a column's cells are times of day, none of them beyond 24:00, and its name names no length
    of time."""
    sample = texts.read_sample()
    n_of_day = sum(not np.isnan(share_of_day(text)) for text in sample)
    return bool(sample) and n_of_day >= _ENOUGH * len(sample) and _are_of_day(texts.name, texts.texts)


def are_durations(texts: Texts) -> bool:
    """Whether nearly all of a column's cells are durations; some of them may be times of day as well."""
    sample = texts.read_sample()
    n_lasting = sum(duration(text) is not None for text in sample)
    return bool(sample) and n_lasting >= _ENOUGH * len(sample) and not has_signs(sample)


def clock_formats(texts: Sequence[str]) -> tuple[str, ...]:
    """(CLOCK,) where most of these texts are times of day, else ()."""
    n_read = sum(not np.isnan(share_of_day(text)) for text in texts)
    return (CLOCK,) if n_read > 0.5 * len(texts) else ()


def duration_format(texts: Sequence[str]) -> NumberFormat | None:
    """How the durations among these texts are read; None where they are few, or numbers of one unit throughout.

    Beside cells of three numbers (1:02:03), or with a fraction behind (3:25.4), two are minutes and seconds; else
    hours and minutes, as spreadsheets write them.
    """
    found = [one for text in texts if (one := duration(text)) is not None]
    if len(found) <= 0.5 * len(texts) or (all(one.is_one_unit for one in found) and len(_units(found)) == 1):
        return None
    doubtful = [one for one in found if one.is_open]
    are_minutes = any(np.isnan(one.seconds) for one in doubtful) or any(one.parts == 3 for one in found)
    first: First = "minutes" if doubtful and are_minutes else "hours"
    return NumberFormat(duration=first)


def _units(found: Sequence[Duration]) -> frozenset[tuple[str, ...]]:
    return frozenset(one.units for one in found)


def _clock(column: Column, texts: Texts, refused: Refusal) -> Column | None:
    values = np.array([share_of_day(text) for text in texts.texts])
    column = replace(column, kind="datetime", date_formats=(CLOCK,), reason="times of day, none beyond 24:00")
    return _with_unread(column, texts, values, refused)


def _lasting(column: Column, texts: Texts, refused: Refusal) -> Column | None:
    reader = NumberReader(column)
    values = np.array([reader(text) for text in texts.texts])
    read = _with_unread(column, texts, values, refused)
    if read is None:
        return None
    cells = np.append(values, np.nan)[texts.codes]
    judged = judge_numbers(read, cells, refused)
    if judged.kind == "constant":
        return judged
    if judged.kind != "numeric":  # seconds that happen to be dates, or the numbers of rows, still are seconds
        judged = held(read, cells[~np.isnan(cells)])
    return replace(judged, reason=reading_of(column.number, texts.texts))


def reading_of(number: NumberFormat, texts: Sequence[str]) -> str:
    """How durations are read, in words: "durations, in seconds, 75:30 as minutes:seconds" """
    open_text = next((text for text in texts if (one := duration(text)) is not None and one.is_open), None)
    second = "minutes" if number.duration == "hours" else "seconds"
    return SECONDS if open_text is None else f"{SECONDS}, {open_text} as {number.duration}:{second}"


def _with_unread(column: Column, texts: Texts, values: Floats, refused: Refusal) -> Column | None:
    """The column with unreadable cells as missing and a note; None where they are too many, or it is refused."""
    unread, share = texts.unread(values)
    words = [texts.texts[i] for i in unread]
    if share < _ENOUGH or (words and refused.of_cells(texts.name, "missing")):
        return None
    lost, noun = int(texts.counts[unread].sum()), "time of day" if column.is_clock else "duration"
    notes = (f"{lost:,} cells are no {noun} ({', '.join(map(repr, words[:4]))}): read as missing",) if words else ()
    return replace(column, missing=texts.missing + lost, missing_marks=(*column.missing_marks, *words[:20]),
                   notes=(*column.notes, *notes))  # fmt: skip
