"""Latent semantic analysis: TF-IDF reduced by truncated SVD, for trees and neighbours."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Singles
from assay.core.contract import NOTHING, Effort, Facts, Seeds, State, StepCost, StepTraits, Table, Target
from assay.features import register
from assay.features.named_columns import check_names, texts_of, there
from assay.features.row_sample import sampled_rows
from assay.features.stored_state import stored_array, stored_names
from assay.features.stored_vocabularies import restored_vocabularies, vocabulary_arrays, vocabulary_meta
from assay.features.term_axes import along_axes, singular_axes
from assay.features.term_reading import ReadingStep
from assay.features.text_measures import plain_figures
from assay.features.tfidf_vocabulary import TermVocabulary, learn_vocabularies, weigh_all
from assay.terms.kept_terms import NOTHING_KEPT, TermReader
from assay.terms.text_terms import Analyzer, TermRule


@dataclass(frozen=True, slots=True, eq=False)
class FittedTextSvd:
    """axes: (n_terms, k) right singular vectors; a row's numbers are its TF-IDF along them. columns: the texts that are
    read; None of bundles of 0.1.0, for all.
    """

    rule: TermRule
    vocabularies: tuple[TermVocabulary, ...]
    axes: Singles
    names: tuple[str, ...]
    columns: tuple[str, ...] | None = None
    keep: bool = False
    terms: TermReader = NOTHING_KEPT

    def reading(self, terms: TermReader) -> "FittedTextSvd":
        """See term_reading.ReadsTerms."""
        return replace(self, terms=terms)

    def transform(self, table: Table) -> Table:
        if not self.names:
            return table
        columns = table.text_names if self.columns is None else self.columns
        text = texts_of(table, columns)
        blocks: list[AnyArray] = [plain_figures(text)]
        if self.axes.shape[1]:
            terms = weigh_all(self.vocabularies, text, terms=self.terms)
            blocks.append(along_axes(terms, self.axes).astype(np.float32))
        made = table.with_numeric(np.concatenate(blocks, axis=1), self.names)
        return made if self.keep else made.without_columns(frozenset(columns))

    def effort(self) -> Effort:
        if not self.names:
            return NOTHING
        return Effort(calls=26 + 50 * len(self.vocabularies), products=50 * self.axes.shape[1])

    def state(self) -> State:
        meta = vocabulary_meta(self.vocabularies, self.rule)
        meta["names"] = list(self.names)
        if self.columns is not None:
            meta |= {"columns": list(self.columns), "keep": self.keep}
        return State("text_svd", meta, {"axes": self.axes, **vocabulary_arrays(self.vocabularies)})


@register("text_svd")
@dataclass(frozen=True)
class TextSvd:
    """Text columns become numeric columns: each text's length, words and digit share, and all texts' main components.

    The components are a truncated SVD of TF-IDF, not centred (latent semantic analysis; Deerwester et al., 1990).
    analyzer "char_wb" with ngrams (3, 4) suits short texts of many spellings. Learned from at most max_rows rows.
    columns: text columns by name, with components of their own; () for all. keep: the texts stay for later steps.
    """

    components: int = 30
    max_features: int = 10_000
    ngrams: tuple[int, ...] = (1, 2)
    min_df: int = 2
    analyzer: Analyzer = "word"
    sublinear: bool = True
    max_rows: int = 50_000
    columns: tuple[str, ...] = ()
    keep: bool = False

    traits: ClassVar[StepTraits] = StepTraits(
        fits_in_fold=True, texts_alone=True, keeps_monotone=True, unpacks=True, names_columns=True, reads_words=True,
    )  # fmt: skip

    def __post_init__(self) -> None:
        check_names("text_svd", self.columns, ())

    def reading(self, terms: TermReader) -> ReadingStep:
        """See term_reading.ReadsTerms."""
        return ReadingStep(self, terms)

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedTextSvd:
        return self.learned(table, NOTHING_KEPT, seeds=seeds)

    def learned(self, table: Table, terms: TermReader, *, seeds: Seeds) -> FittedTextSvd:
        """See term_reading.LearnsTerms."""
        rule = TermRule(analyzer=self.analyzer, ngrams=self.ngrams, sublinear=self.sublinear)
        columns = tuple(there("text_svd", name, table.text_names) for name in self.columns) or table.text_names
        text = texts_of(table, columns)[sampled_rows(table.n_rows, self.max_rows, seeds.child("rows"))]
        vocabularies = learn_vocabularies(text, rule, min_df=self.min_df, max_features=self.max_features, terms=terms)
        if not vocabularies:
            return FittedTextSvd(rule, (), np.empty((0, 0), dtype=np.float32), (), columns, self.keep, terms)
        axes = singular_axes(weigh_all(vocabularies, text, terms=terms), self.components, seeds)
        figures = tuple(f"{name}:{figure}" for name in columns for figure in ("length", "words", "digits"))
        shown = ", ".join(self.columns) or "text"
        names = (*figures, *(f"{shown} {k}" for k in range(axes.shape[1])))
        return FittedTextSvd(rule, vocabularies, axes, names, columns, self.keep, terms)

    def cost(self, facts: Facts) -> StepCost:
        """Terms learned and weighed, then some ten products with as many axes, which the first recipe with them pays
        for others; models count the columns themselves."""
        rows = min(facts.n_rows, self.max_rows)
        seconds = 3e-8 * facts.n_rows * facts.text_chars + 2e-9 * self.components * rows * facts.text_chars
        return StepCost(seconds=seconds)

    @classmethod
    def restore(cls, state: State) -> FittedTextSvd:
        rule, vocabularies = restored_vocabularies(state)
        columns = stored_names(state, "columns") if "columns" in state.meta else None
        keep = state.meta.get("keep") is True
        return FittedTextSvd(
            rule, vocabularies, stored_array(state, "axes"), stored_names(state, "names"), columns, keep
        )
