"""The loop: fill free workers, wait, pass the outcomes on. One thread; everything slow happens in workers."""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field, replace
from typing import Literal

from assay.core.clock import Deadline
from assay.core.fold_scores import FoldScore
from assay.core.job import Job
from assay.core.views import StoppedBy
from assay.ensemble.candidate import Blend
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.journal import Journal
from assay.pipeline.store import TaskFolder
from assay.search.admission import Admission
from assay.search.experiment_run import ExperimentRun, taken_up
from assay.search.job_outcomes import OutcomeHandler
from assay.search.result_recorder import ResultRecorder
from assay.search.second_level import lay_out
from assay.search.stop_rule import FEWEST, StopRule
from assay.steering.message_intake import Intake, turns_of

Halt = StoppedBy | Literal["pause"]
"""Why a loop ended: the search is over, or it waits."""
TICK_SECONDS = 0.1
MIN_SOFT_SECONDS = 5.0
PATIENT = 4.0
FIRST_SHARE = 0.5
"""Of the time left that a fit may take before there is a model: what was killed then left a constant to ship."""
FREEZE_GRACE_SECONDS = 0.4
"""After the freeze the workers belong to the refits; jobs that run longer than this are killed."""


@dataclass
class Loop:
    """Runs experiments until the stop rule holds."""

    outcomes: OutcomeHandler
    announce: Callable[["Loop"], None]
    intake: Intake | None = None
    """Takes messages that steer; None where nobody can."""
    on_plateau: Callable[["Loop"], None] = lambda loop: None
    jobs: dict["Future[object]", tuple[ExperimentRun, Job]] = field(default_factory=dict)
    _reached: tuple[Blend | None, float] = (None, float("nan"))
    """A blend and its score, which a goal is held against."""
    ahead_at: int = -1
    """The record after which the look ahead was last made."""
    known_tried: tuple[int, bool] = (-1, False)
    """The record at which it was last checked whether all known proposals were tried, and the answer."""
    plateau_of: int | None = -1
    """The champion at the plateau that was last told of."""

    @property
    def admission(self) -> Admission:
        return self.outcomes.admission

    @property
    def recorder(self) -> ResultRecorder:
        return self.outcomes.recorder

    @property
    def runs(self) -> dict[int, ExperimentRun]:
        return self.outcomes.runs

    @property
    def folder(self) -> TaskFolder:
        return self.admission.session.folder

    @property
    def journal(self) -> Journal:
        return self.admission.session.journal

    @property
    def stop_rule(self) -> StopRule:
        return self.admission.stop_rule

    def run(self) -> Halt:
        """Search, and return why it ended; "pause": a person will say when it goes on."""
        self._resume()
        while True:
            stopped = self._ordered() or self._stopped_by()
            if stopped == "pause":
                self._drain()
            if stopped is not None:
                self._abandon()
                return stopped
            self._fill()
            if not self.jobs and not self.admission.may_ask(self.runs):
                return self._why_nothing_more()
            self._look_ahead()
            if self.jobs:
                self._wait()
            self.announce(self)

    # -- when to stop -------------------------------------------------------------------------------------------

    def _ordered(self) -> Halt | None:
        """Take what waits in the inbox; a hint acts on the next proposal."""
        steered = self.journal.state.steering.turns
        orders = set(turns_of(() if self.intake is None else self.intake.turn()))
        if self.journal.state.steering.turns != steered:
            self._steered()
        if "stop" in orders:
            return "interrupt"
        return "pause" if "pause" in orders else None

    def _steered(self) -> None:
        """Drop what became void, and look anew for what may be proposed."""
        for number in [n for n in self.runs if self.journal.state.entries[n].is_void]:
            del self.runs[number]
        if self.stop_rule.exact:
            self.outcomes.report_ended()
        self.admission.steered()
        self.recorder.steered()
        self.ahead_at, self.known_tried = -1, (-1, False)

    def _stopped_by(self) -> Halt | None:
        rule = self.stop_rule
        if rule.interrupt.is_set():
            return "interrupt"
        if rule.until.is_over:
            return "until"
        if rule.freeze().is_over:
            return "until" if rule.has_until else "time"
        if not self.jobs and not self.runs and self.admission.count_reached:
            return "experiments"
        if self._is_at_goal():
            return "goal"
        if not rule.exact and self._is_out_of_patience():
            return self._at_plateau()
        return None

    def _is_at_goal(self) -> bool:
        """Whether the blend's score out of fold, as figures show it, reaches the goal."""
        goal, blend = self.stop_rule.goal, self.journal.state.blend
        if goal is None or blend is None:
            return False
        if self.stop_rule.exact and self.runs:  # how many of a generation have ended depends on the workers
            return False
        if self._reached[0] is not blend:
            prediction = self.recorder.blended()
            score = float("nan") if prediction is None else self.recorder.scorer.figure_score(prediction)
            self._reached = blend, score
        return goal.is_met(self._reached[1])

    def _at_plateau(self) -> Halt | None:
        """What a person wants where nothing is gained any more; said once a keep."""
        if self.stop_rule.at_plateau == "stop":
            self.on_plateau(self)
            return "patience"
        champion = self.journal.state.champion
        if self.plateau_of == champion:
            return None
        self.plateau_of = champion
        self.on_plateau(self)
        return "pause" if self.stop_rule.at_plateau == "ask" else None

    def _is_out_of_patience(self) -> bool:
        seconds = self.stop_rule.patience
        return math.isfinite(seconds) and self.recorder.is_flat(seconds) and self._all_known_tried()

    def _why_nothing_more(self) -> StoppedBy:
        if not self.admission.exhausted:
            return "experiments"
        if self.admission.short_of_time:
            return "until" if self.stop_rule.has_until else "time"
        return "pool"

    def _all_known_tried(self) -> bool:
        """Every family has run, and enough tries of the searching researchers have gained nothing.

        Checked once a record: a proposal takes some milliseconds, and the loop turns ten times a second.
        """
        state = self.journal.state
        if self.known_tried[0] != state.last_record:
            passed = frozenset(self.admission.passed_over)
            is_through = not self.admission.director.waiting(state, passed=passed) and (
                state.index.searched >= FEWEST
                or not self.admission.director.ask(state, n=1, seconds_left=None, passed=passed)
            )
            self.known_tried = (state.last_record, is_through)
        return self.known_tried[1]

    def _drain(self) -> None:
        """Before a pause: what runs ends, nothing begins."""
        while self.jobs and not self.stop_rule.interrupt.is_set() and not self.stop_rule.freeze().is_over:
            done, _ = wait(self.jobs, timeout=TICK_SECONDS, return_when=FIRST_COMPLETED)
            self._take_all([(*self.jobs.pop(future), future.result()) for future in done])
            self.announce(self)

    def _abandon(self) -> None:
        """Leave what still runs: it stays open in the ledger, and a later session takes it up again."""
        self.admission.session.executor.hurry(Deadline.after(FREEZE_GRACE_SECONDS, self.journal.clock))
        self.jobs.clear()
        self.runs.clear()

    # -- filling workers ----------------------------------------------------------------------------------------

    def _fill(self) -> None:
        while len(self.jobs) < self.admission.session.executor.workers:
            found = self._next_job()
            if found is None:
                return
            self._submit(*found)

    def _submit(self, run: ExperimentRun, job: Job) -> None:
        if self.stop_rule.exact:
            self.jobs[self.admission.session.executor.submit(job, deadline=Deadline())] = (run, job)
            return
        job = replace(job, hard_seconds=self._hard_seconds(run, job))
        end = Deadline.after(max(self.stop_rule.freeze().left, 0.0) + FREEZE_GRACE_SECONDS, self.journal.clock)
        self.jobs[self.admission.session.executor.submit(job, deadline=end)] = (run, job)

    def _look_ahead(self) -> None:
        """While all workers are busy, admit what the next free one begins with, so that it need not wait for a search.

        Once a record: what was refused is refused again until something more is known.
        """
        are_busy = len(self.jobs) == self.admission.session.executor.workers
        if self.stop_rule.exact or not are_busy or self.ahead_at == self.journal.state.last_record:
            return
        has_waiting = any(self._has_waiting(run) for run in self.runs.values())
        if not has_waiting and self.admission.may_ask(self.runs):
            self.outcomes.add(self.admission.admit_ahead(self.outcomes.waiting_seconds()))
        self.ahead_at = self.journal.state.last_record

    def _has_waiting(self, run: ExperimentRun) -> bool:
        return not self.outcomes.is_late(run) and run.next_job() is not None

    def _next_job(self) -> tuple[ExperimentRun, Job] | None:
        waiting = self._waiting_job()
        if waiting is not None or not self.admission.may_ask(self.runs):
            return waiting
        self.outcomes.add(self.admission.admit(self.outcomes.waiting_seconds()))
        return self._waiting_job()

    def _waiting_job(self) -> tuple[ExperimentRun, Job] | None:
        for run in sorted(self.runs.values(), key=lambda c: c.experiment.number):
            step = None if self.outcomes.is_late(run) else run.next_job()
            if step is not None:
                return run, run.start(*step, store=self.folder.store, seconds=self._soft_seconds(run))
        return None

    def _soft_seconds(self, run: ExperimentRun) -> float:
        """Soft limit of a job: a fit that runs far over its expected time is cut, so that the others get their turn."""
        if self.stop_rule.exact:
            return math.inf
        left = self.stop_rule.freeze().left
        first = 0.0 if self.recorder.has_recipe() else FIRST_SHARE * left
        return max(min(left, max(MIN_SOFT_SECONDS, PATIENT * run.fold_seconds, first)), 0.1)

    @staticmethod
    def _hard_seconds(run: ExperimentRun, job: Job) -> float:
        """Hard limit of a job, from its beginning, so that waiting for memory costs it nothing."""
        return max(len(job.copies), 1) * job.seconds + max(2.0, run.fold_seconds / 2)

    # -- waiting ------------------------------------------------------------------------------------------------

    def _wait(self) -> None:
        done, _ = wait(self.jobs, timeout=TICK_SECONDS, return_when=FIRST_COMPLETED)
        ended = [(*self.jobs.pop(future), future.result()) for future in done]
        if not self.stop_rule.exact:
            # Jobs that the end of a fold makes possible (rescoring above all) come before folds of other experiments.
            ended = [one for one in ended if not self._went_on(*one)]
            self._fill_again()
        self._take_all(ended)

    def _take_all(self, ended: Sequence[tuple[ExperimentRun, Job, object]]) -> None:
        """Take outcomes; not those of experiments that became void meanwhile."""
        for run, job, outcome in ended:
            if not self.journal.state.entries[run.experiment.number].is_void:
                self.outcomes.take(run, job, outcome)

    def _went_on(self, run: ExperimentRun, job: Job, outcome: object) -> bool:
        """Take an outcome after which its experiment goes on; False, and nothing done, for all others."""
        is_void = self.journal.state.entries[run.experiment.number].is_void
        goes_on = isinstance(outcome, FoldScore) and run.goes_on_after(outcome) and not is_void
        if goes_on:
            self.outcomes.take(run, job, outcome)
        return goes_on

    def _fill_again(self) -> None:
        """Give free workers what already waits before the ended experiment is judged, which may take a while."""
        while len(self.jobs) < self.admission.session.executor.workers and not self.stop_rule.freeze().is_over:
            found = self._waiting_job()
            if found is None:
                return
            self._submit(*found)

    def _resume(self) -> None:
        """Take up what an earlier session did not finish; folds whose files exist count as done."""
        for entry in self.journal.state.unjudged():
            self.recorder.conclude(entry.experiment.number)
        self.recorder.judge_waiting()
        self.outcomes.guard_again()  # before all that is open: an exact run reports in the order of proposing
        for entry in self.journal.state.open():
            if entry.experiment.is_blend:
                self._close(entry)
                continue
            if self.admission.code.why_waits(entry.experiment.recipe):  # it stays open for a machine that can
                continue
            lay_out(self.folder, self.journal.ledger, self.journal.state, entry.experiment)
            run = taken_up(self.folder, entry, fold_seconds=self.outcomes.expected_seconds(entry.experiment))
            self.runs[entry.experiment.number] = run
            if run.is_ended:
                self.outcomes.end(run)

    def _close(self, entry: ExperimentEntry) -> None:
        """Leave a blend that was begun and never scored: the end of this session makes a new one."""
        run = ExperimentRun(entry.experiment, self.admission.n_folds, False, 0.0)
        run.stopped = "the session ended before it was scored"
        self.recorder.end(run)
