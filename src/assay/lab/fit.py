"""The main job: a table and a question in, a lab with a model and its evidence out."""

import importlib
import os
import platform
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from assay.core.clock import Clock, Deadline, SystemClock
from assay.core.contract import Executor, LedgerRecord
from assay.core.event import Event, Finishing, Noted, Understood
from assay.core.experiment import Experiment
from assay.core.face import Summary
from assay.data.options import TaskOptions
from assay.data.prepare import Prepared
from assay.data.read import RawTable, read_table
from assay.ensemble.candidate import BlendLimits
from assay.execute.inline import InlineExecutor
from assay.execute.local import LocalExecutor
from assay.lab.admission import Admission
from assay.lab.book import Book
from assay.lab.certify import Certifier
from assay.lab.constant import fit_constant, only_constant
from assay.lab.cost import CostModel
from assay.lab.director import Director
from assay.lab.finish import Finish
from assay.lab.lab import Lab
from assay.lab.labs import SUFFIX, is_lab
from assay.lab.loop import Loop
from assay.lab.makings import makings
from assay.lab.opening import Stamp, is_nothing_left, known_task, lab_path, open_folder, open_ledger
from assay.lab.plan import Interrupt, Plan
from assay.lab.progress import Announcer
from assay.lab.question import AnyMetric, understand
from assay.lab.reserve import Reserve
from assay.lab.rungs import more_rows, seconds_of
from assay.lab.scorer import Scorer
from assay.lab.settings import FitSettings, check_families
from assay.lab.settle import Settler
from assay.lab.ship import copies_of, form_of
from assay.lab.state import LabState, SessionRecord, replay
from assay.lab.suspicion import Decide, as_answered, suspicions_of, with_answers, without
from assay.lab.vault import Asked, Vault, vault_at
from assay.lab.vault_shared import paying
from assay.lab.work import PRELOAD, run
from assay.ledger.sqlite import SqliteLedger
from assay.metrics.choose import find
from assay.models import registry as models
from assay.pipeline.machine import cores, give_memory_back
from assay.pipeline.store import TaskFolder

RUN = "assay.lab.work:run_apart"
FIRST_MODEL_SECONDS = 0.8
REPORT_SECONDS = 2.0
"""Kept for the brief once the model is saved."""
LEAST_VAULT_SECONDS, VAULT_SHARE = 2.0, 0.12
"""Kept for the opening of a vault and the fit on all rows."""
OWED_SECONDS = 10.0
"""For a vault whose opening a kill cut off, though the time of the search is over."""
LIBRARIES = ("assay-ml", "numpy", "pandas", "scipy", "scikit-learn", "lightgbm", "xgboost", "xgboost-cpu",
             "catboost")  # fmt: skip
"""What a session records the version of, where it is installed; xgboost comes under two names."""


