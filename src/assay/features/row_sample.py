"""Rows that a step learns from, where all would take too long."""

import numpy as np

from assay.core.array import Index
from assay.core.seed import Seeds


def sampled_rows(n_rows: int, at_most: int, seeds: Seeds) -> Index:
    """At most so many row positions, in order."""
    if n_rows <= at_most:
        return np.arange(n_rows)
    return np.sort(seeds.rng().choice(n_rows, at_most, replace=False))
