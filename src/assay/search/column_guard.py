"""The guard of engineered columns in a lab: which experiments are guarded, what is fitted for it, the result."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from assay.core.errors import DataError
from assay.core.experiment import Experiment
from assay.core.job import Job, TaskStore
from assay.core.recipe import Step
from assay.core.result import Failure, Guarded
from assay.evidence.permutation_guard import COPIES, STAGES, Guard, pooled
from assay.journal.records import GuardRecord, VerdictRecord
from assay.journal.state import LabState
from assay.research.portfolio import is_of_portfolio
from assay.search.scorer import Scorer

FEW_ROWS = 500
"""Tested rows of a fold below which all folds are tested, not only the first: its score alone is too noisy."""
SHARE = 0.25
"""Largest share of the time left that a guard may take; what cannot be afforded is recorded as unguarded."""

UNGUARDED = "unguarded"
"""The rule of a verdict that waits for its guard; it stays where no time is left for one."""


def set_of(state: LabState, experiment: Experiment) -> tuple[Step, ...]:
    """The steps of its recipe that are a set of engineered columns: its own, or the one whose steps it took over.

    The portfolio's own engineered columns were chosen on other tables, before this one was seen, and are not guarded.
    """
    if is_of_portfolio(experiment) or experiment.recipe.on:
        return ()
    return experiment.adds or state.sets.get(experiment.recipe.steps, ())


def record_of(state: LabState, experiment: Experiment) -> GuardRecord | None:
    """The guard's result for an experiment's set in its family: its own, or that of another with the same steps.

    A guard of another that could not be fitted, for want of time or memory, is no result for this one.
    """
    if experiment.number in state.guards or not set_of(state, experiment):
        return state.guards.get(experiment.number)
    passed = (number for number, found in state.guards.items() if not found.failed)
    return next((state.guards[number] for number in passed if _are_alike(state, number, experiment)), None)


def _are_alike(state: LabState, number: int, experiment: Experiment) -> bool:
    one, other = state.entries[number].experiment.recipe, experiment.recipe
    return one.steps == other.steps and one.model.name == other.model.name


def is_silly(state: LabState, experiment: Experiment) -> bool:
    """Whether its set was found to be no better than permuted copies of itself."""
    found = record_of(state, experiment)
    return found is not None and not found.failed and not found.guard.passed


@dataclass
class SillySets:
    """`is_silly` of thousands of experiments, each looked up again only when another guard or set is known."""

    _known: tuple[int, tuple[int, ...]] = (0, ())
    _found: dict[int, bool] = field(default_factory=dict)

    def of(self, state: LabState) -> Callable[[Experiment], bool]:
        """Whether an experiment's set is silly, in this state."""
        known = len(state.sets), tuple(id(guard) for guard in state.guards.values())
        if known != self._known:
            self._known, self._found = known, {}
        found = self._found

        def answer(experiment: Experiment) -> bool:
            if experiment.number not in found:
                found[experiment.number] = is_silly(state, experiment)
            return found[experiment.number]

        return answer


def after_guard(state: LabState, experiment: Experiment, verdict: VerdictRecord) -> VerdictRecord:
    """The verdict after the guard's result: a keep by engineered columns holds only where they beat their copies.

    Without a result it is no keep (rule UNGUARDED).
    """
    if not verdict.kept or not set_of(state, experiment):
        return verdict
    found = record_of(state, experiment)
    if found is None or found.failed:
        reason = "its columns were not compared with permuted copies of them" if found is None else found.failed
        return replace(verdict, kept=False, rule=UNGUARDED, why=f"{verdict.why}; {reason}")
    if not found.guard.passed:
        return replace(verdict, kept=False, rule="silly", why=f"{found.guard.why}: they may know nothing")
    return replace(verdict, why=f"{verdict.why}; {found.guard.why}")


