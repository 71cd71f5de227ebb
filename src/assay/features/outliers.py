"""Outliers of numeric columns, clipped or taken as missing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from assay.core.array import Floats, Index, Singles
from assay.core.contract import Effort, Idea, Seeds, Step, StepTraits, Table, Target
from assay.core.errors import UsageError, check_known
from assay.core.period_columns import tells_the_period
from assay.features import register
from assay.features.row_sample import sampled_rows
from assay.features.stored_state import StoredFields, StoredStep

_MOST_ROWS = 100_000
_SD_PER_MAD = 1.4826
"""Standard deviations a median absolute deviation stands for, if the numbers are normal."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedOutliers(StoredFields):
    """columns: (c,) positions in Table.numeric, with bounds low, high (c,); missing, counted: what becomes of cells."""

    stored_as: ClassVar[str] = "outliers"
    columns: Index
    low: Singles
    high: Singles
    missing: bool
    counted: bool

    def transform(self, table: Table) -> Table:
        if not len(self.columns):
            return table
        x = table.numeric[:, self.columns]
        near = np.minimum(np.maximum(x, self.low), self.high)
        far = (near != x) & ~np.isnan(x)
        if self.missing:
            near[far] = np.nan
        numeric = table.numeric.copy()
        numeric[:, self.columns] = near
        cleaned = table.with_cells(numeric=numeric)
        return cleaned.with_numeric(far.sum(axis=1)[:, None], ("outlying cells",)) if self.counted else cleaned

    def effort(self) -> Effort:
        return Effort(calls=20, cells=8 * len(self.columns))


def _outer_shares(known: Floats, step: "Outliers") -> tuple[float, float]:
    low, high = np.quantile(known, [step.share, 1.0 - step.share])
    return float(low), float(high)


def _fences(known: Floats, step: "Outliers") -> tuple[float, float]:
    """Tukey's outer fences (1977) where reach is 3, his inner ones where it is 1.5."""
    low, high = np.quantile(known, [0.25, 0.75])
    return float(low - step.reach * (high - low)), float(high + step.reach * (high - low))


def _deviations(known: Floats, step: "Outliers") -> tuple[float, float]:
    """Iglewicz and Hoaglin (1993), who take 3.5 for the reach."""
    centre = float(np.median(known))
    spread = _SD_PER_MAD * float(np.median(np.abs(known - centre)))
    return centre - step.reach * spread, centre + step.reach * spread


def _ends(known: Floats, step: "Outliers") -> tuple[float, float]:
    return float(known.min()), float(known.max())


_RULES: Mapping[str, Callable[[Floats, "Outliers"], tuple[float, float]]] = {
    "winsorise": _outer_shares, "iqr": _fences, "robust_z": _deviations, "range": _ends,
}  # fmt: skip


@register("outliers")
@dataclass(frozen=True)
class Outliers(StoredStep):
    """Numbers beyond bounds set by the training rows are cut to them, or become missing.

    rule "iqr": quartiles ± `reach` interquartile ranges; "robust_z": median ± `reach` robust standard deviations
    (1.4826 median absolute deviations); "winsorise": the `share` quantile at either end; "range": the lowest and the
    highest, so that no curve or product is drawn on beyond what was met, but for columns that only tell the moment by
    which rows are ordered. action "cut" or "missing" (then let impute follow): a gross error is better unknown than at
    the bound. count: one column with the number of such cells of the row. Columns whose bounds have no width (half of
    the cells are alike) stay as they are.
    """

    rule: Literal["iqr", "robust_z", "winsorise", "range"] = "iqr"
    action: Literal["cut", "missing"] = "cut"
    reach: float = 3.0
    share: float = 0.01
    count: bool = False

    traits: ClassVar[StepTraits] = StepTraits(
        ideas=(Idea(
            name="gross_errors", what="gross errors counted and made gaps", finds=("outliers",), only_moves=True,
            trees=(Step.of("outliers", reach=6.0, action="missing", count=True),),
            applies="cells far beyond all others of their column; trees", prior=0.1,
            why="A gross error is a gap that pretends to be a number, and a row with several is of another kind.",
        ),),
    )  # fmt: skip
    fitted = FittedOutliers

    def __post_init__(self) -> None:
        check_known(self.rule, _RULES, f"Outliers have no rule {self.rule!r}.")
        if self.action not in ("cut", "missing"):
            raise UsageError(f"Outliers cannot be made {self.action!r}. Actions: cut, missing.")
        if not (self.reach > 0 and 0 < self.share < 0.5):
            raise UsageError(f"Outliers need a reach above 0 and a share below 0.5, not {self.reach} and {self.share}.")

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedOutliers:
        found: dict[int, tuple[float, float]] = {}
        rows = sampled_rows(table.n_rows, _MOST_ROWS, seeds.child("rows"))
        moment = None if table.moment is None else table.moment[rows]
        for j, column in enumerate(table.numeric[rows].T):
            known = column[~np.isnan(column)].astype(np.float64)
            low, high = _RULES[self.rule](known, self) if len(known) else (0.0, 0.0)
            if low < high and not (self.rule == "range" and tells_the_period(column, moment)):
                found[j] = low, high
        most = float(np.finfo(np.float32).max)
        bounds = np.clip(np.array(list(found.values())).reshape(len(found), 2), -most, most).astype(np.float32)
        return FittedOutliers(
            np.array(list(found), dtype=np.int64), np.ascontiguousarray(bounds[:, 0]),
            np.ascontiguousarray(bounds[:, 1]), missing=self.action == "missing", counted=self.count,
        )  # fmt: skip
