"""One experiment as far as the ledger knows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from assay.core.event import Status
from assay.core.experiment import Experiment
from assay.core.fold_scores import FoldScore
from assay.core.result import Result
from assay.journal.records import VerdictRecord


@dataclass
class ExperimentEntry:
    """One experiment as far as the ledger knows."""

    experiment: Experiment
    asked_seconds: float
    begun: dict[int, FoldScore] = field(default_factory=dict)
    """By fold what was recorded of it, until a result holds it."""
    result: Result | None = None
    verdict: VerdictRecord | None = None
    has_news: bool = False
    """Whether a guard's result waits for a verdict."""
    left: str = ""
    """Why no session works on it any more although it has no result; "" while one may."""
    is_void: bool = False
    """Whether a person's hint took it out of the lineage."""

    def take(self, result: Result) -> None:
        """It ended: the folds in its result are held there alone."""
        self.result = result
        if self.begun:
            held = {fold.fold for fold in result.folds}
            self.begun = {number: fold for number, fold in self.begun.items() if number not in held}

    @property
    def folds(self) -> Mapping[int, FoldScore]:
        """By fold what is known of it."""
        return self.begun if self.result is None else self.begun | {fold.fold: fold for fold in self.result.folds}

    @property
    def is_scored(self) -> bool:
        """Whether it has a score on every fold."""
        return self.result is not None and self.result.score is not None and self.result.complete

    @property
    def is_unjudged(self) -> bool:
        """Whether its result, or a guard's, waits for a verdict."""
        return self.result is not None and not self.is_void and (self.verdict is None or self.has_news)

    @property
    def is_baseline(self) -> bool:
        """Whether it is the standard booster, with a score, and stands: gains are measured by the first such."""
        has_score = self.result is not None and self.result.score is not None
        return self.experiment.entry == "lgb_std" and has_score and not self.is_void

    @property
    def status(self) -> Status:
        if self.is_void:
            return "void"
        if self.result is None:
            return "not ended" if self.left else "running" if self.begun else "asked"
        if self.result.failure is not None:
            return "failed"
        if not self.result.complete:
            return "stopped early"
        if self.experiment.repeat_of is not None:
            return "repeat"
        return "kept" if self.verdict is not None and self.verdict.kept else "dropped"
