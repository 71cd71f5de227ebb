"""The fold models in a lab's work folder: which exist, and which are deleted when they take too much room."""

from dataclasses import dataclass, field

from assay.core.result import Result
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.journal import Journal
from assay.pipeline.store import TaskFolder
from assay.search.disk_room import DiskRoom


@dataclass
class FoldModels:
    """sizes: bytes of those that existed when their experiment ended, or the session began, less those deleted.

    Each is looked up once: with thousands of experiments a look at every file takes longer than a verdict.
    """

    folder: TaskFolder
    journal: Journal
    higher_is_better: bool
    room: DiskRoom
    sizes: dict[int, int] = field(default_factory=dict)
    _spent: list[int] = field(default_factory=list)

    def look_for(self, entry: ExperimentEntry) -> None:
        """Note the size of an experiment's fold models if they exist."""
        result, number = entry.result, entry.experiment.number
        if result is None or not result.folds:
            return
        if all((self.folder.work / fold.model).exists() for fold in result.folds):
            self.sizes[number] = sum(fold.model_bytes for fold in result.folds)
            if _is_spent(entry):
                self._spent.append(number)

    def make_room(self) -> None:
        """Delete models of no further use, and the worst recipes' while all take too much room; never those in use.

        An experiment without models is no candidate any more, but stays in the pool its figure is corrected for.
        """
        entries = self.journal.state.entries
        while self._spent:
            self._delete(self._spent.pop())
        above = sum(self.sizes.values()) - self.room.model_bytes
        if above <= 0:
            return
        needed = self._needed()
        for number in sorted(self.sizes.keys() - needed, key=lambda n: (self._worth(entries[n].result), n)):
            above -= self.sizes[number]
            self._delete(number)
            if above <= 0:
                return

    def _delete(self, number: int) -> None:
        result = self.journal.state.entries[number].result
        if self.sizes.pop(number, None) is not None and result is not None:
            for fold in result.folds:
                (self.folder.work / fold.model).unlink(missing_ok=True)

    def _needed(self) -> set[int]:
        """Members of the blend, the champion, the baseline, and each family's best: what may ship or be refitted."""
        state, best = self.journal.state, dict[str, tuple[float, int]]()
        for entry in state.scored():
            one = entry.experiment
            worth = self._worth(entry.result)
            if one.repeat_of is None and (one.recipe.model.name not in best or worth > best[one.recipe.model.name][0]):
                best[one.recipe.model.name] = worth, one.number
        members = () if state.blend is None else state.blend.numbers
        named = (number for number in (state.champion, state.baseline) if number is not None)
        return {*members, *named, *(number for _, number in best.values())}

    def _worth(self, result: Result | None) -> float:
        """The score, oriented so that more is better; the least where there is none."""
        if result is None or result.score is None:
            return -float("inf")
        return result.score if self.higher_is_better else -result.score


def _is_spent(entry: ExperimentEntry) -> bool:
    """Whether its fold models are of no further use: it ended before its last fold, or repeats another."""
    return entry.experiment.repeat_of is not None or entry.result is None or not entry.result.complete
