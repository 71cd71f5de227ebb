"""Scores by stretch of time, for rows in order of time."""

from dataclasses import dataclass

FEWEST = 3
"""Least number of blocks from which their variation is estimated."""
APART = 0.9
"""Probability, from which it is reported, that blocks differ by more than half of what their rows explain."""
ALIKE = 0.5
"""Ratio of the median variation to that explained by rows, below which blocks are called alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """Scores in order of time with their numbers of rows. apart: probability that blocks differ by more than half of
    what their rows explain; size: the median variation, as a share of what rows explain. unscored: blocks, counted from
    1, with too few rows of a class for a score."""

    scores: tuple[float, ...]
    rows: tuple[int, ...]
    apart: float
    size: float
    unscored: tuple[int, ...] = ()

    @property
    def differ(self) -> bool:
        """Whether they surely differ by more than their rows explain."""
        return self.apart >= APART

    @property
    def are_alike(self) -> bool:
        """Whether there is no sign of that."""
        return self.size < ALIKE


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownNextPeriod:
    """Why nothing can be told of a next stretch of time: numbers of scored blocks and of blocks, too few; or these, and
    what they say of the next one: anywhere from `low` to `high`, which spans all there is between knowing nothing and
    knowing everything. further: scores by distance, where it answers worse the further ahead rows are.
    """

    scored: int
    blocks: int
    low: float | None = None
    high: float | None = None
    further: tuple[float, ...] = ()

    @property
    def are_too_few(self) -> bool:
        """Whether too few blocks were scored; else their scores have no noise of rows to measure differences by."""
        return self.scored < FEWEST

    @property
    def leaves_no_promise(self) -> bool:
        """Whether no figure can be promised of later rows, as the next stretch may score anything, or those behind it
        score worse and worse."""
        return self.low is not None
