"""The main job: a table and a question in, a lab with a model and its evidence out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Thread

import numpy as np

from assay.core.contract import Executor, LedgerRecord
from assay.core.event import Understood
from assay.core.face import Summary
from assay.data.options import TaskOptions
from assay.data.prepare import Prepared
from assay.data.read import RawTable, read_table
from assay.execute.inline import InlineExecutor
from assay.execute.local import LocalExecutor
from assay.execute.memory_budget import MemoryBudget
from assay.journal.journal import Journal
from assay.journal.labs import is_lab, known_task
from assay.journal.source_stamp import Stamp
from assay.journal.state import LabState, replay
from assay.lab.lab_folder import is_nothing_left, lab_path, open_folder, open_ledger
from assay.lab.preload import PRELOAD
from assay.lab.run_context import RunContext
from assay.lab.run_session import work
from assay.ledger.sqlite import SqliteLedger
from assay.metrics.choose_metric import find
from assay.models import registry as models
from assay.pipeline.machine import cores, free_memory, give_memory_back
from assay.pipeline.store import TaskFolder
from assay.search.memory_needs import MemoryNeeds
from assay.search.settings import FitSettings
from assay.search.suspicious_columns import as_answered, suspicions_of, with_answers, without
from assay.search.task_setup import check_asked, understand
from assay.search.validation_rows import check_alone, reads_another_file, with_own_rows
from assay.search.worker_jobs import run
from assay.ship.file_digests import is_lacking, record_rows, record_shipped, restore
from assay.vault.shared_key import paying
from assay.vault.vault import VaultOptions, vault_at
from assay.views.brief_file import write_brief
from assay.views.open_lab import OpenLab
from assay.views.summary import summary

RUN = "assay.search.worker_jobs:run"


def fit(source: object, options: TaskOptions, settings: FitSettings, *, context: RunContext | None = None) -> Summary:
    """Run the main job and hand back its summary; the lab is written, the model saved.

    source: whatever data.read understands. The clock starts at context.started (process start for the command) or now.
    The same call again continues the lab; with nothing left to do it hands back the summary at once.
    Raises AssayError of the kind that fits; a lab begun stays sound whatever happens.
    """
    context = context or RunContext()
    settings = settings.allowed(models)
    check_asked(options, settings)
    check_alone(options, settings)
    if settings.twin:
        from assay.lab.twin import fit_twins  # which calls this for each of its searches

        return fit_twins(source, options, settings, context=context)
    started = context.clock.now() if context.started is None else context.started
    stamp = (
        None if context.metric is not None or reads_another_file(options) else Stamp.of(source, options)
    )  # a function has no text to compare
    done = None if stamp is None else _done_already(stamp, settings, write_brief=context.write_brief)
    if done is not None:
        return done
    executor = _executor(settings, inline=context.inline)
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


def _opened(source: object, options: TaskOptions, settings: FitSettings, context: RunContext) -> _Opened:
    """Read, understand, and write the rows where workers find them: what was read ends with this call, and is no
    burden to the search.
    """
    raw = source if isinstance(source, RawTable) else _read(source, options)
    raw, options = with_own_rows(raw, options, settings)
    path = lab_path(raw.name, settings)
    known = None if settings.force else known_task(path)
    asked = VaultOptions(share=settings.vault, key=settings.vault_key, side=context.side)
    raw, vault = vault_at(path, raw, options, asked, begun=known is not None)
    options = as_answered(options, known)
    prepared = understand(raw, options, settings, metric=context.metric, known=known)
    if context.decide is not None and known is None:
        prepared, waited = _decided(prepared, raw, options, settings, context)
        context = replace(
            context, started=(context.started or 0.0) + waited
        )  # a person's time to answer is not the search's
    if vault is not None and settings.vault_key is not None and known is None:
        record = paying(vault.record, prepared.task, key=settings.vault_key, side=context.side)
        vault = replace(vault, record=record)
    ledger = open_ledger(path, force=settings.force)
    try:
        recorded = ledger.records()
        if vault is not None and not recorded:
            vault.key.write(path)
        folder = open_folder(path, prepared, recorded, stamp=context.stamp)
    except BaseException:
        ledger.close()
        raise
    return _Opened(folder, ledger, recorded, replace(context, vault=vault), raw.seconds)


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
    again = understand(raw, without(options, columns), settings, metric=context.metric)
    return with_answers(again, suspicions, columns), waited


def _done_already(stamp: Stamp, settings: FitSettings, *, write_brief: bool) -> Summary | None:
    """The summary of a lab made from exactly this file and question, if its budget allows nothing more."""
    path = lab_path(stamp.path, settings)
    if settings.force or not is_lab(path) or not stamp.is_of(path):
        return None
    lab = OpenLab.open(path)
    try:
        is_whole = (lab.has_brief or not write_brief) and not is_lacking(path, lab.state.shipped)
        return summary(lab) if is_whole and is_nothing_left(lab.state, settings) else None
    finally:
        lab.close()


def _read(source: object, options: TaskOptions) -> RawTable:
    return read_table(source, sheet=options.sheet, query=options.query, raw=options.raw)


def _executor(settings: FitSettings, *, inline: bool) -> Executor:
    if inline:
        return InlineExecutor(run)
    return LocalExecutor(
        RUN, workers=settings.jobs or cores(), preload=PRELOAD, memory_bytes=settings.memory_bytes,
        memory_budget=MemoryBudget(needs=MemoryNeeds(), free=free_memory),
    )  # fmt: skip


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
            _announce_start(context, folder, state, is_new=is_new, read_seconds=opened.read_seconds)
            answered = work(folder, journal, settings, executor=executor, context=context)
            # beside the brief: workers may need some tenths of a second to end, and `fit` would return so much later
            Thread(target=executor.close, kwargs={"now": True}, daemon=True, name="assay-closing").start()
        restore(journal, folder)
        record_shipped(journal, folder)
        lab = OpenLab(folder.path, ledger, replay(ledger.records()), context.metric, answered=answered)
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


def _announce_start(
    context: RunContext, folder: TaskFolder, state: LabState, *, is_new: bool, read_seconds: float
) -> None:
    task, target = folder.task, folder.target
    metric = find(context.metric if context.metric is not None else task.metric, task.problem)
    counts = np.bincount(target.values, minlength=target.n_classes) if target.is_class else ()
    context.listener(
        Understood(
            task=task, lab=folder.path.name, is_new=is_new,
            continued_at=None if is_new else state.next_number, read_seconds=read_seconds,
            class_rows=tuple(int(count) for count in counts), metric_title=metric.title,
            set_aside=0 if context.vault is None else context.vault.record.rows,
        )
    )  # fmt: skip
