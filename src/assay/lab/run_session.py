"""One session of work in a lab that is open: the search, what ships of it, and what is recorded of both."""

import math
import shlex
from dataclasses import dataclass, replace

from assay.core.clock import Deadline
from assay.core.contract import Metric
from assay.core.errors import AssayError
from assay.core.event import Finishing, Noted
from assay.core.job import Executor
from assay.core.task import Notice
from assay.core.views import StoppedBy
from assay.ensemble.candidate import BlendLimits
from assay.journal.find_labs import shown_path
from assay.journal.journal import Journal
from assay.journal.unchanged import UNCHANGED, UnchangedRecord
from assay.lab.director_of_lab import director_of, known_models, known_priors
from assay.lab.known_labs import labs_here
from assay.lab.lab_memory import memory_of, priors_here, remember
from assay.lab.last_session import STANDS, LastSession
from assay.lab.plateau import PlateauMeasurement, no_plateau, plateau_notice
from assay.lab.plateau_studies import record_studies, study_notices
from assay.lab.run_context import RunContext
from assay.lab.session_record import USED_UP, is_owed, session_record
from assay.lab.steered import ALREADY, intake_of, when_text
from assay.lab.trusted_code import trusted_here
from assay.lab.waiting import BY_HAND, BY_PLATEAU, wait_for_order
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.pipeline.store import TaskFolder
from assay.search.admission import Admission
from assay.search.code_gate import CodeGate
from assay.search.constant_fallback import fit_constant, only_constant
from assay.search.fit_cost import CostModel
from assay.search.job_outcomes import OutcomeHandler
from assay.search.learning_curve import more_rows, seconds_of
from assay.search.loop import Halt, Loop
from assay.search.progress_reporter import ProgressReporter
from assay.search.result_recorder import ResultRecorder
from assay.search.scorer import Scorer
from assay.search.session import Session
from assay.search.session_text_models import TIME_SHARE, session_text_models, text_models_at
from assay.search.settings import FitSettings
from assay.search.stop_rule import StopRule
from assay.search.text_reading import read_all
from assay.search.time_notices import next_period_notices
from assay.search.time_reserve import Reserve
from assay.ship.code_notices import code_notices
from assay.ship.cross_fitted import CrossFittedAnswers
from assay.ship.finish import Finish, ShippedBlend
from assay.ship.shipping import copies_of, form_of
from assay.ship.size_notices import shipped_notices
from assay.ship.snapshot import Snapshots
from assay.ship.snapshot_folder import forget_snapshot
from assay.steering.code_intake import lay_down
from assay.steering.leaning import leaning
from assay.steering.message_intake import Intake
from assay.vault.copied_lab import copies_elsewhere
from assay.vault.opening import Certifier
from assay.vault.refit_after_opening import RefitOnAllRows

PATIENCE_SHARE, PATIENCE_SECONDS = 0.25, 60.0
"""Of the time limit that may pass without a gain, and the least. A number of experiments alone is no measure: on a
small table eight of them take two seconds, and who gave five minutes means to gain by them. A limit of a minute is
used whole: a quarter of it is too short a look to tell."""
MOST_PATIENCE_SECONDS = 1800.0
FIRST_MODEL_SECONDS = 0.8
REPORT_SECONDS = 2.0
"""Kept for the brief once the model is saved."""
LEAST_VAULT_SECONDS, VAULT_SHARE = 2.0, 0.12
"""Kept for the opening of a vault and the fit on all rows."""
OWED_SECONDS = 10.0
"""For a vault whose opening a kill cut off, though the time of the search is over."""


