"""What researchers are told of a lab beside its history: its columns, how long nothing was kept, what is a finding."""

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


def findings(state: LabState) -> tuple[str, ...]:
    """The changes that the last opening of the vault let claim, as "#12, lightgbm + ratios, over #5"; no figures."""
    return tuple(
        f"#{number}, {state.entries[number].experiment.what}" + ("" if over is None else f", over #{over}")
        for number, over in state.claimed
        if number in state.entries
    )
