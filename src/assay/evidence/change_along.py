"""Whether values change along the order that their rows are in, by more than chance would."""

import numpy as np

from assay.core.array import AnyArray, Floats

LEAST = 0.03
"""Share of the variation between stretches, beyond that of chance, below which a change is too small."""
LONG, SHORT, MOST = 5, 25, 50
"""Long stretches; rows of a short one; most short ones."""
FEWEST_ROWS = 100
"""Rows below which stretches of them tell nothing."""


def changes_along(values: AnyArray, levels: int, share: float) -> bool:
    """Whether stretches of the rows, long or short ones, tell more of their values than chance would.

    values: (n,) numbers, or codes of so many `levels` (0 for numbers), in order; NaN and negative codes are missing;
    share: of false alarms. By the share of the variation of ranks, or of levels, that lies between stretches (Kruskal
    and Wallis, 1952; Light and Margolin, 1971).
    """
    known = np.flatnonzero(values >= 0 if levels else np.isfinite(values))
    if len(known) < FEWEST_ROWS:
        return False
    shown, each = _indicators(values[known], levels), share / 2.0
    return any(_tell(shown, count, levels, each) for count in (LONG, int(np.clip(len(known) // SHORT, LONG, MOST))))


def _indicators(values: AnyArray, levels: int) -> Floats:
    """(n, j) ranks of numbers, or which level each row has."""
    if levels:
        return np.eye(levels)[values]
    from scipy.stats import rankdata

    return np.asarray(rankdata(values), dtype=np.float64)[:, None]


def _tell(shown: Floats, count: int, levels: int, share: float) -> bool:
    from scipy.stats import chi2

    n = len(shown)
    centred = shown - shown.mean(axis=0)
    edges = np.arange(count) * n // count
    sums, sizes = np.add.reduceat(centred, edges), np.diff(np.append(edges, n))
    total = float((centred**2).sum())
    if total <= 0.0:
        return False
    between = float((sums**2 / sizes[:, None]).sum()) / total
    freedom = (count - 1) * max(levels - 1, 1)
    beyond = 1.0 - (1.0 - between) * (n - 1) / (n - count)
    return beyond >= LEAST and float(chi2.sf((n - 1) * max(levels - 1, 1) * between, freedom)) <= share
