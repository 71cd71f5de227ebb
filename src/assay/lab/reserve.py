"""How much time is kept for the final fit, the figure and the report; from measured costs, never a flat share."""

from dataclasses import dataclass

from assay.lab.state import LabState

SAFETY = 1.3
FIXED_SECONDS = 1.0
SPARE_SAFETY = 1.05
SPARE_FIXED_SECONDS = 0.4
"""Where fold models can ship in a late refit's place a miss costs a little quality, never the deadline."""
LEAST_SECONDS = 1.5
MOST_SHARE = 0.15
MOST_SHARE_REFITS = 0.3
"""Where refits alone ship: without them five fold models would stand in for each, and break the limits asked for."""
SAVE_SECONDS = 1.2
"""Weighing, the figure's last part, the brief with its plot, and the timing of one row."""
SAVED_BYTES_A_SECOND = 20e6
"""Boosters are read, made flat and compared at 15 to 25 MB/s of one core, two or more at once."""
REFIT_ROUNDS = 1.15
"""A refit has more rows than a fold; a little longer training suits it."""
SAMPLED_GROWTH = 2.0
"""From here on the search works on a sample, and up to half of the time belongs to the fit on all rows."""
MOST_SHARE_SAMPLED = 0.5


def refit_seconds(state: LabState, number: int, *, growth: float) -> float:
    """Expected seconds of an experiment's refit on one core, from its own folds.

    growth: rows of the refit by rows of a fold's fit (TaskFolder.refit_growth).
    """
    result = state.entries[number].result
    if result is None or not result.folds:
        return 0.0
    return REFIT_ROUNDS * growth * sum(fold.wall_seconds for fold in result.folds) / len(result.folds)


def save_seconds(state: LabState, *, refits_only: bool = False) -> float:
    """Expected seconds from the last refit to the end, from the size of the current blend's models.

    refits_only: fold models are left behind.
    """
    if state.blend is None:
        return SAVE_SECONDS
    results = [state.entries[number].result for number in state.blend.numbers]
    size = sum(r.model_bytes * (1 if refits_only else len(r.folds) + 1) for r in results if r is not None)
    return SAVE_SECONDS + size / SAVED_BYTES_A_SECOND


@dataclass(frozen=True)
class Reserve:
    """Reads the state as it is when asked. limit: seconds of the whole session.

    has_spare: whether the fold models of a member ship if its refit is late.
    """

    state: LabState
    workers: int
    limit: float
    growth: float = 1.25
    has_spare: bool = False

    def seconds(self) -> float:
        """1.3 x (refits of the current blend + saving) + 1 s, between 1.5 s and 15 % of the limit.

        Less where fold models are a spare: a quarter of that margin stood idle at the end of a minute (measured).
        Half of the limit where the search works on a sample of the rows.
        """
        safety, fixed = (SPARE_SAFETY, SPARE_FIXED_SECONDS) if self.has_spare else (SAFETY, FIXED_SECONDS)
        saving = save_seconds(self.state, refits_only=not self.has_spare)
        wanted = safety * (self._refit_seconds() + saving) + fixed
        share = MOST_SHARE if self.has_spare else MOST_SHARE_REFITS
        share = MOST_SHARE_SAMPLED if self.growth >= SAMPLED_GROWTH else share
        return min(max(wanted, LEAST_SECONDS), max(share * self.limit, LEAST_SECONDS))

    def _refit_seconds(self) -> float:
        """Longest processing time over the workers: their total shared out, but no less than the longest alone."""
        if self.state.blend is None:
            return 0.0
        each = [refit_seconds(self.state, number, growth=self.growth) for number in self.state.blend.numbers]
        return max(sum(each) / self.workers, max(each, default=0.0))
