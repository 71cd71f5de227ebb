"""What a candidate will cost as it ships, before it does: milliseconds of one row, bytes on disk."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from assay.ensemble.candidate import Candidate
from assay.lab.settings import FitSettings
from assay.lab.state import LabState
from assay.models import registry as models

DEFAULT_ROW_MS = 3.2
"""What a model may take for one row of a frame, as its worker measures it, if nobody says otherwise: a fifth below the
4 ms that are promised, for a service is not the process that measured."""
DEFAULT_BYTES = 25_000_000
"""What a model may take on disk if nobody says otherwise: bags of fully grown forests reached three times as much."""
OVERHEAD_MS = 0.3
"""Reading the row from a frame, mixing and calibrating: no member's own."""


def is_a_bag(family: str) -> bool:
    """Whether it averages over samples of the rows itself, so that fold models beside a refit add size only."""
    return family in models and bool(getattr(models.get(family), "is_a_bag", False))


@dataclass(frozen=True, slots=True)
class _Flat:
    """A family that ships as flat trees. call_ms: a call of its library, gone when it ships; tree_ms: a tree in the
    common walk; piece_ms: what a piece adds beside its trees; bytes_ratio: of what its library stores.
    """

    call_ms: float
    tree_ms: float
    piece_ms: float
    bytes_ratio: float
    tree_per_class: bool


_FLAT: Mapping[str, _Flat] = {
    "lightgbm": _Flat(0.08, 9e-5, 0.012, 0.06, tree_per_class=True),
    "xgboost": _Flat(0.20, 9e-5, 0.012, 0.15, tree_per_class=True),
    "catboost": _Flat(0.12, 4e-5, 0.012, 0.20, tree_per_class=False),
}


def as_shipped(state: LabState, candidates: Sequence[Candidate], *, copies: int, n_classes: int) -> list[Candidate]:
    """Candidates with the time and bytes of one of their `copies` in what ships.

    A booster's trees are walked with all others', without a call of its library: what is left of its measured time is
    its steps, which are walked once for all copies. Other families answer copy by copy.
    """
    return [_shipped(state, one, copies, n_classes) for one in candidates]


def _shipped(state: LabState, one: Candidate, copies: int, n_classes: int) -> Candidate:
    flat, result = _FLAT.get(one.family), state.entries[one.number].result
    if result is not None and copies > len(result.folds) and is_a_bag(one.family):  # its refit ships alone
        return replace(one, row_ms=one.row_ms / copies, size_bytes=math.ceil(one.size_bytes / copies))
    if flat is None or result is None or not result.rounds:
        return one
    trees = result.rounds * (n_classes if flat.tree_per_class and n_classes > 2 else 1)
    steps = max(one.row_ms - flat.call_ms - trees * flat.tree_ms, 0.0)
    done = [fold.rounds_done for fold in result.folds if fold.rounds_done]
    used = min(1.0, result.rounds * len(done) / sum(done)) if done else 1.0
    return replace(
        one, row_ms=flat.piece_ms + trees * flat.tree_ms + steps / copies,
        size_bytes=math.ceil(one.size_bytes * flat.bytes_ratio * used),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What the model as a whole may take: milliseconds for one row of a frame, bytes on disk; inf: any."""

    row_ms: float = math.inf
    size_bytes: float = math.inf

    @classmethod
    def of(cls, settings: FitSettings) -> "Bounds":
        """As asked for; in an exact run, which must not choose by what was measured, only what was asked for."""
        ms, size = settings.row_ms_limit, settings.size_limit
        if ms is None:
            ms = math.inf if settings.budget.is_exact else DEFAULT_ROW_MS
        return cls(row_ms=ms, size_bytes=DEFAULT_BYTES if size is None else size)

    @property
    def members_ms(self) -> float:
        """What is left for the members."""
        return max(self.row_ms - OVERHEAD_MS, 0.5 * self.row_ms)

    def allow(self, row_ms: float, size_bytes: int) -> bool:
        return row_ms <= self.row_ms and size_bytes <= self.size_bytes
