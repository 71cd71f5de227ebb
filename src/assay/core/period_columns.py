"""Columns that only tell the period: as a year or a running number does, whose values later rows cannot meet again."""

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.table import Table

TELLS = 0.9
"""Share of the order in time that the values of a column know, of what so many and so frequent ones could, from which
the column is time under another name."""
BINS, MOST = 20, 50
"""Bins of numbers that have more different values than MOST."""
ALMOST = 0.85
"""Share of a cycle that has to be met; six days of a week are."""


def tells_the_period(values: AnyArray, moment: Floats | None) -> bool:
    """Whether numbers or codes (n,) are nothing but the period of their row: each value, or bin of numbers, has a
    stretch of the time to itself; False where rows have no moment. NaN and negative codes are missing.
    """
    if moment is None:
        return False
    are_codes = values.dtype.kind == "i"
    known = np.flatnonzero(values >= 0 if are_codes else np.isfinite(values))
    if len(known) < 3:
        return False
    place = _ranks(moment[known])
    own = values[known]
    value = np.unique(own, return_inverse=True)[1]
    if value.max() >= MOST and not are_codes:
        edges = np.unique(np.quantile(own, np.linspace(0.0, 1.0, BINS + 1)[1:-1]))
        value = np.unique(np.searchsorted(edges, own, side="right"), return_inverse=True)[1]
    rows = np.bincount(value).astype(np.float64)
    total = float(np.square(place - place.mean()).sum())
    if len(rows) < 2 or 2 * len(rows) > len(known) or total <= 0.0:
        return False
    means = np.bincount(value, place) / rows
    told = float(rows @ np.square(means - place.mean())) / total
    return told >= TELLS * (1.0 - float(((rows / len(known)) ** 3).sum()))


def comes_round(days: Floats, cycle: float) -> bool:
    """Whether dates (n,), but for the first and last hundredth, span a cycle of so many days: what later rows can show
    of it was met, and else it is time under another name."""
    if not len(days):
        return False
    first, last = np.quantile(days, (0.01, 0.99))
    return bool(last - first >= ALMOST * cycle)


def period_of(table: Table) -> tuple[str, ...]:
    """Columns whose values later rows cannot meet again, as they are dates or only tell the period."""
    if table.moment is None:
        return ()
    plain = [*zip(table.numeric_names, table.numeric.T.astype(np.float64), strict=True),
             *zip(table.code_names, table.codes.T.astype(np.int64), strict=True)]  # fmt: skip
    return (*table.date_names, *(name for name, column in plain if tells_the_period(column, table.moment)))


def _ranks(moment: Floats) -> Floats:
    """(n,) the mean place of each moment in the order of time."""
    _, position, counts = np.unique(moment, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - counts / 2.0)[position], dtype=np.float64)
