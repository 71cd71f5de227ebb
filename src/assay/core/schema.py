"""Schema of a table: kinds of columns, the reason for each, and how cells become numbers."""

from base64 import b64decode
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite
from typing import Literal, TypeAlias

from assay.core.errors import DataError, Where, nearest_names
from assay.core.problem import Problem
from assay.core.text_model import TextModel

Kind: TypeAlias = str
"""One of KINDS, or of the kinds that a registered block holds."""
KINDS: tuple[Kind, ...] = (
    "numeric", "category", "ordinal", "boolean", "datetime", "text",
    "identifier", "constant", "group", "time", "weight", "target", "dropped",
)  # fmt: skip
CODED: frozenset[Kind] = frozenset({"category", "boolean"})
"""Kinds stored as codes of their levels."""
NUMBERED: frozenset[Kind] = frozenset({"numeric", "ordinal"})
"""Kinds stored as numbers; of an ordinal the position of its level, so that models know the order."""
LEVELLED: frozenset[Kind] = CODED | {"ordinal"}
STRINGS_ABOVE = 20
"""Categories with more distinct values are also passed to steps as texts."""
HIGH_LEVELS = 50
"""Coded columns with more levels are high (Facts.high_columns)."""
FEATURES: frozenset[Kind] = frozenset({"numeric", "category", "ordinal", "boolean", "datetime", "text"})


def plugged_in() -> tuple[Kind, ...]:
    """Kinds of features that the blocks of plug-ins hold; they are looked for when a kind is not ours."""
    from assay.core.block import registry  # with numpy, which a list of kinds does not need

    return tuple(sorted({kind for _, block in registry for kind in block.kinds} - FEATURES))


Label = str | int | float | bool

First = Literal["hours", "minutes"]
Composed = Literal["", "fractions", "degrees", "feet", "powers"]
CLOCK = "%H:%M"
"""The date format of times of day."""
SHORT_YEAR = 1969
"""First year of the century that strptime assumes for two-digit years."""
_LAST_SHORT_YEAR = 9900
"""So that a hundred years from there are years of Python's dates."""
SECONDS = "durations, in seconds"
"""Beginning of the reason of a column of durations, as text or native."""

