"""A bag (Breiman, 1996): fits of one family on samples of the rows, with seeds of their own, averaged.

Each fit leaves out one of n parts of the rows, which stop it, so that rounds are chosen inside the training rows and no
row is wasted. With a share of the columns for each fit it is the random subspace method (Ho, 1998).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats, Index, JsonObject
from assay.core.contract import Cost, Ended, Facts, Fitted, FoldView, Limits, ModelTraits, Seeds, State, Table
from assay.core.errors import UsageError
from assay.models import register
from assay.models.composite import (
    FEWEST_ROWS,
    CompositeFamily,
    FittedComposite,
    Settings,
    cut,
    ended_of,
    inner_model,
    inner_view,
    restored_end,
    restored_parts,
    times,
    without_clock,
)  # fmt: skip
from assay.models.matrix import inner_folds


@dataclass(frozen=True, slots=True, eq=False)
class FittedBag(FittedComposite):
    """parts: the fits; numbers, codes: positions of the numeric and code columns that each reads, by its name."""

    family: ClassVar[str] = "bag"

    parts: Mapping[str, Fitted]
    numbers: Mapping[str, Index]
    codes: Mapping[str, Index]
    ended: Ended

    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        found = [part.predict(self._seen(table, name)) for name, part in self.parts.items()]
        out: Floats = np.mean(found, axis=0)
        return out / out.sum(axis=1, keepdims=True) if out.ndim == 2 else out

    def _seen(self, table: Table, name: str) -> Table:
        return seen_columns(table, self.numbers[name], self.codes[name])

    def meta(self) -> JsonObject:
        return {}

    def arrays(self) -> Mapping[str, AnyArray]:
        return {
            **{f"numbers_{name}": at for name, at in self.numbers.items()},
            **{f"codes_{name}": at for name, at in self.codes.items()},
        }


def seen_columns(table: Table, numbers: Index, codes: Index) -> Table:
    """The table with these columns of numbers and codes, without a copy where it has no others."""
    if len(numbers) == len(table.numeric_names) and len(codes) == len(table.code_names):
        return table
    return table.select(numeric=numbers.tolist(), codes=codes.tolist())


@register("bag", also=("bagging", "seed_bag"))
@dataclass(frozen=True)
class Bag(CompositeFamily):
    """base, settings: the family that is fitted n times and its parameters; columns: share of them that each reads."""

    traits: ClassVar[ModelTraits] = ModelTraits(is_bag=True, called=("bag", "bagging"))

    base: str = "lightgbm"
    settings: Settings = ()
    n: int = 5
    columns: float = 1.0

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> FittedBag:
        """Past the deadline there are as many fits as were done, one at least."""
        if self.n < 2 or not 0 < self.columns <= 1:
            raise UsageError(f"A bag has 2 fits or more on a share of the columns, not {self.n} on {self.columns:g}.")
        limits, table, target = without_clock(limits, rounds), view.table("train"), view.target("train")
        model, inner = inner_model(self.base, self.settings), inner_view(view, table, target)
        is_held = len(target) >= FEWEST_ROWS
        folds = inner_folds(target, self.n, seeds.child("folds"))
        parts: dict[str, Fitted] = {}
        numbers: dict[str, Index] = {}
        codes: dict[str, Index] = {}
        for i in range(self.n):
            name, own = str(i), seeds.child("bag", i)
            numbers[name], codes[name] = self._columns(table, own)
            held = np.flatnonzero(folds == i) if is_held else inner.test_rows
            seen = inner_view(view, seen_columns(table, numbers[name], codes[name]), target)
            one = seen.split(np.setdiff1d(inner.train_rows, held), held)
            parts[name] = cut(model.fit(one, limits=limits, seeds=own))
            if limits.deadline.is_over:
                break
        return FittedBag(parts, numbers, codes, ended_of(limits))

    def _columns(self, table: Table, seeds: Seeds) -> tuple[Index, Index]:
        """Sorted positions of the numeric and of the code columns that one fit reads, one at least."""
        first, n = len(table.numeric_names), len(table.numeric_names) + len(table.code_names)
        chosen = np.arange(n)
        if self.columns < 1 and n > 1:
            chosen = np.sort(seeds.child("columns").rng().permutation(n)[: max(1, round(self.columns * n))])
        return chosen[chosen < first], chosen[chosen >= first] - first

    def cost(self, facts: Facts) -> Cost:
        return times(inner_model(self.base, self.settings).cost(facts), self.n * max(self.columns, 0.3))

    @classmethod
    def restore(cls, state: State) -> FittedBag:
        """BundleError or ValueError where a part or its columns are missing."""
        parts = restored_parts(state)
        lists = {kind: {name: _positions(state, f"{kind}_{name}") for name in parts} for kind in ("numbers", "codes")}
        return FittedBag(parts, lists["numbers"], lists["codes"], restored_end(state))


def _positions(state: State, key: str) -> Index:
    found = np.asarray(state.arrays.get(key, np.zeros(1)))
    if found.ndim != 1 or (found.dtype.kind != "i") or (found < 0).any():
        raise ValueError(f"a bag has no positions {key!r}")
    return found.astype(np.int64)
