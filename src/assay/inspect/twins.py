"""Rows that repeat others, exactly or but for a cell or two."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import Index
from assay.core.inspection import Twins
from assay.core.seed import Seeds
from assay.data import fingerprint

if TYPE_CHECKING:
    import pandas as pd

SHARE = 0.9
"""Of the cells that two near twins have in common."""
_TRIES = 6
_LEAST_COLUMNS = 5


def twins_of(frame: "pd.DataFrame", names: Sequence[str], sample: Index, *, seeds: Seeds) -> Twins:
    """Exact twins among all rows, near ones among the sampled rows.

    Near twins are found by chance halves of the columns (locality-sensitive hashing; Indyk and Motwani, 1998): a pair
    with one cell apart is met in one of six tries with 98 %, one with two cells apart with 80 %. Each candidate pair is
    counted cell by cell, so that none is reported wrongly. Tables of under five columns have no near twins.
    """
    hashes = [fingerprint.column_hashes(frame[name]) for name in names]
    if not hashes:
        return Twins(repeated=0, near=0, looked_at=len(sample))
    _, first, sizes = np.unique(fingerprint.combined(hashes), return_index=True, return_counts=True)
    repeated = int(sizes[sizes > 1].sum())
    single = np.intersect1d(sample, first[sizes == 1])
    near = _near(np.column_stack([column[single] for column in hashes]), seeds) if len(names) >= _LEAST_COLUMNS else 0
    return Twins(repeated=repeated, near=near, looked_at=len(sample))


def _near(cells: np.ndarray[tuple[int, int], np.dtype[np.uint64]], seeds: Seeds) -> int:
    """Rows that share at least SHARE of their cells with another row."""
    n, width = cells.shape
    rng = seeds.child("near").rng()
    is_near = np.zeros(n, dtype=bool)
    for _ in range(_TRIES):
        half = rng.permutation(width)[: max(width // 2, 1)]
        key = fingerprint.combined([cells[:, j] for j in half])
        order = np.argsort(key, kind="stable")
        for step in (1, 2):  # neighbours in the bucket, and the next but one
            a, b = order[:-step], order[step:]
            same = key[a] == key[b]
            a, b = a[same], b[same]
            alike = (cells[a] == cells[b]).mean(axis=1) >= SHARE
            is_near[a[alike]] = is_near[b[alike]] = True
    return int(is_near.sum())