@dataclass(eq=False)
class Stretch:
    """One session: begun, searched, finished, and certified where that is due. Each act may be the last."""

    session: Session
    context: RunContext
    intake: Intake
    recorder: ResultRecorder
    outcomes: OutcomeHandler
    reporter: ProgressReporter
    is_at_plateau: bool = False
    finishing: Finish | None = None
    shipped: ShippedBlend | None = None

    @classmethod
    def begin(
        cls, folder: TaskFolder, settings: FitSettings, executor: Executor, metric: Metric, context: RunContext,
        intake: Intake,
    ) -> "Stretch":  # fmt: skip
        """Record the session, and take up what the lab knows."""
        journal = intake.journal
        session = _begun(folder, journal, settings, executor, Scorer.of(folder, metric), context)
        reporter = ProgressReporter(session, context.listener)
        recorder = ResultRecorder.resume(
            folder, journal, session.scorer, limits=BlendLimits(), on_scored=reporter.scored
        )
        outcomes = _outcomes(session, recorder, context)
        reporter.begin()
        return cls(session, context, intake, recorder, outcomes, reporter)

    def search(self) -> Halt:
        """Experiments until the budget, a person or a plateau ends it."""
        session, context = self.session, self.context
        snapshots = Snapshots(session, self.recorder, self._note)

        snapshots.begin()
        unheard = no_plateau(session, context.limits.at_plateau)
        if unheard is not None:
            self._note(unheard)

        def announce(loop: Loop) -> None:
            self.reporter.tick(loop)
            snapshots.turn()

        def at_plateau(loop: Loop) -> None:
            self.is_at_plateau = context.limits.at_plateau == "ask"
            if context.limits.at_plateau is not None:
                measurement = PlateauMeasurement(session, loop, announce)
                measurement.record()
                self._note(plateau_notice(session, waits=self.is_at_plateau))
                for notice in study_notices(record_studies(measurement)):
                    self._note(notice)

        self.intake.when = lambda: when_text(session)
        self.intake.is_running = True
        try:
            loop = Loop(self.outcomes, announce, self.intake, on_plateau=at_plateau)
            stopped_by = loop.run()
        finally:
            self.intake.is_running = False
        if stopped_by == "time" and not self.recorder.oof and session.state.vault is None:
            fit_constant(session, self.outcomes)  # no vault is opened for a constant
        if stopped_by == "interrupt":
            soon = Deadline.after(min(10.0, max(session.deadline.left, 4.0)), context.clock)
            self.session = replace(session, deadline=soon, end=soon)
        return stopped_by

    def finish(self, stopped_by: StoppedBy) -> CrossFittedAnswers | None:
        """Choose, refit, save. Gives what ships answers out of fold, of classes, for the brief."""
        session, journal = self.session, self.session.journal
        labels = session.settings.labels
        if session.folder.task.n_classes == 2:
            labels = leaning(labels, session.state.hints)
        session = replace(session, settings=replace(session.settings, labels=labels))
        why = f"{self.outcomes.stop_rule.patience:.0f} s gained nothing: " if stopped_by == "patience" else ""
        message = f"{why}choosing and refitting the best, then the brief"
        self.context.listener(Finishing(elapsed_seconds=journal.seconds, message=message))
        self.finishing = Finish(session, self.recorder, tells=self.context.write_brief)
        self.shipped = self.finishing.run(stopped_by, fold_cpu_seconds=self.outcomes.fold_cpu_seconds)
        forget_snapshot(session.folder.path)
        state, problem = journal.state, session.folder.task.problem
        for notice in (
            *only_constant(state), *shipped_notices(state), *next_period_notices(state, problem),
            *code_notices(state, self.recorder.scorer.metric),
        ):  # fmt: skip
            self._note(notice)
        if stopped_by in ("patience", "pool") and not session.is_exact:
            _look_ahead(session)
        return self.finishing.answered

    def leave(self, stopped_by: StoppedBy) -> None:
        """End a session that changed nothing: what the one before it said and shipped stands."""
        self.session.journal.write(UNCHANGED, UnchangedRecord(stopped_by=stopped_by), durable=True)
        forget_snapshot(self.session.folder.path)
        self._note(STANDS)

    def certify(self) -> None:
        """Open the vault, and ship what was certified, or its recipe fitted on all rows; not where a word said since
        the search makes void what would be certified.
        """
        self.intake.turn()  # said before the opening, so it is no answer to its figure
        void = self._void()
        if void is not None:
            self._note(void)
            return
        try:
            vault = self.context.vault or self.context.deal()
        except AssayError as error:  # its file changed while it was searched: there is a model, and it is said why
            do = f"assay certify {self._typed}  (once the file is as it was)"
            self._note(Notice(code="vault/still-sealed", message=f"{error.message} The vault stays sealed", do=do))
            return
        assert self.finishing is not None
        assert self.shipped is not None
        self._count_copies()
        again = RefitOnAllRows(self.finishing.shipping, self.shipped.blend, self.shipped.refits)
        Certifier(vault, again).run(self.session.end)
        labs_here().add(self.session.folder.path, self.session.journal.ledger)

    def _count_copies(self) -> None:
        """Record and say what copies of this lab that went on elsewhere have seen of the vault."""
        journal, path = self.session.journal, self.session.folder.path
        if journal.state.begun_opening is not None:
            return  # it has its price
        records, told = journal.ledger.records(), journal.state.copies
        for copy in copies_elsewhere(path, records, labs_here().known(), told=told):
            journal.write("copy", copy, durable=True)
            self._note(Notice(code="vault/copied", message=copy.text))

    def _void(self) -> Notice | None:
        """That what would be certified was made void while it was saved; None where it stands."""
        state = self.session.state
        void = [] if state.blend is None else [n for n in state.blend.numbers if n in state.steering.void]
        if not void:
            return None
        by = ", ".join(f"h{number}" for number in sorted({state.steering.void[n] for n in void}))
        return Notice(
            code="vault/still-sealed", message=f"{by} made void what would have been certified; the vault stays sealed",
            do=f"assay research {self._typed}  (chooses among the others, and then opens it)",
        )  # fmt: skip

    @property
    def _typed(self) -> str:
        """The lab as it is typed in a command."""
        return shlex.quote(shown_path(self.session.folder.path))

    def _note(self, notice: Notice) -> None:
        self.context.listener(Noted(elapsed_seconds=self.session.journal.seconds, notice=notice))


