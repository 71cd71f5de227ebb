"""Two stages (a hurdle model; Cragg, 1971; Mullahy, 1986): whether a row has the commonest value, then which other.

For numbers with one value that is much more frequent than any other, as zero spending: a classifier says how likely
that value is, and a regression of the other rows how large the rest is. Several classes: the commonest against the
rest, then which of the rest. Two classes, and numbers without such a value, need one stage alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from assay.core.array import Bools, Floats, JsonObject
from assay.core.contract import (
    Cost,
    Ended,
    Facts,
    Fitted,
    FoldView,
    Limits,
    ModelTraits,
    Seeds,
    State,
    Table,
    Target,
)  # fmt: skip
from assay.core.errors import BundleError
from assay.models import register
from assay.models.composite import (
    CompositeFamily,
    FittedComposite,
    Settings,
    ended_of,
    fit_held,
    inner_model,
    inner_view,
    restored_end,
    restored_parts,
    times,
    whole_part,
    without_clock,
)  # fmt: skip

LEAST_SHARE = 0.05
"""Of the rows that have the commonest value; below it there is one stage."""
LEAST_ROWS = 10
"""On either side of the hurdle."""
FIRST, REST = "first", "rest"


@dataclass(frozen=True, slots=True, eq=False)
class FittedTwoStage(FittedComposite):
    """parts: "first", how likely the common value is (absent where there is one stage), and "rest". common: the value,
    or the code of the class."""

    family: ClassVar[str] = "two_stage"

    parts: Mapping[str, Fitted]
    common: float
    n_classes: int
    ended: Ended

    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        rest = self.parts[REST].predict(table)
        if FIRST not in self.parts:
            return rest
        chance = self.parts[FIRST].predict(table)[:, 1]
        if self.n_classes:
            return self._classes(chance, rest)
        return chance * self.common + (1.0 - chance) * rest

    def _classes(self, chance: Floats, rest: Floats) -> Floats:
        """The other classes share what the common one leaves."""
        others = rest.copy()
        others[:, int(self.common)] = 0.0
        out = others * ((1.0 - chance) / np.maximum(others.sum(axis=1), 1e-300))[:, None]
        out[:, int(self.common)] = chance
        summed: Floats = out / out.sum(axis=1, keepdims=True)
        return summed

    def meta(self) -> JsonObject:
        return {"common": self.common, "n_classes": self.n_classes}


def common_value(target: Target) -> tuple[float, Bools] | None:
    """The commonest value and (n,) which rows have it; None where two stages would be no better than one."""
    if target.n_classes == 2 or not len(target):
        return None
    values, counts = np.unique(target.values, return_counts=True)
    place = int(np.argmax(counts))
    enough = counts[place] >= max(LEAST_ROWS, LEAST_SHARE * len(target)) and len(target) - counts[place] >= LEAST_ROWS
    is_apart = target.is_class or counts[place] >= 3 * np.sort(counts)[-2]
    if len(values) < 3 or not enough or not is_apart:
        return None
    return float(values[place]), np.asarray(target.values == values[place])


@register("two_stage", also=("hurdle", "zero_inflated"))
@dataclass(frozen=True)
class TwoStage(CompositeFamily):
    """base, settings: the family of both stages and its parameters. A median or quantile has one stage: it is none of
    the rest alone."""

    entry: ClassVar[tuple[str, str]] = ("two_stage", "lightgbm in two stages")
    traits: ClassVar[ModelTraits] = ModelTraits(called=("two-stage model", "hurdle model"))

    base: str = "lightgbm"
    settings: Settings = ()

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> FittedTwoStage:
        limits, table, target = without_clock(limits, rounds), view.table("train"), view.target("train")
        found = None if view.loss in ("absolute", "quantile") else common_value(target)
        rest = np.arange(len(target))
        parts: dict[str, Fitted] = {}
        if found is not None:
            stage = inner_view(view, table, replace(target, values=found[1].astype(np.int32), n_classes=2))
            model = inner_model(self.base, self.settings, without=("objective",))
            parts[FIRST] = fit_held(model, stage, limits=limits, seeds=seeds.child(FIRST)).fitted
            rest = np.flatnonzero(~found[1])
        model = inner_model(self.base, self.settings)
        others = inner_view(view, table.take(rest), target.take(rest))
        parts[REST] = fit_held(model, others, limits=limits, seeds=seeds.child(REST)).fitted
        return FittedTwoStage(parts, 0.0 if found is None else found[0], target.n_classes, ended_of(limits))

    def cost(self, facts: Facts) -> Cost:
        return times(inner_model(self.base, self.settings).cost(facts), 3.5)

    @classmethod
    def restore(cls, state: State) -> FittedTwoStage:
        """BundleError or ValueError where a stage is missing, or the common value is none of the classes."""
        parts, n_classes = restored_parts(state), whole_part(state, "n_classes")
        common = state.meta.get("common")
        if REST not in parts or not isinstance(common, int | float):
            raise BundleError("A two_stage state names its common value and holds two stages. Save it again.")
        if not np.isfinite(common) or (n_classes and not 0 <= common < n_classes):
            raise ValueError(f"the common value {common!r} of two stages is none of the target")
        return FittedTwoStage(parts, float(common), n_classes, restored_end(state))
