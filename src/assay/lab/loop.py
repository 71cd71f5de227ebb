"""The loop: fill free workers, wait, record, decide. One thread; everything slow happens in workers."""

import math
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import Field, dataclass, field, fields, replace
from typing import Protocol

from assay.core.clock import Deadline
from assay.core.contract import Executor, Job
from assay.core.experiment import Experiment
from assay.core.face import StoppedBy
from assay.core.result import Failure, FoldScore, Settled
from assay.lab.book import Book
from assay.lab.cost import SAFETY, CostModel
from assay.lab.course import Course
from assay.lab.director import Director
from assay.lab.settle import FLAT_AFTER, Settler
from assay.lab.stack import lay_out
from assay.lab.state import Entry
from assay.models import registry as models
from assay.pipeline.store import TaskFolder

TICK_SECONDS = 0.1
GENERATION = 8
"""Experiments proposed at once in an exact run: what is asked depends on earlier generations only, so that the
number of workers changes nothing."""
FAILURES_ALLOWED = 2
MOST_PASSED = 40
CHEAP_ROUNDS = 300
MIN_SOFT_SECONDS = 5.0
PATIENT = 4.0
FREEZE_GRACE_SECONDS = 0.4
"""After the freeze the workers belong to the refits; who has not ended by then is killed."""


class Interrupt(Protocol):
    """Set when a person has asked to stop."""

    def is_set(self) -> bool: ...


def fields_of(proposal: Experiment) -> "tuple[Field[object], ...]":
    """The parameters that a proposal's model knows."""
    return fields(models.get(proposal.recipe.model.name))  # type: ignore[arg-type]  # models are dataclasses


@dataclass(frozen=True, kw_only=True)
class Plan:
    """When the search ends. freeze: gives the moment after which nothing may run, as known now."""

    exact: bool
    experiments: int | None
    freeze: Callable[[], Deadline]
    patience: bool
    interrupt: Interrupt


