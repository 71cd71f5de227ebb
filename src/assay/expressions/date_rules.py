"""Parts of dates in expressions, and their differences in days."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.expressions.arithmetic_rules import Rule, head_of
from assay.expressions.expression_program import PartValue, ProgramBuilder, words_of
from assay.expressions.expression_tree import Tree
from assay.expressions.written_expression import written

_DAY_SECONDS = 86_400.0
_LARGEST = 1e8
"""Days from 1970: what lies further is no date that anybody has."""


def _months(day: Index) -> Index:
    """Months since January 1970."""
    return day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _day_of_month(day: Index) -> Index:
    dates = day.astype("datetime64[D]")
    first = dates.astype("datetime64[M]").astype("datetime64[D]")
    return np.asarray((dates - first).astype(np.int64) + 1)


_PARTS: Mapping[str, Callable[[Index], Index]] = {
    "year": lambda day: _months(day) // 12 + 1970,
    "quarter": lambda day: _months(day) % 12 // 3 + 1,
    "month": lambda day: _months(day) % 12 + 1,
    "day": _day_of_month,
    "weekday": lambda day: (day + 3) % 7,
}
"""Of whole days since 1970-01-01, a Thursday; weekday 0 is Monday."""


def _date_part(days: AnyArray, *, part: str) -> Floats:
    """A part of days since 1970, rounded to whole seconds; missing where the date is."""
    seconds = np.rint(days * _DAY_SECONDS)
    day = np.floor(seconds / _DAY_SECONDS)
    if part == "hour":
        return np.asarray((seconds - day * _DAY_SECONDS) // 3600.0)
    known = np.abs(day) < _LARGEST
    whole = np.where(known, day, 0.0).astype(np.int64)
    return np.where(known, _PARTS[part](whole).astype(np.float64), np.nan)


def _part(builder: ProgramBuilder, part: Tree, parts: Sequence[PartValue]) -> PartValue:
    head, (date,) = head_of(part), parts
    if date.kind != "date":
        raise builder.refusal(date, f"{head} takes a date, and this is {words_of(date)}.")
    return PartValue(part=part, kind="number", at=builder.step(partial(_date_part, part=head), date.at))


def _days(builder: ProgramBuilder, part: Tree, parts: Sequence[PartValue]) -> PartValue:
    """The difference of two dates, which is in days, with its fraction."""
    (difference,) = parts
    if difference.kind != "days":
        other = written(difference.part) if difference.kind == "date" else "sold"
        hint = f"days({other} - …)" if difference.kind == "date" else "days(sold - built)"
        raise builder.refusal(
            difference, f"days takes a difference of two dates, as {hint}, and this is {words_of(difference)}."
        )
    return PartValue(part=part, kind="days", at=difference.at)


DATE_PARTS: frozenset[str] = frozenset({*_PARTS, "hour"})
DATES: Mapping[str, Rule] = {**dict.fromkeys(DATE_PARTS, _part), "days": _days}
