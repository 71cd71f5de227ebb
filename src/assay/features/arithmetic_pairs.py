"""Differences, ratios and products of selected numeric columns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Annotated, ClassVar, Literal

import numpy as np

from assay.core.array import Bools, Floats, Index, Singles
from assay.core.contract import (
    NOTHING,
    Effort,
    Facts,
    Idea,
    Seeds,
    Step,
    StepCost,
    StepTraits,
    Table,
    Target,
    has_columns,
)
from assay.core.errors import UsageError, check_known
from assay.features import register
from assay.features.combination_screen import Combination, best_combinations
from assay.features.row_sample import sampled_rows
from assay.features.smoothed_means import needed
from assay.features.stored_state import StoredFields, StoredStep, Within

_OPERATIONS: dict[str, tuple[str, Callable[..., Singles]]] = {
    "difference": ("-", np.subtract), "ratio": ("/", np.divide), "product": ("*", np.multiply),
}  # fmt: skip
_MOST_ROWS = 20_000
_MOST_CLASSES = 10


@dataclass(frozen=True, slots=True, eq=False)
class FittedArithmetic(StoredFields):
    """left, right: (pairs,) positions in Table.numeric; ends: (kinds,) where each kind's pairs end among them."""

    stored_as: ClassVar[str] = "arithmetic"
    left: Index
    right: Index
    ends: Annotated[Index, Within(lambda step: len(step["left"]) + 1)]
    kinds: tuple[str, ...]
    names: tuple[str, ...]

    def block(self, numeric: Singles) -> Singles:
        """(n, pairs) results; what has no finite value (a ratio to 0, overflow) is NaN."""
        first, second = numeric[:, self.left], numeric[:, self.right]
        out, start = np.empty_like(first), 0
        with np.errstate(all="ignore"):
            for kind, end in zip(self.kinds, self.ends.tolist(), strict=True):
                _OPERATIONS[kind][1](first[:, start:end], second[:, start:end], out=out[:, start:end])
                start = end
        out[~np.isfinite(out)] = np.nan
        return out

    def transform(self, table: Table) -> Table:
        return table.with_numeric(self.block(table.numeric), self.names) if self.names else table

    def effort(self) -> Effort:
        if not self.names:
            return NOTHING
        return Effort(calls=16 + 3 * len(self.kinds), cells=6 * len(self.names))

    def only(self, kept: Bools) -> "FittedArithmetic":
        """The same with some of its pairs."""
        ends = np.concatenate([[0], np.cumsum(kept)])[self.ends]
        names = tuple(name for name, keep in zip(self.names, kept, strict=True) if keep)
        return FittedArithmetic(self.left[kept], self.right[kept], ends, self.kinds, names)


def varying(numeric: Singles) -> Bools:
    """(a,) columns with two different known values."""
    with np.errstate(invalid="ignore"):
        low, high = np.fmin.reduce(numeric, axis=0, initial=np.inf), np.fmax.reduce(numeric, axis=0, initial=-np.inf)
        return np.asarray(low < high)


def few_classes(target: Target) -> Target:
    """The target with all but the most frequent classes as one: trees per round cost as many times more."""
    if target.n_classes <= _MOST_CLASSES:
        return target
    order = np.argsort(-np.bincount(target.values, minlength=target.n_classes), kind="stable")
    place = np.full(target.n_classes, _MOST_CLASSES - 1, dtype=np.int32)
    place[order[: _MOST_CLASSES - 1]] = np.arange(_MOST_CLASSES - 1)
    return Target(place[target.values], _MOST_CLASSES, target.weight)


