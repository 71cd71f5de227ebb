"""Columns that only tell the period: as a year or a running number does, whose values later rows cannot meet again."""

import numpy as np

from assay.core.array import AnyArray, Floats

WITH_TIME = 0.95
"""Rank correlation with the moment from which numbers are time under another name."""
FEW = 0.02
"""Of the rows: how many steps from one value to another, beyond one for each value, may go astray."""


def tells_the_period(values: AnyArray, moment: Floats) -> bool:
    """Whether numbers or codes (n,) are nothing but the period of their row: each value fills one stretch of the time,
    or numbers rise or fall with it. NaN and negative codes are missing.
    """
    known = np.flatnonzero(values >= 0 if values.dtype.kind == "i" else np.isfinite(values))
    if len(known) < 3:
        return False
    own = values[known[np.argsort(moment[known], kind="stable")]]
    different = len(np.unique(own))
    if different < 2:
        return False
    if 2 * different <= len(own):
        stretches = 1 + int(np.count_nonzero(own[1:] != own[:-1]))
        return stretches - different <= FEW * len(own)
    return values.dtype.kind != "i" and _goes_with(own, np.sort(moment[known]))


def _goes_with(values: AnyArray, moment: Floats) -> bool:
    ranks = [np.unique(one, return_inverse=True)[1] for one in (values, moment)]
    return bool(ranks[1].max() > 0) and abs(float(np.corrcoef(ranks[0], ranks[1])[0, 1])) >= WITH_TIME
