"""One experiment on its way through the folds: which job comes next, and when it is done."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from assay.core.experiment import Experiment
from assay.core.fold_scores import FoldScore
from assay.core.job import Job, JobKind, TaskStore
from assay.core.result import Failure, Rescored
from assay.journal.experiment_entry import ExperimentEntry
from assay.pipeline.store import TaskFolder
from assay.search.column_guard import Guarding


def _place(failure: Failure) -> float:
    """The fold that failed; rescoring comes after all of them."""
    return math.inf if failure.fold is None else failure.fold


GATES = (1, 3)
"""Numbers of folds after which a racing experiment is checked."""


def rounds_of_others(folds: Sequence[FoldScore]) -> tuple[int, ...]:
    """For each fold the median best round of the others, at most what it trained; () for families without rounds."""
    if not folds or any(fold.rounds is None for fold in folds):
        return ()
    out = []
    for fold in folds:
        others = [other.rounds or 1 for other in folds if other.fold != fold.fold] or [fold.rounds or 1]
        out.append(min(max(1, round(median(others))), fold.rounds_done or 1))
    return tuple(out)


def rescores_after(experiment: Experiment, folds: Iterable[FoldScore], *, n_folds: int) -> bool:
    """Whether predictions must be made again with what the other folds chose: rounds, correction of a mean."""
    has_rounds = all(score.rounds is not None for score in folds)
    return n_folds > 1 and (has_rounds or experiment.recipe.transform != "identity")


def taken_up(folder: TaskFolder, entry: ExperimentEntry, *, fold_seconds: float = 0.0) -> "ExperimentRun":
    """The run of an experiment that was begun and not ended; folds whose files exist count as done."""
    run = ExperimentRun(entry.experiment, folder.split.n_folds, races=False, fold_seconds=fold_seconds)
    for fold, score in entry.folds.items():
        if (folder.work / score.predictions).exists() and (folder.work / score.model).exists():
            run.folds[fold] = score
    return run


@dataclass
class ExperimentRun:
    """races: stopped early when hopeless; otherwise all folds run. `passed`: folds it may run so far.

    guard: the comparison of its engineered columns with permuted copies, once it is recorded and would be kept.
    """

    experiment: Experiment
    n_folds: int
    races: bool
    fold_seconds: float
    folds: dict[int, FoldScore] = field(default_factory=dict)
    running: set[int] = field(default_factory=set)
    rescoring: bool = False
    rescored: Rescored | None = None
    failure: Failure | None = None
    stopped: str = ""
    passed: int = 0
    guard: Guarding | None = None

    def __post_init__(self) -> None:
        self.passed = GATES[0] if self.races else self.n_folds

    @property
    def needs_rescoring(self) -> bool:
        """`rescores_after` of its folds."""
        return rescores_after(self.experiment, self.folds.values(), n_folds=self.n_folds)

    def goes_on_after(self, score: FoldScore) -> bool:
        """Whether more jobs follow this fold: other folds are left, or rescoring is."""
        if self.failure is not None or self.stopped:
            return False
        is_last = self.running <= {score.fold} and len({*self.folds, score.fold}) == self.n_folds
        return not is_last or rescores_after(self.experiment, (*self.folds.values(), score), n_folds=self.n_folds)

    @property
    def is_ended(self) -> bool:
        """No job of it runs, and none is left to start."""
        if self.guard is not None:
            return self.guard.is_ended
        if self.running or self.rescoring:
            return False
        if self.failure is not None or self.stopped:
            return True
        return len(self.folds) == self.n_folds and (self.rescored is not None or not self.needs_rescoring)

    @property
    def at_gate(self) -> bool:
        """All folds it may run are done, and more would follow."""
        return self.races and not self.running and len(self.folds) == self.passed < self.n_folds

    def take(self, score: FoldScore) -> None:
        """Keep a fold's score, unless an earlier fold failed: the result must not depend on the number of workers."""
        self.folds[score.fold] = score
        self._forget_after_failure()

    def fail(self, failure: Failure) -> None:
        """Keep the failure of the earliest fold."""
        if self.failure is None or _place(failure) < _place(self.failure):
            self.failure = failure
        self._forget_after_failure()

    def _forget_after_failure(self) -> None:
        if self.failure is not None:
            end = _place(self.failure)
            self.folds = {fold: score for fold, score in self.folds.items() if fold < end}

    def open_gate(self) -> None:
        """Let it run on to the next gate."""
        later = [gate for gate in GATES if gate > self.passed and gate < self.n_folds]
        self.passed = later[0] if later else self.n_folds

    def next_job(self) -> tuple[JobKind, int] | None:
        """The next job that may start now, or None."""
        if self.guard is not None:
            fold = self.guard.next_fold()
            return None if fold is None else ("guard", fold)
        if self.failure is not None or self.stopped or self.rescoring:
            return None
        for fold in range(self.passed):
            if fold not in self.folds and fold not in self.running:
                return "fold", fold
        done = len(self.folds) == self.n_folds and not self.running
        return ("rescore", 0) if done and self.needs_rescoring and self.rescored is None else None

    def start(self, kind: JobKind, fold: int, *, store: TaskStore, seconds: float) -> Job:
        """Begin the job of `next_job`. store: the task's; seconds: soft limit."""
        if self.guard is not None:
            return self.guard.job(store, fold, seconds)
        if kind == "rescore":
            self.rescoring = True
            rounds = self.rounds_for_each()
            return Job(kind="rescore", store=store, experiment=self.experiment, fold_rounds=rounds, seconds=seconds)
        self.running.add(fold)
        return Job(kind="fold", store=store, experiment=self.experiment, fold=fold, seconds=seconds)

    def done(self, job: Job) -> None:
        """Note that a started job has ended."""
        if job.kind == "fold":
            self.running.discard(job.fold)
        else:
            self.rescoring = False

    def jobs_left(self) -> int:
        """Folds not yet started, all of them counted."""
        return self.n_folds - len(self.folds) - len(self.running)

    @property
    def fits_left(self) -> int:
        """Fits still to come, those of its guard among them."""
        return self.jobs_left() + (0 if self.guard is None else self.guard.fits_left)

    def rounds_for_each(self) -> tuple[int, ...]:
        """`rounds_of_others` of its folds."""
        return rounds_of_others([self.folds[fold] for fold in sorted(self.folds)])

    def rounds_for_all(self) -> int | None:
        """The median best round of all folds; None where the family has none."""
        best = [score.rounds for score in self.folds.values() if score.rounds is not None]
        return max(1, round(median(best))) if best else None
