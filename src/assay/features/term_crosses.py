"""Terms of texts crossed with categories: what a word says in one level that it does not say in another."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from assay.core.array import Index
from assay.core.block.columns import MISSING_CODE
from assay.core.block.sparse import Sparse
from assay.core.contract import NOTHING, Effort, Facts, Seeds, StepCost, StepTraits, Table, Target
from assay.core.errors import UsageError
from assay.features import register
from assay.features.stored_state import StoredFields, StoredStep, Within
from assay.features.tfidf_vocabulary import beside

_MOST_LEVELS, _MOST_COLUMNS = 12, 4
_TOO_COMMON = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class FittedTermCrosses(StoredFields):
    """place: (terms of the sparse block,) the place of each among the crossed terms, -1 for none; columns, levels:
    (k,) positions in Table.codes, and levels of each; n_terms: how many are crossed; weight: of a cross beside its
    term.
    """

    stored_as: ClassVar[str] = "term_crosses"
    place: Annotated[Index, Within(lambda step: max(1, step["n_terms"]), least=-1)]
    columns: Index
    levels: Annotated[Index, Within(least=1)]
    n_terms: int
    weight: float

    def transform(self, table: Table) -> Table:
        block = table.sparse
        if block is None or not len(self.columns) or not self.n_terms:
            return table
        place = self.place[block.indices]
        row = np.repeat(np.arange(block.n_rows), np.diff(block.indptr))
        blocks = [block]
        for column, levels in zip(self.columns.tolist(), self.levels.tolist(), strict=True):
            code = table.codes[row, column]
            kept = (place >= 0) & (code != MISSING_CODE) & (code < levels)
            counts = np.bincount(row[kept], minlength=block.n_rows)
            blocks.append(Sparse(
                (self.weight * block.data[kept]).astype(np.float32),
                (code[kept] * self.n_terms + place[kept]).astype(np.int32),
                np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)]), levels * self.n_terms,
                labels=(f"terms by {table.code_names[column]}",),
            ))  # fmt: skip
        return table.with_blocks(sparse=beside(blocks))

    def effort(self) -> Effort:
        return Effort(calls=30 + 20 * len(self.columns), cells=100 * len(self.columns)) if self.n_terms else NOTHING


@register("term_crosses")
@dataclass(frozen=True)
class TermCrosses(StoredStep):
    """Frequent terms are there again for each level of the categories: a linear model then has a weight for a term, and
    a correction of it within a level.

    The `terms` most frequent terms that at most four of five rows have, crossed with the four categories of fewest
    levels, of 2 to 12. weight: of a cross, beside 1 of its term; the smaller, the more corrections are shrunk. After
    steps that make terms; without terms or such categories the table stays as it is.
    """

    terms: int = 300
    weight: float = 0.5

    traits: ClassVar[StepTraits] = StepTraits(
        makes_terms=True, fits_in_fold=True, keeps_monotone=True, reads_words=True
    )
    fitted = FittedTermCrosses

    def __post_init__(self) -> None:
        if self.terms < 1 or not 0 < self.weight <= 1:
            raise UsageError(
                f"Terms to cross are 1 or more, with a weight between 0 and 1, not {self.terms} and {self.weight}."
            )

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedTermCrosses:
        able = [j for j, levels in enumerate(table.levels) if 2 <= levels <= _MOST_LEVELS]
        able = sorted(able, key=lambda j: (table.levels[j], j))[:_MOST_COLUMNS]
        n_columns = 0 if table.sparse is None else table.sparse.n_columns
        place, kept = np.full(n_columns, -1, dtype=np.int64), np.empty(0, dtype=np.int64)
        if table.sparse is not None and able:
            rows = np.bincount(table.sparse.indices, minlength=n_columns)
            wanted = np.flatnonzero((rows > 1) & (rows <= _TOO_COMMON * table.n_rows))
            kept = np.sort(wanted[np.argsort(-rows[wanted], kind="stable")][: self.terms])
            place[kept] = np.arange(len(kept))
        return FittedTermCrosses(
            place, np.array(able, dtype=np.int64), np.array([table.levels[j] for j in able], dtype=np.int64),
            len(kept), self.weight,
        )  # fmt: skip

    def cost(self, facts: Facts) -> StepCost:
        """The terms of a row again, for each category."""
        return StepCost(seconds=1e-8 * facts.n_rows * facts.text_chars * min(facts.n_category, _MOST_COLUMNS))
