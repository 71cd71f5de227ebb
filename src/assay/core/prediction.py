"""Stored predictions, and their conversion to a metric's input."""

import numpy as np

from assay.core.array import AnyArray, Bools
from assay.core.contract import Need
from assay.core.errors import DataError, Where
from assay.core.problem import Problem


def scored_rows(prediction: AnyArray) -> Bools:
    """(n,) rows with a stored prediction, without NaN."""
    missing = np.isnan(prediction)
    return np.asarray(~(missing if missing.ndim == 1 else missing.any(axis=1)))


def adapt_prediction(prediction: AnyArray, needs: Need, problem: Problem) -> AnyArray:
    """Stored predictions of scored rows as a metric needs them; labels by argmax, binary above 0.5.

    prediction: of the problem's form.
    Raises DataError for another shape, naming it, and for NaN, naming the first row: a label would hide it.
    """
    dimensions = 2 if problem.form == "probabilities" else 1
    if prediction.ndim != dimensions:
        form = "(rows, classes)" if dimensions == 2 else "(rows,)"
        raise DataError(f"Predictions of a {problem} task have the shape {form}, not {prediction.shape}.")
    if needs != "label":
        return prediction
    lost = np.flatnonzero(~scored_rows(prediction))
    if lost.size:
        row = int(lost[0])
        raise DataError(f"Row {row} has no prediction (NaN). Score only rows that have one.", where=Where(row=row))
    if problem.form == "probabilities":
        return np.asarray(prediction.argmax(axis=1))
    return (prediction > 0.5).astype(np.int64) if problem.form == "probability" else prediction
