"""Expected cost of a candidate as it ships: milliseconds of one row by counts, bytes on disk."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assay.core.effort import Effort
from assay.core.recipe import Recipe
from assay.core.result import Result
from assay.core.schema import Schema
from assay.ensemble.candidate import Candidate
from assay.journal.state import LabState
from assay.models import traits_of
from assay.pipeline.shared_design import fits_in_fold
from assay.predictor.row_reader import reading
from assay.search.settings import FitSettings

SLOW_ROW_MS = 4.0
"""Milliseconds a row should take; a slower model ships with a warning, unless the user set another limit."""
LARGE_BYTES = 25_000_000
"""Bytes a model should take on disk. A larger one ships without the fold models beside its refits, which changes no
member: bags of fully grown forests reached three times as much."""
MIXING = Effort(calls=40)
"""What stands between the members' predictions and the answer: the mean, calibration, labels."""


def reading_ms(schema: Schema) -> float:
    """Estimated milliseconds of one row outside the members' models: reading a frame, mixing predictions."""
    return (reading(schema) + MIXING).ms


def ships_alone(recipe: Recipe) -> bool:
    """Whether its refit ships without the fold models beside it: of a family that is a bag of its own, and of steps
    that each fold fits anew, as a row's texts would be read once for each fold.
    """
    return traits_of(recipe.model.name).is_bag or fits_in_fold(recipe.steps)


def as_shipped(state: LabState, candidates: Sequence[Candidate], *, copies: int) -> list[Candidate]:
    """Candidates with the time and bytes of one of their `copies` in what ships.

    The first copy costs what it would alone, each further one what it adds: the steps before its own, and the walk down
    trees, serve all of them.
    """
    return [_shipped(state, one, copies) for one in candidates]


def _shipped(state: LabState, one: Candidate, copies: int) -> Candidate:
    entry = state.entries[one.number]
    result = entry.result
    if result is None:
        return one
    if copies > len(result.folds) and ships_alone(entry.experiment.recipe):
        return replace(one, row_ms=one.row_ms / copies, size_bytes=math.ceil(one.size_bytes / copies))
    row_ms = (one.row_ms + (copies - 1) * result.piece_ms) / copies
    used = _used(result) if traits_of(one.family).ships_used_rounds else 1.0
    return replace(one, row_ms=row_ms, size_bytes=math.ceil(one.size_bytes * used))


def _used(result: Result) -> float:
    """The share of what was trained that ships: rounds after the best are cut off."""
    done = [fold.rounds_done for fold in result.folds if fold.rounds_done]
    return min(1.0, result.rounds * len(done) / sum(done)) if result.rounds and done else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The user's limits on the model as a whole: milliseconds for one row of a frame, bytes on disk."""

    row_ms: float = math.inf
    size_bytes: float = math.inf

    @classmethod
    def of(cls, settings: FitSettings) -> "Bounds":
        """From the settings: explicit limits, else the preset's; inf: any."""
        ms, size = settings.row_ms_limit, settings.size_limit
        return cls(row_ms=math.inf if ms is None else ms, size_bytes=math.inf if size is None else size)

    def allow(self, row_ms: float, size_bytes: float) -> bool:
        return row_ms <= self.row_ms and size_bytes <= self.size_bytes
