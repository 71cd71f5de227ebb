"""A session that waits for a person: for a message from anywhere, or for what somebody types who was asked."""

import shlex
import threading
from dataclasses import dataclass
from typing import Literal

from assay.journal.find_labs import short_name, shown_path
from assay.journal.steering_records import MessageRecord, PausedRecord
from assay.lab.person import Person
from assay.lab.run_context import RunContext
from assay.lab.sent_message import sent_of
from assay.steering.inbox import new_id, now_text
from assay.steering.message_intake import Intake, turns_of

LOOKS_A_SECOND = 5.0
BY_HAND, BY_PLATEAU = "paused by hand", "nothing is gained any more"


@dataclass
class Asking:
    """A question to a person, whose answer takes the way of every message: recorded, then acted on, then answered."""

    person: Person
    intake: Intake
    _sent: MessageRecord | None = None

    @property
    def _lab(self) -> str:
        return shlex.quote(short_name(shown_path(self.intake.inbox.lab)))

    def ask(self) -> None:
        self.person.ask(self._lab)

    def turn(self) -> tuple[str, ...]:
        """Put what was typed into the inbox, take what lies there, and tell the person what became of the answer.

        Returns the orders; a hint that is followed is one to go on, another is asked for where it is not.
        """
        typed = self.person.answer() if self._sent is None else None
        if typed is not None:
            self._sent = MessageRecord(id=new_id(), kind=typed.kind, at=now_text(), text=typed.text)
            self.intake.inbox.put(self._sent)
        orders = tuple(turns_of(self.intake.turn()))
        state, sent = self.intake.state, self._sent
        if sent is None or sent.id not in state.steering.answers:
            return orders
        self._sent = None
        self.person.hear(sent_of(sent, state, is_running=True), self._lab)
        if sent.kind != "say":
            return orders
        if state.steering.answers[sent.id].ended == "acted on":
            return orders or ("resume",)
        self.ask()
        return orders


def wait_for_order(intake: Intake, context: RunContext, *, why: str = BY_HAND) -> Literal["resume", "stop"]:
    """Wait, with the lab held, until it goes on or stops: by a message, by the answer of a person who is asked at a
    plateau, by a signal, or because the session's time is over.

    Hints that come meanwhile are recorded, and act on what follows.
    """
    journal, pulse = intake.journal, threading.Event()
    journal.write("paused", PausedRecord(why=why), durable=True)
    journal.pause()
    intake.is_running, intake.when = True, lambda: "acts when the session goes on"
    asking = Asking(context.person, intake) if context.person is not None and why == BY_PLATEAU else None
    if asking is not None:
        asking.ask()
    try:
        while True:
            orders = tuple(turns_of(intake.turn())) if asking is None else asking.turn()
            is_late = context.limits.is_by_clock and context.limits.until.is_over
            if "stop" in orders or context.interrupt.is_set() or is_late:
                return "stop"
            if "resume" in orders:
                return "resume"
            pulse.wait(1.0 / LOOKS_A_SECOND)
    finally:
        intake.is_running = False
        journal.go_on()
