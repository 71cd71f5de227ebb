"""Errors that change with the time of the rows: what drift explains is no slice, and no wrong label."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.period_columns import tells_the_period
from assay.evidence.change_along import changes_along
from assay.explain.feature_columns import FeatureColumn

LEVEL = 0.01
STRETCH = 40
"""Rows of a stretch of time whose mean error is taken off, at least."""
MOST_STRETCHES = 20


@dataclass(frozen=True, slots=True, eq=False)
class ErrorDrift:
    """moment: (n,) when each row was, by the column `name`; stretch: (n,) number of its stretch of time."""

    name: str
    moment: Floats
    stretch: Index

    def explains(self, column: FeatureColumn) -> bool:
        """Whether a column tells of a row when it was, and no more."""
        return column.form == "date" or tells_the_period(column.values, self.moment)

    def taken_off(self, errors: Floats) -> Floats:
        """(n,) or (n, k) errors less the mean of their stretch of time."""
        out = np.array(errors, dtype=np.float64)
        known = np.isfinite(out.reshape(len(out), -1)).all(axis=1)
        for number in np.unique(self.stretch[known]):
            here = known & (self.stretch == number)
            out[here] -= out[here].mean(axis=0)
        return out


def error_drift(name: str, moment: Floats, errors: Sequence[AnyArray]) -> ErrorDrift | None:
    """The change of errors along the time of their rows; None where there is no more of it than chance would bring.

    moment: (n,); errors: (n,) each, NaN where a row was never scored.
    """
    order = np.argsort(moment, kind="stable")
    share = LEVEL / max(len(errors), 1)
    if not any(changes_along(np.asarray(one, dtype=np.float64)[order], 0, share) for one in errors):
        return None
    known = np.isfinite(errors[0][order])
    count = int(np.clip(known.sum() // STRETCH, 1, MOST_STRETCHES))
    stretch = np.empty(len(order), dtype=np.int64)
    stretch[order] = (np.cumsum(known) - 1).clip(0) * count // max(int(known.sum()), 1)
    return ErrorDrift(name, moment, stretch)