def work(
    folder: TaskFolder,
    journal: Journal,
    settings: FitSettings,
    *,
    executor: Executor,
    metric: Metric,
    context: RunContext,
) -> CrossFittedAnswers | None:
    """Search until the budget or the ideas are used up or a person stops it, then choose, refit, save, and open a vault
    that is due. A pause ends a session; what goes on afterwards is another one.
    """
    intake = intake_of(folder, journal)
    intake.turn()  # orders to a session that has ended expire
    before = LastSession.of(journal, folder.path)
    while True:
        stretch = Stretch.begin(folder, settings, executor, metric, context, intake)
        stopped_by = stretch.search()
        if stopped_by != "pause":
            break
        why, began = BY_PLATEAU if stretch.is_at_plateau else BY_HAND, context.clock.now()
        if wait_for_order(intake, context, why=why) == "stop":
            context = replace(context, interrupt=ALREADY)
        if not context.limits.is_by_clock:  # paused time is not the session's
            until = context.limits.until.earlier(began - context.clock.now())
            context = replace(context, limits=replace(context.limits, until=until))
    if before.stands(journal, stopped_by):
        stretch.leave(stopped_by)
        intake.turn()
        return None
    answered = stretch.finish(stopped_by)
    remember(stretch.session, memory_of(context, journal, settings))
    if journal.state.vault is not None and stopped_by in USED_UP:
        stretch.certify()
    intake.turn()  # what came while the model was saved is recorded, and acts in the next session
    return answered


