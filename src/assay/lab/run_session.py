"""One session of work in a lab that is open: the search, what ships of it, and what is recorded of both."""

import math
import os
import platform
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version

from assay.core.clock import Deadline
from assay.core.contract import Metric
from assay.core.event import Finishing, Noted
from assay.core.job import Executor
from assay.ensemble.candidate import BlendLimits
from assay.journal.journal import Journal
from assay.journal.records import SessionRecord
from assay.lab.run_context import RunContext
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.models import registry as models
from assay.pipeline.store import TaskFolder
from assay.search.admission import Admission
from assay.search.applicable_steps import applicable_steps
from assay.search.constant_fallback import fit_constant, only_constant
from assay.search.director import Director
from assay.search.fit_cost import CostModel
from assay.search.job_outcomes import OutcomeHandler
from assay.search.learning_curve import more_rows, seconds_of
from assay.search.loop import Loop
from assay.search.progress_reporter import ProgressReporter
from assay.search.result_recorder import ResultRecorder
from assay.search.scorer import Scorer
from assay.search.session import Session
from assay.search.settings import FitSettings
from assay.search.stop_rule import StopRule
from assay.search.time_notices import next_period_notices
from assay.search.time_reserve import Reserve
from assay.ship.cross_fitted import CrossFittedAnswers
from assay.ship.finish import Finish
from assay.ship.shipping import copies_of, form_of
from assay.ship.size_notices import shipped_notices
from assay.vault.opening import Certifier
from assay.vault.refit_after_opening import RefitOnAllRows

PATIENCE_SHARE, PATIENCE_SECONDS = 0.25, 60.0
"""Of the time limit that may pass without a gain, and the least. A number of experiments alone is no measure: on a
small table eight of them take two seconds, and who gave five minutes means to gain by them. A limit of a minute is
used whole: a quarter of it is too short a look to tell."""
FIRST_MODEL_SECONDS = 0.8
REPORT_SECONDS = 2.0
"""Kept for the brief once the model is saved."""
LEAST_VAULT_SECONDS, VAULT_SHARE = 2.0, 0.12
"""Kept for the opening of a vault and the fit on all rows."""
OWED_SECONDS = 10.0
"""For a vault whose opening a kill cut off, though the time of the search is over."""
LIBRARIES = ("assay-ml", "numpy", "pandas", "scipy", "scikit-learn")
"""What a session records the version of, beside the libraries that families of models name."""


def work(
    folder: TaskFolder,
    journal: Journal,
    settings: FitSettings,
    *,
    executor: Executor,
    metric: Metric,
    context: RunContext,
) -> CrossFittedAnswers | None:
    """Search until the budget or the ideas are used up, then choose, refit, save, and open a vault that is due.

    Gives what ships answers out of fold, of classes, for the brief.
    """
    session = _begun(
        folder, journal, settings, executor, Scorer.of(folder, metric), has_vault=context.vault is not None
    )
    reporter = ProgressReporter(session, context.listener)
    reporter.begin()
    recorder = ResultRecorder.resume(folder, journal, session.scorer, limits=BlendLimits(), on_scored=reporter.scored)
    outcomes = _outcomes(session, recorder, context)
    stopped_by = Loop(outcomes, reporter.tick).run()
    if stopped_by == "time" and not recorder.oof and context.vault is None:  # no vault is opened for a constant
        fit_constant(session, outcomes)
    if stopped_by == "interrupt":
        soon = Deadline.after(min(10.0, max(session.deadline.left, 4.0)), context.clock)
        session = replace(session, deadline=soon, end=soon)
    why = f"{outcomes.stop_rule.patience:.0f} s gained nothing: " if stopped_by == "patience" else ""
    message = f"{why}choosing and refitting the best, then the brief"
    context.listener(Finishing(elapsed_seconds=journal.seconds, message=message))
    finish = Finish(session, recorder, tells=context.write_brief)
    shipped = finish.run(stopped_by, fold_cpu_seconds=outcomes.fold_cpu_seconds)
    state = journal.state
    for notice in (*only_constant(state), *shipped_notices(state), *next_period_notices(state, folder.task.problem)):
        context.listener(Noted(elapsed_seconds=journal.seconds, notice=notice))
    if context.vault is not None:
        again = RefitOnAllRows(finish.shipping, shipped.blend, shipped.refits)
        Certifier(context.vault, again).run(session.end)
    if stopped_by in ("patience", "pool") and not session.is_exact:
        _look_ahead(session)
    return finish.answered


