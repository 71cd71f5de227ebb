"""Weights of any scale: only their ratios count."""

import numpy as np

from assay.core.array import Floats

_LEAST, _MOST = 1e-6, 1e6
"""Mean weights that are left as they are."""


def in_usual_scale(weight: Floats) -> Floats:
    """(n,) the weights, with a mean of 1 where theirs is so far from it that sums or limits of models would suffer."""
    if not len(weight) or not np.isfinite(weight).all() or not weight.max() > 0:
        return weight
    shares = weight / weight.max()  # a sum of very large ones has no float
    mean = float(shares.mean()) * float(weight.max())
    return weight if _LEAST <= mean <= _MOST else np.asarray(shares / shares.mean())
