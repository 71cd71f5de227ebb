"""The main job: a table and a question in, a lab with a model and its evidence out."""

import os
import platform
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

from assay.core.clock import Clock, Deadline, SystemClock
from assay.core.contract import Executor, Metric
from assay.core.errors import LabError, StorageError, UsageError
from assay.core.event import Event, Finishing, Understood
from assay.core.face import Summary
from assay.core.schema import Facts
from assay.core.seed import Seeds
from assay.core.split import NEVER
from assay.core.task import Task
from assay.data.options import TaskOptions
from assay.data.prepare import Prepared, prepare
from assay.data.read import RawTable, read_table
from assay.ensemble.candidate import BlendLimits
from assay.execute.inline import InlineExecutor
from assay.execute.local import LocalExecutor
from assay.execute.machine import cores
from assay.lab.book import Book
from assay.lab.cost import CostModel
from assay.lab.director import Director
from assay.lab.finish import Finish
from assay.lab.lab import Lab
from assay.lab.labs import SUFFIX, is_lab
from assay.lab.loop import Interrupt, Loop, Plan
from assay.lab.progress import Announcer
from assay.lab.reserve import Reserve
from assay.lab.scorer import Scorer
from assay.lab.settings import FitSettings, check_families
from assay.lab.settle import Settler
from assay.lab.state import LabState, SessionRecord, replay
from assay.lab.work import PRELOAD
from assay.ledger.sqlite import SqliteLedger
from assay.metrics.choose import choose, find
from assay.metrics.scorer import ScoreFunction
from assay.models import registry as models
from assay.pipeline.store import TaskFolder

RUN = "assay.lab.work:run"
HOLDOUT_SHARE = 0.15
"""Folds are used while five of the standard booster cost at most this share of all core-seconds (engine.md 1)."""
RUNG_ROWS = 100_000
"""Training rows of the search on a large table (engine.md section 1, a million rows)."""
LEAST_SECONDS_LEFT = 2.0
LIBRARIES = ("assay-ml", "numpy", "pandas", "scipy", "scikit-learn", "lightgbm", "xgboost-cpu", "catboost")


def _ignore(event: Event) -> None:
    """The listener of those who do not listen."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """Everything around a fit that is neither question nor setting."""

    listener: Callable[[Event], None] = _ignore
    interrupt: Interrupt = field(default_factory=threading.Event)
    started: float | None = None
    clock: Clock = field(default_factory=SystemClock)
    metric: "str | ScoreFunction | Metric | None" = None
    inline: bool = False
    write_brief: bool = True


def fit(source: object, options: TaskOptions, settings: FitSettings, *, call: Call | None = None) -> Summary:
    """Run the main job and hand back its summary; the lab is written, the model saved.

    source: whatever data.read understands. The clock starts at call.started (process start for the command), else now.
    Raises AssayError of the kind that fits; a lab begun stays sound whatever happens.
    """
    call = call or Call()
    started = call.clock.now() if call.started is None else call.started
    check_families(settings.without, models.names())
    executor = _executor(settings, inline=call.inline)
    try:
        raw = source if isinstance(source, RawTable) else read_table(source, sheet=options.sheet, query=options.query)
        prepared = understand(raw, options, settings, metric=call.metric)
        return _search(prepared, raw.seconds, settings, executor=executor, call=call, started=started)
    finally:
        executor.close(now=True)


def _executor(settings: FitSettings, *, inline: bool) -> Executor:
    if inline:
        from assay.lab.work import run

        return InlineExecutor(run)
    return LocalExecutor(RUN, workers=settings.jobs or cores(), preload=PRELOAD, memory_bytes=settings.memory_bytes)


def understand(
    raw: RawTable, options: TaskOptions, settings: FitSettings, *, metric: "str | ScoreFunction | Metric | None" = None
) -> Prepared:
    """The question as it will be worked on: metric resolved, loss chosen, folds or holdout."""

    def too_large_for_folds(facts: Facts) -> bool:
        if settings.budget.is_exact:
            return facts.n_rows > 250_000
        seconds = models.get("lightgbm")().cost(facts).seconds * 5
        return seconds > HOLDOUT_SHARE * settings.budget.seconds * (settings.jobs or cores())

    prepared = prepare(raw, replace(options, metric=None), holdout=too_large_for_folds)
    wanted = metric if metric is not None else options.metric
    problem = prepared.task.problem
    found = choose(problem) if wanted is None else find(wanted, problem)
    reason = f"the default for {problem}" if wanted is None else "as asked"
    prepared = prepared.with_metric(found, reason=reason)
    if prepared.split.kind == "holdout":
        prepared = _on_a_rung(prepared)
    quantile = getattr(found, "quantile", 0.5)
    return replace(prepared, task=replace(prepared.task, loss=found.loss, quantile=float(quantile)))


def _on_a_rung(prepared: Prepared) -> Prepared:
    """A large table's search trains on a sample; the final fit on all rows."""
    if int((prepared.split.numbers[:, 0] == NEVER).sum()) <= RUNG_ROWS:
        return prepared
    split = prepared.split.on_a_rung(RUNG_ROWS, Seeds(prepared.task.seed).child("rung").rng())
    return replace(prepared, split=split, task=replace(prepared.task, split_reason=split.reason))


