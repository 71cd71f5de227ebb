"""The expected number of pairs of different rows that agree on a set of columns by chance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import Floats, Index
from assay.data.row_keys import RowKeys, pairs

ROWS, COLUMNS = 20_000, 20
"""Rows, one of each set of equal ones, and columns that are looked at."""
ENOUGH = 30
"""Least number of pairs for a share."""
ALONE = 0.5
"""Share of distinct cells from which a column nearly identifies rows."""
ALIKE = 0.9
"""Rank correlation from which two such columns are redundant."""
SUREST = 0.9
"""Share of agreeing pairs from which a column follows from the others, and is no evidence."""


@dataclass(frozen=True, slots=True, eq=False)
class ColumnCapacity:
    """How many different cells a column has places for, and its numbers where it measures something."""

    places: float
    numbers: Floats | None = None


def by_chance(
    keys: RowKeys, kept: tuple[int, ...], units: Index, rooms: Sequence[ColumnCapacity], rng: np.random.Generator
) -> float:
    """Pairs of rows that chance would have agree on all the kept columns.

    One row of each unit is looked at, so that no copy is among them. Of column j: so many pairs of these agree on all
    the others, and of pairs that agree on some others such a share agrees on j too, whatever depends on what. The most
    that a column gives counts, and the probability of agreement over columns that nearly identify rows.
    """
    n = len(units)
    rows = rng.permutation(np.unique(units, return_index=True)[1])[:ROWS]
    most = _of_places([rooms[j] for j in kept if _is_alone(keys, j, rows)], rows) * n**2 / 2.0
    for j in rng.permutation(np.array(kept))[:COLUMNS].tolist():
        others = [i for i in kept if i != j]
        near = max(pairs(keys.by(others, rows)), 1.0)
        share = min(_share(keys, j, others, rows, rng), SUREST)
        most = max(most, near * share / (1.0 - share) * (n / len(rows)) ** 2)
    return most


def _share(keys: RowKeys, j: int, others: list[int], rows: Index, rng: np.random.Generator) -> float:
    """Of the pairs that agree on a chance set of other columns, or on none, the largest share that agrees on j."""
    found = 0.0
    for size in sorted({0, 1, len(others) // 4, len(others) // 2, 3 * len(others) // 4}):
        given = rng.permutation(np.array(others, dtype=np.int64))[:size].tolist()
        wide = pairs(keys.by(given, rows)) if given else len(rows) * (len(rows) - 1) / 2.0
        if wide >= ENOUGH:
            found = max(found, pairs(keys.by([*given, j], rows)) / wide)
    return found


def _is_alone(keys: RowKeys, j: int, rows: Index) -> bool:
    return len(np.unique(keys.parts[j][rows])) >= ALONE * len(rows)


def _of_places(alone: Sequence[ColumnCapacity], rows: Index) -> float:
    """The probability that two rows agree in all columns that nearly identify rows; 0 without such.

    Measured columns count together where their order shows that one does not follow from the other; of others the one
    with most places counts, as they may be redundant (a code and its name).
    """
    if not alone:
        return 0.0
    measured = sorted((room for room in alone if room.numbers is not None), key=lambda room: -room.places)
    together, chosen = 1.0, list[Floats]()
    for room in measured[:COLUMNS]:
        assert room.numbers is not None
        ranks = np.argsort(np.argsort(room.numbers[rows])).astype(np.float64)
        closest = max((abs(float(np.corrcoef(ranks, other)[0, 1])) for other in chosen), default=0.0)
        if closest < ALIKE:
            together *= room.places * np.sqrt(1.0 - closest**2)
            chosen.append(ranks)
    return 1.0 / max(together, *(room.places for room in alone), 1.0)
