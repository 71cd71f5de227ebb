"""Findings of `assay inspect`, as values that every output renders in the same words."""

from dataclasses import dataclass
from typing import Literal

from assay.core.figure import Figure
from assay.core.schema import Kind
from assay.core.task import Notice

Verdict = Literal["proved", "suspected"]
Measure = Literal["equal", "Pearson", "Spearman", "Cramér's V", "correlation ratio", "phi"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a file was read; empty for formats other than text. skipped: what was left out, in words."""

    encoding: str = ""
    delimiter: str = ""
    decimal: str = ""
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Minimum, median and maximum of a column of numbers, or of dates as texts. outliers: share of the numbers more
    than three interquartile ranges beyond the quartiles; None for dates, and where half of the cells are equal."""

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
    """Out-of-fold score of one column, or of its gaps. measure: "ROC AUC" or "R2"; noise has 0.5 or 0."""

    value: float
    measure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """Association of two columns, on the rows where both are present.

    gaps: whether "a", "b" or "both" stand for missingness instead of values; "" neither.
    """

    a: str
    b: str
    measure: Measure
    value: float
    rows: int
    gaps: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedPassage:
    """What most texts of a column share, at their beginning, at their end or as a line. share: of different texts."""

    place: Literal["beginning", "end", "line"]
    text: str
    share: float


LABEL_IN_TEXT = "leak/label-in-text"


def advice_on_kept(code: str) -> str:
    """What to do about a suspected column that is kept: the same words wherever it is told."""
    if code == LABEL_IN_TEXT:
        return "Kept; take it out of the texts if new ones come without it, or leave them out"
    return "Kept; leave it out if it is not known when you predict"


def without_advice(message: str) -> str:
    """A message without the advice at its end."""
    for code in (LABEL_IN_TEXT, ""):
        message = message.removesuffix(f". {advice_on_kept(code)}")
    return message


@dataclass(frozen=True, slots=True, kw_only=True)
class TextView:
    """What a column of texts is made of. texts: different ones that were read, at most 10,000; all shares are of these
    but `repeated`, of all filled cells of the sampled rows: those that repeat an earlier one. Languages, scripts,
    medians and speakers are of 1,000.

    languages: with their shares of the texts long enough to tell, () where most are not told; scripts: with shares of
    the letters. characters, words: medians; longest: in characters. near: like an earlier one in four of five words.
    speakers: labels that lines begin with. html, controls: with markup, with control characters.
    """

    texts: int
    languages: tuple[tuple[str, float], ...]
    scripts: tuple[tuple[str, float], ...]
    characters: float
    words: float
    longest: int
    repeated: float
    near: float
    shared: tuple[SharedPassage, ...]
    speakers: tuple[str, ...]
    html: float
    controls: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnView:
    """One column. missing: share of its cells. spark: shares of eight bins over its middle 98 %, () where it has none.

    repairs: changes of its cells, each with the option that refuses it. notes: oddities. alone: its univariate score,
    None without a target; gaps: the score of its missingness, where that is beyond chance. spread: of numbers and
    dates; frequent: of levels; text: of texts.
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
    text: TextView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetView:
    """The target. shares: (label, share) of each class, the most frequent first; () for numbers, which
    have a spread."""

    name: str
    problem: str
    reason: str
    shares: tuple[tuple[str, float], ...]
    notes: tuple[str, ...]
    spark: tuple[float, ...] = ()
    spread: Spread | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakFound:
    """A column that leaks the target, or seems to. score: its univariate score, out of fold; measure: its name.

    column is None where the order of the rows leaks.
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
    """Difference of one column between two tables. psi: population stability index over ten bins of the first table.

    distance: Kolmogorov-Smirnov for numbers and dates, total variation for levels, from 0 to 1. chance: the 95 %
    quantile of the largest distance between equal tables of these sizes, over all columns. unseen: share of new cells
    whose level the first table lacks.
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
    """One table against another. separability: ROC AUC of a classifier that separates their rows, out of fold
    (Lopez-Paz and Oquab, 2017); lacking, extra: columns only the first, only the second has."""

    other: str
    rows: int
    columns: tuple[ColumnDrift, ...]
    separability: Figure | None
    lacking: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Leak test of one feature step on this table. moved: columns of training rows that changed when data it must not
    use was changed. shuffled: correlation, out of fold, of a cheap model behind it with shuffled targets, None where it
    was not tried; chance: its bound without a leak."""

    step: str
    moved: tuple[str, ...]
    shuffled: float | None = None
    chance: float = 1.0

    @property
    def knows_shuffled(self) -> bool:
        """Whether shuffled targets were predicted nevertheless."""
        return self.shuffled is not None and self.shuffled > self.chance

    @property
    def ok(self) -> bool:
        return not self.moved and not self.knows_shuffled


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question for a person, with the option that answers yes."""

    code: str
    message: str
    do: str
    column: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Twins:
    """Rows that repeat others. repeated: equal in every feature; near: equal in nearly all, of `looked_at` rows.

    said: the notice of `fit` about repeated rows; "" without one.
    """

    repeated: int
    near: int
    looked_at: int
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """All findings. sampled: number of rows for scores, plots and drift; if fewer than `rows` a note says so.

    relations: the strongest between columns, from at most 10,000 rows. replay: () unless requested. order_by: the date
    whose order the rows lie in and change along, so that later rows are what a fit is judged by; "" without one.
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
    order_by: str = ""

    @property
    def proved(self) -> tuple[LeakFound, ...]:
        return tuple(leak for leak in self.leaks if leak.verdict == "proved")