def _search(
    prepared: Prepared, read_seconds: float, settings: FitSettings, *, executor: Executor, call: Call, started: float
) -> Summary:
    task = prepared.task
    path = lab_path(task.source, settings)
    is_new = not is_lab(path)
    folder = _open_folder(path, prepared, settings)
    ledger = SqliteLedger.open(path)
    try:
        state = replay(ledger.records())
        book = Book.start(ledger, state, call.clock, started=started)
        if is_new:
            book.write("task", task, durable=True)
        is_worked_on = not _is_nothing_left(state, settings)
        if is_worked_on:
            _announce_start(call, task, path, state, is_new=is_new, read_seconds=read_seconds)
            _work(folder, book, settings, executor=executor, call=call)
    finally:
        ledger.close()
    lab = Lab.open(path, metric=call.metric)
    try:
        if is_worked_on and call.write_brief:
            lab.report()
        return lab.summary()
    finally:
        lab.close()


def _announce_start(call: Call, task: Task, path: Path, state: LabState, *, is_new: bool, read_seconds: float) -> None:
    call.listener(
        Understood(
            task=task, lab=path.name.removesuffix(SUFFIX), is_new=is_new,
            continued_at=None if is_new else state.next_number,
            read_seconds=read_seconds,
        )
    )  # fmt: skip


def lab_path(source: str, settings: FitSettings) -> Path:
    """Where the lab of a source lies: --out, or the file's name beside the working folder."""
    if settings.out is not None:
        out = Path(settings.out)
        return out if out.suffix == SUFFIX or is_lab(out) else out.with_name(out.name + SUFFIX)
    stem = Path(source).name.split(".")[0] or "table"
    return Path.cwd() / f"{stem}{SUFFIX}"


def _open_folder(path: Path, prepared: Prepared, settings: FitSettings) -> TaskFolder:
    folder = TaskFolder(path)
    if is_lab(path) and settings.force and folder_task(folder) != prepared.task.hash:
        shutil.rmtree(path)
    if is_lab(path):
        _check_same(folder, prepared.task)
        return folder
    if path.exists() and any(path.iterdir() if path.is_dir() else [path]) and not (path / "data").is_dir():
        raise StorageError(f"{path} exists and is no lab.", do=("name another folder with --out",))
    try:
        return TaskFolder.create(
            path,
            task=prepared.task,
            table=prepared.table,
            target=prepared.target,
            split=prepared.split,
            groups=prepared.groups,
        )
    except OSError as error:
        raise StorageError(
            f"The lab cannot be written to {path}: {error.strerror or error}.",
            do=("check space and rights", "name another folder with --out"),
        ) from error


def folder_task(folder: TaskFolder) -> str:
    """The hash of a folder's question, "" where there is none."""
    return folder.task.hash if (folder.data / "task.json").exists() else ""


