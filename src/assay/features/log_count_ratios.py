"""Terms weighed by how much more often they come with one class than with the others (NB-SVM)."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from assay.core.array import Floats, Index
from assay.core.block.sparse import Sparse
from assay.core.contract import NOTHING, Effort, Seeds, StepTraits, Table, Target
from assay.core.errors import BundleError, UsageError
from assay.features import register
from assay.features.smoothed_means import needed
from assay.features.stored_state import StoredFields, StoredStep
from assay.solvers.sparse_scores import csr

_LEAST = 0.05
"""Weight that a term keeps that tells nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedLogCountRatios(StoredFields):
    """weights: (terms,) of each column of the sparse block, above 0."""

    stored_as: ClassVar[str] = "log_count_ratios"
    weights: Floats

    def transform(self, table: Table) -> Table:
        block = table.sparse
        if block is None or not len(self.weights):
            return table
        if block.n_columns != len(self.weights):
            raise BundleError(
                f"The stored step 'log_count_ratios' weighs {len(self.weights)} terms, not {block.n_columns}. "
                "The bundle is damaged; save it again."
            )
        return table.with_blocks(sparse=_weighed(block, self.weights[block.indices]))

    def effort(self) -> Effort:
        return Effort(calls=10, cells=200) if len(self.weights) else NOTHING


def _weighed(block: Sparse, weight: Floats) -> Sparse:
    return replace(block, data=(block.data * weight).astype(np.float32))


def ratios(X: Any, target: Target, *, alpha: float) -> Floats:
    """(terms,) |log ratio| of a term's share of all terms with a class to that with the others, the largest of the
    classes, scaled so that the terms' mean weight is 1. X: (n, terms) CSR of the training rows' terms.
    """
    classes = range(1, 2) if target.n_classes == 2 else range(target.n_classes)
    weight = np.ones(len(target)) if target.weight is None else target.weight / target.weight.mean()
    present = X.copy()
    present.data = np.ones_like(present.data)
    total, out = np.asarray(present.T @ weight), np.zeros(X.shape[1])
    for label in classes:
        inside = np.asarray(present.T @ (weight * (target.values == label)))
        p, q = inside + alpha, total - inside + alpha
        out = np.maximum(out, np.abs(np.log(p / p.sum()) - np.log(q / q.sum())))
    return _LEAST + out / max(float(np.average(out, weights=total + 1e-9)), 1e-9)


@register("log_count_ratios")
@dataclass(frozen=True)
class LogCountRatios(StoredStep):
    """Terms are weighed by the logarithm of their share with a class over their share with the others: a linear model
    on these is NB-SVM (Wang and Manning, 2012).

    For classes, after steps that make terms; elsewhere the table stays as it is. alpha: rows that every term is taken
    to have in each class. Training rows are weighed by the other inner folds, so that no row's own label is in it.
    """

    alpha: float = 1.0

    traits: ClassVar[StepTraits] = StepTraits(
        makes_terms=True, needs_target=True, keeps_monotone=True, reads_words=True
    )
    fitted = FittedLogCountRatios

    def __post_init__(self) -> None:
        if not self.alpha > 0:
            raise UsageError(f"Counts are smoothed by more than 0 rows, not by {self.alpha}.")

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedLogCountRatios:
        own, block = needed(target, "log_count_ratios"), table.sparse
        if block is None or not own.is_class or not block.n_columns:
            return FittedLogCountRatios(np.empty(0))
        return FittedLogCountRatios(ratios(csr(block), own, alpha=self.alpha))

    def fit_transform(
        self, table: Table, target: Target, *, inner: Index, seeds: Seeds
    ) -> tuple[FittedLogCountRatios, Table]:
        fitted, block = self.fit(table, target, seeds=seeds), table.sparse
        if block is None or not len(fitted.weights):
            return fitted, table
        weight, X = np.ones(len(block.data)), csr(block)
        row = np.repeat(np.arange(block.n_rows), np.diff(block.indptr))
        for fold in np.unique(inner):
            others = np.flatnonzero(inner != fold)
            own = inner[row] == fold
            weight[own] = ratios(X[others], target.take(others), alpha=self.alpha)[block.indices[own]]
        return fitted, table.with_blocks(sparse=_weighed(block, weight))
