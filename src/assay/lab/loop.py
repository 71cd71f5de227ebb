"""The loop: fill free workers, wait, record, decide. One thread; everything slow happens in workers."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field, replace

from assay.core.clock import Deadline
from assay.core.contract import Executor, Job
from assay.core.experiment import Experiment
from assay.core.face import StoppedBy
from assay.core.result import Failure, FoldScore, Guarded, Settled
from assay.lab.admission import Admission
from assay.lab.book import Book
from assay.lab.course import Course, taken_up
from assay.lab.guard import SHARE as GUARD_SHARE
from assay.lab.guard import Guarding
from assay.lab.plan import Plan
from assay.lab.settle import FLAT_AFTER, Settler
from assay.lab.stack import lay_out
from assay.lab.state import Entry
from assay.pipeline.store import TaskFolder

TICK_SECONDS = 0.1
FAILURES_ALLOWED = 2
MIN_SOFT_SECONDS = 5.0
PATIENT = 4.0
FREEZE_GRACE_SECONDS = 0.4
"""After the freeze the workers belong to the refits; who has not ended by then is killed."""


@dataclass
class Loop:
    """Runs experiments until the plan is fulfilled. Every outcome is recorded before anything depends on it."""

    admission: Admission
    executor: Executor
    settler: Settler
    announce: Callable[["Loop"], None]
    courses: dict[int, Course] = field(default_factory=dict)
    jobs: dict["Future[object]", tuple[Course, Job]] = field(default_factory=dict)
    failures: Counter[tuple[str, str]] = field(default_factory=Counter)
    fold_cpu_seconds: float = 0.0
    ahead_at: int = -1
    """The record after which it was last looked what a free worker would begin with."""
    known_tried: tuple[int, bool] = (-1, False)
    """At which record it was last looked up whether all that is known was tried, and the answer."""

    @property
    def folder(self) -> TaskFolder:
        return self.admission.folder

    @property
    def book(self) -> Book:
        return self.admission.book

    @property
    def plan(self) -> Plan:
        return self.admission.plan

    def run(self) -> StoppedBy:
        """Search, and say why it ended."""
        self._resume()
        while True:
            stopped = self._stopped_by()
            if stopped is not None:
                self._abandon()
                return stopped
            self._fill()
            if not self.jobs and not self.admission.may_ask(self.courses):
                return self._why_nothing_more()
            self._look_ahead()
            if self.jobs:
                self._wait()
            self.announce(self)

    # -- when to stop -------------------------------------------------------------------------------------------

    def _stopped_by(self) -> StoppedBy | None:
        if self.plan.interrupt.is_set():
            return "interrupt"
        if self.plan.freeze().is_over:
            return "time"
        if not self.jobs and not self.courses and self.admission.count_reached:
            return "experiments"
        if self.plan.patience and not self.plan.exact and self.settler.is_flat and self._all_known_tried():
            return "patience"
        return None

    def _why_nothing_more(self) -> StoppedBy:
        if not self.admission.exhausted:
            return "experiments"
        return "time" if self.admission.short_of_time else "pool"

    def _all_known_tried(self) -> bool:
        """Every family has run, and who searches has had as many tries as it takes to see that nothing is gained.

        Looked up once a record: a proposal takes some milliseconds, and the loop turns ten times a second.
        """
        state = self.book.state
        if self.known_tried[0] != state.last_record:
            passed = frozenset(self.admission.passed_over)
            searched = sum(not e.experiment.fixed_pool and e.result is not None for e in state.entries.values())
            is_through = not self.admission.director.waiting(state, passed=passed) and (
                searched >= FLAT_AFTER or not self.admission.director.ask(state, n=1, seconds_left=None, passed=passed)
            )
            self.known_tried = (state.last_record, is_through)
        return self.known_tried[1]

    def _abandon(self) -> None:
        """Leave what still runs: it stays asked and open in the ledger, and a later session takes it up again."""
        self.executor.hurry(Deadline.after(FREEZE_GRACE_SECONDS, self.book.clock))
        self.jobs.clear()
        self.courses.clear()

    # -- filling workers ----------------------------------------------------------------------------------------

    def _fill(self) -> None:
        while len(self.jobs) < self.executor.workers:
            found = self._next_job()
            if found is None:
                return
            self._submit(*found)

    def _submit(self, course: Course, job: Job) -> None:
        hard = self._hard_deadline(course, job)
        self.jobs[self.executor.submit(job, deadline=hard)] = (course, job)

    def _look_ahead(self) -> None:
        """While all workers are busy: admit what the next free one begins with, so that it need not wait for a search.

        Once a record: what was refused is refused again until something more is known.
        """
        are_busy = len(self.jobs) == self.executor.workers
        if self.plan.exact or not are_busy or self.ahead_at == self.book.state.last_record:
            return
        has_waiting = any(self._has_waiting(course) for course in self.courses.values())
        if not has_waiting and self.admission.may_ask(self.courses):
            self._add(self.admission.admit_ahead(self._waiting_seconds()))
        self.ahead_at = self.book.state.last_record

    def _add(self, courses: Sequence[Course]) -> None:
        self.courses.update({course.experiment.number: course for course in courses})

    def _waiting_seconds(self) -> float:
        """What the folds of all that was admitted will still take."""
        others = [course for course in self.courses.values() if not self._is_late(course)]
        return sum(course.fits_left * course.fold_seconds for course in others) / self.executor.workers

    def _has_waiting(self, course: Course) -> bool:
        return not self._is_late(course) and course.next_job() is not None

    def _next_job(self) -> tuple[Course, Job] | None:
        waiting = self._waiting_job()
        if waiting is not None or not self.admission.may_ask(self.courses):
            return waiting
        self._add(self.admission.admit(self._waiting_seconds()))
        return self._waiting_job()

    def _waiting_job(self) -> tuple[Course, Job] | None:
        for course in sorted(self.courses.values(), key=lambda c: c.experiment.number):
            step = None if self._is_late(course) else course.next_job()
            if step is not None:
                return course, self._job(course, *step)
        return None

    def _is_late(self, course: Course) -> bool:
        """Whether its folds cannot all end in time, as those that did tell: it stays open for a later session."""
        left = course.jobs_left()
        if self.plan.exact or not course.folds or not left or not self.settler.oof:
            return False
        mean = sum(fold.wall_seconds for fold in course.folds.values()) / len(course.folds)
        return math.ceil(left / self.executor.workers) * mean > self.plan.freeze().left

    def _job(self, course: Course, kind: str, fold: int) -> Job:
        seconds = self._soft_seconds(course)
        if course.guard is not None:
            return course.guard.job(self.folder.path, fold, seconds)
        if kind == "settle":
            course.settling = True
            return Job(
                kind="settle", folder=self.folder.path, experiment=course.experiment,
                fold_rounds=course.rounds_for_each(), seconds=seconds,
            )  # fmt: skip
        course.running.add(fold)
        return Job(kind="fold", folder=self.folder.path, experiment=course.experiment, fold=fold, seconds=seconds)

    def _soft_seconds(self, course: Course) -> float:
        """What one job may take: a fit that runs far over its expectation is cut, so that the others get their turn."""
        if self.plan.exact:
            return math.inf
        return max(min(self.plan.freeze().left, max(MIN_SOFT_SECONDS, PATIENT * course.fold_seconds)), 0.1)

    def _hard_deadline(self, course: Course, job: Job) -> Deadline:
        if self.plan.exact:
            return Deadline()
        grace = max(2.0, course.fold_seconds / 2)
        fits = max(len(job.copies), 1)
        at_freeze = max(self.plan.freeze().left, 0.0) + FREEZE_GRACE_SECONDS
        return Deadline.after(min(fits * job.seconds + grace, at_freeze), self.book.clock)

    # -- outcomes -----------------------------------------------------------------------------------------------

    def _wait(self) -> None:
        done, _ = wait(self.jobs, timeout=TICK_SECONDS, return_when=FIRST_COMPLETED)
        ended = [(*self.jobs.pop(future), future.result()) for future in done]
        if not self.plan.exact:
            # What the end of a fold lets begin (the settling above all) comes before folds that were asked for later.
            ended = [one for one in ended if not self._went_on(*one)]
            self._fill_again()
        for course, job, outcome in ended:
            self._take(course, job, outcome)

    def _went_on(self, course: Course, job: Job, outcome: object) -> bool:
        """Take an outcome of an experiment that is not at its end with it; False, and nothing done, for the others."""
        goes_on = isinstance(outcome, FoldScore) and course.goes_on_after(outcome)
        if goes_on:
            self._take(course, job, outcome)
        return goes_on

    def _fill_again(self) -> None:
        """Give free workers what already waits, before a verdict is spoken on what ended: that may take a while."""
        while len(self.jobs) < self.executor.workers and not self.plan.freeze().is_over:
            found = self._waiting_job()
            if found is None:
                return
            self._submit(*found)

    def _take(self, course: Course, job: Job, outcome: object) -> None:
        if course.guard is not None:
            self._take_guard(course, job, outcome)
            return
        course.running.discard(job.fold) if job.kind == "fold" else setattr(course, "settling", False)
        if isinstance(outcome, FoldScore):
            outcome = self.settler.scored(course.experiment, outcome)
        if isinstance(outcome, Failure):
            course.fail(replace(outcome, fold=job.fold if job.kind == "fold" else None))
        elif isinstance(outcome, FoldScore):
            self._take_fold(course, outcome)
        elif isinstance(outcome, Settled):
            course.settled = outcome
            self.fold_cpu_seconds += outcome.cpu_seconds
        if course.at_gate and course.failure is None:
            self._look(course)
        if (course.is_ended and not self.plan.freeze().is_over) or (course.is_ended and not course.stopped):
            self._end(course)

    def _take_guard(self, course: Course, job: Job, outcome: object) -> None:
        """What copies of a told experiment's columns predicted; the verdict is spoken again when they are through."""
        assert course.guard is not None
        if isinstance(outcome, Guarded):
            self.fold_cpu_seconds += outcome.cpu_seconds
            outcome = course.guard.take(outcome)
        if isinstance(outcome, Failure):
            course.guard.fail(job.fold, outcome)
        if course.is_ended and not self.plan.freeze().is_over:
            self._end(course)

    def _take_fold(self, course: Course, score: FoldScore) -> None:
        self.fold_cpu_seconds += score.cpu_seconds
        if score.ended == "deadline" and self.plan.freeze().is_over and self.settler.oof:
            # Cut short by the end of the search, it is no measure of the recipe; a later session fits it again.
            course.stopped = "the search ended"
            return
        course.take(score)
        self.admission.cost.observe(course.experiment, score)
        if not self.plan.exact:
            self.book.write("fold", score, experiment=course.experiment.number)

    def _look(self, course: Course) -> None:
        why = self.settler.hopeless(course)
        if why:
            course.stopped = why
        else:
            course.open_gate()

    def _end(self, course: Course) -> None:
        """Tell the lab of it; an exact run tells in the order of asking, so it keeps early finishers waiting."""
        if not self.plan.exact:
            self._tell(course)
            return
        for number in sorted(self.courses):
            waiting = self.courses[number]
            if not waiting.is_ended:
                return
            recorded = self.book.state.entries[number].folds
            for fold in sorted(set(waiting.folds) - set(recorded)):
                self.book.write("fold", waiting.folds[fold], experiment=number)
            self._tell(waiting)
            if any(course.guard is not None for course in self.courses.values()):
                return  # a guard decides what is told of those after it

    def _tell(self, course: Course) -> None:
        self.courses.pop(course.experiment.number, None)
        if course.guard is not None:
            self._guard_all(self.settler.guarded(course.experiment.number, course.guard.record))
            return
        if course.failure is not None:
            family = course.experiment.recipe.model.name
            self.failures[family, course.failure.kind] += 1
            if self.failures[family, course.failure.kind] >= FAILURES_ALLOWED:
                self.admission.dropped[family] = self.failures[family, course.failure.kind]
        self._guard_all(self.settler.end(course))

    def _guard_all(self, judged: Sequence[int]) -> None:
        """Guard those of the judged that only a guard keeps from being kept."""
        for number in judged:
            self._guard(self._ended_course(self.book.state.entries[number]))

    def _ended_course(self, entry: Entry) -> Course:
        """The course of an experiment that has a result, as its records tell it."""
        course = Course(entry.experiment, self.admission.n_folds, False, self._expected_seconds(entry.experiment))
        course.folds = dict(entry.folds)
        return course

    def _guard(self, course: Course) -> None:
        """Have the engineered columns of one that would be kept compared with permuted copies, if time allows."""
        guard = self.settler.guarding(course.experiment)
        is_affordable = guard is not None and (self.plan.exact or self._affords(course, guard))
        if guard is not None and is_affordable:
            course.guard = guard
            self._add([course])

    def _affords(self, course: Course, guard: Guarding) -> bool:
        mean = sum(fold.wall_seconds for fold in course.folds.values()) / max(len(course.folds), 1)
        return guard.fits_left * mean / self.executor.workers <= GUARD_SHARE * self.plan.freeze().left

    def _resume(self) -> None:
        """Take up what an earlier session did not finish; folds whose files are there count as done."""
        for entry in self.book.state.unjudged():
            self.settler.conclude(entry.experiment.number)
        self.settler.judge_waiting()
        self._guard_again()  # before all that is open: an exact run tells in the order of asking
        for entry in self.book.state.open():
            if entry.experiment.by == "ensemble":
                self._close(entry)
                continue
            lay_out(self.folder, self.book.ledger, self.book.state, entry.experiment)
            course = taken_up(self.folder, entry, fold_seconds=self._expected_seconds(entry.experiment))
            self.courses[entry.experiment.number] = course
            if course.is_ended:
                self._end(course)

    def _guard_again(self) -> None:
        """Guard what an earlier session left unguarded; as much as one guard may take, all of them together."""
        for entry in self.settler.unguarded():
            if not self.plan.exact and self._waiting_seconds() >= GUARD_SHARE * self.plan.freeze().left:
                return
            self._guard(self._ended_course(entry))

    def _close(self, entry: Entry) -> None:
        """A blend that was asked and never scored: the end of this session makes a new one."""
        course = Course(entry.experiment, self.admission.n_folds, False, 0.0)
        course.stopped = "the session ended before it was scored"
        self.settler.end(course)

    def _expected_seconds(self, experiment: Experiment) -> float:
        return 0.0 if self.plan.exact else self.admission.cost.fold_seconds(experiment)
