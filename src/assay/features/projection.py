"""Principal components of the numeric columns."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from assay.core.array import Floats
from assay.core.contract import NOTHING, Effort, Idea, Seeds, Step, StepTraits, Table, Target, has_columns
from assay.core.errors import UsageError
from assay.features import register
from assay.features.row_sample import sampled_rows
from assay.features.standardizer import Standardizer
from assay.features.stored_state import StoredFields, StoredStep

_MOST_ROWS = 20_000
_MOST_COLUMNS = 500


@dataclass(frozen=True, slots=True, eq=False)
class FittedProjection(StoredFields):
    """axes: (columns, components) in the coordinates of `standard`; shift: (components,) what is taken away."""

    stored_as: ClassVar[str] = "projection"
    standard: Standardizer
    axes: Floats
    shift: Floats
    names: tuple[str, ...]

    def transform(self, table: Table) -> Table:
        if not self.names:
            return table
        return table.with_numeric(self.standard(table.numeric) @ self.axes - self.shift, self.names)

    def effort(self) -> Effort:
        if not self.names:
            return NOTHING
        return Effort(calls=26, cells=len(self.axes), products=self.axes.size)


def principal_axes(moments: Floats, components: int) -> Floats:
    """(d, at most components) eigenvectors of a symmetric matrix (d, d) by falling eigenvalue, without those of nil.

    Signs are fixed: the entry of most size is positive.
    """
    if not moments.size or components < 1:
        return np.empty((len(moments), 0))
    values, vectors = np.linalg.eigh(moments)
    order = np.argsort(-values, kind="stable")[:components]
    axes = vectors[:, order[values[order] > 1e-9 * max(float(values[-1]), 1e-300)]]
    largest = np.abs(axes).argmax(axis=0)
    return np.ascontiguousarray(axes * np.sign(axes[largest, np.arange(axes.shape[1])]))


@register("projection")
@dataclass(frozen=True)
class Projection(StoredStep):
    """The numeric columns along their `components` directions of most variance, added on the right.

    "pca": standardised and centred (Pearson, 1901). "svd": divided by their spread only, not centred, so that a zero
    stays nothing (truncated SVD). Missing cells are at the mean. Learned from at most 20,000 rows and the 500 most
    complete columns.
    """

    components: int = 8
    kind: Literal["pca", "svd"] = "pca"

    traits: ClassVar[StepTraits] = StepTraits(
        ideas=(Idea(
            name="components", what="main components", when=has_columns(numbers=5), only_moves=True,
            trees=(Step.of("projection"),), distances=(Step.of("projection"),),
            applies="five numeric columns or more", prior=0.9, source="Pearson (1901)",
            why="Where columns go together a tree cuts slantwise in them only by their components.",
        ),),
    )  # fmt: skip
    fitted = FittedProjection

    def __post_init__(self) -> None:
        if self.kind not in ("pca", "svd"):
            raise UsageError(f"No projection is of the kind {self.kind!r}. Kinds: pca, svd.")

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedProjection:
        numeric = table.numeric[sampled_rows(table.n_rows, _MOST_ROWS, seeds.child("rows"))]
        standard = Standardizer.of(numeric, at_most=_MOST_COLUMNS)
        z = standard(numeric)
        origin = z.mean(axis=0) if self.kind == "pca" and len(z) else -standard.centre * standard.factor
        axes = principal_axes((z - origin).T @ (z - origin), self.components if len(standard.kept) > 1 else 0)
        names = tuple(f"{self.kind} {k}" for k in range(axes.shape[1]))
        return FittedProjection(standard, axes, origin @ axes, names)