@dataclass
class Guarding:
    """A guard in progress: copies in stages, each fitted on every tested fold.

    experiment: with the steps of its set in `adds`. rows: tested rows of each of `folds`.
    """

    experiment: Experiment
    folds: tuple[int, ...]
    rows: tuple[int, ...]
    scorer: Scorer
    scores: dict[tuple[int, int], float] = field(default_factory=dict)
    running: set[int] = field(default_factory=set)
    done: int = 0
    columns: int = 0
    seconds: float = 0.0
    failure: Failure | None = None

    @classmethod
    def of(cls, state: LabState, experiment: Experiment, scorer: Scorer) -> "Guarding":
        """The first fold, or all of them where it is small."""
        split = scorer.folder.split
        rows = tuple(len(split.fold(fold).test) for fold in range(split.n_folds))
        folds = tuple(range(split.n_folds)) if rows[0] < FEW_ROWS else (0,)
        return cls(
            experiment=replace(experiment, adds=set_of(state, experiment)),
            folds=folds,
            rows=rows[: len(folds)],
            scorer=scorer,
        )

    @property
    def stage(self) -> tuple[int, ...]:
        """Copies fitted now, the original set among the first; () when all are done."""
        ends = (-1, *STAGES)
        return tuple(range(ends[self.done] + 1, ends[self.done + 1] + 1)) if self.done < len(STAGES) else ()

    @property
    def fits_left(self) -> int:
        """Fits still to come if no copy is as good as the set."""
        return (1 + COPIES) * len(self.folds) - len(self.scores)

    @property
    def is_ended(self) -> bool:
        if self.running:
            return False
        return self.failure is not None or not self.stage or (self.done > 0 and self.found.is_decided)

    @property
    def found(self) -> Guard:
        """The result of the stages done so far."""
        known = [copy for copy in range(1 + COPIES) if all((fold, copy) in self.scores for fold in self.folds)]
        means = {
            copy: pooled([self.scores[fold, copy] for fold in self.folds], self.rows,
                         higher_is_better=self.scorer.metric.higher_is_better)
            for copy in known
        }  # fmt: skip
        real = means.pop(0, float("nan"))
        return Guard(real=real, copies=tuple(means[copy] for copy in sorted(means)), columns=self.columns)

    @property
    def record(self) -> GuardRecord:
        failed = "" if self.failure is None else self.failure.message
        return GuardRecord(guard=self.found, folds=self.folds, seconds=self.seconds, failed=failed)

    def next_fold(self) -> int | None:
        """The next fold of this stage to fit; None while others run, or when it is over."""
        if self.is_ended or self.failure is not None:
            return None
        first = self.stage[0]
        return next((f for f in self.folds if (f, first) not in self.scores and f not in self.running), None)

    def job(self, store: TaskStore, fold: int, seconds: float) -> Job:
        """The job of this stage's copies on one fold; seconds: soft limit of each fit."""
        self.running.add(fold)
        return Job(kind="guard", store=store, experiment=self.experiment, fold=fold, copies=self.stage, seconds=seconds)

    def take(self, outcome: Guarded) -> Failure | None:
        """Score one fold's copies; the Failure where the metric refuses predictions."""
        self.columns = max(self.columns, outcome.columns)  # in whatever order folds end
        rows = self.scorer.folder.split.fold(outcome.fold).test
        folder = self.scorer.folder
        predictions = folder.predictions(outcome.predictions)
        (folder.work / outcome.predictions).unlink()
        self.seconds += outcome.wall_seconds
        try:
            scores = [self.scorer.score(prediction, rows) for prediction in predictions]
        except DataError as error:
            return Failure(kind="invalid", step="score", message=error.message, fold=outcome.fold)
        self.running.discard(outcome.fold)
        self.scores.update({(outcome.fold, c): score for c, score in zip(outcome.copies, scores, strict=True)})
        if all((fold, copy) in self.scores for fold in self.folds for copy in self.stage):
            self.done += 1
        return None

    def fail(self, fold: int, failure: Failure) -> None:
        self.running.discard(fold)
        self.failure = self.failure or failure
