"""Steering a lab from outside: a message into its inbox, and the answer, whether or not a session is running."""

import time
from pathlib import Path
from typing import Any

from assay.core.clock import Deadline
from assay.core.contract import AnyMetric
from assay.core.errors import LabError, StorageError, UsageError
from assay.core.recipe import canonical
from assay.journal.journal import Journal
from assay.journal.replayed_state import replay
from assay.journal.steering_records import MessageKind, MessageRecord
from assay.lab.lab_folder import open_ledger, refuse_broken
from assay.lab.run_context import RunContext
from assay.lab.sent_message import SentMessage, sent_of
from assay.lab.steered import intake_of
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.metrics import registry as metrics
from assay.pipeline.store import TaskFolder
from assay.report.brief_names import is_written
from assay.ship.snapshot_folder import forget_snapshot
from assay.steering.inbox import Inbox, new_id, now_text
from assay.views.brief_file import write_brief
from assay.views.open_lab import LabSnapshot

WAIT_SECONDS, LOOKS_A_SECOND = 3.0, 8.0
"""How long a running session is waited for: it looks ten times a second, but judges an experiment in between."""


def send(path: Path, kind: MessageKind, *, metric: AnyMetric | None = None, **content: Any) -> SentMessage:
    """Put a message into the inbox of the lab at a path, and wait a moment for its answer.

    content: text, wishes, number or recipe of a MessageRecord; metric: the function that a lab is judged by. Where a
    session is running it takes the message; else this process holds the lab for a moment and does. Raises StorageError
    where the folder cannot be written, LabError where there is no lab or its ledger is broken.
    """
    try:
        canonical(content.get("recipe", {}))
    except (ValueError, TypeError) as error:
        do = ("assay show LAB NUMBER --recipe  (prints one)",)
        raise UsageError(f"The recipe is no JSON: {error}.", do=do) from error
    message = MessageRecord(id=new_id(), kind=kind, at=now_text(), **content)
    Inbox(path).put(message)
    end = Deadline.after(WAIT_SECONDS)
    while True:
        try:
            ledger = open_ledger(path, force=False)
        except LabError:  # another process holds it: a session, or another message
            sent = _answered(path, message)
            if sent.answer is not None or end.is_over:
                return sent
            time.sleep(1.0 / LOOKS_A_SECOND)
            continue
        except StorageError:  # so the message is not sent: said to have failed, it must not act later
            Inbox(path).done(message.id)
            raise
        try:
            return _taken(path, message, ledger, metric)
        finally:
            ledger.close()


def _taken(path: Path, message: MessageRecord, ledger: SqliteLedger, metric: AnyMetric | None) -> SentMessage:
    recorded = ledger.records()
    try:
        refuse_broken(path, recorded)
    except LabError:
        Inbox(path).done(message.id)
        raise
    context, folder = RunContext(), TaskFolder(path)
    journal = Journal.start(ledger, replay(recorded), context.clock, started=context.clock.now())
    intake = intake_of(folder, journal)
    intake.when = lambda: "acts at the next session"
    void = set(journal.state.steering.void)
    while message.id not in journal.state.steering.answers and not intake.inbox.is_empty():
        intake.turn()
    if set(journal.state.steering.void) - void:  # of which it may be made
        forget_snapshot(path)
    is_known = metric is not None or folder.task.metric in metrics
    if is_written(path) and is_known:  # it shows the hints
        write_brief(LabSnapshot(path, ledger, replay(ledger.records()), metric))
    return sent_of(message, journal.state, is_running=False)


def _answered(path: Path, message: MessageRecord) -> SentMessage:
    ledger = SqliteLedger.open(path, create=False, write=False)
    try:
        return sent_of(message, replay(ledger.records()), is_running=True)
    finally:
        ledger.close()
