"""Numeric columns that a target is told relative to: a rate times the column, or a change from it."""

from typing import Literal

import numpy as np

from assay.core.array import AnyArray, Floats

How = Literal["ratio", "difference"]
LESS_SPREAD = 0.5
"""Variance of the ratio (of logarithms) or difference relative to the target's, from which it is the simpler one."""
MOST_GAPS = 0.1
"""Most rows without a usable number in the column."""
LEAST_POSITIVE = 0.5
"""Least share of targets above 0; the others say nothing of a ratio."""
FEWEST_ROWS = 30


def offset_column(numeric: AnyArray, y: AnyArray, how: How) -> int | None:
    """The position of the column by which the target spreads least, as ratio or difference, relative to its own spread;
    None where that is not much less. numeric: (n, a), NaN missing; y: (n,) numbers.
    """
    values = np.asarray(y, dtype=np.float64)
    if len(values) < FEWEST_ROWS or (how == "ratio" and (values.min() < 0 or (values > 0).mean() < LEAST_POSITIVE)):
        return None
    left = [_left(np.asarray(column, dtype=np.float64), values, how) for column in np.asarray(numeric).T]
    best = int(np.argmin(left)) if left else -1
    return best if left and left[best] < LESS_SPREAD else None


def _left(column: Floats, values: Floats, how: How) -> float:
    """Variance of the ratio or difference relative to the target's; infinite where there is none."""
    usable = np.isfinite(column) & ((column > 0) if how == "ratio" else True)
    if usable.mean() < 1.0 - MOST_GAPS:
        return np.inf
    taken = usable & (values > 0) if how == "ratio" else usable
    one, other = values[taken], column[taken]
    if how == "ratio":
        one, other = np.log(one), np.log(other)
    whole = float(one.var())
    return float((one - other).var()) / whole if len(one) >= FEWEST_ROWS and whole > 0 else np.inf
