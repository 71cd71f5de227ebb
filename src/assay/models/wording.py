"""Wording of readable models: columns, levels, numbers and outcomes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from assay.core.array import Floats
from assay.core.schema import LEVELLED, Schema

MOST_LEVELS = 8
"""Levels named one by one; beyond that, their number is given."""
LEAST = 1e-30
"""Below which a threshold is how a tree of single precision writes zero."""
MOST = 1e300
"""From which on a threshold is how a booster writes that there is none."""
PARTS = {
    "mean": "usual outcome of {}", "count": "how often {} occurs", "bin": "bin of {}", "length": "characters of {}",
    "words": "words of {}", "digits": "digits of {}", "known": "whether {} is known", "expected": "{} as expected",
    "unexpected": "what is unexpected of {}", "score": "score of {} by its words",
}  # fmt: skip
"""What steps make of a column, by what follows its name: 'month' is "month of" it, as anything that is not here."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A column of 0 and 1 as a person says it: where it is there, and where not."""

    there: str
    missing: str


def number(value: float) -> str:
    """Four digits, without an exponent for numbers of ordinary size; what trees write for zero is 0."""
    value = 0.0 if abs(value) < LEAST else value
    if value == 0 or 1e-4 <= abs(value) < 1e7:
        digits = max(0, 4 - int(np.floor(np.log10(abs(value)))) - 1) if value else 0
        text = f"{value:.{digits}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{value:.4g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """levels: of each coded column, by code; scales: (shift, scale) of numeric columns stored on another scale;
    classes: names of the target's classes; outcome: name of the predicted number.

    Unknown names are numbered, so that a model of bare arrays can be described too.
    """

    levels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    scales: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    classes: Sequence[str] = ()
    outcome: str = "the target"
    columns: frozenset[str] = frozenset()
    """Those of the table, by which names that steps gave are known."""
    marks: Mapping[str, Mark] = field(default_factory=dict)

    @classmethod
    def of(cls, schema: Schema, *, classes: Sequence[str] = (), outcome: str = "the target") -> "Wording":
        return cls(
            levels={column.name: column.levels for column in schema if column.kind in LEVELLED},
            scales={column.name: (column.shift, column.scale) for column in schema if column.kind == "numeric"},
            classes=tuple(classes), outcome=outcome, columns=frozenset(column.name for column in schema),
        )  # fmt: skip

    def name(self, column: str) -> str:
        """A column as a person says it: "usual outcome of city" for city:mean."""
        if column in self.marks:
            return self.marks[column].there
        own, colon, part = column.rpartition(":")
        if not colon or column in self.columns or not self.columns.issuperset(own.split(" & ")):
            return column
        own, part = own.replace(" & ", " and "), part.strip()
        return PARTS[part].format(own) if part in PARTS else f"{part} of {own}"

    def condition(self, column: str, low: float, high: float) -> str:
        """low < x <= high of that column, in words."""
        if column in self.marks and np.isinf(low) != np.isinf(high):
            mark = self.marks[column]
            return mark.there if np.isinf(high) else mark.missing
        return f"{self.name(column)} {self.interval(column, low, high)}"

    def level(self, column: str, code: int, *, n_levels: int) -> str:
        """One code of a column, -1 missing and n_levels never seen."""
        if code < 0:
            return "missing"
        if code >= n_levels:
            return "another value"
        names = self.levels.get(column, ())
        return names[code] if code < len(names) else f"level {code + 1}"

    def threshold(self, column: str, value: float) -> str:
        """A number of that column on the table's scale; of an ordinal the highest level up to it."""
        if column in self.levels:
            names = self.levels[column]
            return names[min(max(int(np.floor(value)), 0), len(names) - 1)]
        shift, scale = self.scales.get(column, (0.0, 1.0))
        return number(value * scale + shift)

    def interval(self, column: str, low: float, high: float) -> str:
        """low < x <= high; an infinite end is left out."""
        low, high = (np.copysign(np.inf, end) if abs(end) >= MOST else end for end in (low, high))
        if np.isinf(low) and np.isinf(high):
            return "any number"
        if column in self.marks and np.isinf(low) != np.isinf(high):
            return "yes" if np.isinf(high) else "no"
        if np.isinf(low):
            return f"<= {self.threshold(column, high)}"
        if np.isinf(high):
            return f"> {self.threshold(column, low)}"
        return f"> {self.threshold(column, low)} and <= {self.threshold(column, high)}"

    def label(self, position: int) -> str:
        """The name of a class."""
        return self.classes[position] if position < len(self.classes) else f"class {position}"

    def among(self, column: str, codes: Sequence[int], *, known: Sequence[int], n_levels: int) -> str:
        """A set of the known codes in words: "is red", "in {red, blue}", or "not in {green}" where that is shorter."""
        outside = [code for code in known if code not in set(codes)]
        is_shorter = 0 < len(outside) < len(codes) and len(codes) > 1
        named = outside if is_shorter else sorted(codes)
        if len(named) == 1:
            return f"is {'not ' if is_shorter else ''}{self.level(column, named[0], n_levels=n_levels)}"
        shown = [self.level(column, code, n_levels=n_levels) for code in named[:MOST_LEVELS]]
        more = f", {len(named) - MOST_LEVELS} more" if len(named) > MOST_LEVELS else ""
        return f"{'not in' if is_shorter else 'in'} {{{', '.join(shown)}{more}}}"


def answer_words(values: Floats, words: Wording, n_classes: int) -> str:
    """The prediction of a leaf or row: the number, the share of the second of two classes, or the two likeliest
    classes."""
    if not n_classes:
        return f"{words.outcome} {number(float(values[0]))}"
    if n_classes == 2:
        return f"{words.label(1)} {values[1]:.0%}"
    best = np.argsort(-values, kind="stable")[:2]
    return ", ".join(f"{words.label(int(k))} {values[k]:.0%}" for k in best)
