"""What one fold gave, and the folds of one experiment, held and stored column by column: a lab has tens of thousands of
them, and few are ever looked at.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal, overload

from assay.core.array import Json, JsonObject
from assay.core.codec import from_json, to_json

Ended = Literal["converged", "rounds", "deadline", "raced"]
"""Why a fit stopped: early stopping or closed form; all rounds done; out of time; hopeless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldScore:
    """One fold's outcome. score: the user's metric on the fold's scored rows (NaN where it needs more rows).

    rounds: the fold's own best round; rounds_done: trained; None where the family has no rounds. row_ms: estimated
    milliseconds of one row predicted by this model alone, as it would ship (core.effort); piece_ms: of one more like
    it. predictions, model: names of files in the task's work folder; the predictions are in the order of fold.test.
    """

    fold: int
    partition: int
    score: float
    ended: Ended
    rounds: int | None
    rounds_done: int | None
    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int
    model_bytes: int
    row_ms: float
    piece_ms: float
    predictions: str
    model: str


_WHOLE, _NUMBER, _TEXT = frozenset({int}), frozenset({float}), frozenset({str})
KINDS: Mapping[str, frozenset[type]] = {
    "fold": _WHOLE, "partition": _WHOLE, "score": _NUMBER, "ended": _TEXT, "rounds": frozenset({int, type(None)}),
    "rounds_done": frozenset({int, type(None)}), "wall_seconds": _NUMBER, "cpu_seconds": _NUMBER,
    "peak_bytes": _WHOLE, "model_bytes": _WHOLE, "row_ms": _NUMBER, "piece_ms": _NUMBER, "predictions": _TEXT,
    "model": _TEXT,
}  # fmt: skip
"""By field of FoldScore, in their order: the types of its values in JSON that are taken as they are."""


class FoldScores(Sequence[FoldScore]):
    """A sequence of FoldScore, made one by one when asked for."""

    __slots__ = ("_cells", "_length")

    def __init__(self, cells: tuple[Any, ...], length: int) -> None:
        """cells: the values of so many folds, field after field as in KINDS."""
        self._cells, self._length = cells, length

    @classmethod
    def of(cls, folds: Iterable[FoldScore] = ()) -> "FoldScores":
        """Of these folds, in their order."""
        given = tuple(folds)
        return cls(tuple(getattr(fold, name) for name in KINDS for fold in given), len(given))

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, place: int) -> FoldScore: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[FoldScore, ...]: ...
    def __getitem__(self, place: int | slice) -> FoldScore | tuple[FoldScore, ...]:
        if isinstance(place, slice):
            return tuple(self[i] for i in range(*place.indices(self._length)))
        i = range(self._length)[place]
        return FoldScore(**dict(zip(KINDS, self._cells[i :: self._length], strict=True)))

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, FoldScores | tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))

    def as_json(self) -> JsonObject:
        """By field the values of all folds; values that are not finite as text."""
        cells, n = self._cells, self._length
        return {name: [to_json(cell) for cell in cells[j * n : (j + 1) * n]] for j, name in enumerate(KINDS)}

    @classmethod
    def from_json(cls, body: Json) -> "FoldScores":
        """Of that JSON; or of a list of folds, as results of 0.1.0 are. ValueError for anything else."""
        if isinstance(body, list):
            return cls.of(from_json(FoldScore, fold) for fold in body)
        if not isinstance(body, dict) or not KINDS.keys() <= body.keys():
            raise ValueError("folds are an object of all their columns.")
        columns = [_column(name, body[name]) for name in KINDS]
        length = len(columns[0])
        if any(len(column) != length for column in columns):
            raise ValueError("the columns of folds have different lengths.")
        return cls(tuple(chain.from_iterable(columns)), length)


def _column(name: str, values: Json) -> list[Any]:
    kinds = KINDS[name]
    if not isinstance(values, list):
        raise ValueError(f"{name} of folds is a list, not {values!r}.")
    if kinds.issuperset(map(type, values)):
        return values
    if kinds is _NUMBER:
        return list(from_json(tuple[float, ...], values))  # numbers that are not finite are text
    raise ValueError(f"{name} of folds cannot be {values!r}.")
