"""What one fold gave, and the folds of one experiment, held and stored column by column: a lab has tens of thousands of
them, and few are ever looked at.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
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


_WHOLE, _NUMBER, _TEXT = frozenset({int}), frozenset({int, float}), frozenset({str})
KINDS: Mapping[str, frozenset[type]] = {
    "fold": _WHOLE, "partition": _WHOLE, "score": _NUMBER, "ended": _TEXT, "rounds": frozenset({int, type(None)}),
    "rounds_done": frozenset({int, type(None)}), "wall_seconds": _NUMBER, "cpu_seconds": _NUMBER,
    "peak_bytes": _WHOLE, "model_bytes": _WHOLE, "row_ms": _NUMBER, "piece_ms": _NUMBER, "predictions": _TEXT,
    "model": _TEXT,
}  # fmt: skip
"""By field of FoldScore: the types of its values, in Python and, where they are finite, in JSON."""


class FoldScores(Sequence[FoldScore]):
    """A sequence of FoldScore, made one by one when asked for."""

    __slots__ = ("_columns",)

    def __init__(self, columns: Mapping[str, Sequence[Any]]) -> None:
        """columns: the values of all folds by field of FoldScore."""
        self._columns = columns

    @classmethod
    def of(cls, folds: Iterable[FoldScore] = ()) -> "FoldScores":
        """Of these folds, in their order."""
        given = tuple(folds)
        return cls({field.name: [getattr(fold, field.name) for fold in given] for field in fields(FoldScore)})

    @property
    def numbers(self) -> Sequence[int]:
        """Of each its fold."""
        return self._columns["fold"]

    def __len__(self) -> int:
        return len(self._columns["fold"])

    @overload
    def __getitem__(self, place: int) -> FoldScore: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[FoldScore, ...]: ...
    def __getitem__(self, place: int | slice) -> FoldScore | tuple[FoldScore, ...]:
        if isinstance(place, slice):
            return tuple(self)[place]
        return FoldScore(**{name: column[place] for name, column in self._columns.items()})

    def __iter__(self) -> Iterator[FoldScore]:
        return (FoldScore(**dict(zip(KINDS, row, strict=True))) for row in zip(*self._ordered(), strict=True))

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, FoldScores | tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))

    def _ordered(self) -> Iterator[Sequence[Any]]:
        return (self._columns[name] for name in KINDS)

    def as_json(self) -> JsonObject:
        """By field the values of all folds; values that are not finite as text."""
        return {name: [to_json(value) for value in column] for name, column in self._columns.items()}

    @classmethod
    def from_json(cls, body: Json) -> "FoldScores":
        """Of that JSON; or of a list of folds, as results of 0.1.0 are. ValueError for anything else."""
        if isinstance(body, list):
            return cls.of(from_json(FoldScore, fold) for fold in body)
        if not isinstance(body, dict) or not KINDS.keys() <= body.keys():
            raise ValueError("folds are an object of all their columns.")
        columns = {name: _column(name, body[name]) for name in KINDS}
        if len({len(column) for column in columns.values()}) != 1:
            raise ValueError("the columns of folds have different lengths.")
        return cls(columns)


def _column(name: str, values: Json) -> list[Any]:
    kinds = KINDS[name]
    if not isinstance(values, list):
        raise ValueError(f"{name} of folds is a list, not {values!r}.")
    if kinds.issuperset(map(type, values)):
        return values
    if kinds is _NUMBER:
        return list(from_json(tuple[float, ...], values))  # numbers that are not finite are text
    raise ValueError(f"{name} of folds cannot be {values!r}.")
