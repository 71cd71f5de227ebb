"""The step name_terms: names as sparse terms of their characters, so that a level is read by its pieces."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from assay.core.array import Index
from assay.core.block.sparse import Sparse
from assay.core.contract import NOTHING, Effort, Facts, Idea, Seeds, State, Step, StepCost, StepTraits, Table, Target
from assay.core.errors import BundleError
from assay.core.name_pieces import name_columns
from assay.features import register
from assay.features.row_sample import sampled_rows
from assay.features.stored_state import stored_names
from assay.features.stored_vocabularies import restored_vocabularies, vocabulary_arrays, vocabulary_meta
from assay.features.tfidf_vocabulary import TermVocabulary, beside, learn_vocabulary
from assay.terms.text_terms import TermRule

_MOST_LEVELS = 50_000
"""Levels that a vocabulary is learned from."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedNameTerms:
    """A vocabulary for each column of names, learned from its levels."""

    rule: TermRule
    columns: tuple[str, ...]
    vocabularies: tuple[TermVocabulary, ...]

    def transform(self, table: Table) -> Table:
        if not self.columns:
            return table
        blocks = [
            terms_of_cells(table, column, vocabulary)
            for column, vocabulary in zip(self.columns, self.vocabularies, strict=True)
        ]
        return table.with_blocks(sparse=beside(blocks if table.sparse is None else [table.sparse, *blocks]))

    def effort(self) -> Effort:
        return Effort(calls=16 + 80 * len(self.columns)) if self.columns else NOTHING

    def state(self) -> State:
        meta = vocabulary_meta(self.vocabularies, self.rule) | {"columns": list(self.columns)}
        return State("name_terms", meta, vocabulary_arrays(self.vocabularies))


def levels_of(table: Table, column: str) -> tuple[Index, tuple[str, ...]]:
    """(places, texts) of a column of strings, as core.block.strings has them; underscores are spaces."""
    assert table.strings is not None
    places, texts = table.strings.column(column)
    return places, tuple(text.replace("_", " ") for text in texts)


def terms_of_cells(table: Table, column: str, vocabulary: TermVocabulary) -> Sparse:
    """(n, terms) of each cell of a column of strings; none of a missing one. Each distinct text is weighed once."""
    places, texts = levels_of(table, column)
    levels = vocabulary.weigh(np.array([*texts, ""], dtype=object))
    return replace(levels.take(np.where(places < 0, len(texts), places)), labels=(column,))


def vocabulary_of(levels: Sequence[str], rule: TermRule, *, max_features: int, seeds: Seeds) -> TermVocabulary:
    """The terms of two levels or more; of very many levels a sample is read."""
    rows = sampled_rows(len(levels), _MOST_LEVELS, seeds)
    texts = np.array([levels[k] for k in rows], dtype=object)
    return learn_vocabulary(texts, rule, min_df=2, at_most=max_features)


@register("name_terms")
@dataclass(frozen=True)
class NameTerms:
    """Names (Table.strings) as sparse TF-IDF terms: runs of two to four characters, each distinct name read once.

    Only columns whose levels share pieces are read: titles, products, addresses; not codes or persons
    (core/name_pieces.py). A name never seen has the terms that it shares with known ones. The categories stay. Put
    `text_scores` behind it for trees.
    """

    ngrams: tuple[int, ...] = (2, 4)
    max_features: int = 20_000

    traits: ClassVar[StepTraits] = StepTraits(
        makes_terms=True, fits_in_fold=True, reads_words=True, ideas=(Idea(
            name="names", what="names read by their pieces", when=lambda facts: facts.n_names > 0, is_raw=True,
            is_early=True, place=0,
            trees=(Step.of("name_terms"), Step.of("text_scores")),
            distances=(Step.of("name_terms"), Step.of("text_scores")),
            applies="categories of many levels that share pieces: titles, products, addresses", prior=8.0,
            source="Cerda and Varoquaux, 2020",
            why="Levels that are spelled alike tell of each other, also of those never seen.",
        ),),
    )  # fmt: skip

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedNameTerms:
        rule = TermRule(analyzer="char_wb", ngrams=self.ngrams)
        columns = name_columns(table)
        learned = [
            vocabulary_of(levels_of(table, column)[1], rule, max_features=self.max_features, seeds=seeds)
            for column in columns
        ]
        kept = [place for place, vocabulary in enumerate(learned) if len(vocabulary)]
        return FittedNameTerms(rule, tuple(columns[k] for k in kept), tuple(learned[k] for k in kept))

    def cost(self, facts: Facts) -> StepCost:
        """Distinct names are read, of rows only their places."""
        return StepCost(seconds=1e-6 * facts.n_rows * facts.n_names)

    @classmethod
    def restore(cls, state: State) -> FittedNameTerms:
        rule, vocabularies = restored_vocabularies(state)
        columns = stored_names(state, "columns")
        if len(columns) != len(vocabularies):
            raise BundleError(f"The columns of the stored step {state.name!r} cannot be read. Save the bundle again.")
        return FittedNameTerms(rule, columns, vocabularies)
