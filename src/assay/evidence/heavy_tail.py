"""Whether a mean of losses is carried by a few rows, so that it says little of the mean over other rows."""

import math
from dataclasses import dataclass

import numpy as np

from assay.core.array import Floats

FEWEST_ROWS, FEWEST_LARGEST = 60, 10
TOP = 0.01
"""Share of the rows that the largest losses are told of."""
LEAST_SHARE = 0.25
"""Of the sum of losses that these make, below which nothing is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeavyTail:
    """rows: those with the largest losses, of `of`; share: of the sum of all losses that they make."""

    rows: int
    of: int
    share: float


def heavy_tail(losses: Floats) -> HeavyTail | None:
    """None unless the tail of losses (n,) falls so slowly that they have no mean, as far as these rows show: Hill's
    index (1975) of the √n largest is below 1 by half its standard error, which of squares is below 2 of the errors
    themselves. The mean of n rows is then about as large as its largest loss, and grows with the rows.
    """
    ordered = np.sort(losses[np.isfinite(losses) & (losses > 0.0)])[::-1]
    n = len(ordered)
    k = max(FEWEST_LARGEST, math.isqrt(n))
    if n < FEWEST_ROWS or float(np.log(ordered[:k] / ordered[k]).mean()) * (1.0 - 0.5 * k**-0.5) <= 1.0:
        return None
    rows = max(1, round(TOP * n))
    share = float(ordered[:rows].sum() / ordered.sum())
    return HeavyTail(rows=rows, of=len(losses), share=share) if share >= LEAST_SHARE else None