def numeric_gains(table: Table, target: Target, *, seeds: Seeds) -> Floats:
    """(a,) total gain of each numeric column in a small LightGBM on all numbers and codes (as numbers).

    60 rounds, fewer with more than 2 classes, of 15 leaves; one thread, the same every time.
    """
    import lightgbm

    target = few_classes(target)
    objective = {0: "regression", 2: "binary"}.get(target.n_classes, "multiclass")
    parameters = {
        "objective": objective, "num_leaves": 15, "learning_rate": 0.1, "max_bin": 63,
        "min_data_in_leaf": max(1, min(20, len(target) // 20)),
        "num_threads": 1, "deterministic": True, "force_col_wise": True, "verbosity": -1,
        "seed": seeds.child("gain").number, **({"num_class": target.n_classes} if objective == "multiclass" else {}),
    }  # fmt: skip
    columns = np.concatenate([table.numeric, table.codes.astype(np.float32)], axis=1)
    data = lightgbm.Dataset(columns, label=target.values, weight=target.weight, params={"verbosity": -1})
    rounds = 60 if target.n_classes <= 2 else max(10, 120 // target.n_classes)
    gains = lightgbm.train(parameters, data, num_boost_round=rounds).feature_importance("gain")
    return np.asarray(gains[: len(table.numeric_names)], dtype=np.float64)


def _all_pairs(chosen: Index, kinds: tuple[str, ...], table: Table) -> list[Combination]:
    """All pairs of the chosen columns of each kind; the column with fewer zeros is the one divided by."""
    zeros, out = (table.numeric == 0).sum(axis=0), list[Combination]()
    for kind in kinds:
        for a, b in combinations(chosen.tolist(), 2):
            swap = kind == "ratio" and zeros[b] > zeros[a]
            out.append(Combination(kind, b, a) if swap else Combination(kind, a, b))
    return out


def plan_of(chosen: Sequence[Combination], kinds: tuple[str, ...], table: Table) -> FittedArithmetic:
    """The combinations by kind, in the order given."""
    by_kind = [item for kind in kinds for item in chosen if item.kind == kind]
    names = [
        f"{table.numeric_names[item.left]} {_OPERATIONS[item.kind][0]} {table.numeric_names[item.right]}"
        for item in by_kind
    ]
    ends = np.cumsum([sum(item.kind == kind for item in by_kind) for kind in kinds], dtype=np.int64)
    left, right = (np.array([getattr(item, side) for item in by_kind], dtype=np.int64) for side in ("left", "right"))
    return FittedArithmetic(left, right, ends, kinds, tuple(names))


@register("arithmetic")
@dataclass(frozen=True)
class Arithmetic(StoredStep):
    """Differences, ratios and products of numeric columns, chosen by a look at the target, added on the right.

    screen "gain": all pairs of the `top` columns of most gain in a small LightGBM on at most 20,000 of the training
    rows. "pairs": the `top` combinations, of all pairs there are, that say more of the target than their two columns
    (see screen.best_combinations); none where none surely does. Only the *choice* looks at the target: a row's values
    are made of its own numbers, so training rows need no inner folds, and fit_transform is fit, then transform. Results
    that are constant in training are left out; fewer than two numeric columns add nothing.
    """

    top: int = 8
    kinds: tuple[str, ...] = ("difference", "ratio", "product")
    screen: Literal["gain", "pairs"] = "gain"

    traits: ClassVar[StepTraits] = StepTraits(
        needs_target=True,
        ideas=(Idea(
            name="arithmetic", what="differences, ratios, products", when=has_columns(numbers=2),
            trees=(Step.of("arithmetic", top=8),), distances=(Step.of("arithmetic", top=16, screen="pairs"),),
            applies="two numeric columns or more", prior=3.0, source="OpenFE, arXiv 2211.12507",
            why="Trees split one column at a time: a ratio or difference takes many splits, or one column.",
        ),),
    )  # fmt: skip
    fitted = FittedArithmetic

    def __post_init__(self) -> None:
        for kind in self.kinds:
            check_known(kind, _OPERATIONS, f"Two numbers have no {kind!r}.")
        if self.screen not in ("gain", "pairs"):
            raise UsageError(f"Combinations are not chosen by {self.screen!r}. Screens: gain, pairs.")

    def cost(self, facts: Facts) -> StepCost:
        """Half a nanosecond a row and pair of columns to screen, some of which then say more than their columns."""
        pairs = facts.n_numeric * (facts.n_numeric - 1) // 2
        if self.screen == "pairs":
            seconds = 0.02 + 5e-7 * min(facts.n_rows, _MOST_ROWS) * pairs
            return StepCost(seconds=seconds, columns=min(pairs, self.top) // 2)
        chosen = min(facts.n_numeric, self.top)
        return StepCost(columns=len(self.kinds) * chosen * (chosen - 1) // 2)

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedArithmetic:
        rows = sampled_rows(table.n_rows, _MOST_ROWS, seeds.child("rows"))
        sample, labels = table.take(rows), needed(target, "arithmetic").take(rows)
        plan = plan_of(self._chosen(sample, labels, seeds), self.kinds, sample)
        return plan.only(varying(plan.block(sample.numeric)))

    def _chosen(self, sample: Table, labels: Target, seeds: Seeds) -> Sequence[Combination]:
        if self.screen == "pairs":
            return best_combinations(sample, labels, kinds=self.kinds, top=self.top, seeds=seeds.child("pairs"))
        chosen = np.flatnonzero(varying(sample.numeric))
        if len(chosen) > self.top:
            gains = numeric_gains(sample, labels, seeds=seeds)[chosen]
            chosen = np.sort(chosen[np.argsort(-gains, kind="stable")[: self.top]])
        return _all_pairs(chosen, self.kinds, sample)

    def fit_transform(
        self, table: Table, target: Target, *, inner: Index, seeds: Seeds
    ) -> tuple[FittedArithmetic, Table]:
        fitted = self.fit(table, target, seeds=seeds)
        return fitted, fitted.transform(table)
