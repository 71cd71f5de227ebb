"""Losses and residuals of stored predictions, row by row."""

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.errors import DataError


def holds_classes(y: AnyArray) -> bool:
    """Whether a target, (n,), holds class codes, which are integers, and not numbers, which are floats."""
    return np.asarray(y).dtype.kind in "iub"


def row_losses(prediction: AnyArray, y: AnyArray) -> Floats:
    """(n,) loss of each row, NaN where it was never scored: of classes the Brier score, (p - y)² of two and half of
    Σ (p - y)² of more, in [0, 1]; of numbers the absolute error, in their unit.

    Brier and not log loss: a few rows with p near 0 would be all that a mean of logarithms shows.
    """
    residuals = row_residuals(prediction, y)
    if not holds_classes(y):
        return np.abs(residuals)
    return residuals**2 if residuals.ndim == 1 else np.asarray((residuals**2).sum(axis=1) / 2)


def row_residuals(prediction: AnyArray, y: AnyArray) -> Floats:
    """y less its prediction: (n,) of numbers and two classes, (n, k) of k classes (indicators less probabilities).

    DataError where there is not one prediction a row.
    """
    if len(prediction) != len(y):
        raise DataError(f"There are {len(prediction):,} predictions for {len(y):,} rows.")
    stored = np.asarray(prediction, dtype=np.float64)
    if stored.ndim == 2 and holds_classes(y):
        truth: Floats = np.eye(stored.shape[1])[np.asarray(y, dtype=np.int64)]
        return truth - stored
    return np.asarray(y, dtype=np.float64) - stored
