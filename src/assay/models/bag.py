"""A bag (Breiman, 1996): fits of one family with seeds, and maybe columns, of their own, averaged.

All fits are on all rows, for as many rounds as suited rows that were held out of two fits before. They differ by what
their seeds draw, and by slightly other weights of the rows (a mild Bayesian bootstrap; Rubin, 1981), as some families
draw nothing. With a share of the columns for each fit it is the
random subspace method (Ho, 1998).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats, Index, JsonObject
from assay.core.contract import (
    Cost,
    Ended,
    Facts,
    Fitted,
    FoldView,
    Limits,
    Model,
    ModelTraits,
    Seeds,
    State,
    Table,
    Target,
)
from assay.core.errors import UsageError
from assay.core.inner_folds import inner_folds
from assay.models import register
from assay.models.composite import (
    FEWEST_ROWS,
    HELD_PARTS,
    CompositeFamily,
    FittedComposite,
    InnerView,
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

PROBES = 2
"""Fits that choose the rounds."""
EVENNESS = 10.0
"""Of the weights of rows: with it each fit is worth that of 10 / 11 of the rows."""


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

    entry: ClassVar[tuple[str, str]] = ("bag", "lightgbm, a bag of five")
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
        chosen, parts = self._rounds(model, inner, limits=limits, seeds=seeds)
        numbers, codes = {name: _all(table.numeric_names) for name in parts}, {n: _all(table.code_names) for n in parts}
        for i in range(0 if parts else self.n):
            name, own = str(i), seeds.child("bag", i)
            numbers[name], codes[name] = self._columns(table, own)
            seen = inner_view(view, seen_columns(table, numbers[name], codes[name]), _reweighted(target, own))
            parts[name] = cut(model.fit(seen, limits=limits, seeds=own, rounds=chosen))
            if limits.deadline.is_over:
                break
        return FittedBag(parts, numbers, codes, ended_of(limits))

    def _rounds(
        self, model: Model, view: InnerView, *, limits: Limits, seeds: Seeds
    ) -> tuple[int | None, dict[str, Fitted]]:
        """The mean rounds at which PROBES fits without a part of the rows were best, and no fits; past the deadline the
        first of them as the only fit. None for families without rounds, and where rows are too few to hold any out."""
        if len(view.values) < FEWEST_ROWS:
            return None, {}
        folds = inner_folds(view.values, HELD_PARTS, seeds.child("folds"))
        found = []
        for number, part in enumerate(islice(folds.splits(), PROBES)):
            split = view.split(part.train, part.held)
            first = model.fit(split, limits=limits, seeds=seeds.child("probe", number))
            if first.rounds is None:
                return None, {}
            found.append(first.rounds)
            if limits.deadline.is_over:
                return None, {"0": cut(first)}
        return max(1, round(float(np.mean(found)))) if found else None, {}

    def _columns(self, table: Table, seeds: Seeds) -> tuple[Index, Index]:
        """Sorted positions of the numeric and of the code columns that one fit reads, one at least."""
        first, n = len(table.numeric_names), len(table.numeric_names) + len(table.code_names)
        chosen = np.arange(n)
        if self.columns < 1 and n > 1:
            chosen = np.sort(seeds.child("columns").rng().permutation(n)[: max(1, round(self.columns * n))])
        return chosen[chosen < first], chosen[chosen >= first] - first

    def cost(self, facts: Facts) -> Cost:
        return times(inner_model(self.base, self.settings).cost(facts), PROBES + self.n * max(self.columns, 0.3))

    @classmethod
    def restore(cls, state: State) -> FittedBag:
        """BundleError or ValueError where a part or its columns are missing."""
        parts = restored_parts(state)
        lists = {kind: {name: _positions(state, f"{kind}_{name}") for name in parts} for kind in ("numbers", "codes")}
        return FittedBag(parts, lists["numbers"], lists["codes"], restored_end(state))


def _reweighted(target: Target, seeds: Seeds) -> Target:
    """The target with each row's weight times a draw of mean 1 and variance 1 / EVENNESS."""
    drawn = seeds.child("weights").rng().gamma(EVENNESS, 1.0 / EVENNESS, len(target))
    return replace(target, weight=drawn if target.weight is None else drawn * target.weight)


def _all(names: tuple[str, ...]) -> Index:
    return np.arange(len(names))


def _positions(state: State, key: str) -> Index:
    found = np.asarray(state.arrays.get(key, np.zeros(1)))
    if found.ndim != 1 or (found.dtype.kind != "i") or (found < 0).any():
        raise ValueError(f"a bag has no positions {key!r}")
    return found.astype(np.int64)
