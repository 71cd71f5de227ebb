"""The step text_scores: what a linear model says of the texts, as numbers beside the table."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats, Index, Singles
from assay.core.block.sparse import Sparse
from assay.core.contract import NOTHING, Effort, Facts, Seeds, StepCost, StepTraits, Table, Target
from assay.core.errors import UsageError
from assay.features import register
from assay.features.smoothed_means import MOST_CLASSES, Outcome, needed
from assay.features.stored_state import StoredFields, StoredStep
from assay.solvers.sparse_scores import LinearScores, SparseProblem, cross_fitted_scores, csr, fit_scores

OWN_FOLDS = 3
"""Folds on which the strength is chosen where no rows are to be scored."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedTextScores(StoredFields):
    """coef: (n_terms, k), of all parts of the terms end to end; intercept: (n_parts, k); sizes: (n_parts,) terms of
    each; names: (n_parts * k,).
    """

    stored_as: ClassVar[str] = "text_scores"
    coef: Singles
    intercept: Floats
    sizes: Index
    names: tuple[str, ...]

    def transform(self, table: Table) -> Table:
        if not self.names or table.sparse is None:
            return table
        block, (n_parts, k) = table.sparse, self.intercept.shape
        part = np.repeat(np.arange(n_parts), self.sizes)[block.indices]
        slot = np.repeat(np.arange(block.n_rows), np.diff(block.indptr)) * n_parts + part
        products = block.data[:, None] * self.coef[block.indices].astype(np.float64)
        sums = [np.bincount(slot, column, minlength=block.n_rows * n_parts) for column in products.T]
        scores = np.stack(sums, axis=1).reshape(block.n_rows, n_parts, k) + self.intercept
        return self.joined(table, scores.reshape(block.n_rows, n_parts * k))

    def joined(self, table: Table, scores: Floats) -> Table:
        """The table with scores (n, n_parts * k) in place of its terms."""
        return table.without("sparse").with_numeric(scores.astype(np.float32), self.names)

    def effort(self) -> Effort:
        return Effort(calls=24, products=100 * self.intercept.shape[1]) if self.names else NOTHING


NAME_CHARS = 25
"""Characters that a name is taken to have."""

SCORE = ":score"
"""What names of scores end with, before a number or a class."""
NO_SCORES = FittedTextScores(np.empty((0, 0), dtype=np.float32), np.empty((0, 0)), np.empty(0, dtype=np.int64), ())


@register("text_scores")
@dataclass(frozen=True)
class TextScores(StoredStep):
    """Terms become the scores of linear models fitted on them alone: stacking inside a recipe, for trees and for models
    of numbers.

    One model for each step `tfidf` and each text column before it. Log odds of the second class, one column a class of
    more (of the 20 most frequent), or the value of a regression; of training rows by fits without their inner fold.
    `grid`: inverse strengths C of the penalty, raced on one inner fold. Takes the terms away; without any the table
    stays as it is.
    """

    grid: tuple[float, ...] = (0.3, 1.0, 3.0, 10.0, 30.0)

    traits: ClassVar[StepTraits] = StepTraits(needs_target=True, terms_alone=True, unpacks=True, reads_words=True)
    fitted = FittedTextScores

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedTextScores:
        own = needed(target, "text_scores")
        inner = seeds.child("folds").rng().permutation(len(own)) % OWN_FOLDS
        return self._fitted(table, own, inner=inner, seeds=seeds)[0]

    def fit_transform(
        self, table: Table, target: Target, *, inner: Index, seeds: Seeds
    ) -> tuple[FittedTextScores, Table]:
        if len(np.unique(inner)) < 2:
            raise UsageError(
                "Scores of training rows need at least 2 inner folds, and there is one. Give more rows or more folds."
            )
        fitted, scores = self._fitted(table, target, inner=inner, seeds=seeds)
        return fitted, fitted.joined(table, scores) if fitted.names else table

    def _fitted(self, table: Table, target: Target, *, inner: Index, seeds: Seeds) -> tuple[FittedTextScores, Floats]:
        """The step, and the scores (n, n_parts * k) of its training rows."""
        parts = () if table.sparse is None else table.sparse.divided()
        parts = tuple((label, part) for label, part in parts if part.n_columns)
        if table.sparse is None or not parts:
            return NO_SCORES, np.empty((table.n_rows, 0))
        outcome, question = Outcome.of(target), _ScoredTarget.of(target)
        fits, scores = list[LinearScores](), list[Floats]()
        for place, (_, part) in enumerate(parts):
            problem, seed = question.on(part), seeds.child("text_scores", place).number
            own, strength = cross_fitted_scores(problem, inner, self.grid, seed=seed)
            fits.append(question.unscaled(fit_scores(problem, strength, seed=seed)))
            scores.append(own[:, : outcome.width] * question.spread + question.centre)
        fitted = FittedTextScores(
            np.concatenate([one.coef for one in fits])[:, : outcome.width].astype(np.float32),
            np.stack([one.intercept for one in fits])[:, : outcome.width],
            np.array([part.n_columns for _, part in parts], dtype=np.int64),
            _names(table, [label for label, _ in parts], outcome.suffixes()),
        )  # fmt: skip
        return fitted, np.concatenate(scores, axis=1)

    def cost(self, facts: Facts) -> StepCost:
        """Some eight fits of the words, and as many of the characters, on all rows, which later recipes share."""
        outputs = min(facts.n_outputs, MOST_CLASSES)
        columns = 2 * facts.n_text + facts.n_names
        seconds = 0.05 + 4e-7 * facts.n_rows * (facts.text_chars + NAME_CHARS * facts.n_names) * outputs
        return StepCost(seconds=seconds, columns=outputs * columns) if columns else StepCost()


def _names(table: Table, labels: Sequence[str], suffixes: Sequence[str]) -> tuple[str, ...]:
    """Of the scores; one that the table has already gets a number."""
    taken, names = set(table.names), list[str]()
    for label in labels:
        wanted = f"{label or 'texts'}{SCORE}"
        numbered = (wanted if k == 1 else f"{wanted} {k}" for k in count(1))
        name = next(one for one in numbered if one + suffixes[0] not in taken)
        names += [name + suffix for suffix in suffixes]
        taken.update(names)
    return tuple(names)


@dataclass(frozen=True, slots=True, eq=False)
class _ScoredTarget:
    """What the scores are to tell. y: (n,) codes, more classes than get a score as one, the last; or values of mean 0
    and spread 1.
    """

    y: AnyArray
    n_classes: int
    weight: Floats | None
    centre: float = 0.0
    spread: float = 1.0

    @classmethod
    def of(cls, target: Target) -> "_ScoredTarget":
        outcome = Outcome.of(target)
        weight = None if target.weight is None else outcome.weight
        if not target.is_class:
            y = np.asarray(target.values, dtype=np.float64)
            centre, spread = float(np.average(y, weights=weight)), float(y.std()) or 1.0
            return cls((y - centre) / spread, 0, weight, centre, spread)
        if target.n_classes <= 2 or outcome.place is None:
            return cls(np.asarray(target.values, dtype=np.int64), 2, weight)
        return cls(outcome.place, len(outcome.labels) + (len(outcome.labels) < target.n_classes), weight)

    def on(self, part: Sparse) -> SparseProblem:
        return SparseProblem(csr(part), self.y, self.n_classes, self.weight)

    def unscaled(self, found: LinearScores) -> LinearScores:
        return LinearScores(found.coef * self.spread, found.intercept * self.spread + self.centre)
