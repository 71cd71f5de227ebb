"""Missingness indicators: which cells of a row are missing together."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import Index
from assay.core.contract import Effort, Idea, Seeds, Step, StepTraits, Table, Target
from assay.features import register
from assay.features.code_columns import CODES_AS_COLUMNS
from assay.features.impute_and_scale import distinct_masks
from assay.features.row_statistics import missing_cells
from assay.features.slots import with_codes
from assay.features.stored_state import StoredFields, StoredStep

_MOST_BITS = 62
"""Columns whose gaps fit an int64 key."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedMissingness(StoredFields):
    """columns: (b,) positions in missing_cells(), a bit each, lowest first; patterns: (p,) known keys, rising."""

    stored_as: ClassVar[str] = "missingness"
    columns: Index
    patterns: Index

    def keys(self, table: Table) -> Index:
        """(n,) the pattern of each row as bits."""
        return np.asarray(missing_cells(table)[:, self.columns] @ (np.int64(1) << np.arange(len(self.columns))))

    def transform(self, table: Table) -> Table:
        n_patterns = len(self.patterns)
        if not n_patterns:
            return table
        key = self.keys(table)
        place = np.minimum(np.searchsorted(self.patterns, key), n_patterns - 1)
        code = np.where(self.patterns[place] == key, place, n_patterns)
        return with_codes(table, code[:, None], ("missing pattern",), (n_patterns,))

    def effort(self) -> Effort:
        return Effort(calls=36, cells=4 * len(self.columns))


@register("missingness")
@dataclass(frozen=True)
class Missingness(StoredStep):
    """One code column with the pattern of a row's missing cells, over numbers, codes, dates and texts.

    Patterns of fewer than `min_rows` training rows, and all but the `top` most frequent, are one level with the unseen.
    Columns that miss together count once; of more than 62 others those with most gaps. One column alone that misses
    adds nothing, as its indicator (step impute) or its missing level says it already.
    """

    top: int = 32
    min_rows: int = 5

    traits: ClassVar[StepTraits] = StepTraits(
        ideas=(Idea(
            name="gaps", what="patterns of missing cells, statistics of rows", finds=("missingness", "row_statistics"),
            when=lambda facts: facts.missing_share > 0,
            trees=(Step.of("missingness"), Step.of("row_statistics")),
            distances=(Step.of("missingness"), Step.of("row_statistics"), *CODES_AS_COLUMNS),
            applies="missing cells of which the pattern says something", prior=2.0,
            why="Which cells are missing often tells how a row came to be.",
        ),),
    )  # fmt: skip
    fitted = FittedMissingness

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedMissingness:
        cells = missing_cells(table)
        columns = np.array(distinct_masks(cells), dtype=np.int64)
        most = np.argsort(-cells[:, columns].sum(axis=0), kind="stable")[:_MOST_BITS]
        columns = np.sort(columns[most])
        nothing = np.empty(0, dtype=np.int64)
        if len(columns) < 2:
            return FittedMissingness(nothing, nothing)
        found, rows = np.unique(FittedMissingness(columns, nothing).keys(table), return_counts=True)
        frequent = np.argsort(-rows, kind="stable")[: self.top]
        patterns = np.sort(found[frequent[rows[frequent] >= self.min_rows]])
        return FittedMissingness(columns, patterns) if len(found) > 1 else FittedMissingness(nothing, nothing)