def _check_same(folder: TaskFolder, task: Task) -> None:
    """Refuse to mix two questions in one lab."""
    known = folder.task
    if known.hash == task.hash:
        return
    other = f"assay fit {task.source} --target {task.target} --out {folder.path.stem}-2"
    if known.data_hash != task.data_hash:
        rows = f"{known.n_rows:,} → {task.n_rows:,} rows" if known.n_rows != task.n_rows else "same number of rows"
        raise LabError(
            f"{task.source} has changed since {folder.path.name} was made: {rows}.",
            do=(f"{other}  (a new lab)", "--force replaces the lab"),
        )
    differs = [
        f"{what} {was} → {now}"
        for what, was, now in (
            ("target", known.target, task.target), ("metric", known.metric, task.metric),
            ("problem", known.problem, task.problem), ("seed", known.seed, task.seed),
            ("split", known.split_kind, task.split_kind), ("folds", known.n_folds, task.n_folds),
        )
        if was != now
    ]  # fmt: skip
    raise LabError(
        f"{folder.path.name} asks another question: {', '.join(differs) or 'other columns are used'}.",
        do=(f"{other}  (a new lab)", "--force replaces the lab"),
    )


def _is_nothing_left(state: LabState, settings: FitSettings) -> bool:
    """Whether the lab has ended and this budget, which counts all of its time, allows nothing more."""
    if state.end is None or state.model is None:
        return False
    if settings.budget.experiments is not None and state.count("kept", "dropped", "stopped early", "failed") > 0:
        asked = [e for e in state.entries.values() if e.experiment.by != "ensemble"]
        if len(asked) >= settings.budget.experiments:
            return True
    if state.end.stopped_by in ("pool", "patience"):
        return settings.budget.experiments is None or state.end.stopped_by == "pool"
    return settings.budget.seconds - state.seconds < LEAST_SECONDS_LEFT


def _work(folder: TaskFolder, book: Book, settings: FitSettings, *, executor: Executor, call: Call) -> None:
    left = settings.budget.seconds - book.before
    exact = settings.budget.is_exact
    deadline = Deadline() if exact else Deadline(book.started + left, call.clock)
    book.write("session", _session(settings, executor), durable=True)
    task = folder.task
    metric = find(call.metric if call.metric is not None else task.metric, task.problem)
    scorer = Scorer.of(folder, metric)
    announcer = Announcer(folder, book, scorer, settings, call.listener)
    settler = Settler.resume(folder, book, scorer, limits=BlendLimits(), told=announcer.told)
    cost = CostModel(replace(task.facts, n_rows=round(len(folder.target) * 1.25 / folder.refit_growth)), frozen=exact)
    reserve = Reserve(book.state, executor.workers, left, folder.refit_growth)
    loop = Loop(
        folder, book, executor, Director(task.facts, settings.without, settings.seed, settings.researchers),
        cost, settler,
        Plan(
            exact=exact, experiments=settings.budget.experiments, patience=settings.patience,
            freeze=Deadline if exact else (lambda: deadline.earlier(reserve.seconds())),
            interrupt=call.interrupt,
        ),
        announcer.tick,
    )  # fmt: skip
    stopped_by = loop.run()
    if stopped_by == "interrupt":
        deadline = Deadline.after(min(10.0, max(deadline.left, 4.0)), call.clock)
    call.listener(Finishing(elapsed_seconds=book.seconds, message="choosing and refitting the best, then the brief"))
    finish = Finish(folder, book, executor, settler, settings, deadline)
    finish.run(stopped_by, fold_cpu_seconds=loop.fold_cpu_seconds)


def _session(settings: FitSettings, executor: Executor) -> SessionRecord:
    versions = (("python", platform.python_version()), *((name, version(name)) for name in LIBRARIES))
    exact = settings.budget.is_exact
    return SessionRecord(
        pid=os.getpid(), seed=settings.seed, seconds=None if exact else settings.budget.seconds,
        experiments=settings.budget.experiments, workers=0 if exact else executor.workers, versions=versions,
        without=tuple(sorted(settings.without)),
    )  # fmt: skip


def refuse_nothing(settings: FitSettings) -> None:
    """Guard for faces: a search without any budget would never end by itself."""
    if settings.budget.is_exact or settings.budget.seconds != float("inf"):
        return
    raise UsageError("Give a time limit or a number of experiments.", do=("--time-limit 5m", "--experiments 50"))