def _ignore(event: Event) -> None:
    """The listener of those who do not listen."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """Everything around a fit that is neither question nor setting."""

    listener: Callable[[Event], None] = _ignore
    interrupt: Interrupt = field(default_factory=threading.Event)
    started: float | None = None
    clock: Clock = field(default_factory=SystemClock)
    metric: AnyMetric | None = None
    inline: bool = False
    write_brief: bool = True
    stamp: Stamp | None = None
    vault: Vault | None = None
    decide: Decide | None = None
    side: str = ""
    """Which half of the rows twin labs set aside."""
    first: tuple[Experiment, ...] = ()
    """What a new lab tries before anything else."""


def fit(source: object, options: TaskOptions, settings: FitSettings, *, call: Call | None = None) -> Summary:
    """Run the main job and hand back its summary; the lab is written, the model saved.

    source: whatever data.read understands. The clock starts at call.started (process start for the command), else now.
    The same call again continues the lab; with nothing left to do it hands back the summary at once.
    Raises AssayError of the kind that fits; a lab begun stays sound whatever happens.
    """
    call = call or Call()
    if settings.twin:
        from assay.lab.twin import fit_twins  # which calls this for each of its searches

        return fit_twins(source, options, settings, call=call)
    started = call.clock.now() if call.started is None else call.started
    check_families(settings.without, models.names())
    stamp = None if call.metric is not None else Stamp.of(source, options)  # a function has no text to compare
    done = None if stamp is None else _done_already(stamp, settings)
    if done is not None:
        return done
    executor = _executor(settings, inline=call.inline)
    try:
        opened = _opened(source, options, settings, replace(call, started=started, stamp=stamp))
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
    call: Call
    read_seconds: float


def _opened(source: object, options: TaskOptions, settings: FitSettings, call: Call) -> _Opened:
    """Read, understand, and write the rows where workers find them: what was read ends with this call, and is no
    burden to the search.
    """
    raw = source if isinstance(source, RawTable) else _read(source, options)
    path = lab_path(raw.name, settings)
    known = None if settings.force else known_task(path)
    asked = Asked(share=settings.vault, key=settings.vault_key, side=call.side)
    raw, vault = vault_at(path, raw, options, asked, begun=known is not None)
    options = as_answered(options, known)
    prepared = understand(raw, options, settings, metric=call.metric, known=known)
    if call.decide is not None and known is None:
        prepared, waited = _decided(prepared, raw, options, settings, call)
        call = replace(call, started=(call.started or 0.0) + waited)  # a person's time to answer is not the search's
    if vault is not None and settings.vault_key is not None and known is None:
        record = paying(vault.record, prepared.task, key=settings.vault_key, side=call.side)
        vault = replace(vault, record=record)
    ledger = open_ledger(path, force=settings.force)
    try:
        recorded = ledger.records()
        if vault is not None and not recorded:
            vault.key.write(path)
        folder = open_folder(path, prepared, recorded)
    except BaseException:
        ledger.close()
        raise
    return _Opened(folder, ledger, recorded, replace(call, vault=vault), raw.seconds)


def _decided(
    prepared: Prepared, raw: RawTable, options: TaskOptions, settings: FitSettings, call: Call
) -> tuple[Prepared, float]:
    """(the question without what a person leaves out, seconds that the answers took)"""
    suspicions, began = suspicions_of(prepared.task), call.clock.now()
    if not suspicions or call.decide is None:
        return prepared, 0.0
    columns = call.decide(suspicions)
    waited = call.clock.now() - began
    if not columns:
        return prepared, waited
    again = understand(raw, without(options, columns), settings, metric=call.metric)
    return with_answers(again, suspicions, columns), waited


def _done_already(stamp: Stamp, settings: FitSettings) -> Summary | None:
    """The summary of a lab made from exactly this file and question, if its budget allows nothing more."""
    path = lab_path(stamp.path, settings)
    if settings.force or not is_lab(path) or not stamp.is_of(path):
        return None
    lab = Lab.open(path)
    try:
        return lab.summary() if is_nothing_left(lab.state, settings) else None
    finally:
        lab.close()


def _read(source: object, options: TaskOptions) -> RawTable:
    return read_table(source, sheet=options.sheet, query=options.query, raw=options.raw)


def _executor(settings: FitSettings, *, inline: bool) -> Executor:
    if inline:
        return InlineExecutor(run)
    return LocalExecutor(RUN, workers=settings.jobs or cores(), preload=PRELOAD, memory_bytes=settings.memory_bytes)


def _search(opened: _Opened, settings: FitSettings, *, executor: Executor) -> Summary:
    folder, ledger, call = opened.folder, opened.ledger, opened.call
    try:
        state = replay(opened.recorded)
        began = call.clock.now() if call.started is None else call.started
        book = Book.start(ledger, state, call.clock, started=began)
        is_new = state.last_record == 0
        if is_new:
            book.write("task", folder.task, durable=True)
            if call.vault is not None:
                book.write("vault", call.vault.record, durable=True)
            for one in call.first:
                book.write("asked", one, experiment=one.number)
        if call.stamp is not None:
            call.stamp.write(folder.path)
        is_worked_on = not is_nothing_left(state, settings)
        if is_worked_on:
            _announce_start(call, folder, state, is_new=is_new, read_seconds=opened.read_seconds)
            _work(folder, book, settings, executor=executor, call=call)
    finally:
        ledger.close()
    lab = Lab.open(folder.path, metric=call.metric)
    try:
        if is_worked_on and call.write_brief:
            lab.report()
        return lab.summary()
    finally:
        lab.close()


def _announce_start(call: Call, folder: TaskFolder, state: LabState, *, is_new: bool, read_seconds: float) -> None:
    task, target = folder.task, folder.target
    metric = find(call.metric if call.metric is not None else task.metric, task.problem)
    counts = np.bincount(target.values, minlength=target.n_classes) if target.is_class else ()
    call.listener(
        Understood(
            task=task, lab=folder.path.name.removesuffix(SUFFIX), is_new=is_new,
            continued_at=None if is_new else state.next_number, read_seconds=read_seconds,
            class_rows=tuple(int(count) for count in counts), metric_title=metric.title,
            set_aside=0 if call.vault is None else call.vault.record.rows,
        )
    )  # fmt: skip


def _work(folder: TaskFolder, book: Book, settings: FitSettings, *, executor: Executor, call: Call) -> None:
    left = settings.budget.seconds - book.before
    if call.vault is not None and book.state.end is not None and book.state.certified is None:
        left = max(left, OWED_SECONDS)
    exact = settings.budget.is_exact
    deadline = at_last = Deadline() if exact else Deadline(book.started + left, call.clock)
    if call.vault is not None and not exact:
        deadline = at_last.earlier(max(LEAST_VAULT_SECONDS, VAULT_SHARE * left))
    book.write("session", _session(settings, executor), durable=True)
    task = folder.task
    metric = find(call.metric if call.metric is not None else task.metric, task.problem)
    scorer = Scorer.of(folder, metric)
    announcer = Announcer(folder, book, scorer, settings, call.listener)
    announcer.plan()
    settler = Settler.resume(folder, book, scorer, limits=BlendLimits(), told=announcer.told)
    cost = CostModel(replace(task.facts, n_rows=round(len(folder.target) * 1.25 / folder.refit_growth)), frozen=exact)
    copies = copies_of(form_of(folder, settings), folder.split.n_folds)
    reserve = Reserve(book.state, executor.workers, left, folder.refit_growth, copies=copies)
    plan = Plan(
        exact=exact, experiments=settings.budget.experiments, patience=settings.is_patient,
        freeze=Deadline if exact else (lambda: deadline.earlier(_kept_back(settler, reserve))),
        interrupt=call.interrupt,
    )  # fmt: skip
    admission = Admission(folder, book, _director(folder, scorer, settings), cost, plan, executor.workers)
    loop = Loop(admission, executor, settler, announcer.tick)
    stopped_by = loop.run()
    if stopped_by == "time" and not settler.oof and call.vault is None:  # no vault is opened for a constant
        fit_constant(folder, book, settler, settings)
    if stopped_by == "interrupt":
        deadline = at_last = Deadline.after(min(10.0, max(deadline.left, 4.0)), call.clock)
    call.listener(Finishing(elapsed_seconds=book.seconds, message="choosing and refitting the best, then the brief"))
    meanwhile = _get_ready_to_draw if call.write_brief else _do_nothing
    finish = Finish(folder, book, executor, settler, settings, deadline, meanwhile)
    again = finish.run(stopped_by, fold_cpu_seconds=loop.fold_cpu_seconds)
    for notice in only_constant(book.state):
        call.listener(Noted(elapsed_seconds=book.seconds, notice=notice))
    if call.vault is not None:
        Certifier(call.vault, book, scorer, again).run(at_last)
    if stopped_by in ("patience", "pool") and not exact:
        _look_ahead(folder, book, scorer, executor, at_last)


def _look_ahead(folder: TaskFolder, book: Book, scorer: Scorer, executor: Executor, limit: Deadline) -> None:
    """A search that came to its end before its time has some left to see what more rows would bring."""
    seconds = seconds_of(book.state, executor.workers)
    if seconds is not None and seconds + REPORT_SECONDS < limit.left:
        found = more_rows(folder, book.state, scorer, executor, limit.earlier(REPORT_SECONDS))
        if found is not None:
            book.write("more", found)


def _director(folder: TaskFolder, scorer: Scorer, settings: FitSettings) -> Director:
    return Director(
        facts=folder.task.facts, without=settings.without, seed=settings.seed, names=settings.proposers,
        partitions=folder.split.n_repeats, higher_is_better=scorer.metric.higher_is_better,
        sigma=lambda state: scorer.noise(state).sigma, makes=cache(lambda steps: makings(folder, steps)),
    )  # fmt: skip


def _kept_back(settler: Settler, reserve: Reserve) -> float:
    """Seconds kept for the end; nearly none of them before there is a model to refit and to report on."""
    return reserve.seconds() if settler.pool() else FIRST_MODEL_SECONDS


def _get_ready_to_draw() -> None:
    """The plot comes last and its import takes most of a second: done while the workers refit."""
    importlib.import_module("matplotlib.figure")


def _do_nothing() -> None:
    """For those who want no brief."""


def _installed(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Name and version of those that are installed."""
    for name in names:
        with suppress(PackageNotFoundError):
            yield name, version(name)


def _session(settings: FitSettings, executor: Executor) -> SessionRecord:
    versions = (("python", platform.python_version()), *_installed(LIBRARIES))
    exact = settings.budget.is_exact
    return SessionRecord(
        pid=os.getpid(), seed=settings.seed, seconds=None if exact else settings.budget.seconds,
        experiments=settings.budget.experiments, workers=0 if exact else executor.workers, versions=versions,
        without=tuple(sorted(settings.without)), asked=settings.asked, confirms=True,
        near_misses=False,
    )  # fmt: skip
