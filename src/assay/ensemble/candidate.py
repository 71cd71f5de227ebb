"""Candidates of a blend, limits on its cost, and the blend itself."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from assay.core.array import AnyArray, Floats
from assay.ensemble.combine import LogitModel, Scale, combined


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidate:
    """A scored experiment as the blend sees it.

    read: gives `oof`, the stored out-of-fold predictions of all rows; NaN in rows never scored, the same rows in every
    candidate. Called anew each time, as thousands of candidates do not fit into memory.
    score: the task's metric on the scored rows. row_ms, size_bytes: of what would ship (one row; uncompressed).
    """

    number: int
    family: str
    read: Callable[[], AnyArray]
    score: float
    seconds: float = 0.0
    row_ms: float = 0.0
    size_bytes: int = 0

    @property
    def oof(self) -> AnyArray:
        return self.read()


def held(prediction: AnyArray) -> Callable[[], AnyArray]:
    """`Candidate.read` of a prediction in memory."""
    return lambda: prediction


def stored_of(candidates: Iterable[Candidate], numbers: Iterable[int]) -> dict[int, AnyArray]:
    """The predictions of some of the candidates, by number."""
    known = {candidate.number: candidate for candidate in candidates}
    return {number: known[number].oof for number in numbers}


@dataclass(frozen=True, slots=True, kw_only=True)
class BlendLimits:
    """What a blend as a whole may cost: milliseconds for one row, bytes, members."""

    row_ms: float = math.inf
    size_bytes: float = math.inf
    members: int = 8

    def allow(self, candidates: Sequence[Candidate]) -> bool:
        """Whether these members together stay within the limits."""
        return (
            len(candidates) <= self.members
            and sum(c.row_ms for c in candidates) <= self.row_ms
            and sum(c.size_bytes for c in candidates) <= self.size_bytes
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend:
    """Members and their weights, heaviest first; weights are positive and sum to 1.

    scale: where the mean is taken. learned: the model that combines the members in place of the weighted mean; weights
    are then the greedy ones, for display. score: the task's metric of the blended out-of-fold predictions, all folds
    pooled; it was chosen on these rows, so it flatters (`evidence.bbc` corrects it).
    """

    numbers: tuple[int, ...]
    weights: tuple[float, ...]
    scale: Scale = "plain"
    score: float = math.nan
    learned: LogitModel | None = None

    def __post_init__(self) -> None:
        if len(self.numbers) != len(self.weights) or not self.numbers:
            raise ValueError(f"A blend needs one weight a member, not {len(self.numbers)} and {len(self.weights)}.")
        if min(self.weights) <= 0 or not math.isclose(sum(self.weights), 1.0, abs_tol=1e-8):
            raise ValueError(f"Weights are positive and sum to 1, unlike {self.weights}.")
        if self.learned is not None and len(self.learned.weights) != len(self.numbers):
            raise ValueError("A learned combination needs a row of weights for each member.")

    def weight_of(self, number: int) -> float:
        """The share of an experiment, 0 if it is no member."""
        return dict(zip(self.numbers, self.weights, strict=True)).get(number, 0.0)

    def predict(self, stored: Mapping[int, AnyArray]) -> Floats:
        """The blended prediction from the members' stored predictions by experiment number."""
        members = [stored[number] for number in self.numbers]
        return combined(members, self.weights, self.scale, self.learned)
