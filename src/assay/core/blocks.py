"""How a model scored stretch by stretch, where rows are in order of time."""

from dataclasses import dataclass

FEWEST = 3
"""Blocks below which nothing tells how they differ."""
APART = 0.9
"""How likely it must be that blocks differ by more than half of what their rows explain, to say so."""
ALIKE = 0.5
"""Below it the median of how they differ is said to be no more than what rows explain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """Scores in order of time and how many rows each is of. apart: how likely it is that blocks differ by more than
    half of what their rows explain; size: how much, the median, as a share of what rows explain. unscored: which
    blocks, counted from 1, have too few rows of a class for a score.
    """

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
        """Whether nothing says that they do."""
        return self.size < ALIKE


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownNextPeriod:
    """Why nothing is known of a next stretch of time: of so many blocks so many could be scored."""

    scored: int
    blocks: int

    @property
    def are_too_few(self) -> bool:
        """Or their scores hold no noise of rows, by which differences are measured."""
        return self.scored < FEWEST
