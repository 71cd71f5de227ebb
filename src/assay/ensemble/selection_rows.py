"""The sample of rows that a blend is selected on, with rare classes kept."""

import numpy as np

from assay.core.array import Index
from assay.core.seed import Seeds
from assay.core.target import Target

MOST_ROWS = 10_000


def selection_rows(scored: Index, target: Target, seeds: Seeds) -> tuple[Index, Target]:
    """At most MOST_ROWS of the scored rows, in order, and their target.

    Rare classes are oversampled, so that one row in a thousand is more than ten of ten thousand; each row is weighted
    by the inverse of its sampling share, which keeps the metric that of all rows.
    """
    if len(scored) <= MOST_ROWS:
        return scored, target.take(scored)
    values = target.values[scored] if target.is_class else np.zeros(len(scored), dtype=np.int32)
    counts = np.bincount(values, minlength=max(1, target.n_classes))
    taken = _room(counts)
    order = seeds.rng().permutation(len(scored))
    chosen = np.sort(np.concatenate([order[values[order] == c][:k] for c, k in enumerate(taken)]))
    rows = scored[chosen]
    stands_for = (counts / np.maximum(taken, 1))[values[chosen]]
    given = target.weight
    weight = stands_for if given is None else stands_for * given[rows]
    if given is None and len(counts) == 1:
        return rows, target.take(rows)
    return rows, Target(target.values[rows], target.n_classes, weight)


def _room(counts: Index) -> Index:
    """(k,) rows to take of each class: half of the room by share, half equally, never more than there are."""
    present = counts > 0
    wanted = MOST_ROWS * (0.5 * counts / counts.sum() + 0.5 * present / present.sum())
    return np.asarray(np.minimum(counts, np.floor(wanted)), dtype=np.int64)