@dataclass
class Loop:
    """Runs experiments until the plan is fulfilled. Every outcome is recorded before anything depends on it."""

    folder: TaskFolder
    book: Book
    executor: Executor
    director: Director
    cost: CostModel
    settler: Settler
    plan: Plan
    announce: Callable[["Loop"], None]
    courses: dict[int, Course] = field(default_factory=dict)
    jobs: dict["Future[object]", tuple[Course, Job]] = field(default_factory=dict)
    dropped_families: set[str] = field(default_factory=set)
    failures: Counter[tuple[str, str]] = field(default_factory=Counter)
    fold_cpu_seconds: float = 0.0
    passed_over: set[str] = field(default_factory=set)
    short_of_time: bool = False
    exhausted: bool = False
    known_tried: tuple[int, bool] = (-1, False)
    """At which record it was last looked up whether all that is known was tried, and the answer."""

    def run(self) -> StoppedBy:
        """Search, and say why it ended."""
        self._resume()
        while True:
            stopped = self._stopped_by()
            if stopped is not None:
                self._abandon()
                return stopped
            self._fill()
            if not self.jobs and not self._may_ask():
                return self._why_nothing_more()
            if self.jobs:
                self._wait()
            self.announce(self)

    # -- when to stop -------------------------------------------------------------------------------------------

    def _stopped_by(self) -> StoppedBy | None:
        if self.plan.interrupt.is_set():
            return "interrupt"
        if self.plan.freeze().is_over:
            return "time"
        if not self.jobs and not self.courses and self._count_reached():
            return "experiments"
        if self.plan.patience and not self.plan.exact and self.settler.is_flat and self._all_known_tried():
            return "patience"
        return None

    def _why_nothing_more(self) -> StoppedBy:
        if not self.exhausted:
            return "experiments"
        return "time" if self.short_of_time else "pool"

    def _count_reached(self) -> bool:
        return self.plan.experiments is not None and self.book.state.proposed >= self.plan.experiments

    def _all_known_tried(self) -> bool:
        """Every family has run, and who searches has had as many tries as it takes to see that nothing is gained.

        Looked up once a record: a proposal takes some milliseconds, and the loop turns ten times a second.
        """
        state = self.book.state
        if self.known_tried[0] != state.last_record:
            passed = frozenset(self.passed_over)
            searched = sum(not e.experiment.fixed_pool and e.result is not None for e in state.entries.values())
            is_through = not self.director.waiting(state, passed=passed) and (
                searched >= FLAT_AFTER or not self.director.ask(state, n=1, seconds_left=None, passed=passed)
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
            course, job = found
            hard = self._hard_deadline(course, job)
            self.jobs[self.executor.submit(job, deadline=hard)] = (course, job)

    def _next_job(self) -> tuple[Course, Job] | None:
        waiting = self._waiting_job()
        if waiting is not None or not self._may_ask():
            return waiting
        self._admit()
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
        at_freeze = max(self.plan.freeze().left, 0.0) + FREEZE_GRACE_SECONDS
        return Deadline.after(min(job.seconds + grace, at_freeze), self.book.clock)

    # -- asking -------------------------------------------------------------------------------------------------

    def _may_ask(self) -> bool:
        if self.exhausted or self._count_reached() or self.plan.freeze().is_over:
            return False
        return not (self.plan.exact and self.courses)

    def _admit(self) -> None:
        """Ask for experiments and admit those whose folds can all end in time."""
        wanted = GENERATION if self.plan.exact else 1
        if self.plan.experiments is not None:
            wanted = min(wanted, self.plan.experiments - self.book.state.proposed)
        left = None if self.plan.exact else self.plan.freeze().left
        for _ in range(MOST_PASSED):
            proposals = self.director.ask(
                self.book.state, n=wanted, seconds_left=left, passed=frozenset(self.passed_over)
            )
            if not proposals:
                self.exhausted = True
                return
            if [True for proposal in proposals if self._admit_one(proposal)]:
                return
        self.exhausted = True  # so many in a row that cannot be afforded: what is left is too short for anything

    def _admit_one(self, proposal: Experiment) -> bool:
        family = proposal.recipe.model.name
        if family in self.dropped_families:
            return self._pass_over(
                proposal, f"{family} failed {FAILURES_ALLOWED} times in the same way and is left out"
            )
        if not self.plan.exact and not self._fits(self.cost.fold_seconds(proposal)):
            self.short_of_time = True
            cheaper = self._cheaper(proposal)
            if cheaper is None:
                seconds = self.n_folds * self.cost.fold_seconds(proposal)
                return self._pass_over(
                    proposal, f"its folds would take about {seconds:.0f} s, longer than what is left"
                )
            self.passed_over.add(proposal.key)
            proposal = cheaper
        self.book.write("asked", proposal, experiment=proposal.number)
        lay_out(self.folder, self.book.ledger, self.book.state, proposal)
        # An exact run never races: what is known at a gate depends on who has already been told.
        may_race = proposal.repeat_of is None and not self._is_new_family(proposal)
        races = not self.plan.exact and self.n_folds > 2 and may_race
        seconds = 0.0 if self.plan.exact else self.cost.fold_seconds(proposal)
        self.courses[proposal.number] = Course(proposal, self.n_folds, races, seconds)
        return True

    def _pass_over(self, proposal: Experiment, why: str) -> bool:
        """Leave a proposal for a session with more time, and say so in the ledger."""
        self.passed_over.add(proposal.key)
        if proposal.by == "portfolio":
            self.book.write("passed", {"what": proposal.what, "key": proposal.key, "why": why})
        return False

    def _cheaper(self, proposal: Experiment) -> Experiment | None:
        """The same configuration with twice the learning rate and fewer rounds, if that fits; else None."""
        known = {item.name: getattr(models.build(proposal.recipe.model), item.name) for item in fields_of(proposal)}
        rate = known.get("learning_rate")
        if rate is None or proposal.by != "portfolio":
            return None
        model = proposal.recipe.model.with_params(learning_rate=2 * rate, max_rounds=CHEAP_ROUNDS)
        cheaper = replace(
            proposal, recipe=replace(proposal.recipe, model=model), what=f"{proposal.what}, in a hurry",
            entry=proposal.entry,
        )  # fmt: skip
        return cheaper if self._fits(self.cost.fold_seconds(cheaper)) else None

    def _fits(self, fold_seconds: float) -> bool:
        if self.plan.exact:
            return True
        left = self.plan.freeze().left
        waves = math.ceil(self.n_folds / self.executor.workers)
        others = [c for c in self.courses.values() if not self._is_late(c)]
        waiting = sum(c.jobs_left() * c.fold_seconds for c in others) / self.executor.workers
        return SAFETY * fold_seconds * waves + waiting <= left

    def _is_new_family(self, proposal: Experiment) -> bool:
        family = proposal.recipe.model.name
        tried = {e.experiment.recipe.model.name for n, e in self.book.state.entries.items() if n != proposal.number}
        return proposal.by == "portfolio" and family not in tried

    @property
    def n_folds(self) -> int:
        return self.folder.split.n_folds

    # -- outcomes -----------------------------------------------------------------------------------------------

    def _wait(self) -> None:
        done, _ = wait(self.jobs, timeout=TICK_SECONDS, return_when=FIRST_COMPLETED)
        for future in done:
            course, job = self.jobs.pop(future)
            self._take(course, job, future.result())

    def _take(self, course: Course, job: Job, outcome: object) -> None:
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

    def _take_fold(self, course: Course, score: FoldScore) -> None:
        self.fold_cpu_seconds += score.cpu_seconds
        if score.ended == "deadline" and self.plan.freeze().is_over and self.settler.oof:
            # Cut short by the end of the search, it is no measure of the recipe; a later session fits it again.
            course.stopped = "the search ended"
            return
        course.take(score)
        self.cost.observe(course.experiment, score)
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

    def _tell(self, course: Course) -> None:
        self.courses.pop(course.experiment.number, None)
        if course.failure is not None:
            family = course.experiment.recipe.model.name
            self.failures[family, course.failure.kind] += 1
            if self.failures[family, course.failure.kind] >= FAILURES_ALLOWED:
                self.dropped_families.add(family)
        self.settler.end(course)

    def _resume(self) -> None:
        """Take up what an earlier session did not finish; folds whose files are there count as done."""
        for entry in self.book.state.unjudged():
            self.settler.conclude(entry.experiment.number)
        for entry in self.book.state.open():
            if entry.experiment.by == "ensemble":
                self._close(entry)
                continue
            lay_out(self.folder, self.book.ledger, self.book.state, entry.experiment)
            course = Course(entry.experiment, self.n_folds, False, self._expected_seconds(entry.experiment))
            for fold, score in entry.folds.items():
                if (self.folder.work / score.predictions).exists() and (self.folder.work / score.model).exists():
                    course.folds[fold] = score
            self.courses[entry.experiment.number] = course
            if course.is_ended:
                self._end(course)

    def _close(self, entry: Entry) -> None:
        """A blend that was asked and never scored: the end of this session makes a new one."""
        course = Course(entry.experiment, self.n_folds, False, 0.0)
        course.stopped = "the session ended before it was scored"
        self.settler.end(course)

    def _expected_seconds(self, experiment: Experiment) -> float:
        return 0.0 if self.plan.exact else self.cost.fold_seconds(experiment)
