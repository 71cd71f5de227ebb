"""Date parts as numbers: the parts of calendar and clock that vary."""

from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.contract import Effort, Seeds, StepTraits, Table, Target
from assay.core.errors import check_known
from assay.core.period_columns import comes_round, tells_the_period
from assay.features import register
from assay.features.stored_state import StoredFields, StoredStep

PARTS = ("days", "year", "month", "day", "weekday", "week", "hour", "minute")
"""days since the training median; weekday 0 is Monday; week by ISO 8601; minute of the day."""

_CALENDAR = frozenset(("year", "month", "day", "weekday", "week"))
PERIODS = {"month": 12.0, "day": 31.0, "weekday": 7.0, "week": 53.0, "hour": 24.0, "minute": 1440.0}
CYCLES = {"month": 365.0, "day": 31.0, "weekday": 7.0, "week": 365.0, "hour": 1.0, "minute": 1.0}
"""Days in which a periodic part comes round."""
_DAY_SECONDS = 86_400


def _calendar(day: Index, wanted: Set[str]) -> dict[str, Index]:
    """Wanted parts of whole days since 1970-01-01, a Thursday."""
    dates = day.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    parts = {"month": months.astype(np.int64) % 12 + 1, "weekday": (day + 3) % 7}
    if "year" in wanted:
        parts["year"] = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    if "day" in wanted:
        parts["day"] = (dates - months.astype("datetime64[D]")).astype(np.int64) + 1
    if "week" in wanted:
        # a week belongs to the year of its Thursday
        thursday = (day - parts["weekday"] + 3).astype("datetime64[D]")
        new_year = thursday.astype("datetime64[Y]").astype("datetime64[D]")
        parts["week"] = (thursday - new_year).astype(np.int64) // 7 + 1
    return parts


def calendar_parts(days: Floats, origin: Floats, wanted: Set[str]) -> dict[str, AnyArray]:
    """The wanted parts of dates (n, c), each (n, c); where a date is missing, only "days" is NaN, others are filler.

    days: float days since 1970-01-01, rounded to whole seconds; origin: (c,) what the part "days" is counted from.
    """
    seconds = np.rint(np.where(np.isnan(days), 0.0, days) * _DAY_SECONDS).astype(np.int64)
    day, second = np.divmod(seconds, _DAY_SECONDS)
    parts: dict[str, AnyArray] = {"days": days - origin, "hour": second // 3600, "minute": second // 60}
    names = {part.partition(" ")[0] for part in wanted}
    if not names.isdisjoint(_CALENDAR):
        parts.update(_calendar(day, names))
    return parts


def _varies(part: AnyArray) -> bool:
    return part.size > 0 and bool((part != part[0]).any())


_WAVES: dict[str, Callable[[Floats], Floats]] = {"sin": np.sin, "cos": np.cos}


@dataclass(frozen=True, slots=True, eq=False)
class FittedDates(StoredFields):
    """origin: (c,) median day of each date column. columns, parts: of which date column each output is which part.

    A part is one of PARTS, or one of PERIODS with "sin" or "cos" behind it.
    """

    stored_as: ClassVar[str] = "dates"
    origin: Floats
    columns: Index
    parts: tuple[str, ...]
    names: tuple[str, ...]

    def _block(self, days: Floats) -> Floats:
        found = calendar_parts(days, self.origin, frozenset(self.parts))
        block = np.empty((len(days), len(self.names)))
        for k, (column, part) in enumerate(zip(self.columns.tolist(), self.parts, strict=True)):
            if part in found:
                block[:, k] = found[part][:, column]
                continue
            plain, wave = part.split(" ")
            block[:, k] = _WAVES[wave](found[plain][:, column] * (2.0 * np.pi / PERIODS[plain]))
        block[np.isnan(days)[:, self.columns]] = np.nan
        return block

    def transform(self, table: Table) -> Table:
        if not table.date_names:
            return table
        return table.with_numeric(self._block(table.dates), self.names).without("dates")

    def effort(self) -> Effort:
        return Effort(calls=16 + 5.4 * len(self.names))


@register("dates")
@dataclass(frozen=True)
class Dates(StoredStep):
    """Date columns become numeric columns of those `parts` that vary among the training rows.

    A missing date is NaN in all its parts. cyclic, for models that draw lines on beyond what they met: sine and cosine,
    too, of the parts that came round at least once; of those that only tell the period, as a day within one month does,
    nothing beside "days".
    """

    parts: tuple[str, ...] = PARTS
    cyclic: bool = False

    traits: ClassVar[StepTraits] = StepTraits(readable=True, keeps_monotone=True, unpacks=True)
    fitted = FittedDates

    def __post_init__(self) -> None:
        for part in self.parts:
            check_known(part, PARTS, f"A date has no part {part!r}.")

    def _informative(self, days: Floats, origin: float) -> list[str]:
        """The parts of one date column (n,) that vary, waves of the periodic ones behind them."""
        known = days[~np.isnan(days)][:, None]
        found = calendar_parts(known, np.array([origin]), frozenset(self.parts))
        chosen = [part for part in PARTS if part in self.parts and _varies(found[part])]
        if "hour" in chosen and "minute" in chosen and not (found["minute"] % 60).any():
            chosen.remove("minute")  # on whole hours it says nothing new
        if not self.cyclic:
            return chosen
        days = known[:, 0]
        waved = [part for part in chosen if part in CYCLES and comes_round(days, CYCLES[part])]
        if "days" in chosen:  # it says the period alone, and of later rows too
            told = {part for part in chosen[1:] if tells_the_period(found[part][:, 0], days)}
            chosen = [part for part in chosen if part not in told]
        return chosen + [f"{part} {wave}" for part in waved for wave in _WAVES]

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedDates:
        origin = np.array(
            [np.median(known) if (known := days[~np.isnan(days)]).size else 0.0 for days in table.dates.T]
        )
        picks = [
            (j, part) for j, days in enumerate(table.dates.T) for part in self._informative(days, float(origin[j]))
        ]
        names = tuple(f"{table.date_names[j]}:{part}" for j, part in picks)
        columns = np.array([j for j, _ in picks], dtype=np.int64)
        return FittedDates(origin.astype(np.float64), columns, tuple(part for _, part in picks), names)
