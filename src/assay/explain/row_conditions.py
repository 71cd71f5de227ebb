"""Conditions on rows that a person can read: "month is dec and duration above 320"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import numpy as np

from assay.core.array import Bools, Floats
from assay.explain.feature_columns import FeatureColumn

Side = Literal["above", "at most", "is", "is not", "missing", "known"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCut:
    """One comparison of one column. value: a threshold, or the code of a level; unused for missing and known."""

    column: str
    side: Side
    value: float = 0.0

    def mask(self, column: FeatureColumn) -> Bools:
        """(n,) rows of which it is true; a missing cell is neither above nor at most anything, and is no level."""
        values = column.values
        if self.side == "above":
            return np.asarray(values > self.value)
        if self.side == "at most":
            return np.asarray(values <= self.value)
        if self.side == "is":
            return np.asarray(values == self.value)
        if self.side == "is not":
            return np.asarray(values != self.value)
        return column.missing if self.side == "missing" else ~column.missing

    def text(self, column: FeatureColumn) -> str:
        """In words, with levels and dates as they are written."""
        if self.side in ("missing", "known"):
            return f"{self.column} is {self.side}"
        if column.form in ("level", "order"):
            return f"{self.column} {self.side} {column.level_text(self.value)}"
        shown = value_text(column, self.value)
        if column.form == "date":
            return f"{self.column} {'after' if self.side == 'above' else 'up to'} {shown}"
        return f"{self.column} {self.side} {shown}"


def value_text(column: FeatureColumn, value: float) -> str:
    """A value of a column as a person would write it."""
    if column.form in ("level", "order"):
        return column.level_text(round(value))
    if column.form == "date":
        return (datetime(1970, 1, 1) + timedelta(days=value)).strftime("%Y-%m-%d")
    return f"{value:.6g}"


def condition_mask(cuts: Sequence[RowCut], columns: Mapping[str, FeatureColumn]) -> Bools:
    """(n,) rows of which all cuts are true."""
    masks = [cut.mask(columns[cut.column]) for cut in cuts]
    return np.asarray(np.logical_and.reduce(masks))


def condition_text(cuts: Sequence[RowCut], columns: Mapping[str, FeatureColumn]) -> str:
    """All cuts in words, as `essential` has them."""
    return " and ".join(cut.text(columns[cut.column]) for cut in essential(cuts))


def essential(cuts: Sequence[RowCut]) -> tuple[RowCut, ...]:
    """The cuts without those that another of the same column implies, those of one column beside each other."""
    kept = dict.fromkeys(cut for cut in cuts if not any(_implies(other, cut) for other in cuts if other != cut))
    names = dict.fromkeys(cut.column for cut in kept)
    return tuple(cut for name in names for cut in kept if cut.column == name)


def _implies(one: RowCut, other: RowCut) -> bool:
    if one.column != other.column:
        return False
    if other.side == "known":
        return one.side in ("above", "at most", "is")
    if other.side == "is not":
        return one.side in {"is", "missing"}
    if one.side != other.side:
        return False
    return one.value > other.value if one.side == "above" else one.side == "at most" and one.value < other.value


def short_threshold(values: Floats, threshold: float) -> float:
    """The shortest number that parts the values as the threshold does; values: (n,), NaN missing."""
    known = values[np.isfinite(values)]
    below, above = known[known <= threshold], known[known > threshold]
    if not len(below) or not len(above):
        return threshold
    low, high = float(below.max()), float(above.min())
    for digits in range(1, 17):
        short = float(f"{(low + high) / 2:.{digits}g}")
        if low <= short < high:
            return short
    return threshold
