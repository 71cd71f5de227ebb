"""Going on with a lab that is there: another session as the lab was begun, and the opening of its vault."""

import math
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Thread
from typing import Any

from assay.core.clock import Budget, Clock
from assay.core.contract import AnyMetric, Metric
from assay.core.errors import LabError, UsageError, Where
from assay.core.event import Noted, Understood
from assay.core.views import StoppedBy, Summary
from assay.journal.find_labs import is_lab, shown_path
from assay.journal.journal import Journal
from assay.journal.replayed_state import replay
from assay.journal.source_stamp import Stamp
from assay.journal.state import LabState
from assay.lab.lab_folder import open_ledger, refuse_broken, vaulted_lab_command
from assay.lab.run_context import RunContext
from assay.lab.run_session import Stretch, work
from assay.lab.source_rows import SourceRows
from assay.lab.steered import intake_of
from assay.lab.workers import executor_of
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.metrics.choose_metric import find as find_metric
from assay.models import registry as models
from assay.pipeline.store import TaskFolder
from assay.search.score_goal import ScoreGoal
from assay.search.session_text_models import check_text_models
from assay.search.settings import FitSettings, check_researchers
from assay.search.stored_settings import notices_of_places, settings_as_before
from assay.ship.file_digests import record_shipped, restore
from assay.views.brief_file import write_brief
from assay.views.open_lab import LabSnapshot
from assay.views.record_views import is_outdated
from assay.views.steered_task import as_steered
from assay.views.summary import summary


@dataclass(frozen=True, slots=True, kw_only=True)
class GoOn:
    """What another session is asked for. budget: of the lab, over all its sessions; changes: settings that are
    otherwise than before, by their names in FitSettings.
    """

    budget: Budget = field(default_factory=Budget)
    changes: tuple[tuple[str, Any], ...] = ()
    metric: AnyMetric | None = None


def research_lab(path: Path, asked: GoOn, *, context: RunContext) -> Summary:
    """Go on with the lab at a path, as its last session was set; hands back its summary.

    Raises LabError where another process works on it, or its records are broken; UsageError for a goal on another
    metric, and for researchers that nobody knows. LabError, too, where the file that it was made from has changed and
    its vault is to be opened at the end; where none is, that is a notice.
    """
    with held_lab(path, asked, context.clock) as lab:
        goal = context.limits.goal
        if goal is not None:
            goal.check(lab.metric)
            _check_unmet(goal, lab.journal.state, lab.path)
        settings = lab.settings(asked)
        check_researchers(settings.researchers)
        check_text_models(settings)
        changed = lab.source(settings).check(opens=_ends_with_an_opening(asked, goal))
        if changed is not None:
            context.listener(Noted(elapsed_seconds=lab.journal.seconds, notice=changed))
        for notice in notices_of_places(lab.journal.state, dict(asked.changes)):
            context.listener(Noted(elapsed_seconds=lab.journal.seconds, notice=notice))
        _announce(lab, context)
        executor = executor_of(settings, inline=context.inline)
        try:
            restore(lab.journal, lab.folder)
            context = replace(context, deal=lab.source(settings).vault)
            answered = work(
                lab.folder, lab.journal, settings, executor=executor, metric=lab.metric, context=context
            )  # fmt: skip
            Thread(target=executor.close, kwargs={"now": True}, daemon=True, name="assay-closing").start()
            return _concluded(lab, answered=answered)
        finally:
            executor.close(now=True)


def certify_lab(path: Path, *, context: RunContext, metric: AnyMetric | None = None) -> Summary:
    """Open the vault of the lab at a path: choose and refit as at the end of a search, then look at the rows set aside.

    LabError where the lab has no vault, has nothing to certify, or was certified as it is now; the rows are dealt again
    from the lab's file, which must be as it was. metric: the function a lab is judged by that has no registered one.
    """
    with held_lab(path, GoOn(metric=metric), context.clock) as lab:
        state = lab.journal.state
        _check_certifiable(lab)
        settings = lab.settings(GoOn())
        vault = lab.source(settings).vault()  # before anything is fitted
        stopped_by: StoppedBy = "until" if state.end is None else state.end.stopped_by
        executor = executor_of(settings, inline=context.inline)
        try:
            intake = intake_of(lab.folder, lab.journal)
            intake.turn()
            context = replace(context, vault=vault)
            stretch = Stretch.begin(lab.folder, settings, executor, lab.metric, context, intake)
            answered = stretch.finish(stopped_by)
            stretch.certify()
            intake.turn()
            return _concluded(lab, answered=answered)
        finally:
            executor.close(now=True)


