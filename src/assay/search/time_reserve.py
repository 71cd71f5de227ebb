"""The time kept for the final fit, the figure and the report; from measured costs, never a flat share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assay.core.result import Result
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.state import LabState
from assay.search.serving_cost import ships_alone

SAFETY = 1.3
FIXED_SECONDS = 1.0
SPARE_SAFETY = 1.05
SPARE_FIXED_SECONDS = 0.4
"""Where fold models can ship in place of a late refit, a miss costs a little quality, never the deadline."""
LEAST_SECONDS = 1.5
MOST_SHARE = 0.15
MOST_SHARE_SHORT, SHORT_SECONDS = 0.2, 4.0
"""Of a short limit a larger share, up to so many seconds: weighing, saving and the report cannot be left out, and with
nineteen classes they alone took all of 3 s of 20."""
MOST_SHARE_REFITS = 0.3
"""Where refits alone ship: without them five fold models would stand in for each, and break the user's limits."""
SAVE_SECONDS = 1.8
"""Weighing, the figure's last part, the brief with its plot, the timing of one row, and the ledger's records of what
shipped: hashes, a copy, predictions for a sample of rows.
"""
OUTPUT_SECONDS = 0.05
"""More for each further score a row has: with nineteen classes the end came late."""
SAVED_BYTES_A_SECOND = 20e6
"""Models are read, cut to the rounds in use and packed at some 20 MB/s of one core."""
REFIT_ROUNDS = 1.15
"""A refit has more rows than a fold, and so a little more training."""
USED = 0.9
"""Share of the time up to the deadline, where a late refit has no fold models to stand in; estimates are not exact."""
FIGURE_SECONDS = 1.2
"""Correcting the figure for the choice and shuffling columns, which run beside the refits: the least between the choice
and saving."""
SAMPLED_GROWTH = 2.0
"""Growth from which on the search works on a sample, and up to half of the time belongs to the fit on all rows."""
MOST_SHARE_SAMPLED = 0.5


def refit_seconds(state: LabState, number: int, *, growth: float) -> float:
    """Expected seconds of an experiment's refit on one core, from its own folds.

    growth: rows of the refit by rows of a fold's fit (TaskFolder.refit_growth).
    """
    result = state.entries[number].result
    if result is None or not result.folds:
        return 0.0
    return _longer(result) * growth * sum(fold.wall_seconds for fold in result.folds) / len(result.folds)


def _longer(result: Result) -> float:
    """How much longer than a fold's a refit's training takes: a fold trains past its best round until that is certain.
    Half of the time is assumed to depend on rounds; steps, binning and predictions do not.
    """
    done = [fold.rounds_done for fold in result.folds if fold.rounds_done]
    share = result.rounds * len(done) / sum(done) if result.rounds and done else 1.0
    return REFIT_ROUNDS * (1.0 + share) / 2


def affordable(
    numbers: Sequence[int], seconds: Callable[[int], float], *, longest: float, workers: int
) -> tuple[int, ...]:
    """The experiments that the workers can refit in `longest` seconds, taken in the order given."""
    taken: list[int] = []
    left = longest * workers
    for number in numbers:
        if seconds(number) <= min(longest, left):
            taken.append(number)
            left -= seconds(number)
    return tuple(taken)


def save_seconds(state: LabState, members: Sequence[int], *, copies: int, outputs: int = 1) -> float:
    """Expected seconds from the last refit to the end, from the size of what ships of these experiments.

    copies: models of an experiment that ship as planned (shipping.copies_of); where it is refitted, some ship
    the refit alone (serving_cost.ships_alone). outputs: scores a row has (Facts.n_outputs), all of which weighing, the
    figure and the checks read.
    """
    size = sum(_shipped_bytes(state.entries[number], copies) for number in members)
    return SAVE_SECONDS + OUTPUT_SECONDS * (outputs - 1) + size / SAVED_BYTES_A_SECOND


def _shipped_bytes(entry: ExperimentEntry, copies: int) -> int:
    """Bytes of all models of an experiment that ship."""
    result = entry.result
    if result is None:
        return 0
    is_alone = copies > len(result.folds) and ships_alone(entry.experiment.recipe)
    return result.model_bytes * (1 if is_alone else copies)


@dataclass(frozen=True)
class Reserve:
    """Reads the current state at each call. limit: seconds of the whole session.

    copies: models of an experiment that ship; more than one means that its fold models stand in if its refit is late.
    outputs: scores a row has.
    """

    state: LabState
    workers: int
    limit: float
    growth: float = 1.25
    copies: int = 1
    outputs: int = 1

    def seconds(self) -> float:
        """1.3 x (refits of the current blend + saving) + 1 s, between 1.5 s and 15 % of the limit (short ones: 20 %).

        Less where fold models are a spare: a quarter of that margin stood idle at the end of a minute (measured). There
        no time is kept for a refit that does not fit into the share with the heavier ones, as it would not be begun.
        Half of the limit where the search works on a sample of the rows.
        """
        share = MOST_SHARE if self._has_spare else MOST_SHARE_REFITS
        share = MOST_SHARE_SAMPLED if self.growth >= SAMPLED_GROWTH else share
        short = min(MOST_SHARE_SHORT * self.limit, SHORT_SECONDS)
        most = max(share * self.limit, short, LEAST_SECONDS)
        wanted = self._wanted(self._refitted)
        if wanted > most and self._has_spare and self.growth < SAMPLED_GROWTH:
            longest = (most - self._wanted(())) / SPARE_SAFETY + FIGURE_SECONDS
            begun = affordable(self._refitted, self._seconds_of, longest=longest, workers=self.workers)
            wanted = self._wanted(begun)
        return min(max(wanted, LEAST_SECONDS), most)

    @property
    def _has_spare(self) -> bool:
        return self.copies > 1

    @property
    def _members(self) -> tuple[int, ...]:
        return () if self.state.blend is None else self.state.blend.numbers

    @property
    def _refitted(self) -> tuple[int, ...]:
        """The heaviest first; () where fold models alone ship."""
        results = {number: self.state.entries[number].result for number in self._members}
        return tuple(n for n, one in results.items() if one is None or not 1 < len(one.folds) == self.copies)

    def _wanted(self, refitted: Sequence[int]) -> float:
        """With these refits, before any bounds."""
        safety, fixed = (SPARE_SAFETY, SPARE_FIXED_SECONDS) if self._has_spare else (SAFETY, FIXED_SECONDS)
        saving = save_seconds(self.state, self._members, copies=self.copies, outputs=self.outputs)
        return safety * (max(self._refit_seconds(refitted), FIGURE_SECONDS) + saving) + fixed

    def _refit_seconds(self, numbers: Sequence[int]) -> float:
        """Longest processing time over the workers: the total shared out, but no less than the longest alone."""
        each = [self._seconds_of(number) for number in numbers]
        return max(sum(each) / self.workers, max(each, default=0.0))

    def _seconds_of(self, number: int) -> float:
        return refit_seconds(self.state, number, growth=self.growth)
