"""Predictions with one input column shuffled at a time, for permutation importance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from assay.core.array import AnyArray, Index
from assay.core.clock import Deadline
from assay.core.contract import Seeds, Table

MOST_ROWS = 4000
"""Rows used in all: enough for an interval of a hundredth of the score, cheap for every column."""
USED = 0.7
"""Share of the time that is planned for, by a timing run."""
FEWEST_ROWS = 100
"""Least rows of one fold, below which an interval says nothing."""


class Answering(Protocol):
    """What answers raw rows in stored form: a fitted recipe, or a blend of some."""

    def predict(self, table: Table) -> AnyArray: ...


@dataclass(frozen=True, slots=True, eq=False)
class ShuffledPredictions:
    """predictions: (1 + n_columns, n_rows[, k]), unshuffled first; rows: (n_rows,) positions; columns: their names."""

    predictions: AnyArray
    rows: Index
    columns: tuple[str, ...]


def columns_of(table: Table) -> tuple[tuple[str, str], ...]:
    """(block, name) of every input column of a raw table."""
    return tuple((kind, name) for kind, block in table.cells.items() for name in block.names)


def _chosen_rows(
    table: Table, members: Sequence[Answering], folds: Sequence[Index], *, deadline: Deadline, seeds: Seeds
) -> list[Index]:
    """Rows of each fold: as many as allow every column before the deadline, by a timing run."""
    rng = seeds.rng()
    shuffled = [rng.permutation(fold) for fold in folds]
    most = max(1, MOST_ROWS // max(1, len(folds)))
    if deadline.at < float("inf") and most > FEWEST_ROWS:
        answers = (1 + len(columns_of(table))) * len(folds)
        fixed, each = _seconds(members[0], table, shuffled[0], most, deadline)
        affordable = (USED * deadline.left / answers - fixed) / max(each, 1e-9)
        most = int(min(max(affordable, FEWEST_ROWS), most))
    return [np.sort(rows[:most]) for rows in shuffled]


def _seconds(member: Answering, table: Table, rows: Index, most: int, deadline: Deadline) -> tuple[float, float]:
    """Fixed cost of a call and cost per row, from a small and a larger call after a warm-up. A call of few rows is
    nearly all overhead."""
    few, more = table.take(rows[:FEWEST_ROWS]), table.take(rows[: max(most // 2, FEWEST_ROWS + 1)])
    member.predict(few)
    began = deadline.left
    member.predict(few)
    between = deadline.left
    member.predict(more)
    small, large = began - between, between - deadline.left
    each = max(large - small, 0.0) / max(more.n_rows - few.n_rows, 1)
    return max(small - few.n_rows * each, 0.0), each


def shuffled_predictions(
    table: Table, members: Sequence[Answering], folds: Sequence[Index], *, deadline: Deadline, seeds: Seeds
) -> ShuffledPredictions:
    """Predict each fold's held-out rows by that fold's model, unshuffled and with each column shuffled within the fold.

    At most MOST_ROWS rows; columns not reached before the deadline are left out.
    """
    rows = _chosen_rows(table, members, folds, deadline=deadline, seeds=seeds)
    parts = [table.take(chosen) for chosen in rows]
    plain = [member.predict(part) for member, part in zip(members, parts, strict=True)]
    done, names = [np.concatenate(plain)], []
    for block, name in columns_of(table):
        if deadline.is_over:
            break
        answers: list[AnyArray] = []
        for member, part in zip(members, parts, strict=True):
            order = seeds.child(block, name, len(answers)).rng().permutation(part.n_rows)
            answers.append(member.predict(part.moved((name,), order)))
        done.append(np.concatenate(answers))
        names.append(name)
    return ShuffledPredictions(np.stack(done), np.concatenate(rows), tuple(names))
