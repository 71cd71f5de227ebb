"""The step tfidf: texts as sparse TF-IDF columns, for linear models."""

from dataclasses import dataclass, replace
from typing import ClassVar

from assay.core.contract import Effort, Facts, Seeds, State, StepCost, StepTraits, Table, Target
from assay.features import register
from assay.features.named_columns import check_names, texts_of, there
from assay.features.row_sample import sampled_rows
from assay.features.stored_state import stored_names
from assay.features.stored_vocabularies import restored_vocabularies, vocabulary_arrays, vocabulary_meta
from assay.features.term_reading import ReadingStep
from assay.features.tfidf_vocabulary import TermVocabulary, beside, learn_vocabularies, weigh_all
from assay.terms.kept_terms import NOTHING_KEPT, TermReader
from assay.terms.text_terms import Analyzer, TermRule


@dataclass(frozen=True, slots=True, eq=False)
class FittedTfidf:
    """A vocabulary for each text column named; without any term in them the sparse block stays as it was. columns: None
    of bundles of 0.1.0, for all; keep: whether the texts stay for later steps.
    """

    rule: TermRule
    vocabularies: tuple[TermVocabulary, ...]
    columns: tuple[str, ...] | None = None
    keep: bool = False
    terms: TermReader = NOTHING_KEPT

    def reading(self, terms: TermReader) -> "FittedTfidf":
        """See term_reading.ReadsTerms."""
        return replace(self, terms=terms)

    def transform(self, table: Table) -> Table:
        columns = table.text_names if self.columns is None else self.columns
        left = table if self.keep or not columns else table.without_columns(frozenset(columns))
        if not any(len(vocabulary) for vocabulary in self.vocabularies):
            return left
        block = weigh_all(self.vocabularies, texts_of(table, columns), columns, self.terms)
        sparse = block if table.sparse is None else beside([table.sparse, block])
        return left.with_blocks(sparse=sparse)

    def effort(self) -> Effort:
        return Effort(calls=16 + 45 * len(self.vocabularies))

    def state(self) -> State:
        meta = vocabulary_meta(self.vocabularies, self.rule)
        if self.columns is not None:
            meta |= {"columns": list(self.columns), "keep": self.keep}
        return State("tfidf", meta, vocabulary_arrays(self.vocabularies))


@register("tfidf")
@dataclass(frozen=True)
class Tfidf:
    """Text columns become one sparse block of TF-IDF terms, each column's rows of length 1 (Salton and Buckley, 1988).

    columns: text columns by name; () for all. Values as scikit-learn's TfidfVectorizer gives them, but that case and
    compatibility forms are folded, each character of scripts without spaces is a word, and ties in the choice of
    max_features (shared by the text columns) go otherwise. min_df: texts a term must be in. skips: pairs of words with
    up to so many others between; edges: terms of their own for first and last words of lines. keep: the texts stay for
    later steps. Learned from at most max_rows rows.
    """

    max_features: int = 20_000
    ngrams: tuple[int, ...] = (1, 2)
    min_df: int = 2
    analyzer: Analyzer = "word"
    sublinear: bool = True
    max_rows: int = 100_000
    columns: tuple[str, ...] = ()
    skips: int = 0
    edges: bool = False
    keep: bool = False

    traits: ClassVar[StepTraits] = StepTraits(
        makes_terms=True, fits_in_fold=True, texts_alone=True, keeps_monotone=True, unpacks=True, names_columns=True,
        reads_words=True,
    )  # fmt: skip

    def __post_init__(self) -> None:
        check_names("tfidf", self.columns, ())

    def reading(self, terms: TermReader) -> ReadingStep:
        """See term_reading.ReadsTerms."""
        return ReadingStep(self, terms)

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedTfidf:
        return self.learned(table, NOTHING_KEPT, seeds=seeds)

    def learned(self, table: Table, terms: TermReader, *, seeds: Seeds) -> FittedTfidf:
        """See term_reading.LearnsTerms."""
        rule = TermRule(
            analyzer=self.analyzer, ngrams=self.ngrams, sublinear=self.sublinear, skips=self.skips, edges=self.edges
        )
        columns = tuple(there("tfidf", name, table.text_names) for name in self.columns) or table.text_names
        text = texts_of(table, columns)[sampled_rows(table.n_rows, self.max_rows, seeds.child("rows"))]
        vocabularies = learn_vocabularies(text, rule, min_df=self.min_df, max_features=self.max_features, terms=terms)
        return FittedTfidf(rule, vocabularies, columns, self.keep, terms)

    def cost(self, facts: Facts) -> StepCost:
        """Learned and weighed by kept counts, which the first fold of a process counts for all: a third of the cells
        that texts have characters for words and their pairs, and as much for each length or distance more."""
        lengths = self.ngrams[-1] - self.ngrams[0] + (0 if self.analyzer == "word" else 1)
        cells = 0.34 * facts.text_chars * max(lengths + 0.5 * self.skips, 0.5)
        return StepCost(seconds=1.5e-7 * facts.n_rows * cells, cells=cells)

    @classmethod
    def restore(cls, state: State) -> FittedTfidf:
        rule, vocabularies = restored_vocabularies(state)
        columns = stored_names(state, "columns") if "columns" in state.meta else None
        return FittedTfidf(rule, vocabularies, columns, state.meta.get("keep") is True)
