"""How a session listens: the inbox of its lab, and what its answers say of time left."""

import math
from dataclasses import dataclass

from assay.core.hint import Understanding
from assay.core.task import Task
from assay.journal.journal import Journal
from assay.lab.trusted_code import trusted_here
from assay.pipeline.store import TaskFolder
from assay.report.phrases import clock_text, plural
from assay.research.moves import catalogue
from assay.search.session import Session
from assay.steering.code_intake import CodeIntake
from assay.steering.inbox import Inbox
from assay.steering.message_intake import Intake
from assay.steering.registered_names import vocabulary_of
from assay.steering.words.parser import parse


@dataclass(frozen=True, slots=True)
class Already:
    """An interrupt that was set before: the session ends as soon as it begins, with a model."""

    def is_set(self) -> bool:
        return True


ALREADY = Already()


def intake_of(folder: TaskFolder, journal: Journal) -> Intake:
    """What takes the messages of a lab that this process holds."""

    def understood(text: str) -> Understanding:
        task, state = folder.task, journal.state
        moves = {move.name: move.traits.what for move in catalogue()}
        known = vocabulary_of(task.schema, task.problem, moves=moves, experiments=len(state.entries))
        return parse(text, known)

    columns = tuple(column.name for column in folder.task.schema.features)
    others = tuple(c.name for c in folder.task.schema if not c.is_feature and c.name != folder.task.target)
    code = CodeIntake(journal, folder.data, trusted_here)
    return Intake(
        journal,
        Inbox(folder.path),
        columns,
        understood,
        code,
        others,
        has_levels(folder.task),
        folder.split.n_folds,
    )


def has_levels(task: Task) -> bool:
    """Whether out-of-fold predictions are a fair input of a second level: not in order of time, nor of one holdout."""
    return task.split_kind != "time" and task.n_folds > 2


def when_text(session: Session) -> str:
    """When a hint acts, and what is left."""
    budget, acts = session.settings.budget, "acts on the next proposal"
    if budget.experiments is not None:
        return f"{acts}; {plural(max(budget.experiments - session.state.proposed, 0), 'experiment')} left"
    return acts if math.isinf(session.deadline.left) else f"{acts}; {clock_text(session.deadline.left)} left"
