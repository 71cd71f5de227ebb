"""Ratios, differences, products and sums of columns that are named."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from assay.core.array import Floats, Index
from assay.core.contract import NOTHING, Effort, Seeds, StepTraits, Table, Target
from assay.core.errors import DataError, UsageError, Where, check_known
from assay.features import register
from assay.features.named_columns import there
from assay.features.stored_state import StoredFields, StoredStep, Within

SIGNS = {"ratio": "/", "difference": "-", "product": "*", "sum": "+"}
OPERATIONS = tuple(SIGNS)
"""What one column can be made of two."""
_CODE = {name: place for place, name in enumerate(SIGNS)}
_RATIO = _CODE["ratio"]
_TINY = 1e-6
"""Of the usual size of a column: what is nearer to 0 is divided by as if it were that far from it."""
_LARGEST = float(np.finfo(np.float32).max)
_OPERATIONS: Mapping[int, Callable[[Floats, Floats], Floats]] = {
    _CODE["difference"]: np.subtract, _CODE["product"]: np.multiply, _CODE["sum"]: np.add,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class FittedCombine(StoredFields):
    """left, right: (k,) positions in Table.numeric, of dates after those; kinds: (k,) positions in SIGNS; names: (k,).

    least: (k,) of a ratio the smallest number that is divided by; most: (k,) the largest result, either side of 0.
    """

    stored_as: ClassVar[str] = "combine"
    left: Index
    right: Index
    kinds: Annotated[Index, Within(lambda step: len(SIGNS))]
    least: Floats
    most: Floats
    names: tuple[str, ...]

    def transform(self, table: Table) -> Table:
        if not self.names:
            return table
        made = [
            _result(kind, _cells(table, a), _cells(table, b), least, most)
            for kind, a, b, least, most in zip(
                self.kinds.tolist(), self.left.tolist(), self.right.tolist(), self.least.tolist(), self.most.tolist(),
                strict=True,
            )
        ]  # fmt: skip
        return table.with_numeric(np.stack(made, axis=1), self.names)

    def effort(self) -> Effort:
        return Effort(calls=8 + 14 * len(self.names), cells=8 * len(self.names)) if self.names else NOTHING


def _cells(table: Table, place: int) -> Floats:
    """(n,) numbers, or days of a date."""
    n = len(table.numeric_names)
    column = table.numeric[:, place] if place < n else table.dates[:, place - n]
    return np.asarray(column, dtype=np.float64)


def _result(kind: int, first: Floats, second: Floats, least: float, most: float) -> Floats:
    """(n,) results within ±most; NaN where one of the two is."""
    with np.errstate(over="ignore", invalid="ignore"):
        made = _ratio(first, second, least) if kind == _RATIO else _OPERATIONS[kind](first, second)
    return np.clip(made, -most, most)


def _ratio(first: Floats, second: Floats, least: float) -> Floats:
    """What is nearer to 0 than `least` is divided by as if it were that far from it, on its side; 0 as if above."""
    away = np.where(np.abs(second) < least, np.where(second < 0, -least, least), second)
    return first / away


def _limits(kind: int, first: Floats, second: Floats) -> tuple[float, float]:
    """(least, most) of a ratio, from the rows it is learned from; of the others (1, the largest float32)."""
    if kind != _RATIO:
        return 1.0, _LARGEST
    sizes = np.abs(second)
    known = sizes[np.isfinite(sizes) & (sizes > 0)]
    least = max(_TINY * float(np.median(known)), float(np.finfo(np.float32).tiny)) if len(known) else 1.0
    found = np.abs(_ratio(first, second, least)[sizes >= least])
    found = found[np.isfinite(found)]
    return least, min(float(found.max()), _LARGEST) if len(found) else 0.0


@register("combine")
@dataclass(frozen=True)
class Combine(StoredStep):
    """Ratios, differences, products and sums of the columns of each pair, added on the right; a gap stays a gap.

    pairs: of two numeric columns, or of two dates, whose difference is in days; operations: "ratio", "difference",
    "product", "sum", each of each pair. A ratio by 0, or by next to nothing, is the largest that the training rows had
    with sound divisors, of the same sign, and no ratio is larger. A column that is not there, is of another kind, or
    has the name of a result is an error.
    """

    pairs: tuple[tuple[str, str], ...] = ()
    operations: tuple[str, ...] = ("ratio",)

    traits: ClassVar[StepTraits] = StepTraits(readable=True, names_columns=True)
    fitted = FittedCombine

    def __post_init__(self) -> None:
        for pair in self.pairs:
            if not isinstance(pair, tuple) or len(pair) != 2 or not all(isinstance(name, str) for name in pair):
                raise UsageError(f"The step 'combine' takes pairs of names of columns, not {pair!r}.")
        for operation in self.operations:
            check_known(operation, SIGNS, f"Two columns have no {operation!r}.")
        if self.pairs and not self.operations:
            raise UsageError(f"The step 'combine' has pairs and no operation. Operations: {', '.join(SIGNS)}.")

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedCombine:
        kinds, left, right, limits, names = list[int](), list[int](), list[int](), list[tuple[float, float]](), []
        for a, b in dict.fromkeys(self.pairs):
            places = _places(table, a, b, self.operations)
            for operation in dict.fromkeys(self.operations):
                kinds.append(_CODE[operation])
                left.append(places[0])
                right.append(places[1])
                limits.append(_limits(kinds[-1], _cells(table, places[0]), _cells(table, places[1])))
                names.append(_new(f"{a} {SIGNS[operation]} {b}", table))
        bounds = np.array(limits, dtype=np.float64).reshape(-1, 2)
        first, second, what = (np.array(numbers, dtype=np.int64) for numbers in (left, right, kinds))
        return FittedCombine(first, second, what, bounds[:, 0].copy(), bounds[:, 1].copy(), tuple(names))


def _places(table: Table, a: str, b: str, operations: Sequence[str]) -> tuple[int, int]:
    """Positions of two numbers, or of two dates after the numbers; DataError for any others."""
    known = (*table.numeric_names, *table.date_names)
    for name in (a, b):
        if name not in known and name in table.names:
            raise DataError(
                f"The step 'combine' names the column {name!r}, which is neither a number nor a date.",
                where=Where(column=name, option="combine"), do=("name numeric columns",),
            )  # fmt: skip
        there("combine", name, known)
    places = known.index(a), known.index(b)
    are_dates = [place >= len(table.numeric_names) for place in places]
    if any(are_dates) and (not all(are_dates) or {*operations} != {"difference"}):
        raise DataError(
            f"The step 'combine' cannot make {', '.join(operations)} of {a!r} and {b!r}: dates have differences, with "
            "other dates.",
            where=Where(column=a if are_dates[0] else b, option="combine"), do=("take the difference of two dates",),
        )  # fmt: skip
    return places


def _new(name: str, table: Table) -> str:
    """The name of a result; DataError if there is a column of that name."""
    if name in table.names:
        raise DataError(
            f"The step 'combine' would make a column {name!r}, and there is one of that name.",
            where=Where(column=name, option="combine"), do=("leave the pair out",),
        )  # fmt: skip
    return name
