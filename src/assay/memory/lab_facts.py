"""What one lab saw its moves gain: the facts that are remembered of it, and what tells it from other labs' data."""

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from assay.core.schema import Schema
from assay.core.task import Task
from assay.memory.content_sketch import ContentSketch
from assay.memory.task_kind import TaskKind
from assay.research.lessons import Trial

SHARED_COLUMNS = 0.5
"""Share of columns, of the one that has fewer, from which on two tables may hold the same rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveFact:
    """What a move gained over its parents in one lab. family: of the parents, "" for all; mean and variance of a try's
    gain, in units of that lab's noise."""

    move: str
    family: str = ""
    tries: int
    mean: float
    variance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DataIdentity:
    """By what data are known again, as hashes alone. data: of all cells; columns: of the name and kind of each, sorted;
    keys: of the keys that its vaults were dealt by; content: of rows and columns whatever they are called, empty in
    what earlier versions remembered."""

    data: str
    columns: tuple[str, ...]
    keys: tuple[str, ...] = ()
    content: ContentSketch = field(default_factory=ContentSketch)

    @classmethod
    def of(cls, task: Task, content: ContentSketch, keys: Iterable[str] = ()) -> "DataIdentity":
        return cls(
            data=_hash(task.data_hash), columns=_columns(task.schema), keys=tuple(sorted(map(_hash, keys))),
            content=content,
        )  # fmt: skip

    def may_share_rows(self, other: "DataIdentity") -> bool:
        """Whether the one may hold rows of the other: the same cells, a vault of the same key, half of the columns'
        names, as in the same file with some more rows or some columns fewer, or much of what its rows or columns hold,
        as in a copy whose columns were renamed."""
        shared = len(set(self.columns) & set(other.columns))
        fewer = min(len(self.columns), len(other.columns))
        is_alike = bool(fewer) and shared >= SHARED_COLUMNS * fewer
        is_same = self.data == other.data or bool(set(self.keys) & set(other.keys))
        return is_same or is_alike or self.content.shares_rows(other.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabFacts:
    """All that is remembered of a lab. lab: the hash of its first record, so that its next session replaces this;
    experiments: that it has seen. Nothing of cells, of names, or of where it lies."""

    lab: str
    identity: DataIdentity
    kind: TaskKind
    experiments: int
    moves: tuple[MoveFact, ...]


def facts_of(tried: Sequence[Trial]) -> tuple[MoveFact, ...]:
    """What moves gained, on the whole and by family, by name."""
    by = defaultdict[tuple[str, str], list[float]](list)
    for one in tried:
        by[one.move, ""].append(one.effect)
        by[one.move, one.family].append(one.effect)
    return tuple(_fact(move, family, effects) for (move, family), effects in sorted(by.items()))


def _fact(move: str, family: str, effects: Sequence[float]) -> MoveFact:
    mean = sum(effects) / len(effects)
    variance = sum((one - mean) ** 2 for one in effects) / len(effects)
    return MoveFact(move=move, family=family, tries=len(effects), mean=_short(mean), variance=_short(variance))


def _short(value: float) -> float:
    return round(value, 3) if math.isfinite(value) else 0.0


def _hash(text: str) -> str:
    return hashlib.sha256(b"assay memory " + text.encode()).hexdigest()[:24]


def _columns(schema: Schema) -> tuple[str, ...]:
    return tuple(sorted({_hash(f"{column.name}\x1f{column.kind}") for column in schema.columns}))
