"""How a session listens: the inbox of its lab, what its answers say of time left, and waiting while it is paused."""

import math
import threading
from dataclasses import dataclass
from typing import Literal

from assay.core.hint import Understanding
from assay.journal.journal import Journal
from assay.journal.steering_records import PausedRecord
from assay.lab.run_context import RunContext
from assay.pipeline.store import TaskFolder
from assay.report.phrases import clock_text, plural
from assay.research.moves import catalogue
from assay.search.session import Session
from assay.steering.inbox import Inbox
from assay.steering.message_intake import Intake, turns_of
from assay.steering.registered_names import vocabulary_of
from assay.steering.words.parser import parse

LOOKS_A_SECOND = 5.0
BY_HAND, BY_PLATEAU = "paused by hand", "nothing is gained any more"


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
    others = tuple(c.name for c in folder.task.schema if c.name not in columns and c.name != folder.task.target)
    return Intake(journal, Inbox(folder.path), columns, understood, others)


def when_text(session: Session) -> str:
    """When a hint acts, and what is left."""
    budget, acts = session.settings.budget, "acts on the next proposal"
    if budget.experiments is not None:
        return f"{acts}; {plural(max(budget.experiments - session.state.proposed, 0), 'experiment')} left"
    return acts if math.isinf(session.deadline.left) else f"{acts}; {clock_text(session.deadline.left)} left"


def wait_for_order(intake: Intake, context: RunContext, *, why: str = BY_HAND) -> Literal["resume", "stop"]:
    """Wait, with the lab held, until a message says that it goes on or stops, or the session's time is over.

    Hints that come meanwhile are recorded, and act on what follows.
    """
    journal, pulse = intake.journal, threading.Event()
    journal.write("paused", PausedRecord(why=why), durable=True)
    journal.pause()
    intake.is_running = True
    try:
        while True:
            orders = set(turns_of(intake.turn()))
            is_late = context.limits.is_by_clock and context.limits.until.is_over
            if "stop" in orders or context.interrupt.is_set() or is_late:
                return "stop"
            if "resume" in orders:
                return "resume"
            pulse.wait(1.0 / LOOKS_A_SECOND)
    finally:
        intake.is_running = False
        journal.go_on()
