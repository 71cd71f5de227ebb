"""Columns that count terms: a text as its words, a basket as its goods, one column each. Told from the cells alone."""

import numpy as np

from assay.core.array import Singles

FEWEST = 50
"""Columns of counts from which rows are read as a text is."""
NONE, FEW, MORE = 0.6, 3.0, 0.05
"""Share of a column's cells that are 0, at least; mean of the others, at most (pixels and amounts are larger); share of
the columns in which a cell is above 1, at least (columns of yes and no are none).
"""


def count_columns(numeric: Singles, names: tuple[str, ...]) -> tuple[str, ...]:
    """Of numeric columns (n, d), those that count terms; () where there are fewer than FEWEST."""
    if len(names) < FEWEST or not len(numeric):
        return ()
    with np.errstate(invalid="ignore"):
        is_whole = ((numeric >= 0) & (numeric == np.floor(numeric))).all(axis=0)
        there = (numeric > 0).sum(axis=0)
        is_rare = (there > 0) & (there <= (1.0 - NONE) * len(numeric))
        is_few = numeric.sum(axis=0, dtype=np.float64) <= FEW * there
    kept = np.flatnonzero(is_whole & is_rare & is_few)
    if len(kept) < FEWEST or float((numeric[:, kept] > 1).any(axis=0).mean()) < MORE:
        return ()
    return tuple(names[k] for k in kept.tolist())
