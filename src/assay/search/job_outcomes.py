"""What comes of jobs: taken into their experiments' courses, recorded, and told when it is due."""

import errno
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from assay.core.contract import Job
from assay.core.experiment import Experiment
from assay.core.result import Failure, FoldScore, Guarded, Settled
from assay.journal.journal import Book
from assay.journal.state import Entry
from assay.ledger.artifacts import storage_error
from assay.search.admission import Admission
from assay.search.column_guard import SHARE as GUARD_SHARE
from assay.search.column_guard import Guarding
from assay.search.experiment_run import Course
from assay.search.result_recorder import Settler
from assay.search.stop_rule import Plan

FAILURES_ALLOWED = 2


@dataclass
class Outcomes:
    """Every outcome is recorded before anything depends on it.

    courses: the experiments on their way, by number; one that is told of leaves, one that is guarded comes back.
    """

    admission: Admission
    settler: Settler
    workers: int
    courses: dict[int, Course] = field(default_factory=dict)
    failures: Counter[tuple[str, str]] = field(default_factory=Counter)
    fold_cpu_seconds: float = 0.0

    @property
    def book(self) -> Book:
        return self.admission.book

    @property
    def plan(self) -> Plan:
        return self.admission.plan

    # -- courses ------------------------------------------------------------------------------------------------

    def add(self, courses: Sequence[Course]) -> None:
        """Have them on their way."""
        self.courses.update({course.experiment.number: course for course in courses})

    def is_late(self, course: Course) -> bool:
        """Whether its folds cannot all end in time, as those that did tell: it stays open for a later session."""
        left = course.jobs_left()
        if self.plan.exact or not course.folds or not left or not self.settler.oof:
            return False
        mean = sum(fold.wall_seconds for fold in course.folds.values()) / len(course.folds)
        return math.ceil(left / self.workers) * mean > self.plan.freeze().left

    def waiting_seconds(self) -> float:
        """What the folds of all that was admitted will still take."""
        others = [course for course in self.courses.values() if not self.is_late(course)]
        return sum(course.fits_left * course.fold_seconds for course in others) / self.workers

    # -- taking -------------------------------------------------------------------------------------------------

    def take(self, course: Course, job: Job, outcome: object) -> None:
        """An outcome of a course's job; where it is the last, the experiment is told of.

        StorageError where the worker found the disk full: the experiment stays open for a session that finds room.
        """
        if isinstance(outcome, Failure) and outcome.kind == "disk":
            raise storage_error(OSError(errno.ENOSPC, outcome.message), self.admission.folder.path)
        if course.guard is not None:
            self._take_guard(course, job, outcome)
            return
        course.done(job)
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
            self.end(course)

    def _take_guard(self, course: Course, job: Job, outcome: object) -> None:
        """What copies of a told experiment's columns predicted; the verdict is spoken again when they are through."""
        assert course.guard is not None
        if isinstance(outcome, Guarded):
            self.fold_cpu_seconds += outcome.cpu_seconds
            outcome = course.guard.take(outcome)
        if isinstance(outcome, Failure):
            course.guard.fail(job.fold, outcome)
        if course.is_ended and not self.plan.freeze().is_over:
            self.end(course)

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

    def end(self, course: Course) -> None:
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

    def expected_seconds(self, experiment: Experiment) -> float:
        """Of one fold; 0 in an exact run, which reads no clock."""
        return 0.0 if self.plan.exact else self.admission.cost.fold_seconds(experiment)

    # -- guards ------------------------------------------------------------------------------------------------

    def _guard_all(self, judged: Sequence[int]) -> None:
        """Guard those of the judged that only a guard keeps from being kept."""
        for number in judged:
            self._guard(self._ended_course(self.book.state.entries[number]))

    def _ended_course(self, entry: Entry) -> Course:
        """The course of an experiment that has a result, as its records tell it."""
        course = Course(entry.experiment, self.admission.n_folds, False, self.expected_seconds(entry.experiment))
        course.folds = dict(entry.folds)
        return course

    def _guard(self, course: Course) -> None:
        """Have the engineered columns of one that would be kept compared with permuted copies, if time allows."""
        guard = self.settler.guarding(course.experiment)
        is_affordable = guard is not None and (self.plan.exact or self._affords(course, guard))
        if guard is not None and is_affordable:
            course.guard = guard
            self.add([course])

    def _affords(self, course: Course, guard: Guarding) -> bool:
        mean = sum(fold.wall_seconds for fold in course.folds.values()) / max(len(course.folds), 1)
        return guard.fits_left * mean / self.workers <= GUARD_SHARE * self.plan.freeze().left

    def guard_again(self) -> None:
        """Guard what an earlier session left unguarded; as much as one guard may take, all of them together."""
        for entry in self.settler.unguarded():
            if not self.plan.exact and self.waiting_seconds() >= GUARD_SHARE * self.plan.freeze().left:
                return
            self._guard(self._ended_course(entry))
