"""Where a lab lies, whether it asks the same question, and whether anything is left to do in it."""

import glob
import os
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

from assay.core.array import Index
from assay.core.codec import from_json
from assay.core.contract import LedgerRecord
from assay.core.errors import LabError, StorageError, UsageError, Where
from assay.core.task import Task
from assay.data.options import FROM_FILE, IN_FILE, NO_ORDER
from assay.data.prepare import Prepared
from assay.evidence.vault_plan import blocks_of
from assay.journal.find_labs import SUFFIX, beside, is_lab, known_task
from assay.journal.source_stamp import Stamp, source_of
from assay.journal.state import LabState
from assay.lab.session_record import is_owed
from assay.ledger.artifacts import storage_error
from assay.ledger.sqlite_ledger import LOCK, SqliteLedger
from assay.ledger.verify import verify
from assay.pipeline.store import TaskFolder
from assay.search.settings import FitSettings
from assay.vault.key import FOLDER as SEALED
from assay.vault.key import has_key

LEAST_SECONDS_LEFT = 2.0
NO_NAMES = ("", "..")
RESEARCH_LOG = "research.log"
"""What a search without a terminal writes beside the ledger."""


def lab_path(source: str, settings: FitSettings) -> Path:
    """Where the lab of a source lies: exactly --out, or the file's name with .lab in the working folder."""
    if settings.out is not None:
        out = Path(settings.out)
        if is_lab(out):
            return out.resolve() if out.name in NO_NAMES else out
        if out.name in NO_NAMES:
            raise UsageError(
                f"--out {settings.out!r} names no new folder.", where=Where(option="--out"), do=("--out my-lab",)
            )
        return out
    stem = Path(source).name.split(".")[0] or "table"
    return Path.cwd() / f"{stem}{SUFFIX}"


def open_ledger(path: Path, *, force: bool) -> SqliteLedger:
    """The lab's ledger with its writer's lock: from here on no other process changes the folder.

    force: what lies there is replaced, once the lock shows that nobody works on it. StorageError where something else
    lies or nothing can be written; LabError when another process holds the lab or a newer version made it.
    """
    if _is_taken(path):
        raise StorageError(f"{path} exists and is no lab.", do=("name another folder with --out",))
    if force and is_lab(path):
        SqliteLedger.open(path).close()  # raises if another process writes it
        path.rename(path.with_name(f".{path.name}.replaced.{os.getpid()}"))
        for trash in path.parent.glob(f".{glob.escape(path.name)}.replaced.*"):  # those of killed calls too
            shutil.rmtree(trash, ignore_errors=True)
    return SqliteLedger.open(path)


def refuse_broken(path: Path, recorded: Sequence[LedgerRecord]) -> None:
    """LabError where a record was changed or is missing: nothing is added to it, and nothing told from it."""
    for fault in verify(recorded):
        raise LabError(
            f"The ledger of {path.name} is broken at record {fault.number}. {fault.message}",
            where=Where(file=str(path)),
            do=(f"assay audit {path.name}", "restore the lab from a copy", "--force begins anew"),
        )


def _is_taken(path: Path) -> bool:
    """Whether something lies there that is no lab and cannot become one."""
    try:
        return path.exists() and not is_lab(path) and not (path.is_dir() and _may_be_filled(path))
    except OSError as error:
        raise storage_error(error, path) from error


def open_folder(
    path: Path, prepared: Prepared, recorded: Sequence[LedgerRecord], *, stamp: Stamp | None = None
) -> TaskFolder:
    """The task's folder in a lab that is held: the lab's own rows if it asks the same, else filled now.

    recorded: the ledger so far, whose task must be the same too. stamp: of the file that asks. LabError if another
    question was asked before.
    """
    known = known_task(path)
    for record in recorded:
        body = record.body.get("value")
        if record.kind == "task" and isinstance(body, dict) and body.get("hash") != prepared.task.hash:
            check_same(path, from_json(Task, body), prepared.task, stamp=stamp)
    if known is not None:
        check_same(path, known, prepared.task, stamp=stamp)
        folder = TaskFolder.open(path)
        folder.sweep()
        return folder
    try:
        folder = TaskFolder.open(path)
        folder.save_blocks(_blocks(prepared))
        folder.save_file_rows(prepared.rows)
        folder.save_unlabelled(None if prepared.unlabelled is None else prepared.unlabelled.table)
        return TaskFolder.create(
            path, task=prepared.task, table=prepared.table, target=prepared.target, split=prepared.split,
            groups=prepared.groups,
        )  # fmt: skip
    except OSError as error:
        if not recorded:
            _forget(path)
        raise StorageError(
            f"The lab cannot be written to {path}: {error.strerror or error}.",
            do=("check space and rights", "name another folder with --out"),
        ) from error


def _forget(path: Path) -> None:
    """Delete what this very call has half written: all of a lab without records."""
    shutil.rmtree(path, ignore_errors=True)


def _blocks(prepared: Prepared) -> Index | None:
    """(n,) blocks of neighbours in time where rows are ordered and no column groups them: errors of neighbours are
    alike, so that statistics which count each row for itself are too sure.
    """
    moment = prepared.table.moment
    return None if moment is None or prepared.task.schema.of_kind("group") else blocks_of(moment)


