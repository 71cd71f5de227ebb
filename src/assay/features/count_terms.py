"""The step count_terms: columns that count terms as sparse TF-IDF terms, as those of a text are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from assay.core.array import Floats
from assay.core.block.sparse import Sparse
from assay.core.contract import NOTHING, Effort, Facts, Seeds, StepCost, StepTraits, Table, Target
from assay.core.count_columns import count_columns
from assay.features import register
from assay.features.stored_state import StoredFields, StoredStep
from assay.features.tfidf_vocabulary import beside, inverse_frequency, rows_of_length_one


@dataclass(frozen=True, slots=True, eq=False)
class FittedCountTerms(StoredFields):
    """idf: (d,) weights of these columns, which leave the numeric ones."""

    stored_as: ClassVar[str] = "count_terms"
    idf: Floats
    names: tuple[str, ...]

    def transform(self, table: Table) -> Table:
        if not self.names:
            return table
        places = _places(table, self.names)
        terms = weighed(np.nan_to_num(table.numeric[:, places].astype(np.float64)), self.idf)
        block = terms if table.sparse is None else beside([table.sparse, terms])
        return table.without_columns(frozenset(self.names)).with_blocks(sparse=block)

    def effort(self) -> Effort:
        return Effort(calls=40 + len(self.names) / 6, cells=2 * len(self.names)) if self.names else NOTHING


def _places(table: Table, names: Sequence[str]) -> list[int]:
    """Of numeric columns, of which there may be thousands."""
    place = {name: k for k, name in enumerate(table.numeric_names)}
    return [place[name] for name in names]


def weighed(counts: Floats, idf: Floats) -> Sparse:
    """(n, d) counts as rows of length 1; what is below 0 counts as 0. A count of 1 or more weighs 1 + log(count)."""
    row, column = np.nonzero(counts > 0)
    count = counts[row, column]
    weight = np.where(count >= 1, 1.0 + np.log(np.maximum(count, 1.0)), count) * idf[column]
    found = rows_of_length_one(row, column, weight, n_rows=len(counts), n_columns=counts.shape[1])
    return replace(found, labels=("counts",))


@register("count_terms")
@dataclass(frozen=True)
class CountTerms(StoredStep):
    """Columns that count terms (core/count_columns.py) become sparse TF-IDF terms, rows of length 1 (Salton and
    Buckley, 1988): a term counts more where others are rare, and a long row no more than a short one.

    idf = log((1 + rows) / (1 + rows with the term)) + 1, as that of `tfidf`. Other columns stay.
    """

    traits: ClassVar[StepTraits] = StepTraits(makes_terms=True, fits_in_fold=True)
    fitted = FittedCountTerms

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedCountTerms:
        names = count_columns(table.numeric, table.numeric_names)
        places = _places(table, names)
        there = (table.numeric[:, places] > 0).sum(axis=0)
        return FittedCountTerms(inverse_frequency(there, table.n_rows), names)

    def cost(self, facts: Facts) -> StepCost:
        """A pass over the columns of counts."""
        return StepCost(seconds=1e-8 * facts.n_rows * facts.n_counts)