def _ends_with_an_opening(asked: GoOn, goal: ScoreGoal | None) -> bool:
    """Whether what is asked for ends a search so that its vault is opened; ideas that run out may end any."""
    return goal is not None or asked.budget.experiments is not None or math.isfinite(asked.budget.seconds)


def _check_unmet(goal: ScoreGoal, state: LabState, path: Path) -> None:
    """UsageError where a finished search has reached it already: nothing would be tried."""
    found = None if state.end is None else state.end.search
    if found is not None and goal.is_met(found.value):
        raise UsageError(
            f"--goal {goal.text} is met already: {shown_path(path)} has {found.text} out of fold.",
            where=Where(option="--goal"), do=(f"assay status {shown_path(path)}", "a goal further on"),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class HeldLab:
    """A lab that this process alone may write."""

    path: Path
    folder: TaskFolder
    ledger: SqliteLedger
    journal: Journal
    metric: Metric

    def settings(self, asked: GoOn) -> FitSettings:
        """As the last session was set, with what is asked otherwise now. UsageError for a family that nobody knows."""
        changes = dict(asked.changes)
        if "families" in changes:  # in place of what was left out before
            changes.setdefault("without", frozenset())
        before = settings_as_before(self.journal.state, out=str(self.path), budget=asked.budget, **changes)
        if "without" not in changes:  # families of a plug-in that is gone are left out as it is
            before = replace(before, without=before.without & frozenset(models.names()))
        return before.allowed(models)

    def source(self, settings: FitSettings) -> SourceRows:
        """Its rows, as the file that it was made from has them now."""
        return SourceRows(path=self.path, task=self.folder.task, settings=settings)


@contextmanager
def held_lab(path: Path, asked: GoOn, clock: Clock) -> Iterator[HeldLab]:
    """The lab at a path, held for writing, its records read and checked; LabError where that cannot be."""
    if not is_lab(path):
        raise LabError(f"{path} is not a lab.", do=("assay labs", "assay fit FILE --target COLUMN makes one"))
    ledger = open_ledger(path, force=False)
    try:
        recorded = ledger.records()
        refuse_broken(path, recorded)
        folder, state = TaskFolder.open(path), replay(recorded)
        if not (folder.data / "task.json").exists() or state.session is None:
            raise LabError(
                f"{shown_path(path)} was left before its search began.", do=("fit again: the same command goes on",)
            )
        folder.sweep()
        wanted = folder.task.metric if asked.metric is None else asked.metric
        journal = Journal.start(ledger, state, clock, started=clock.now())
        metric = find_metric(wanted, folder.task.problem)
        yield HeldLab(path=path, folder=folder, ledger=ledger, journal=journal, metric=metric)
    finally:
        ledger.close()


def _announce(lab: HeldLab, context: RunContext) -> None:
    state, target = lab.journal.state, lab.folder.target
    context.listener(
        Understood(
            task=as_steered(lab.folder.task, state), lab=lab.path.name, is_new=False,
            continued_at=state.next_number, read_seconds=0.0, class_rows=target.class_rows,
            metric_title=lab.metric.title, set_aside=0 if state.vault is None else state.vault.rows,
        )
    )  # fmt: skip


def _concluded(lab: HeldLab, *, answered: Any) -> Summary:
    record_shipped(lab.journal, lab.folder)
    snapshot = LabSnapshot(lab.path, lab.ledger, replay(lab.ledger.records()), lab.metric, answered=answered)
    if not snapshot.has_brief:
        write_brief(snapshot)
    return summary(snapshot)


def _check_certifiable(lab: HeldLab) -> None:
    state, name = lab.journal.state, shlex.quote(shown_path(lab.path))
    if state.vault is None:
        raise LabError(
            f"{name} was begun without a vault: its search has seen all rows, so nothing is left to certify it by.",
            do=(vaulted_lab_command(lab.path, lab.folder.task, Stamp.read(lab.path)),),
        )
    if state.certified is not None and not is_outdated(state):
        raise LabError(
            f"{name} was certified as it is, by opening {state.certified.opening}; to look again would tell nothing.",
            do=(f"assay status {name}", f"assay research {name}  (goes on; the next opening has its price)"),
        )
    if not state.standing():
        raise LabError(f"{name} has no scored experiment to certify.", do=(f"assay research {name}",))