def _may_be_filled(path: Path) -> bool:
    """An empty folder, or one that was left before its ledger began."""
    return {file.name for file in path.iterdir()} <= {LOCK, "data", RESEARCH_LOG, SEALED}


def check_same(path: Path, known: Task, task: Task, *, stamp: Stamp | None = None) -> None:
    """Refuse to mix two questions in one lab: LabError naming what differs and the command for a new lab."""
    if known.hash == task.hash:
        return
    asked = ["--target", task.target, *_asked(task), "--out", beside(path, "2")]
    other = shlex.join(["assay", "research" if has_key(path) else "fit", source_of(task, stamp), *asked])
    before = Stamp.read(path)
    is_as_it_was = before is not None and stamp is not None and before.path == stamp.path and before.is_unchanged
    if known.data_hash != task.data_hash and not is_as_it_was:  # other options may deal other rows to a vault
        rows = f"{known.n_rows:,} → {task.n_rows:,} rows" if known.n_rows != task.n_rows else "same number of rows"
        raise LabError(
            f"{task.source} has changed since {path.name} was made: {rows}.",
            do=(f"{other}  (a new lab)", "--force replaces the lab"),
        )
    differs = [
        f"{what} {was} → {now}"
        for what, was, now in (
            ("target", known.target, task.target), ("metric", known.metric, task.metric),
            ("problem", known.problem, task.problem), ("seed", known.seed, task.seed),
            ("split", known.split_kind, task.split_kind), ("folds", known.n_folds, task.n_folds),
            ("classes", _listed(known), _listed(task)),
        )
        if was != now and "" not in (was, now)
    ]  # fmt: skip
    raise LabError(
        f"{path.name} asks another question: {', '.join(differs) or 'columns are used or read in another way'}.",
        do=(f"{other}  (a new lab)", "--force replaces the lab"),
    )


def vaulted_lab_command(path: Path, task: Task, stamp: Stamp | None) -> str:
    """The command for a new lab of the same question beside this one, with rows set aside; FILE stands for a source
    that cannot be read from here.
    """
    source = source_of(task, stamp)
    words = ["--target", task.target, *_asked(task), "--out", beside(path, "2")]
    return shlex.join(["assay", "research", source if Path(source).is_file() else "FILE", *words])


def _asked(task: Task) -> list[str]:
    """What a person asked of columns, metric and chance, as options."""
    of_kind = {"group": "--group", "time": "--order-by", "weight": "--weights"}
    words = ["--metric", task.metric] if task.metric_reason == "as asked" else []
    words += ["--seed", str(task.seed)] if task.seed else []
    for column in task.schema:
        if column.kind in of_kind:
            words += [of_kind[column.kind], column.name]
            words += ["--drop", column.name] if column.kind == "time" else []
        elif column.orders_rows:
            words += ["--order-by", column.name]
        elif column.reason == IN_FILE:
            words += ["--valid", column.name]
        elif column.reason.startswith(FROM_FILE):
            words += ["--valid", column.reason.removeprefix(FROM_FILE)]
        elif column.kind == "dropped" and column.reason == "left out as asked":
            words += ["--drop", column.name]
    if task.split_kind != "time" and any(one.do.startswith("--order-by ") for one in task.notices):
        words += ["--order-by", NO_ORDER]  # rows may lie in an order that they were not judged by
    return words


def _listed(task: Task) -> str:
    return ", ".join(map(str, task.classes[:3]))


def _is_longer(settings: FitSettings, state: LabState) -> bool:
    """Whether more time is given than the last session had, so that patience lasts longer."""
    had = None if state.session is None else state.session.seconds
    return had is not None and settings.budget.seconds > had


def _is_as_before(settings: FitSettings, state: LabState) -> bool:
    """Whether the last session was asked the same, and given no less."""
    session = state.session
    if session is None or session.asked != settings.asked or set(session.without) != settings.without:
        return False
    return session.experiments == settings.budget.experiments and not _is_longer(settings, state)


def _is_all_tried(state: LabState, settings: FitSettings) -> bool:
    """Whether the last search ended because it knew nothing more to try, and no family is allowed since."""
    allowed = state.session is None or set(state.session.without) <= settings.without
    return state.end is not None and state.end.stopped_by == "pool" and allowed


def is_nothing_left(state: LabState, settings: FitSettings) -> bool:
    """Whether the lab has ended, its labels are those asked for, and this budget, of all its time, allows no more."""
    if state.end is None or state.model is None:
        return False
    if is_owed(state):
        return False  # killed before its vault had spoken
    if state.session is not None and state.session.labels != settings.labels.text:
        return False
    wanted = settings.budget.experiments
    ended = state.end.stopped_by
    if (ended == "time" or (ended == "patience" and settings.is_patient)) and _is_as_before(settings, state):
        return True  # whatever was cut off then, and whatever time was kept back: this very command came to that
    if state.open():
        return False
    if wanted is not None and state.proposed >= wanted:
        return True
    if state.steering.turns == state.steering.turns_at_end and _is_all_tried(state, settings):
        return True
    if state.end.stopped_by == "patience" and settings.is_patient and wanted is None:
        return not _is_longer(settings, state)
    return settings.budget.seconds - state.seconds < LEAST_SECONDS_LEFT
