"""Errors that change with the time of the rows: what drift explains is no slice, and no wrong label."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.period_columns import tells_the_period
from assay.data.time_order import lies_in_order
from assay.evidence.change_along import changes_along
from assay.explain.feature_columns import FeatureColumn, feature_columns
from assay.explain.row_losses import row_losses, row_residuals
from assay.pipeline.store import TaskFolder

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


def drift_of(folder: TaskFolder, prediction: AnyArray) -> ErrorDrift | None:
    """How the errors of a prediction of all rows change along the date that orders the rows, or that they lie in the
    order of; None where they do not.
    """
    table, task = folder.table, folder.task
    days = {name: table.dates[:, j] for j, name in enumerate(table.date_names) if not task.schema[name].is_clock}
    known = {name: own for name, own in days.items() if lies_in_order(own)}
    if table.moment is not None:
        known = {next((one.name for one in task.schema if one.orders_rows), "time"): table.moment}
    y = folder.target.values
    residuals, losses = row_residuals(prediction, y), row_losses(prediction, y)
    errors = [losses, *residuals.reshape(len(losses), -1).T]
    found = (error_drift(name, moment, errors) for name, moment in known.items())
    return next((one for one in found if one is not None), None)


def drifting_columns(folder: TaskFolder, prediction: AnyArray) -> tuple[str, ...]:
    """Columns of which nothing is claimed, as drift explains what they seem to carry: those that only tell when a row
    was, where rows are in an order of time, or errors change along one that they lie in."""
    drift = drift_of(folder, prediction)
    found = () if drift is None else tuple(
        one.source or one.name for one in feature_columns(folder.table, folder.task.schema) if drift.explains(one)
    )  # fmt: skip
    told = folder.task.moments.union(found)
    return tuple(name for name in folder.table.names if name in told)
