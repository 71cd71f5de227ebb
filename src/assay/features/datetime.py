"""Dates as numbers: the parts of the calendar and of the clock that vary."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index, JsonObject
from assay.core.contract import State
from assay.core.errors import UsageError, nearest_names
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.features import register
from assay.features.state import stored_array, stored_names

PARTS = ("days", "year", "month", "day", "weekday", "week", "hour", "minute")
"""days since the training median; weekday 0 is Monday; week by ISO 8601; minute of the day."""

PERIODS = {"month": 12.0, "day": 31.0, "weekday": 7.0, "week": 53.0, "hour": 24.0, "minute": 1440.0}
_DAY_SECONDS = 86_400


def _calendar(day: Index, wanted: frozenset[str]) -> dict[str, Index]:
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


def calendar_parts(days: Floats, origin: Floats, wanted: frozenset[str]) -> dict[str, Floats]:
    """Parts of dates (n, c), each (n, c) with NaN where the date is missing.

    days: float days since 1970-01-01, rounded to whole seconds; origin: (c,) what the part "days" is counted from.
    """
    missing = np.isnan(days)
    seconds = np.rint(np.where(missing, 0.0, days) * _DAY_SECONDS).astype(np.int64)
    day, second = np.divmod(seconds, _DAY_SECONDS)
    parts: dict[str, AnyArray] = {"days": days - origin, "hour": second // 3600, "minute": second // 60}
    if not wanted.isdisjoint(("year", "month", "day", "weekday", "week")):
        parts.update(_calendar(day, wanted))
    return {name: np.where(missing, np.nan, parts[name]) for name in PARTS if name in wanted}


def _varies(part: Floats) -> Bools:
    """(c,) whether a column has two different values."""
    out = np.zeros(part.shape[1], dtype=bool)
    for j, column in enumerate(part.T):
        known = column[~np.isnan(column)]
        out[j] = known.size > 0 and bool((known != known[0]).any())
    return out


@dataclass(frozen=True, slots=True, eq=False)
class FittedDates:
    """origin: (c,) median day of each date column; picks: "column part" numbers that vary, in column order."""

    origin: Floats
    columns: Index
    parts: tuple[str, ...]
    cyclic: tuple[str, ...]
    names: tuple[str, ...]

    def _block(self, days: Floats) -> Floats:
        found = calendar_parts(days, self.origin, frozenset(self.parts))
        block = np.empty((len(days), len(self.names)))
        for k, (column, part) in enumerate(zip(self.columns, self.parts, strict=True)):
            block[:, k] = found[part][:, column]
        at = len(self.parts)
        for column, part in zip(self.columns, self.parts, strict=True):
            if part in self.cyclic:
                angle = 2.0 * np.pi * found[part][:, column] / PERIODS[part]
                block[:, at], block[:, at + 1] = np.sin(angle), np.cos(angle)
                at += 2
        return block

    def transform(self, table: Table) -> Table:
        if not table.date_names:
            return table
        added = table.with_numeric(self._block(table.dates), self.names) if self.names else table
        return replace(added, dates=np.empty((table.n_rows, 0)), date_names=())

    def state(self) -> State:
        meta: JsonObject = {"parts": list(self.parts), "cyclic": list(self.cyclic), "names": list(self.names)}
        return State("dates", meta, {"origin": self.origin, "columns": self.columns})


def _names(date_names: Sequence[str], picks: Sequence[tuple[int, str]], cyclic: Sequence[str]) -> tuple[str, ...]:
    plain = [f"{date_names[column]}:{part}" for column, part in picks]
    waves = [
        f"{date_names[column]}:{part} {wave}" for column, part in picks if part in cyclic for wave in ("sin", "cos")
    ]
    return (*plain, *waves)


@register("dates")
@dataclass(frozen=True)
class Dates:
    """Date columns become numeric columns of those `parts` that vary among the training rows.

    A missing date is NaN in all its parts. cyclic: sine and cosine of the periodic parts too, for linear models.
    """

    parts: tuple[str, ...] = PARTS
    cyclic: bool = False

    needs_target: ClassVar[bool] = False
    transductive: ClassVar[bool] = False

    def __post_init__(self) -> None:
        for part in self.parts:
            if part not in PARTS:
                near = nearest_names(part, PARTS)
                raise UsageError(f"A date has no part {part!r}. Parts: {', '.join(PARTS)}.", nearest=near)

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedDates:
        days = table.dates
        origin = np.array([np.median(known) if (known := c[~np.isnan(c)]).size else 0.0 for c in days.T], dtype=float)
        found = calendar_parts(days, origin, frozenset(self.parts))
        varying = {part: _varies(values) for part, values in found.items()}
        if "minute" in found and "hour" in found:
            # on whole hours the minute of the day says nothing new
            varying["minute"] = varying["minute"] & (np.nanmax(found["minute"] % 60, axis=0, initial=0) > 0)
        picks = [(j, part) for j in range(len(origin)) for part in PARTS if part in found and varying[part][j]]
        cyclic = tuple(part for part in PERIODS if self.cyclic)
        return FittedDates(
            origin=origin, columns=np.array([j for j, _ in picks], dtype=np.int64),
            parts=tuple(part for _, part in picks), cyclic=cyclic, names=_names(table.date_names, picks, cyclic),
        )  # fmt: skip

    @classmethod
    def restore(cls, state: State) -> FittedDates:
        return FittedDates(
            origin=stored_array(state, "origin"), columns=stored_array(state, "columns"),
            parts=stored_names(state, "parts"), cyclic=stored_names(state, "cyclic"),
            names=stored_names(state, "names"),
        )  # fmt: skip
