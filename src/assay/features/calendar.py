"""Calendar features of dates: weekends, ends of months, movable feasts, and cycles of day, week, month and year."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.contract import NOTHING, Effort, Idea, Seeds, Step, StepTraits, Table, Target
from assay.core.errors import check_known
from assay.core.period_columns import comes_round
from assay.features import register
from assay.features.stored_state import StoredFields, StoredStep

_DAY_SECONDS = 86_400
_BEFORE_EASTER, _AFTER_EASTER = 50, 62
"""From Carnival Monday, 48 days before Easter, to Corpus Christi, 60 days after; beyond, no feast follows Easter."""


def _first(periods: AnyArray) -> Index:
    """The first days of months or years."""
    return np.asarray(periods.astype("datetime64[D]").astype(np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Dates (n,) taken apart: whole day since 1970-01-01, first day of its month and the next, of its year and the
    next, the year, and the second of the day.
    """

    day: Index
    month: Index
    next_month: Index
    new_year: Index
    next_year: Index
    year: Index
    second: Index

    @classmethod
    def of(cls, days: Floats) -> "Moments":
        """days: float days since 1970-01-01, rounded to whole seconds; missing ones are taken for the first."""
        seconds = np.rint(np.where(np.isnan(days), 0.0, days) * _DAY_SECONDS).astype(np.int64)
        day, second = np.divmod(seconds, _DAY_SECONDS)
        dates = day.astype("datetime64[D]")
        month, year = dates.astype("datetime64[M]"), dates.astype("datetime64[Y]")
        return cls(
            day=day, second=second, year=year.astype(np.int64) + 1970, month=_first(month),
            next_month=_first(month + np.timedelta64(1, "M")), new_year=_first(year),
            next_year=_first(year + np.timedelta64(1, "Y")),
        )  # fmt: skip

    @property
    def weekday(self) -> Index:
        """0 is Monday; 1970-01-01 was a Thursday."""
        return (self.day + 3) % 7


