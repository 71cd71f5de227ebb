"""Bases of fitted models, by what they have of rounds."""

from typing import ClassVar, Protocol

from assay.core.fold_scores import Ended


class WithoutRounds(Protocol):
    """Base of a fitted model that is not trained in rounds."""

    __slots__ = ()
    rounds: ClassVar[int | None] = None
    rounds_done: ClassVar[int | None] = None


class Converged(WithoutRounds, Protocol):
    """Base of one that is solved, whatever the time."""

    __slots__ = ()
    ended: ClassVar[Ended] = "converged"


class AllRounds(Protocol):
    """Base of a fitted model that always predicts by all rounds of its training."""

    __slots__ = ()
    rounds: int

    @property
    def rounds_done(self) -> int:
        return self.rounds
