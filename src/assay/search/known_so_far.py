"""What researchers are told of a lab beside its history: its columns, how long nothing was kept, what is a finding."""

import math

from assay.core.contract import ColumnCard
from assay.core.schema import LEVELLED
from assay.core.task import Task
from assay.journal.state import LabState


def columns_of(task: Task) -> tuple[ColumnCard, ...]:
    """The features of a task by its schema, made of the rows that are searched; nothing of the target."""
    rows = max(task.n_rows, 1)
    return tuple(
        ColumnCard(
            name=column.name, kind=column.kind, levels=column.n_levels if column.kind in LEVELLED else 0,
            missing=min(column.missing / rows, 1.0),
        )
        for column in task.schema.features
    )  # fmt: skip


def since_keep(state: LabState) -> int:
    """Experiments proposed after the champion; all, where there is none."""
    return state.index.last_number - (state.champion or 0)


LAST_SHARE, LEAST_LAST = 0.05, 2
"""The part of a search that counts as its end: of its experiments, so many at least, or of its time."""


def until_ending(state: LabState, *, budget: int) -> int:
    """Experiments until the end of a search begins that has so many in all; 0 or less where it has begun."""
    return budget - state.proposed - max(LEAST_LAST, math.ceil(LAST_SHARE * budget))


def is_ending(state: LabState, *, budget: int | None, seconds_left: float | None) -> bool:
    """Whether a search is near its end, by the number of experiments where that is limited (an exact run reads no
    clock), and by its time."""
    if budget is not None and until_ending(state, budget=budget) <= 0:
        return True
    if seconds_left is None or math.isinf(seconds_left):
        return False
    return seconds_left <= LAST_SHARE * (state.seconds + seconds_left)


def findings(state: LabState) -> tuple[str, ...]:
    """The changes that the last opening of the vault let claim, as "#12, lightgbm + ratios, over #5"; no figures."""
    return tuple(
        f"#{number}, {state.entries[number].experiment.what}" + ("" if over is None else f", over #{over}")
        for number, over in state.claimed
        if number in state.entries
    )
