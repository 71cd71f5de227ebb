"""Outcomes of jobs: taken into their experiments' runs, recorded, and reported when due."""

import errno
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from assay.core.experiment import Experiment
from assay.core.fold_scores import FoldScore
from assay.core.job import Job
from assay.core.result import Failure, Guarded, Rescored
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.journal import Journal
from assay.ledger.artifacts import storage_error
from assay.research.human import HUMAN
from assay.search.admission import Admission
from assay.search.column_guard import SHARE as GUARD_SHARE
from assay.search.column_guard import Guarding
from assay.search.experiment_run import ExperimentRun
from assay.search.result_recorder import ResultRecorder
from assay.search.session import Session
from assay.search.stop_rule import StopRule
from assay.steering.code_intake import calls_of

FAILURES_ALLOWED = 2


@dataclass
class OutcomeHandler:
    """Every outcome is recorded before anything depends on it.

    runs: the experiments in progress, by number; a reported one leaves, a guarded one comes back.
    """

    admission: Admission
    recorder: ResultRecorder
    runs: dict[int, ExperimentRun] = field(default_factory=dict)
    failures: Counter[tuple[str, str]] = field(default_factory=Counter)
    fold_cpu_seconds: float = 0.0

    @property
    def session(self) -> Session:
        return self.admission.session

    @property
    def journal(self) -> Journal:
        return self.session.journal

    @property
    def stop_rule(self) -> StopRule:
        return self.admission.stop_rule

    # -- runs ---------------------------------------------------------------------------------------------------

    def add(self, runs: Sequence[ExperimentRun]) -> None:
        """Add runs to those in progress."""
        self.runs.update({run.experiment.number: run for run in runs})

    def is_late(self, run: ExperimentRun) -> bool:
        """Whether its folds cannot all end in time, judging by the ones done: it stays open for a later session."""
        left = run.jobs_left()
        if self.stop_rule.exact or not run.folds or not left or not self.recorder.oof:
            return False
        mean = sum(fold.wall_seconds for fold in run.folds.values()) / len(run.folds)
        return math.ceil(left / self.session.workers) * mean > self.stop_rule.freeze().left

    def waiting_seconds(self) -> float:
        """What the folds of all admitted experiments will still take."""
        others = [run for run in self.runs.values() if not self.is_late(run)]
        return sum(run.fits_left * run.fold_seconds for run in others) / self.session.workers

    # -- taking -------------------------------------------------------------------------------------------------

    def take(self, run: ExperimentRun, job: Job, outcome: object) -> None:
        """Take an outcome of a run's job; after the last one the experiment is reported.

        StorageError where the worker found the disk full: the experiment stays open for a session that finds room.
        """
        if isinstance(outcome, Failure) and outcome.kind == "disk":
            raise storage_error(OSError(errno.ENOSPC, outcome.message), self.session.folder.path)
        if run.guard is not None:
            self._take_guard(run, job, outcome)
            return
        run.done(job)
        if isinstance(outcome, FoldScore):
            outcome = self.recorder.scored(run.experiment, outcome)
        if isinstance(outcome, Failure):
            run.fail(replace(outcome, fold=job.fold if job.kind == "fold" else None))
        elif isinstance(outcome, FoldScore):
            self._take_fold(run, outcome)
        elif isinstance(outcome, Rescored):
            run.rescored = outcome
            self.fold_cpu_seconds += outcome.cpu_seconds
        if run.at_gate and run.failure is None:
            self._look(run)
        if (run.is_ended and not self.stop_rule.freeze().is_over) or (run.is_ended and not run.stopped):
            self.end(run)

    def _take_guard(self, run: ExperimentRun, job: Job, outcome: object) -> None:
        """Take the predictions of copies of an experiment's columns; after the last stage it is judged again."""
        assert run.guard is not None
        if isinstance(outcome, Guarded):
            self.fold_cpu_seconds += outcome.cpu_seconds
            outcome = run.guard.take(outcome)
        if isinstance(outcome, Failure):
            run.guard.fail(job.fold, outcome)
        if run.is_ended and not self.stop_rule.freeze().is_over:
            self.end(run)

    def _take_fold(self, run: ExperimentRun, score: FoldScore) -> None:
        self.fold_cpu_seconds += score.cpu_seconds
        if score.ended == "deadline" and self.stop_rule.freeze().is_over and self.recorder.oof:
            # Cut short by the end of the search, it is no measure of the recipe; a later session fits it again.
            run.stopped = "the search ended"
            return
        run.take(score)
        self.admission.cost.observe(run.experiment, score)
        if not self.stop_rule.exact:
            self.journal.write("fold", score, experiment=run.experiment.number)

    def _look(self, run: ExperimentRun) -> None:
        why = self.recorder.hopeless(run)
        if why:
            run.stopped = why
        else:
            run.open_gate()

    def end(self, run: ExperimentRun) -> None:
        """Report an ended run; an exact run reports in the order of proposing, so that early finishers wait."""
        if not self.stop_rule.exact:
            self._report(run)
            return
        self.report_ended()

    def report_ended(self) -> None:
        """Of an exact run: report those that ended, up to the first that has not."""
        for number in sorted(self.runs):
            waiting = self.runs[number]
            if not waiting.is_ended:
                return
            recorded = self.journal.state.entries[number].folds
            for fold in sorted(set(waiting.folds) - set(recorded)):
                self.journal.write("fold", waiting.folds[fold], experiment=number)
            self._report(waiting)
            if any(run.guard is not None for run in self.runs.values()):
                return  # a guard's result changes the verdicts of those after it

    def _report(self, run: ExperimentRun) -> None:
        self.runs.pop(run.experiment.number, None)
        if run.guard is not None:
            self._guard_all(self.recorder.guarded(run.experiment.number, run.guard.record))
            return
        of_a_person = run.experiment.by == HUMAN or bool(calls_of(run.experiment.recipe))
        if run.failure is not None and not of_a_person:  # a person's slip says nothing of the family
            family = run.experiment.recipe.model.name
            self.failures[family, run.failure.kind] += 1
            if self.failures[family, run.failure.kind] >= FAILURES_ALLOWED:
                self.admission.dropped[family] = self.failures[family, run.failure.kind]
        self._guard_all(self.recorder.end(run))
        self._drop_designs(run)

    def _drop_designs(self, ended: ExperimentRun) -> None:
        """Keep the cache within its room; what experiments that run, members and the champion need stays."""
        state = self.journal.state
        members = (*(() if state.blend is None else state.blend.numbers), state.champion)
        known = [state.entries[number].experiment for number in members if number is not None]
        running = (run.experiment for run in self.runs.values())
        self.recorder.room.drop_designs([*running, ended.experiment, *known])

    def expected_seconds(self, experiment: Experiment) -> float:
        """Of one fold; 0 in an exact run, which reads no clock."""
        return 0.0 if self.stop_rule.exact else self.admission.cost.fold_seconds(experiment)

    # -- guards ------------------------------------------------------------------------------------------------

    def _guard_all(self, judged: Sequence[int]) -> None:
        """Guard those of the judged that would be kept but for the missing guard."""
        for number in judged:
            self._guard(self._ended_run(self.journal.state.entries[number]))

    def _ended_run(self, entry: ExperimentEntry) -> ExperimentRun:
        """The run of an experiment that has a result, rebuilt from its records."""
        run = ExperimentRun(entry.experiment, self.admission.n_folds, False, self.expected_seconds(entry.experiment))
        run.folds = dict(entry.folds)
        return run

    def _guard(self, run: ExperimentRun) -> None:
        """Have the engineered columns of one that would be kept compared with permuted copies, if time allows."""
        guard = self.recorder.guarding(run.experiment)
        is_affordable = guard is not None and (self.stop_rule.exact or self._affords(run, guard))
        if guard is not None and is_affordable:
            run.guard = guard
            self.add([run])

    def _affords(self, run: ExperimentRun, guard: Guarding) -> bool:
        mean = sum(fold.wall_seconds for fold in run.folds.values()) / max(len(run.folds), 1)
        return guard.fits_left * mean / self.session.workers <= GUARD_SHARE * self.stop_rule.freeze().left

    def guard_again(self) -> None:
        """Guard what an earlier session left unguarded; all of them together may take as much as one guard."""
        for entry in self.recorder.unguarded():
            if not self.stop_rule.exact and self.waiting_seconds() >= GUARD_SHARE * self.stop_rule.freeze().left:
                return
            self._guard(self._ended_run(entry))