ORDERS = "orders the rows in time, as asked, and is a feature: later rows have other answers"
ORDERS_AS_FOUND = "the rows lie in its order, and it is a feature: later rows have other answers"
"""Reasons of a date or number column that orders the rows, as asked or as the file lies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberFormat:
    """Number format of text cells; the default reads plain numbers.

    decimal: the decimal mark, ".," where cells use either. `affixes` (currency signs, units) are removed; with percent
    "12 %" is 0.12; with brackets "(5)" is -5. duration: cells are durations, read as seconds ("1h 20m" is 4800); of two
    numbers, as in "75:30", the first counts hours or minutes. cents: exactly three digits after the decimal mark may be
    thousands in another format ("1.200" beside "$3.50"), and are not read. limits: cells that give a bound ("<0.5",
    ">100") are read as the bound. behind: a minus or the side of an account after a number is its sign ("12-", "12
    DR"). factors: "3k" is 3000, "1.2M" 1200000. composed: numbers written in several parts: "3 1/4" (fractions),
    48°51'24" N (degrees; south and west negative), 5'11" (feet, as inches), 1.2×10^3 (powers). rough: words for
    approximations are removed ("ca. 120"). whole: the cells had thousands and no fractions, so that "1.204" beside
    "1,204" is not read. notes: footnote marks after a number ("1,204[3]", "0.51**") are removed.
    """

    decimal: str = "."
    thousands: str = ""
    affixes: tuple[str, ...] = ()
    percent: bool = False
    brackets: bool = False
    duration: Literal["", First] = ""
    cents: bool = False
    limits: bool = False
    behind: bool = False
    factors: bool = False
    composed: Composed = ""
    whole: bool = False
    notes: bool = False
    rough: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the input: its kind, the reason for it, and how its cells are read.

    levels: known levels of a coded column by falling frequency (ordinal: from low to high); rare ones are left out and
    become *unseen*, of an ordinal missing; rare: their hashes, 4 bytes each, in base64 (data/rare_values.py). shift,
    scale: a numeric column is stored as (x - shift) / scale where float32 would merge its values. date_formats:
    strptime formats tried in order; empty: ISO 8601 or native dates; (CLOCK,): times of day, stored as moments of the
    first of January 1970. short_year: the first of the hundred years that two-digit years mean. zone: whose
    clock moments are read by ("Europe/Berlin"; "+05:30"; "+01:00 +02:00", where those times stand as written); "" for
    UTC. span: the training
    range of numbers (or days since 1970), None where there is none. missing: number of missing cells when the schema
    was made; missing_marks: texts read as missing. restricts: values of the column by which labels are restricted
    (Task.candidates), as text; () for all others.
    """

    name: str
    kind: Kind
    reason: str
    levels: tuple[str, ...] = ()
    n_levels: int = 0
    missing: int = 0
    missing_marks: tuple[str, ...] = ()
    shift: float = 0.0
    scale: float = 1.0
    number: NumberFormat = field(default=NumberFormat())
    date_formats: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    rare: str = ""
    short_year: int = SHORT_YEAR
    zone: str = ""
    span: tuple[float, float] | None = None
    restricts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS and self.kind not in plugged_in():
            known = (*KINDS, *plugged_in())
            near = nearest_names(self.kind, known)
            raise DataError(
                f"Column {self.name!r} cannot be of kind {self.kind!r}. Kinds: {', '.join(known)}.",
                where=Where(column=self.name), nearest=near,
            )  # fmt: skip
        if len(b64decode(self.rare, validate=True)) % 4:
            raise ValueError(f"Column {self.name!r} has no whole number of hashes.")
        if not 1 <= self.short_year <= _LAST_SHORT_YEAR:
            raise ValueError(f"Column {self.name!r} cannot have two-digit years from {self.short_year}.")
        if self.span is not None and not (all(map(isfinite, self.span)) and self.span[0] <= self.span[1]):
            raise ValueError(f"Column {self.name!r} cannot reach from {self.span[0]} to {self.span[1]}.")
        if not (isfinite(self.shift) and isfinite(self.scale) and self.scale):
            raise ValueError(f"Column {self.name!r} cannot be stored as (x - {self.shift}) / {self.scale}.")

    @property
    def orders_rows(self) -> bool:
        """Whether rows are ordered by it, which makes it required of later rows, feature or not."""
        return self.kind == "time" or self.reason in (ORDERS, ORDERS_AS_FOUND)

    @property
    def is_feature(self) -> bool:
        return self.kind in FEATURES or self.kind not in KINDS

    @property
    def is_clock(self) -> bool:
        """Whether it is a column of times of day."""
        return CLOCK in self.date_formats

    @property
    def unit(self) -> str:
        """Unit of its numbers, "" where only the cells say so."""
        if self.number.duration or self.reason.startswith(SECONDS):
            return "seconds"
        return {"feet": "inches", "degrees": "degrees"}.get(self.number.composed, "")

    @property
    def is_string(self) -> bool:
        """Whether steps may take its cells apart: many categories, and text keys (never used whole)."""
        return (
            self.n_levels > 0
            if self.kind == "identifier"
            else self.kind == "category" and self.n_levels > STRINGS_ABOVE
        )


@dataclass(frozen=True, kw_only=True)
class Schema:
    """All columns of the input in their order, the target among them. What is looked up is worked out once."""

    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        twice = [name for name, count in Counter(c.name for c in self.columns).items() if count > 1]
        if twice:
            raise DataError(f"Two columns are named {twice[0]!r}. Rename one.", where=Where(column=twice[0]))

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __getitem__(self, name: str) -> Column:
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> Mapping[str, Column]:
        return {column.name: column for column in self.columns}

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @cached_property
    def features(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.is_feature)

    @cached_property
    def restricting(self) -> Column | None:
        """The column by which labels are restricted."""
        return next((column for column in self.columns if column.restricts), None)

    @cached_property
    def needed(self) -> tuple[Column, ...]:
        """What new rows must have: the features, and the column by which labels are restricted."""
        return tuple(column for column in self.columns if column.is_feature or column.restricts)

    @cached_property
    def strings(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.is_string)

    def of_kind(self, *kinds: Kind) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.kind in kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Numbers about a task that configurations, costs and plans may depend on.

    minority: rows of the rarest class (regression: all rows); most_levels: levels of the widest coded column;
    high_columns: coded columns with more than 50 levels; skew: of the target (regression), else 0. monotone: numeric
    columns in which the prediction may only rise (1) or only fall (-1) (two classes: the second's probability).
    ordered: whether the rows are ordered by a column, so that a row has a past; period: then, the columns that are
    dates or only tell the period (core/period_columns.py). text_chars: characters of a row's
    texts, the mean over rows; n_names: categories whose levels share pieces (core/name_pieces.py); n_counts: numeric
    columns that count terms (core/count_columns.py). group_spread: standard deviation of the sizes of groups, relative
    to their mean, 0 without groups; n_unlabelled: rows without a target that the lab keeps; ratio_column,
    difference_column: relative to which the target varies much less (core/offset_columns.py), "" for none.
    text_models: encoders on this machine that may read the texts; of a session, never of the table.
    """

    problem: Problem
    n_rows: int
    n_numeric: int
    n_category: int
    n_dates: int
    n_text: int
    n_classes: int = 0
    minority: int = 0
    most_levels: int = 0
    high_columns: int = 0
    missing_share: float = 0.0
    target_skew: float = 0.0
    target_min: float = 0.0
    metric: str = ""
    monotone: tuple[tuple[str, int], ...] = ()
    ordered: bool = False
    period: tuple[str, ...] = ()
    text_chars: float = 0.0
    n_names: int = 0
    n_counts: int = 0
    group_spread: float = 0.0
    n_unlabelled: int = 0
    ratio_column: str = ""
    difference_column: str = ""
    text_models: tuple[TextModel, ...] = ()

    @property
    def n_outputs(self) -> int:
        """Scores a model gives one row: one, or one a class of more than two."""
        return self.n_classes if self.n_classes > 2 else 1

    @property
    def n_features(self) -> int:
        return self.n_numeric + self.n_category + self.n_dates + self.n_text
