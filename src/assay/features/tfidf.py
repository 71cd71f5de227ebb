"""The step tfidf: texts as sparse TF-IDF columns, for linear models."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Json, JsonObject, Objects
from assay.core.contract import Effort, Facts, Seeds, State, StepCost, StepTraits, Table, Target
from assay.core.errors import BundleError
from assay.features import register
from assay.features.named_columns import check_names, there
from assay.features.stored_state import stored, stored_array, stored_names
from assay.features.text_terms import Analyzer, Folding, TermRule, numbers_of
from assay.features.tfidf_vocabulary import TermVocabulary, beside, learn_vocabularies, weigh_all


def vocabulary_meta(vocabularies: tuple[TermVocabulary, ...], rule: TermRule) -> JsonObject:
    """The JSON part of vocabularies: their rule, and how many terms each has."""
    return {
        "analyzer": rule.analyzer, "ngrams": list(rule.ngrams), "sublinear": rule.sublinear, "skips": rule.skips,
        "edges": rule.edges,
        "folding": rule.folding, "sizes": [len(vocabulary) for vocabulary in vocabularies],
    }  # fmt: skip


def vocabulary_arrays(vocabularies: tuple[TermVocabulary, ...]) -> dict[str, AnyArray]:
    """The numbers and the weights of all terms, in the order of their columns, end to end."""
    numbers = [one.numbers[np.argsort(one.columns)] for one in vocabularies]
    weights = [one.idf for one in vocabularies]
    return {
        "numbers": np.concatenate([np.empty(0, dtype=np.uint64), *numbers]),
        "idf": np.concatenate([np.empty(0), *weights]),
    }


def restored_vocabularies(state: State) -> tuple[TermRule, tuple[TermVocabulary, ...]]:
    """What vocabulary_meta and vocabulary_arrays stored, or before 0.2 terms written out."""
    rule, idf = _restored_rule(state), stored_array(state, "idf").astype(np.float64, copy=False)
    if "terms" in state.meta:
        columns = stored(state, "terms")
        terms = [_texts(column) for column in columns] if isinstance(columns, list) else []
        sizes, numbers = (
            [len(column) for column in terms],
            numbers_of([one for column in terms for one in column], rule),
        )
    else:
        listed, numbers = stored(state, "sizes"), stored_array(state, "numbers").astype(np.uint64, copy=False)
        sizes = [size for size in listed if isinstance(size, int)] if isinstance(listed, list) else []
    if not (len(numbers) == len(idf) == sum(sizes) and min(sizes, default=0) >= 0):
        raise BundleError(f"The terms of the stored step {state.name!r} cannot be read. Save the bundle again.")
    ends = np.cumsum([0, *sizes]).tolist()
    return rule, tuple(TermVocabulary.of(rule, numbers[a:b], idf[a:b]) for a, b in pairwise(ends))


def _texts(values: Json) -> list[str]:
    return [str(value) for value in values] if isinstance(values, list) else []


def _restored_rule(state: State) -> TermRule:
    ngrams, skips = stored(state, "ngrams"), state.meta.get("skips", 0)
    if not (isinstance(ngrams, list) and isinstance(skips, int)):
        raise BundleError(f"The terms of the stored step {state.name!r} cannot be read. Save the bundle again.")
    kind: Analyzer = "char_wb" if stored(state, "analyzer") == "char_wb" else "word"
    folding: Folding = "unicode" if state.meta.get("folding") == "unicode" else "lower"
    sizes = tuple(int(n) for n in ngrams if isinstance(n, int))
    return TermRule(
        analyzer=kind,
        ngrams=sizes,
        sublinear=state.meta.get("sublinear") is True,
        skips=skips,
        folding=folding,
        edges=state.meta.get("edges") is True,
    )


@dataclass(frozen=True, slots=True, eq=False)
class FittedTfidf:
    """A vocabulary for each text column named; without any term in them the sparse block stays as it was. columns: None
    of bundles before 0.2, for all; keep: whether the texts stay for later steps.
    """

    rule: TermRule
    vocabularies: tuple[TermVocabulary, ...]
    columns: tuple[str, ...] | None = None
    keep: bool = False

    def transform(self, table: Table) -> Table:
        columns = table.text_names if self.columns is None else self.columns
        left = table if self.keep or not columns else table.without_columns(frozenset(columns))
        if not any(len(vocabulary) for vocabulary in self.vocabularies):
            return left
        block = weigh_all(self.vocabularies, texts_of(table, columns), columns)
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

    traits: ClassVar[StepTraits] = StepTraits(keeps_monotone=True, unpacks=True, names_columns=True)

    def __post_init__(self) -> None:
        check_names("tfidf", self.columns, ())

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedTfidf:
        rule = TermRule(
            analyzer=self.analyzer, ngrams=self.ngrams, sublinear=self.sublinear, skips=self.skips, edges=self.edges
        )
        columns = tuple(there("tfidf", name, table.text_names) for name in self.columns) or table.text_names
        vocabularies = learn_vocabularies(
            texts_of(table, columns), rule, min_df=self.min_df, max_features=self.max_features, seeds=seeds,
            max_rows=self.max_rows,
        )  # fmt: skip
        return FittedTfidf(rule, vocabularies, columns, self.keep)

    def cost(self, facts: Facts) -> StepCost:
        """Learned and weighed: two passes, of runs of characters one for each length."""
        passes = 6.0 if self.analyzer == "word" else 9.0 * (self.ngrams[-1] - self.ngrams[0] + 1)
        return StepCost(seconds=2e-8 * passes * facts.n_rows * facts.text_chars)

    @classmethod
    def restore(cls, state: State) -> FittedTfidf:
        rule, vocabularies = restored_vocabularies(state)
        columns = stored_names(state, "columns") if "columns" in state.meta else None
        return FittedTfidf(rule, vocabularies, columns, state.meta.get("keep") is True)


def texts_of(table: Table, columns: Sequence[str]) -> Objects:
    """(n, len(columns)) cells of these text columns."""
    return table.text[:, [table.text_names.index(name) for name in columns]]