def _begun(
    folder: TaskFolder, journal: Journal, settings: FitSettings, executor: Executor, scorer: Scorer, context: RunContext
) -> Session:
    """The session, recorded. The one place where a time limit becomes deadlines."""
    has_vault, until = journal.state.vault is not None, context.limits.until
    left = settings.budget.seconds - journal.before
    if has_vault and is_owed(journal.state):
        left = max(left, OWED_SECONDS)
    end = Deadline() if settings.budget.is_exact else Deadline(journal.started + left, journal.clock)
    opens = has_vault and not settings.budget.is_exact
    search_end = end.earlier(max(LEAST_VAULT_SECONDS, VAULT_SHARE * left)) if opens and math.isfinite(left) else end
    if not settings.budget.is_exact and until.at < search_end.at:
        search_end = end = until
        left = min(left, until.left)
    ledger = journal.ledger
    strays = ledger.strays() if isinstance(ledger, SqliteLedger) else ()
    seconds_until = None if math.isinf(until.at) else round(journal.seconds + until.left, 3)
    lay_down(journal, folder.data)
    text_at = text_models_at(folder, settings)
    text_at.write(folder.data)
    texts = session_text_models(folder, settings)
    if texts.models:
        texts = read_all(texts, folder, executor, seconds=2 * TIME_SHARE * left)
    for notice in texts.notices:
        context.listener(Noted(elapsed_seconds=journal.seconds, notice=notice))
    record = session_record(settings, executor, until=seconds_until, text_models=texts.models)
    priors = priors_here(folder, journal.state, settings, memory_of(context, journal, settings))
    journal.write("session", replace(record, strays=strays, priors=priors), durable=True)
    return Session(
        folder=folder, journal=journal, executor=executor, scorer=scorer, settings=settings,
        deadline=search_end, end=end, seconds=left,
        ends_at=None if math.isinf(end.at) else round(journal.seconds + end.left, 3),
    )  # fmt: skip


def _outcomes(session: Session, recorder: ResultRecorder, context: RunContext) -> OutcomeHandler:
    """What the loop works on: who proposes, what is admitted, when it stops."""
    folder, settings, limits = session.folder, session.settings, context.limits
    facts, growth = folder.task.facts, folder.refit_growth
    cost = CostModel(replace(facts, n_rows=round(len(folder.target) * 1.25 / growth)), frozen=session.is_exact)
    reserve = Reserve(
        session.state, session.workers, session.seconds, growth,
        copies=copies_of(form_of(folder, settings), folder.split.n_folds), outputs=facts.n_outputs,
    )  # fmt: skip
    kept_back = _KeptBack(recorder, reserve)
    watches = settings.is_patient if limits.at_plateau is None else True
    stop_rule = StopRule(
        exact=session.is_exact, experiments=settings.budget.experiments,
        patience=_patience(min(settings.budget.seconds, session.seconds)) if watches else math.inf,
        freeze=Deadline if session.is_exact else (lambda: session.deadline.earlier(kept_back())),
        interrupt=context.interrupt, until=limits.until, has_until=session.deadline == limits.until,
        goal=limits.goal, at_plateau=limits.at_plateau or "stop",
    )  # fmt: skip
    return OutcomeHandler(
        Admission(
            session,
            director_of(
                session.folder, session.scorer, session.settings, text_models=known_models(session.state),
                priors=known_priors(session.state),
            ),
            cost,
            stop_rule,
            CodeGate(session.journal, required=settings.sandbox == "required", trusts=trusted_here),
        ),
        recorder,
    )  # fmt: skip


def _patience(limit: float) -> float:
    return min(max(PATIENCE_SHARE * limit, PATIENCE_SECONDS), MOST_PATIENCE_SECONDS)


def _look_ahead(session: Session) -> None:
    """A search that came to its end before its time has some left to see what more rows would bring."""
    folder, state, limit = session.folder, session.state, session.end
    seconds = seconds_of(state, session.workers)
    is_known = state.more is not None and state.more.number == state.champion
    if seconds is not None and not is_known and seconds + REPORT_SECONDS < limit.left:
        found = more_rows(folder, state, session.scorer, session.executor, limit.earlier(REPORT_SECONDS))
        if found is not None:
            session.journal.write("more", found)


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
            self._seconds = self.reserve.seconds() if self.recorder.has_recipe() else FIRST_MODEL_SECONDS
        return self._seconds
