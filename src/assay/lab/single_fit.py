"""One search from its source to its summary: the rows read and stored, the session worked, the brief written."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Thread

from assay.core.contract import LedgerRecord, Metric
from assay.core.event import Noted, Understood
from assay.core.job import Executor
from assay.core.task import Notice
from assay.core.views import Summary
from assay.data import unlabelled_rows
from assay.data.options import TaskOptions
from assay.data.prepare import Prepared
from assay.data.read import RawTable
from assay.inspect.order_in_time import as_begun, with_order
from assay.journal.find_labs import is_lab, known_task
from assay.journal.journal import Journal
from assay.journal.replayed_state import replay
from assay.journal.source_stamp import Stamp
from assay.journal.state import LabState
from assay.lab.lab_folder import is_nothing_left, lab_path, open_folder, open_ledger, refuse_broken
from assay.lab.run_context import RunContext
from assay.lab.run_session import work
from assay.lab.workers import executor_of
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.pipeline.machine import give_memory_back
from assay.pipeline.store import TaskFolder
from assay.search.settings import FitSettings
from assay.search.suspicious_columns import as_answered, suspicions_of, with_answers, without
from assay.search.task_setup import read_source, understand
from assay.search.validation_rows import reads_another_file, with_own_rows
from assay.ship.file_digests import is_lacking, record_rows, record_shipped, restore
from assay.vault.key import restrict
from assay.vault.sealed_rows import keep_rows
from assay.vault.vault import vault_at
from assay.views.brief_file import write_brief
from assay.views.open_lab import LabSnapshot
from assay.views.steered_task import as_steered
from assay.views.summary import summary

WAS_OPEN = Notice(
    code="vault/was-readable",
    message="others than its owner could read what is sealed (its modes were lost, as by a copy); they no longer can",
)


def fit_once(source: object, options: TaskOptions, settings: FitSettings, *, context: RunContext) -> Summary:
    """See fit.fit: one search, in one lab. Options and settings were checked."""
    started = context.clock.now() if context.started is None else context.started
    stamp = None if reads_another_file(options) else Stamp.of(source, options)
    must_read = stamp is None or unlabelled_rows.reads_another_file(options)
    done = None if must_read or stamp is None else _done_already(stamp, settings, write_brief=context.write_brief)
    if done is not None:
        return done
    executor = executor_of(settings, inline=context.inline)
    try:
        opened = _opened(source, options, settings, replace(context, started=started, stamp=stamp))
        give_memory_back()  # of the table as it was read, which lies in the lab's folder now
        return _search(opened, settings, executor=executor)
    finally:
        executor.close(now=True)


@dataclass(frozen=True, slots=True, eq=False)
class _Opened:
    """A lab that is held and has its rows; recorded: its ledger so far; read_seconds: that reading the source took."""

    folder: TaskFolder
    ledger: SqliteLedger
    recorded: Sequence[LedgerRecord]
    context: RunContext
    read_seconds: float
    metric: Metric


def _opened(source: object, options: TaskOptions, settings: FitSettings, context: RunContext) -> _Opened:
    """Read, understand, and write the rows where workers find them: what was read ends with this call, and is no
    burden to the search.
    """
    raw = read_source(source, options)
    raw, options = with_own_rows(raw, options, settings)
    path = lab_path(raw.name, settings)
    known = None if settings.force else known_task(path)
    options = with_order(raw, options) if known is None else as_begun(options, known)
    raw, vault = vault_at(path, raw, options, settings.vault, begun=known is not None)
    options = as_answered(options, known)
    prepared = understand(raw, options, settings, known=known)
    if context.decide is not None and known is None:
        prepared, waited = _decided(prepared, raw, options, settings, context)
        began = (context.started or 0.0) + waited  # a person's time to answer is not the search's
        context = replace(context, started=began)
    ledger = open_ledger(path, force=settings.force)
    try:
        recorded = ledger.records()
        refuse_broken(path, recorded)
        if vault is not None and not recorded:
            vault.key.write(path)
        folder = open_folder(path, prepared, recorded, stamp=context.stamp)
        if vault is not None:
            keep_rows(path, folder.task, vault)
    except BaseException:
        ledger.close()
        raise
    return _Opened(folder, ledger, recorded, replace(context, vault=vault), raw.seconds, prepared.judged_by)


def _decided(
    prepared: Prepared, raw: RawTable, options: TaskOptions, settings: FitSettings, context: RunContext
) -> tuple[Prepared, float]:
    """(the question without what a person leaves out, seconds that the answers took)"""
    suspicions, began = suspicions_of(prepared.task), context.clock.now()
    if not suspicions or context.decide is None:
        return prepared, 0.0
    columns = context.decide(suspicions)
    waited = context.clock.now() - began
    if not columns:
        return prepared, waited
    again = understand(raw, without(options, columns), settings)
    return with_answers(again, suspicions, columns), waited


def _done_already(stamp: Stamp, settings: FitSettings, *, write_brief: bool) -> Summary | None:
    """The summary of a lab made from exactly this file and question, if its budget allows nothing more."""
    path = lab_path(stamp.path, settings)
    if settings.force or not is_lab(path) or not stamp.is_of(path):
        return None
    lab = LabSnapshot.open(path)
    try:
        refuse_broken(path, lab.ledger.records())
        is_whole = (lab.has_brief or not write_brief) and not is_lacking(path, lab.state.shipped)
        return summary(lab) if is_whole and is_nothing_left(lab.state, settings) else None
    finally:
        lab.close()


def _search(opened: _Opened, settings: FitSettings, *, executor: Executor) -> Summary:
    folder, ledger, context = opened.folder, opened.ledger, opened.context
    try:
        state = replay(opened.recorded)
        began = context.clock.now() if context.started is None else context.started
        journal = Journal.start(ledger, state, context.clock, started=began)
        is_new = state.last_record == 0
        _begin(journal, folder, context)
        if context.stamp is not None:
            context.stamp.write(folder.path)
        is_worked_on, answered = not is_nothing_left(state, settings), None
        if is_worked_on:
            _announce_start(opened, state, is_new=is_new)
            if context.vault is not None and restrict(folder.path):
                context.listener(Noted(elapsed_seconds=journal.seconds, notice=WAS_OPEN))
            answered = work(folder, journal, settings, executor=executor, metric=opened.metric, context=context)
            # beside the brief: workers may need some tenths of a second to end, and `fit` would return so much later
            Thread(target=executor.close, kwargs={"now": True}, daemon=True, name="assay-closing").start()
        restore(journal, folder)
        record_shipped(journal, folder)
        lab = LabSnapshot(folder.path, ledger, replay(ledger.records()), opened.metric, answered=answered)
        if context.write_brief and not lab.has_brief:
            write_brief(lab)
        return summary(lab)
    finally:
        ledger.close()


def _begin(journal: Journal, folder: TaskFolder, context: RunContext) -> None:
    """Record what a lab begins with, or what of it is lacking where a process was killed before any work began."""
    if journal.state.session is not None:
        return
    if journal.state.last_record == 0:
        journal.write("task", folder.task, durable=True)
    record_rows(journal, folder)
    if context.vault is not None and journal.state.vault is None:
        journal.write("vault", context.vault.record, durable=True)
    for one in context.first:
        if one.number not in journal.state.entries:
            journal.write("asked", one, experiment=one.number)


def _announce_start(opened: _Opened, state: LabState, *, is_new: bool) -> None:
    context, task, target = opened.context, opened.folder.task, opened.folder.target
    context.listener(
        Understood(
            task=as_steered(task, state), lab=opened.folder.path.name, is_new=is_new,
            continued_at=None if is_new else state.next_number, read_seconds=opened.read_seconds,
            class_rows=target.class_rows, metric_title=opened.metric.title,
            set_aside=0 if context.vault is None else context.vault.record.rows,
        )
    )  # fmt: skip
