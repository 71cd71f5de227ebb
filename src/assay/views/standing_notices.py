"""A task with what is still worth saying of its table: nothing of columns that a person barred."""

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
