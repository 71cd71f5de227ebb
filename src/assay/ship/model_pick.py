"""The pick of what ships: never below the best single model that could ship in its place."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from assay.ensemble.candidate import Blend, Candidate
from assay.search.serving_cost import Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A blend that could ship; a blend of one is a single model. score: out of fold, NaN where the metric has none.

    row_ms, size_bytes: its cost as it ships, estimated from counts.
    """

    blend: Blend
    score: float
    row_ms: float = 0.0
    size_bytes: float = 0.0


def single(candidate: Candidate) -> Option:
    """A candidate alone, at the cost it is listed with."""
    return Option(
        blend=Blend(numbers=(candidate.number,), weights=(1.0,), score=candidate.score), score=candidate.score,
        row_ms=candidate.row_ms, size_bytes=candidate.size_bytes,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPicker:
    """bounds: the user's limits on the model's cost; no other limit may keep a model from shipping."""

    higher_is_better: bool
    bounds: Bounds = field(default_factory=Bounds)

    def pick(self, planned: Sequence[Option], singles: Sequence[Option]) -> Option:
        """The first that was planned, if it keeps the bounds and no single model that keeps them scores better; else
        the best single one that keeps them; where nothing does, what breaks them by least.
        """
        inside = [one for one in singles if self._fits(one)]
        floor = max((self._level(one) for one in inside), default=-math.inf)
        for one in planned:
            if self._fits(one) and self._level(one) >= floor:
                return one
        if inside:
            return max(inside, key=self._level)
        return min((*planned, *singles), key=self._excess)

    def best_first(self, options: Sequence[Option]) -> list[Option]:
        """By score; ties stay in their order."""
        return sorted(options, key=lambda one: -self._level(one))

    def _fits(self, one: Option) -> bool:
        return self.bounds.allow(one.row_ms, one.size_bytes)

    def _level(self, one: Option) -> float:
        """The score, oriented so that more is better; without one, below all others."""
        if math.isnan(one.score):
            return -math.inf
        return one.score if self.higher_is_better else -one.score

    def _excess(self, one: Option) -> float:
        return max(one.row_ms / self.bounds.row_ms, one.size_bytes / self.bounds.size_bytes)
