"""The question of a lab as its hints leave it."""

from dataclasses import replace

from assay.core.task import Task
from assay.journal.state import LabState
from assay.steering.steering_rules import SteeringRules


def with_standing_notices(task: Task, state: LabState) -> Task:
    """The task without the warnings and questions about columns that no recipe may read."""
    barred = SteeringRules.of(state.hints).columns
    if not barred:
        return task
    return replace(task, notices=tuple(notice for notice in task.notices if notice.column not in barred))


def as_steered(task: Task, state: LabState) -> Task:
    """The task as the next session searches it: columns that no recipe may read are left out, and by which hint."""
    hints = [hint for hint in state.hints if (hint.wish.kind, hint.wish.subject) == ("never", "column")]
    why = {name: f"left out by h{hint.number}" for hint in hints for name in hint.wish.names}
    columns = tuple(
        replace(column, kind="dropped", reason=why[column.name]) if column.is_feature and column.name in why else column
        for column in task.schema
    )
    return with_standing_notices(replace(task, schema=replace(task.schema, columns=columns)) if why else task, state)
