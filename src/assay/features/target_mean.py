"""Cross-fitted target encoding: the mean of the target at each level, without a row's own fold."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from assay.core.array import Index, Singles
from assay.core.contract import NOTHING, Effort, Idea, Seeds, Step, StepTraits, Table, Target, has_columns
from assay.features import register
from assay.features.slots import PerSlot, Slots, with_block
from assay.features.smoothed_means import Outcome, cross_fitted_means, level_means, needed
from assay.features.stored_state import StoredFields, StoredStep


@dataclass(frozen=True, slots=True, eq=False)
class FittedTargetMean(StoredFields):
    """means: (slots.total, width). keep: whether the code columns stay."""

    stored_as: ClassVar[str] = "target_mean"
    slots: Slots
    means: Annotated[Singles, PerSlot()]
    keep: bool
    names: tuple[str, ...]

    def transform(self, table: Table) -> Table:
        return self.joined(table, self.means[self.slots.flat(table)])

    def joined(self, table: Table, means: Singles) -> Table:
        """The table with means (n, c, width) of its rows beside or in place of the code columns."""
        if not self.names:
            return table
        block = means.reshape(table.n_rows, len(self.names))
        return with_block(table, block, self.names, without=None if self.keep else self.slots.columns)

    def effort(self) -> Effort:
        if not self.names:
            return NOTHING
        return Effort(calls=26, cells=4 * len(self.names))


@register("target_mean")
@dataclass(frozen=True)
class TargetMean(StoredStep):
    """Code columns with more than `above` levels get the smoothed mean of the target at their level.

    One column for binary tasks (share of class 1) and regression, one per class else (means.MOST_CLASSES at most).
    m: weight of the overall mean, in rows. Missing, rare and unseen levels have means of their own; without training
    rows that is the overall mean. keep: leave the codes in place too (for boosters), or take them away (linear).
    """

    above: int = 50
    m: float = 10.0
    keep: bool = True

    traits: ClassVar[StepTraits] = StepTraits(
        needs_target=True, readable=True, keeps_monotone=True,
        ideas=(Idea(
            name="means", what="counts and target means", when=has_columns(categories=1),
            trees=(Step.of("counts", above=2), Step.of("target_mean", above=2, m=10.0, keep=True)),
            applies="a column of categories or more; trees", prior=4.0, source="Pargent et al., arXiv 2104.00629",
            why="A level becomes the mean of its targets, smoothed, and one split orders all levels.",
        ),),
    )  # fmt: skip
    fitted = FittedTargetMean

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedTargetMean:
        slots, outcome = Slots.where(table, above=self.above), Outcome.of(needed(target, "target_mean"))
        flat = slots.flat(table) - slots.starts
        means = [level_means(outcome, flat[:, k], int(size), self.m) for k, size in enumerate(slots.sizes)]
        return FittedTargetMean(
            slots=slots, keep=self.keep,
            means=np.concatenate([np.empty((0, outcome.width), dtype=np.float32), *means]),
            names=tuple(f"{name}:mean{suffix}" for name in slots.names(table) for suffix in outcome.suffixes()),
        )  # fmt: skip

    def fit_transform(
        self, table: Table, target: Target, *, inner: Index, seeds: Seeds
    ) -> tuple[FittedTargetMean, Table]:
        fitted = self.fit(table, target, seeds=seeds)
        if not fitted.names:
            return fitted, table
        slots, outcome = fitted.slots, Outcome.of(target)
        flat = slots.flat(table) - slots.starts
        rows = [
            cross_fitted_means(outcome, flat[:, k], int(size), m=self.m, inner=inner)
            for k, size in enumerate(slots.sizes)
        ]
        return fitted, fitted.joined(table, np.stack(rows, axis=1))