def easter(year: Index) -> Index:
    """Easter Sunday of Gregorian years, as days since 1970-01-01 (Meeus, Astronomical Algorithms, chapter 8)."""
    golden, (century, rest) = year % 19, np.divmod(year, 100)
    leaps, left = np.divmod(century, 4)
    moon = (19 * golden + century - leaps - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    sunday = (32 + 2 * left + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * sunday) // 451
    month, day = np.divmod(moon + sunday - 7 * late + 114, 31)
    return np.asarray(_first(((year - 1970) * 12 + month - 1).astype("datetime64[M]")) + day)


def _from_easter(at: Moments) -> Index:
    return np.asarray(np.clip(at.day - easter(at.year), -_BEFORE_EASTER, _AFTER_EASTER))


def _of_day(at: Moments) -> Floats:
    return at.second / _DAY_SECONDS


MARKS: Mapping[str, Callable[[Moments], AnyArray]] = {
    "weekend": lambda at: at.weekday >= 5,
    "month end": lambda at: at.next_month - 1 - at.day,
    "day of year": lambda at: at.day - at.new_year + 1,
    "weekday of month": lambda at: (at.day - at.month) // 7 + 1,
    "weekday to month end": lambda at: (at.next_month - 1 - at.day) // 7 + 1,
    "easter": _from_easter,
}
"""Days left in the month; 1 to 366; which Monday, Tuesday ... of the month it is, from its start and from its end
(Thanksgiving is the 4th Thursday, Memorial Day the last Monday); days from Easter Sunday, cut to its season."""

CYCLES: Mapping[str, Callable[[Moments], Floats]] = {
    "day": _of_day,
    "week": lambda at: (at.weekday + _of_day(at)) / 7.0,
    "month": lambda at: (at.day - at.month + _of_day(at)) / (at.next_month - at.month),
    "year": lambda at: (at.day - at.new_year + _of_day(at)) / (at.next_year - at.new_year),
}
"""Share of the day, week, month or year that is over."""
_LONG = {
    "day": 1.0, "week": 7.0, "month": 31.0, "year": 365.0, "weekend": 7.0, "month end": 31.0, "day of year": 365.0,
    "weekday of month": 31.0, "weekday to month end": 31.0, "easter": 365.0,
}  # fmt: skip
"""Days in which a cycle, or a mark, comes round."""

_WAVES: Mapping[str, Callable[[Floats], Floats]] = {"sin": np.sin, "cos": np.cos}


def _part(at: Moments, part: str) -> AnyArray:
    if part in MARKS:
        return MARKS[part](at)
    wave, cycle = part.split(" ")
    return _WAVES[wave](2.0 * np.pi * CYCLES[cycle](at))


@dataclass(frozen=True, slots=True, eq=False)
class FittedCalendar(StoredFields):
    """columns, parts, names: of which date column each output is which part."""

    stored_as: ClassVar[str] = "calendar"
    columns: Index
    parts: tuple[str, ...]
    names: tuple[str, ...]

    def transform(self, table: Table) -> Table:
        if not self.names:
            return table
        block = np.empty((table.n_rows, len(self.names)))
        read: dict[int, Moments] = {}
        for k, (column, part) in enumerate(zip(self.columns.tolist(), self.parts, strict=True)):
            if column not in read:
                read[column] = Moments.of(table.dates[:, column])
            block[:, k] = _part(read[column], part)
        block[np.isnan(table.dates)[:, self.columns]] = np.nan
        return table.with_numeric(block, self.names)

    def effort(self) -> Effort:
        if not self.names:
            return NOTHING
        return Effort(calls=20 + 30 * len(np.unique(self.columns)) + 13 * len(self.names))


@register("calendar")
@dataclass(frozen=True)
class Calendar(StoredStep):
    """Marks of each date (MARKS) and sine and cosine of the `cycles` (CYCLES) beside the date columns, where they vary
    and came round once: what did not is time under another name.

    Holidays need no list of a country: fixed ones are days of the year, movable ones a weekday of a month or so many
    days from Easter. Holidays of lunar calendars other than Easter are not covered. The date columns stay: put it
    before `dates`, which has year, month, weekday and hour as numbers and takes them away.
    """

    marks: tuple[str, ...] = tuple(MARKS)
    cycles: tuple[str, ...] = tuple(CYCLES)

    traits: ClassVar[StepTraits] = StepTraits(
        ideas=(Idea(
            name="dates", what="cycles of the calendar, days between dates", finds=("calendar", "date_differences"),
            trees=(Step.of("date_differences"), Step.of("calendar")), is_raw=True,
            distances=(Step.of("date_differences"), Step.of("calendar")),
            applies="columns of dates in which cycles or durations are found", prior=4.0,
            why="What repeats by weekday or season, and how long things took, is in no date as such.",
        ),),
    )  # fmt: skip
    fitted = FittedCalendar

    def __post_init__(self) -> None:
        for noun, given, known in (("mark", self.marks, MARKS), ("cycle", self.cycles, CYCLES)):
            for name in given:
                check_known(name, known, f"A date has no {noun} {name!r}.")

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedCalendar:
        found = [(j, part) for j, days in enumerate(table.dates.T) for part in self._telling(days[~np.isnan(days)])]
        names = tuple(f"{table.date_names[j]}:{part}" for j, part in found)
        return FittedCalendar(np.array([j for j, _ in found], dtype=np.int64), tuple(part for _, part in found), names)

    def _telling(self, days: Floats) -> list[str]:
        """Marks and waves of cycles, of one date column, that vary and came round."""
        if not len(days):
            return []
        at = Moments.of(days)
        parts: Mapping[str, Callable[[Moments], AnyArray]] = {**MARKS, **CYCLES}
        told = {name for name, part in parts.items()
                if np.ptp(np.asarray(part(at), dtype=float)) > 0 and comes_round(days, _LONG[name])}  # fmt: skip
        waves = (f"{wave} {cycle}" for cycle in self.cycles if cycle in told for wave in _WAVES)
        return [*(mark for mark in self.marks if mark in told), *waves]
