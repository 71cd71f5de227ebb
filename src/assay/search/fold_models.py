"""The fold models in a lab's work folder: which exist, and which are deleted when they take too much room."""

from dataclasses import dataclass, field

from assay.core.result import Result
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.journal import Journal
from assay.pipeline.store import TaskFolder

MOST_BYTES = 2**30
"""Bytes of fold models kept in the work folder; above it the worst recipes lose theirs."""


@dataclass
class FoldModels:
    """sizes: bytes of those that existed when their experiment ended, or the session began, less those deleted.

    Each is looked up once: with thousands of experiments a look at every file takes longer than a verdict.
    """

    folder: TaskFolder
    journal: Journal
    higher_is_better: bool
    sizes: dict[int, int] = field(default_factory=dict)

    def look_for(self, entry: ExperimentEntry) -> None:
        """Note the size of an experiment's fold models if they exist."""
        result = entry.result
        if result is None or not result.folds:
            return
        if all((self.folder.work / fold.model).exists() for fold in result.folds):
            self.sizes[entry.experiment.number] = sum(fold.model_bytes for fold in result.folds)

    def make_room(self) -> None:
        """Delete models of no further use, and the worst recipes' while all take too much room; never those in use.

        An experiment without models is no candidate any more, but stays in the pool its figure is corrected for.
        """
        entries, total = self.journal.state.entries, sum(self.sizes.values())
        asked = [number for number in self.sizes if total > MOST_BYTES or _is_spent(entries[number])]
        for number in sorted(asked, key=lambda n: self._worth(entries[n].result)):
            result = entries[number].result
            if result is None or (total <= MOST_BYTES and not _is_spent(entries[number])):
                continue
            if not self._is_needed(number):
                total -= self.sizes.pop(number)
                for fold in result.folds:
                    (self.folder.work / fold.model).unlink(missing_ok=True)

    def _worth(self, result: Result | None) -> float:
        """The score, oriented so that more is better; the least where there is none."""
        if result is None or result.score is None:
            return -float("inf")
        return result.score if self.higher_is_better else -result.score

    def _is_needed(self, number: int) -> bool:
        state = self.journal.state
        experiment = state.entries[number].experiment
        if experiment.repeat_of is not None:
            return False  # what ships are the fold models of its first
        if state.weight_of(number) > 0 or number in (state.champion, state.baseline):
            return True
        same_family = [e for e in state.scored() if e.experiment.recipe.model.name == experiment.recipe.model.name]
        same_family = [e for e in same_family if e.experiment.repeat_of is None]
        best = max(same_family, key=lambda e: self._worth(e.result), default=None)
        return best is not None and best.experiment.number == number


def _is_spent(entry: ExperimentEntry) -> bool:
    """Whether its fold models are of no further use: it ended before its last fold, or repeats another."""
    return entry.experiment.repeat_of is not None or entry.result is None or not entry.result.complete
