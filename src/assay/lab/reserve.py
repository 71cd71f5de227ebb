"""How much time is kept for the final fit, the figure and the report; from measured costs, never a flat share."""

from dataclasses import dataclass

from assay.lab.state import LabState

SAFETY = 1.3
FIXED_SECONDS = 1.0
LEAST_SECONDS = 1.5
MOST_SHARE = 0.15
SAVE_SECONDS = 1.0
REFIT_TO_FOLD = 1.4
"""A refit has 5/4 of a fold's rows and 1.15 times its rounds."""


@dataclass(frozen=True)
class Reserve:
    """Reads the state as it is when asked. limit: seconds of the whole session."""

    state: LabState
    workers: int
    limit: float

    def seconds(self) -> float:
        """1.3 x (refits of the current blend + saving) + 1 s, between 1.5 s and 15 % of the limit (engine.md 1)."""
        wanted = SAFETY * (self._refit_seconds() + SAVE_SECONDS) + FIXED_SECONDS
        return min(max(wanted, LEAST_SECONDS), max(MOST_SHARE * self.limit, LEAST_SECONDS))

    def _refit_seconds(self) -> float:
        """Longest processing time over the workers: their total shared out, but no less than the longest alone."""
        blend = self.state.blend
        if blend is None:
            return 0.0
        each = []
        for number in blend.numbers:
            result = self.state.entries[number].result
            if result is not None and result.folds:
                each.append(REFIT_TO_FOLD * max(fold.wall_seconds for fold in result.folds))
        return max(sum(each) / self.workers, max(each, default=0.0))
