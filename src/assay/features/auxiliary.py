"""Auxiliary columns: what the other columns say of one that says much of the target, and by how much it departs.

A number that is low for a row like this may tell more than the number itself (multi-task learning predicts such columns
beside the target; Caruana, 1997).
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from assay.core.array import Floats, Index
from assay.core.contract import NOTHING, Effort, Facts, Seeds, StepCost, StepTraits, Table, Target
from assay.core.errors import UsageError
from assay.features import register
from assay.features.combination_screen import marginal, responses
from assay.features.smoothed_means import needed
from assay.features.standardizer import Standardizer
from assay.features.stored_state import StoredFields, StoredStep, Within

_MOST_COLUMNS, _PAIRED = 30, 6
"""Columns that say something of others, and those of them whose products do."""
_PENALTY = 0.01
"""Of a row, of the ridge regression on standardised terms."""
_ALONE = -1


@dataclass(frozen=True, slots=True, eq=False)
class FittedAuxiliary(StoredFields):
    """standard: coordinates of the columns; chosen: (m,) places among them of the columns that are predicted; terms:
    (p, 2) places of the factors of each term, -1 for none; slopes: (p, m), 0 for terms that a column is a factor of;
    intercepts: (m,); names: of those columns."""

    stored_as: ClassVar[str] = "auxiliary"
    standard: Standardizer
    chosen: Annotated[Index, Within(lambda step: len(step["standard"].kept))]
    terms: Annotated[Index, Within(lambda step: len(step["standard"].kept), least=_ALONE)]
    slopes: Floats
    intercepts: Floats
    names: tuple[str, ...]

    def transform(self, table: Table) -> Table:
        if not self.names:
            return table
        z = self.standard(table.numeric)
        return _with_columns(table, self, terms_of(z, self.terms) @ self.slopes + self.intercepts)

    def effort(self) -> Effort:
        return NOTHING if not self.names else Effort(calls=40, cells=len(self.terms), products=self.slopes.size)


def terms_of(z: Floats, terms: Index) -> Floats:
    """(n, p) columns and products of two."""
    return np.asarray(z[:, terms[:, 0]] * np.where(terms[:, 1] == _ALONE, 1.0, z[:, terms[:, 1]]))


def _with_columns(table: Table, fitted: FittedAuxiliary, expected: Floats) -> Table:
    """What is expected of each column, and what departs from it, NaN where its cell is missing."""
    given = fitted.standard.with_gaps(table.numeric)[:, fitted.chosen]
    names = (*(f"{name}:expected" for name in fitted.names), *(f"{name}:unexpected" for name in fitted.names))
    return table.with_numeric(np.hstack([expected, given - expected]), names)


def _terms(z: Floats, strength: Floats) -> Index:
    single = [(j, _ALONE) for j in range(z.shape[1])]
    best = np.sort(np.argsort(-strength, kind="stable")[:_PAIRED]).tolist()
    return np.array([*single, *((i, j) for at, i in enumerate(best) for j in best[at:])], dtype=np.int64)


def _solved(z: Floats, given: Floats, chosen: Index, terms: Index) -> tuple[Floats, Floats]:
    """(slopes (p, m), intercepts (m,)) of a ridge regression of each column on the terms without it."""
    x = terms_of(z, terms)
    slopes, intercepts = np.zeros((len(terms), len(chosen))), np.zeros(len(chosen))
    for at, column in enumerate(chosen.tolist()):
        own = np.flatnonzero((terms != column).all(axis=1))
        known = ~np.isnan(given[:, at])
        if known.sum() < 2 or not len(own):
            continue
        a, b = x[known][:, own], given[known, at]
        middle, level = a.mean(axis=0), float(b.mean())
        centred = a - middle
        gram = centred.T @ centred + _PENALTY * len(b) * np.eye(len(own))
        slopes[own, at] = np.linalg.solve(gram, centred.T @ (b - level))
        intercepts[at] = level - float(middle @ slopes[own, at])
    return slopes, intercepts


@register("auxiliary")
@dataclass(frozen=True)
class Auxiliary(StoredStep):
    """Adds, for the `most` numeric columns that say most of the target, what the others say of them and the rest.

    A training row is predicted by a regression on other inner folds than its own, so that what departs in it is not
    smaller than in new rows. Three numeric columns or more; of fewer nothing is made.
    """

    most: int = 3

    traits: ClassVar[StepTraits] = StepTraits(needs_target=True)
    fitted = FittedAuxiliary

    def __post_init__(self) -> None:
        if self.most < 1:
            raise UsageError(f"Auxiliary columns are made of one column or more, not of {self.most}.")

    def cost(self, facts: Facts) -> StepCost:
        """Six regressions on about 50 terms a column."""
        terms = min(facts.n_numeric, _MOST_COLUMNS) + 21
        return StepCost(seconds=6e-10 * facts.n_rows * terms**2 * self.most, columns=2 * self.most)

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedAuxiliary:
        target = needed(target, "auxiliary")
        standard = Standardizer.of(table.numeric, at_most=_MOST_COLUMNS)
        z = standard(table.numeric)
        n_columns = z.shape[1] if table.n_rows > 2 else 0
        strength = marginal(responses(target), z) if n_columns >= 3 else np.zeros(0)
        chosen = np.sort(np.argsort(-strength, kind="stable")[: self.most])
        terms = _terms(z, strength) if len(chosen) else np.zeros((0, 2), dtype=np.int64)
        slopes, intercepts = _solved(z, standard.with_gaps(table.numeric)[:, chosen], chosen, terms)
        names = tuple(standard.names(table)[j] for j in chosen.tolist())
        return FittedAuxiliary(standard, chosen, terms, slopes, intercepts, names)

    def fit_transform(
        self, table: Table, target: Target, *, inner: Index, seeds: Seeds
    ) -> tuple[FittedAuxiliary, Table]:
        fitted = self.fit(table, target, seeds=seeds)
        if not fitted.names:
            return fitted, table
        z, given = fitted.standard(table.numeric), fitted.standard.with_gaps(table.numeric)[:, fitted.chosen]
        expected = np.zeros((table.n_rows, len(fitted.chosen)))
        for fold in np.unique(inner).tolist():
            own, others = np.flatnonzero(inner == fold), np.flatnonzero(inner != fold)
            slopes, intercepts = _solved(z[others], given[others], fitted.chosen, fitted.terms)
            expected[own] = terms_of(z[own], fitted.terms) @ slopes + intercepts
        return fitted, _with_columns(table, fitted, expected)
