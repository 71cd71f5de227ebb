"""What `assay inspect` found in a table, as values that every face renders in the same words."""

from dataclasses import dataclass
from typing import Literal

from assay.core.figure import Figure
from assay.core.schema import Kind
from assay.core.task import Notice

Verdict = Literal["proved", "suspected"]
Measure = Literal["equal", "Pearson", "Spearman", "Cramér's V", "correlation ratio", "phi"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a file was read; empty where it was no text. skipped: what was left out, in words."""

    encoding: str = ""
    delimiter: str = ""
    decimal: str = ""
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The ends and the middle of a column: numbers, or dates as texts. outliers: share of the numbers more than three
    interquartile ranges beyond the quartiles; None for dates, and where half of the cells are equal."""

    low: float | str
    median: float | str
    high: float | str
    outliers: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Frequent:
    """One of the most frequent levels; share: of the filled cells."""

    level: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UnivariateScore:
    """What one column, or its gaps, say of the target out of fold. measure: "ROC AUC" or "R2"; noise has 0.5 or 0."""

    value: float
    measure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """How strongly two columns go together, on the rows where both are filled (so many).

    gaps: whether "a", "b" or "both" means where that column is missing instead of what it holds; "" neither.
    """

    a: str
    b: str
    measure: Measure
    value: float
    rows: int
    gaps: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnView:
    """One column. missing: share of its cells. spark: shares of eight bins over its middle 98 %, () where it has none.

    repairs: what was done to its cells, each with the option that refuses it. notes: what is odd about it. alone: what
    it says of the target by itself, None without a target; gaps: the same of where it is missing, where that is more
    than chance. spread: of numbers and dates; frequent: of levels.
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
    spread: Spread | None = None
    frequent: tuple[Frequent, ...] = ()
    alone: UnivariateScore | None = None
    gaps: UnivariateScore | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetView:
    """What is asked. shares: (label, share) of each class, the most frequent first; () for numbers, which have a
    spread."""

    name: str
    problem: str
    reason: str
    shares: tuple[tuple[str, float], ...]
    notes: tuple[str, ...]
    spark: tuple[float, ...] = ()
    spread: Spread | None = None


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
    separability: Figure | None
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
    """All that was found. sampled: rows that scores, plots and drift were computed on; fewer than `rows` is said.

    relations: the strongest between columns, of which at most 10,000 rows were looked at. replay: () unless asked for.
    """

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
    relations: tuple[Relation, ...] = ()

    @property
    def proved(self) -> tuple[LeakFound, ...]:
        return tuple(leak for leak in self.leaks if leak.verdict == "proved")
