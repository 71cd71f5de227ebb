"""The step tfidf: texts as sparse TF-IDF columns, for linear models."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, JsonObject
from assay.core.contract import Effort, Seeds, State, StepTraits, Table, Target
from assay.core.errors import BundleError
from assay.features import register
from assay.features.stored_state import stored, stored_array
from assay.features.tfidf_vocabulary import Analyzer, TermRule, TermVocabulary, beside, learn_vocabularies, weigh_all


def vocabulary_meta(vocabularies: tuple[TermVocabulary, ...], rule: TermRule) -> JsonObject:
    """The JSON part of vocabularies: terms in the order of their columns."""
    return {
        "analyzer": rule.analyzer, "ngrams": list(rule.ngrams), "sublinear": rule.sublinear,
        "terms": [list(vocabulary.places) for vocabulary in vocabularies],
    }  # fmt: skip


def vocabulary_arrays(vocabularies: tuple[TermVocabulary, ...]) -> dict[str, AnyArray]:
    """The weights of all terms, end to end."""
    return {"idf": np.concatenate([np.empty(0), *(vocabulary.idf for vocabulary in vocabularies)])}


def restored_vocabularies(state: State) -> tuple[TermRule, tuple[TermVocabulary, ...]]:
    """What vocabulary_meta and vocabulary_arrays stored."""
    ngrams, columns, analyzer = stored(state, "ngrams"), stored(state, "terms"), stored(state, "analyzer")
    if not (isinstance(ngrams, list) and isinstance(columns, list) and isinstance(analyzer, str)):
        raise BundleError(f"The terms of the stored step {state.name!r} cannot be read. Save the bundle again.")
    kind: Analyzer = "char_wb" if analyzer == "char_wb" else "word"
    sizes = tuple(int(n) for n in ngrams if isinstance(n, int))
    rule = TermRule(analyzer=kind, ngrams=sizes, sublinear=state.meta.get("sublinear") is True)
    idf, vocabularies, start = stored_array(state, "idf"), list[TermVocabulary](), 0
    for column in columns:
        terms = [str(term) for term in column] if isinstance(column, list) else []
        places = {term: place for place, term in enumerate(terms)}
        vocabularies.append(TermVocabulary(rule, places, idf[start : start + len(terms)]))
        start += len(terms)
    return rule, tuple(vocabularies)


@dataclass(frozen=True, slots=True, eq=False)
class FittedTfidf:
    """A vocabulary for each text column; without any term in them the sparse block stays as it was."""

    rule: TermRule
    vocabularies: tuple[TermVocabulary, ...]

    def transform(self, table: Table) -> Table:
        if not any(vocabulary.places for vocabulary in self.vocabularies):
            return table.without("text") if table.text_names else table
        block = weigh_all(self.vocabularies, table.text)
        sparse = block if table.sparse is None else beside([table.sparse, block])
        return table.without("text").with_blocks(sparse=sparse)

    def effort(self) -> Effort:
        return Effort(calls=16 + 45 * len(self.vocabularies))

    def state(self) -> State:
        return State("tfidf", vocabulary_meta(self.vocabularies, self.rule), vocabulary_arrays(self.vocabularies))


@register("tfidf")
@dataclass(frozen=True)
class Tfidf:
    """Text columns become one sparse block of TF-IDF terms, each column's rows of length 1 (Salton and Buckley, 1988).

    Values as scikit-learn's TfidfVectorizer gives them, but for ties in the choice of max_features (shared by the
    text columns), which go by alphabet. min_df: texts a term must be in. Learned from at most max_rows rows.
    """

    max_features: int = 20_000
    ngrams: tuple[int, ...] = (1, 2)
    min_df: int = 2
    analyzer: Analyzer = "word"
    sublinear: bool = True
    max_rows: int = 100_000

    traits: ClassVar[StepTraits] = StepTraits(keeps_monotone=True, unpacks=True)

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedTfidf:
        rule = TermRule(analyzer=self.analyzer, ngrams=self.ngrams, sublinear=self.sublinear)
        vocabularies = learn_vocabularies(
            table.text, rule, min_df=self.min_df, max_features=self.max_features, seeds=seeds, max_rows=self.max_rows
        )
        return FittedTfidf(rule, vocabularies)

    @classmethod
    def restore(cls, state: State) -> FittedTfidf:
        return FittedTfidf(*restored_vocabularies(state))
