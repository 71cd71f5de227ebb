"""Vocabularies of terms in the states of fitted steps: written as numbers, read back, those of 0.1.0 too."""

from itertools import pairwise

import numpy as np

from assay.core.array import AnyArray, Json, JsonObject
from assay.core.contract import State
from assay.core.errors import BundleError
from assay.features.stored_state import stored, stored_array
from assay.features.tfidf_vocabulary import TermVocabulary
from assay.terms.text_terms import Analyzer, Folding, TermRule, numbers_of


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
    """What vocabulary_meta and vocabulary_arrays stored, or, of 0.1.0, terms written out."""
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