def _begun(
    folder: TaskFolder, journal: Journal, settings: FitSettings, executor: Executor, scorer: Scorer, *, has_vault: bool
) -> Session:
    """The session, recorded. The one place where a time limit becomes deadlines."""
    left = settings.budget.seconds - journal.before
    if has_vault and journal.state.end is not None and journal.state.certified is None:
        left = max(left, OWED_SECONDS)
    end = Deadline() if settings.budget.is_exact else Deadline(journal.started + left, journal.clock)
    opens = has_vault and not settings.budget.is_exact
    ledger = journal.ledger
    strays = ledger.strays() if isinstance(ledger, SqliteLedger) else ()
    journal.write("session", replace(_record(settings, executor), strays=strays), durable=True)
    return Session(
        folder=folder, journal=journal, executor=executor, scorer=scorer, settings=settings,
        deadline=end.earlier(max(LEAST_VAULT_SECONDS, VAULT_SHARE * left)) if opens else end, end=end, seconds=left,
    )  # fmt: skip


def _outcomes(session: Session, recorder: ResultRecorder, context: RunContext) -> OutcomeHandler:
    """What the loop works on: who proposes, what is admitted, when it stops."""
    folder, settings = session.folder, session.settings
    facts, growth = folder.task.facts, folder.refit_growth
    cost = CostModel(replace(facts, n_rows=round(len(folder.target) * 1.25 / growth)), frozen=session.is_exact)
    reserve = Reserve(
        session.state, session.workers, session.seconds, growth,
        copies=copies_of(form_of(folder, settings), folder.split.n_folds), outputs=facts.n_outputs,
    )  # fmt: skip
    kept_back = _KeptBack(recorder, reserve)
    stop_rule = StopRule(
        exact=session.is_exact, experiments=settings.budget.experiments,
        patience=_patience(settings.budget.seconds) if settings.is_patient else math.inf,
        freeze=Deadline if session.is_exact else (lambda: session.deadline.earlier(kept_back())),
        interrupt=context.interrupt,
    )  # fmt: skip
    return OutcomeHandler(Admission(session, _director(session), cost, stop_rule), recorder)


def _patience(limit: float) -> float:
    return max(PATIENCE_SHARE * limit, PATIENCE_SECONDS)


def _look_ahead(session: Session) -> None:
    """A search that came to its end before its time has some left to see what more rows would bring."""
    folder, state, limit = session.folder, session.state, session.end
    seconds = seconds_of(state, session.workers)
    if seconds is not None and seconds + REPORT_SECONDS < limit.left:
        found = more_rows(folder, state, session.scorer, session.executor, limit.earlier(REPORT_SECONDS))
        if found is not None:
            session.journal.write("more", found)


def _director(session: Session) -> Director:
    folder, scorer, settings = session.folder, session.scorer, session.settings
    return Director(
        facts=folder.task.facts, without=settings.without, families=settings.families, seed=settings.seed,
        names=settings.proposers,
        partitions=folder.split.n_repeats, higher_is_better=scorer.metric.higher_is_better,
        sigma=lambda state: scorer.noise(state).sigma, applicable_steps=cache(partial(applicable_steps, folder)),
    )  # fmt: skip


@dataclass
class _KeptBack:
    """Seconds kept for the end; nearly none of them before there is a model to refit and to report on.

    Reckoned once a record: the loop asks some twenty times a second.
    """

    recorder: ResultRecorder
    reserve: Reserve
    _record: int = -1
    _seconds: float = 0.0

    def __call__(self) -> float:
        last_record = self.reserve.state.last_record
        if self._record != last_record:
            self._record = last_record
            self._seconds = self.reserve.seconds() if self.recorder.pool() else FIRST_MODEL_SECONDS
        return self._seconds


def _installed(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Name and version of those that are installed."""
    for name in names:
        with suppress(PackageNotFoundError):
            yield name, version(name)


def _record(settings: FitSettings, executor: Executor) -> SessionRecord:
    others = (name for _, family in models for name in family.traits.libraries)
    versions = (("python", platform.python_version()), *_installed(dict.fromkeys((*LIBRARIES, *others))))
    exact = settings.budget.is_exact
    return SessionRecord(
        pid=os.getpid(), seed=settings.seed, seconds=None if exact else settings.budget.seconds,
        experiments=settings.budget.experiments, workers=0 if exact else executor.workers, versions=versions,
        without=tuple(sorted(settings.without)), asked=settings.asked, labels=settings.labels.text,
    )  # fmt: skip
