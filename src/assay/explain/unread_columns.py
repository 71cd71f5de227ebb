"""Columns that a model cannot depend on: whatever other cells stand in them, not one of its answers changes."""

import math
from collections.abc import Callable, Iterable

import numpy as np

from assay.core.array import AnyArray, Index
from assay.core.clock import Deadline
from assay.core.seed import Seeds
from assay.core.table import Table

FIRST, LATER = 200, 5_000
"""Rows in which each column is tried, then those that changed nothing: a column may matter in a few rows alone."""
WITH_TEXTS = 0.1
"""Share of these where there are texts, which take longest to be read."""
SHUFFLES = 2


def unread_columns(
    predict: Callable[[Table], AnyArray], table: Table, names: Iterable[str], *, seeds: Seeds, deadline: Deadline
) -> tuple[str, ...]:
    """Those of the columns whose cells can be exchanged among rows without any answer being another, to the last bit.

    predict: rows to answers, the same for the same rows. Cost: FIRST rows a column, and SHUFFLES · LATER for each that
    changes nothing in these. () where the deadline comes first.
    """
    left = tuple(names)
    share = WITH_TEXTS if table.text_names else 1.0
    for rows, shuffles in ((FIRST, 1), (LATER, SHUFFLES)):
        order = seeds.child("rows").rng().permutation(table.n_rows)[: max(2, int(share * rows))]
        if not left:
            return ()
        part, began = table.take(np.sort(order)), deadline.left
        answers = predict(part)
        took = 0.0 if math.isinf(began) else began - deadline.left
        moves = [seeds.child("shuffle", rows, k).rng().permutation(part.n_rows) for k in range(shuffles)]
        still = list[str]()
        for name in left:
            if deadline.left < shuffles * took:
                return ()
            still += [] if _matters(predict, part, name, answers, moves) else [name]
        left = tuple(still)
    return left


def _matters(
    predict: Callable[[Table], AnyArray], part: Table, name: str, answers: AnyArray, moves: Iterable[Index]
) -> bool:
    return any(not np.array_equal(predict(part.moved([name], rows)), answers, equal_nan=True) for rows in moves)
