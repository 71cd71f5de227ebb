"""What `assay inspect` found in a table, as values that every face renders in the same words."""

from dataclasses import dataclass
from typing import Literal

from assay.core.figure import Figure
from assay.core.schema import Kind
from assay.core.task import Notice

Verdict = Literal["proved", "suspected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a file was read; empty where it was no text. skipped: what was left out, in words."""

    encoding: str = ""
    delimiter: str = ""
    decimal: str = ""
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnView:
    """One column. missing: share of its cells. spark: shares of eight bins over its middle 98 %, () where it has none.

    repairs: what was done to its cells, each with the option that refuses it. notes: what is odd about it.
    """

    name: str
    kind: Kind
    why: str
    missing: float
    levels: int
    spark: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()
    refuse: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetView:
    """What is asked. shares: (label, share) of each class, the most frequent first; () for numbers."""

    name: str
    problem: str
    reason: str
    shares: tuple[tuple[str, float], ...]
    notes: tuple[str, ...]
    spark: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakFound:
    """A column that knows the answer, or seems to. score: of it alone, out of fold; measure: its name.

    column is None where no column is meant but the order of the rows.
    """

    column: str | None
    code: str
    verdict: Verdict
    what: str
    do: str
    score: float | None = None
    measure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDrift:
    """How one column differs between two tables. psi: population stability index over ten bins of the first table.

    distance: Kolmogorov and Smirnov's for numbers and dates, total variation for levels, of 0 to 1. chance: the
    distance that equal tables of these sizes stay under in 95 of 100 cases, all columns together. unseen: share of new
    cells whose level the first table lacks.
    """

    column: str
    psi: float
    distance: float
    chance: float
    unseen: float = 0.0

    @property
    def is_beyond_chance(self) -> bool:
        return self.distance > self.chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One table against another. told_apart: ROC AUC of a classifier told to tell the rows apart, out of fold (Lopez-
    Paz and Oquab, 2017); lacking, extra: columns only the first, only the second has."""

    other: str
    rows: int
    columns: tuple[ColumnDrift, ...]
    told_apart: Figure | None
    lacking: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """One feature step tried on this table. moved: columns of training rows that changed when what they must not know
    was changed. shuffled: correlation, out of fold, of a cheap model behind it with targets that were shuffled, None
    where it was not tried; chance: what it stays under where nothing leaks."""

    step: str
    moved: tuple[str, ...]
    shuffled: float | None = None
    chance: float = 1.0

    @property
    def knows_shuffled(self) -> bool:
        """Whether targets that belong to no row were predicted all the same."""
        return self.shuffled is not None and self.shuffled > self.chance

    @property
    def ok(self) -> bool:
        return not self.moved and not self.knows_shuffled


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question for a person, with the option that answers it with yes."""

    code: str
    message: str
    do: str
    column: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Twins:
    """Rows that repeat others. repeated: equal in every feature; near: equal in nearly all, of `looked_at` rows.

    said: what `fit` will say of the repeated ones and do with them; "" where there is nothing to say.
    """

    repeated: int
    near: int
    looked_at: int
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """All that was found. sampled: rows that scores, plots and drift were computed on; fewer than `rows` is said."""

    file: str
    path: str
    size_bytes: int | None
    read: Reading
    rows: int
    n_columns: int
    columns: tuple[ColumnView, ...]
    target: TargetView | None
    leaks: tuple[LeakFound, ...]
    asks: tuple[Ask, ...]
    twins: Twins
    drift: Drift | None
    replay: tuple[Replay, ...]
    notices: tuple[Notice, ...]
    sampled: int
    seconds: float

    @property
    def proved(self) -> tuple[LeakFound, ...]:
        return tuple(leak for leak in self.leaks if leak.verdict == "proved")
