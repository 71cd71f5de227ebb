"""ROC AUC of many predictions by one integer sort each."""

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Singles


def auc_many(values: Singles, positive: Bools) -> Floats:
    """The area under the ROC curve of each row of values, ties counted half.

    values: (b, n) float32 in [0, 2); positive: (n,). NaN where a class is absent.
    The label sits in the lowest bit of a value's bits shifted left: non-negative floats order like their bits, and
    below 2 the shift loses nothing. A plain sort of such keys is some ten times cheaper than an argsort and a gather.
    """
    keys = np.left_shift(np.ascontiguousarray(values, dtype=np.float32).view(np.uint32), 1)
    keys |= positive
    keys.sort(axis=1)
    n_positive = int(positive.sum())
    pairs = n_positive * (len(positive) - n_positive)
    if pairs == 0:
        return np.full(len(keys), np.nan)
    return np.array([_won(row) / pairs for row in keys])


def _won(keys: AnyArray) -> float:
    """Pairs of a positive and a negative in the right order. keys: sorted, so among ties the negatives come first."""
    label = (keys & 1).astype(bool)
    before = np.cumsum(~label, dtype=np.int64)
    won = float(before[label].sum())
    value = keys >> 1
    same = value[1:] == value[:-1]
    if np.any(same & label[1:] & ~label[:-1]):
        # a positive beat every negative tied with it; half of them are given back
        starts = np.flatnonzero(np.concatenate([[True], ~same]))
        n_positive = np.add.reduceat(label.astype(np.int64), starts)
        n_negative = np.diff(np.append(starts, len(keys))) - n_positive
        won -= 0.5 * float((n_positive * n_negative).sum())
    return won
