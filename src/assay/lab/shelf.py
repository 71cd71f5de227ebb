"""The fold models that are kept on disk: those that may still ship, as many as there is room for."""

from collections.abc import Callable
from dataclasses import dataclass, field

from assay.core.result import Result
from assay.lab.state import Entry, LabState
from assay.pipeline.store import TaskFolder

MOST_BYTES = 2**30
"""Fold models kept in the work folder; beyond it the worst recipes lose theirs."""


@dataclass
class Shelf:
    """sign: 1 where more is better, -1 where less is.

    sizes: bytes of each experiment's fold models that were there when it ended, or the session began, less those
    deleted since.
    """

    folder: TaskFolder
    state: LabState
    sign: float
    sizes: dict[int, int] = field(default_factory=dict)

    def __contains__(self, number: int) -> bool:
        return number in self.sizes

    def note(self, entry: Entry) -> None:
        """Take in an experiment's fold models if they are there."""
        result = entry.result
        if result is not None and result.folds and self._are_there(result):
            self.sizes[entry.experiment.number] = sum(fold.model_bytes for fold in result.folds)

    def _are_there(self, result: Result) -> bool:
        return all((self.folder.work / fold.model).exists() for fold in result.folds)

    def clear(self, is_best_of_its_family: Callable[[int], bool]) -> None:
        """Delete models that have served, and once all take too much room the worst recipes' first; never those in use.

        An experiment without models is no candidate any more, but stays in the pool its figure is corrected for.
        """
        total, entries = sum(self.sizes.values()), self.state.entries
        wanted = list(self.sizes) if total > MOST_BYTES else [n for n in self.sizes if _is_spent(entries[n])]
        for number in sorted(wanted, key=lambda n: self.sign * self._rank(entries[n].result)):
            result = entries[number].result
            if result is None or (total <= MOST_BYTES and not _is_spent(entries[number])):
                continue
            if not self._is_in_use(number) and not is_best_of_its_family(number):
                total -= self.sizes.pop(number)
                for fold in result.folds:
                    (self.folder.work / fold.model).unlink(missing_ok=True)

    def _is_in_use(self, number: int) -> bool:
        if self.state.entries[number].experiment.repeat_of is not None:
            return False  # what ships are the fold models of its first
        return self.state.weight_of(number) > 0 or number in (self.state.champion, self.state.baseline)

    def _rank(self, result: Result | None) -> float:
        """A score for sorting, the worst for who has none."""
        return -self.sign * float("inf") if result is None or result.score is None else result.score


def _is_spent(entry: Entry) -> bool:
    """Whether its fold models have served: it ended before its last fold, or repeats another."""
    return entry.experiment.repeat_of is not None or entry.result is None or not entry.result.complete
