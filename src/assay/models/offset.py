"""A model of the target relative to one numeric column: of a rate that is multiplied by it, or of a change from it.

Trees add up steps, so that a product with a column, or a level that they never saw, is far from what they can say; the
ratio or difference may be all but constant. Ratios are weighted so that the loss is that of the product. Where the
training rows of a fold have no column that makes the target much simpler, and for classes, it is the inner family.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from assay.core.array import Floats, JsonObject
from assay.core.contract import Cost, Ended, Facts, Fitted, FoldView, Limits, ModelTraits, Seeds, State, Table, Target
from assay.core.errors import BundleError, UsageError, nearest_names
from assay.core.offset_columns import How, offset_column
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
    without_clock,
)  # fmt: skip

FLOOR = 0.01
"""A ratio's column is taken to be no less than this, relative to its median."""
INNER = "inner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The column by name, how the target refers to it, and its median, which stands for missing cells; above 0 for a
    ratio."""

    column: str
    how: How
    middle: float

    def __post_init__(self) -> None:
        if self.how not in ("ratio", "difference"):
            raise ValueError(f"A target is a ratio or a difference, not {self.how!r}.")
        if not np.isfinite(self.middle) or (self.how == "ratio" and self.middle <= 0):
            raise ValueError(f"{self.middle} is no middle of the column of a {self.how}.")

    def of(self, table: Table) -> Floats:
        """(n,) cells of the column as they are used. UsageError where the table does not have it."""
        if self.column not in table.numeric_names:
            raise UsageError(
                f"The model reads {self.column!r} as it is, which is no numeric column of its input.",
                nearest=nearest_names(self.column, table.numeric_names),
            )
        cells = table.numeric[:, table.numeric_names.index(self.column)].astype(np.float64)
        cells = np.where(np.isfinite(cells), cells, self.middle)
        return np.maximum(cells, FLOOR * self.middle) if self.how == "ratio" else cells


@dataclass(frozen=True, slots=True, eq=False)
class FittedOffset(FittedComposite):
    """parts: the model of the ratio or difference; reference: None where it learned the target as it is."""

    family: ClassVar[str] = "offset"

    parts: Mapping[str, Fitted]
    reference: Reference | None
    ended: Ended

    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        inner = self.parts[INNER].predict(table)
        if self.reference is None:
            return inner
        cells = self.reference.of(table)
        return inner * cells if self.reference.how == "ratio" else inner + cells

    def meta(self) -> JsonObject:
        own = self.reference
        return {} if own is None else {"column": own.column, "how": own.how, "middle": own.middle}


@register("offset")
@dataclass(frozen=True)
class Offset(CompositeFamily):
    """base, settings: the family that learns the ratio or difference; column: numeric, "" for the one of the training
    rows by which the target spreads least."""

    entry: ClassVar[tuple[str, str]] = ("offset", "lightgbm of the target's ratio to a column")
    traits: ClassVar[ModelTraits] = ModelTraits(called=("model of a ratio or difference",))

    base: str = "lightgbm"
    settings: Settings = ()
    how: How = "ratio"
    column: str = ""

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> FittedOffset:
        """UsageError for a named column that there is not, or of a target of classes."""
        limits, table, target = without_clock(limits, rounds), view.table("train"), view.target("train")
        reference = self._reference(table, target)
        if reference is not None:
            power = 2 if view.loss == "squared" else 1
            target = _relative(target, reference, reference.of(table), power=power)
        inner = inner_view(view, table, target)
        found = fit_held(inner_model(self.base, self.settings), inner, limits=limits, seeds=seeds.child(INNER))
        return FittedOffset({INNER: found.fitted}, reference, ended_of(limits))

    def _reference(self, table: Table, target: Target) -> Reference | None:
        names = table.numeric_names
        if target.is_class:
            if self.column:
                raise UsageError(f"Classes have no {self.how} to a column.", do=("the model " + self.base,))
            return None
        at = names.index(self.column) if self.column in names else None
        if self.column and at is None:
            raise UsageError(
                f"The model 'offset' is told of a column {self.column!r}, which is no numeric one of its input.",
                nearest=nearest_names(self.column, names),
            )
        at = offset_column(table.numeric, target.values, self.how) if at is None else at
        if at is None:
            return None
        cells = table.numeric[:, at].astype(np.float64)
        usable = cells[np.isfinite(cells) & ((cells > 0) if self.how == "ratio" else True)]
        if not len(usable):
            raise UsageError(f"{names[at]!r} has no usable number to relate the target to.")
        return Reference(column=names[at], how=self.how, middle=float(np.median(usable)))

    def cost(self, facts: Facts) -> Cost:
        return times(inner_model(self.base, self.settings).cost(facts), 2.0)

    @classmethod
    def restore(cls, state: State) -> FittedOffset:
        """BundleError or ValueError where its part or its column is missing."""
        parts, meta = restored_parts(state), state.meta
        if INNER in parts and "column" not in meta:
            return FittedOffset(parts, None, restored_end(state))
        column, how, middle = meta.get("column"), meta.get("how"), meta.get("middle")
        if INNER not in parts or not isinstance(column, str) or not isinstance(middle, int | float):
            raise BundleError("An offset state holds a model and a column, and this one does not. Save it again.")
        if how not in ("ratio", "difference"):
            raise BundleError(f"An offset state is of a ratio or difference, not {how!r}. Save it again.")
        kind: How = "ratio" if how == "ratio" else "difference"
        reference = Reference(column=column, how=kind, middle=float(middle))
        return FittedOffset(parts, reference, restored_end(state))


def _relative(target: Target, reference: Reference, cells: Floats, *, power: int) -> Target:
    """The ratio with weights by which its loss is the product's, (y − c f)² = c² (y / c − f)²; or the difference."""
    if reference.how == "difference":
        return replace(target, values=target.values - cells)
    by = (cells / reference.middle) ** power
    weight = by if target.weight is None else target.weight * by
    return replace(target, values=target.values / cells, weight=weight / weight.mean())
