"""TF-IDF vocabularies in numpy, equal to scikit-learn's, so that serving needs no scikit-learn."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from assay.core.array import Floats, Index, Objects
from assay.core.block.sparse import Sparse
from assay.core.errors import UsageError
from assay.core.seed import Seeds

Analyzer = Literal["word", "char_wb"]
_WORD = re.compile(r"(?u)\b\w\w+\b")


def _word_grams(text: str, low: int, high: int) -> list[str]:
    words = _WORD.findall(text.lower())
    grams = list(words) if low == 1 else []
    for n in range(max(low, 2), min(high, len(words)) + 1):
        grams += [" ".join(words[i : i + n]) for i in range(len(words) - n + 1)]
    return grams


def _edge_grams(text: str, low: int, high: int) -> list[str]:
    grams: list[str] = []
    for word in text.lower().split():
        padded = f" {word} "
        for n in range(low, high + 1):
            grams += [padded[i : i + n] for i in range(max(1, len(padded) - n + 1))]
            if n >= len(padded):  # a short word counts once, whole
                break
    return grams


_GRAMS: Mapping[str, Callable[[str, int, int], list[str]]] = {"word": _word_grams, "char_wb": _edge_grams}


@dataclass(frozen=True, slots=True, kw_only=True)
class TermRule:
    """Which terms a text has, and how they are counted.

    analyzer: "word" (two letters or more, lower case) or "char_wb" (runs of characters within words, which are padded
    by spaces); ngrams: shortest and longest run. sublinear: 1 + log(count) in place of the count.
    """

    analyzer: Analyzer = "word"
    ngrams: tuple[int, ...] = (1, 2)
    sublinear: bool = False

    def __post_init__(self) -> None:
        if self.analyzer not in _GRAMS:
            raise UsageError(f"Texts cannot be analysed by {self.analyzer!r}. Known: {', '.join(_GRAMS)}.")
        if len(self.ngrams) != 2 or not 1 <= self.ngrams[0] <= self.ngrams[1]:
            raise UsageError(f"ngrams is the shortest and the longest run of terms, e.g. (1, 2), not {self.ngrams!r}.")

    def grams(self, text: str) -> list[str]:
        return _GRAMS[self.analyzer](text, self.ngrams[0], self.ngrams[1])


@dataclass(frozen=True, slots=True, eq=False)
class TermVocabulary:
    """The known terms of one column, each with its place among the columns, and their weights idf (n_terms,)."""

    rule: TermRule
    places: Mapping[str, int]
    idf: Floats

    def weigh(self, texts: Objects) -> Sparse:
        """(n, n_terms) TF-IDF of the texts (n,), rows of length 1 (or 0 where no term is known)."""
        places, grams = self.places, self.rule.grams
        found, counted = list[int](), list[int]()
        ends = [0]
        for text in texts:
            counts: dict[int, int] = {}
            for term in grams(text):
                place = places.get(term, -1)
                counts[place] = counts.get(place, 0) + 1
            counts.pop(-1, 0)
            found += (order := sorted(counts))
            counted += [counts[place] for place in order]
            ends.append(len(found))
        column, indptr = np.array(found, dtype=np.int32), np.array(ends, dtype=np.int64)
        count = np.array(counted, dtype=np.float64)
        weight = (1.0 + np.log(count) if self.rule.sublinear else count) * self.idf[column]
        row = np.repeat(np.arange(len(texts)), np.diff(indptr))
        length = np.sqrt(np.bincount(row, weight * weight, minlength=len(texts)))
        return Sparse((weight / length[row]).astype(np.float32), column, indptr, len(self.idf))


def learn_vocabulary(texts: Objects, rule: TermRule, *, min_df: int, at_most: int) -> TermVocabulary:
    """The terms in at least min_df texts; of more than at_most the most frequent, ties by alphabet.

    idf = log((1 + texts) / (1 + texts with the term)) + 1, as in scikit-learn's TfidfVectorizer.
    """
    total, within = Counter[str](), Counter[str]()
    for text in texts:
        grams = rule.grams(text)
        total.update(grams)
        within.update(set(grams))
    terms = [term for term, n in within.items() if n >= min_df]
    if len(terms) > at_most:
        terms = sorted(terms, key=lambda term: (-total[term], term))[:at_most]
    terms.sort()
    document_frequency = np.array([within[term] for term in terms], dtype=np.float64)
    idf = np.log((1.0 + len(texts)) / (1.0 + document_frequency)) + 1.0
    return TermVocabulary(rule, {term: j for j, term in enumerate(terms)}, idf)


def learn_vocabularies(
    text: Objects, rule: TermRule, *, min_df: int, max_features: int, seeds: Seeds, max_rows: int
) -> tuple[TermVocabulary, ...]:
    """A vocabulary for each text column (n, d), max_features shared among them; of more than max_rows rows a sample."""
    rows = sampled_rows(len(text), max_rows, seeds.child("rows"))
    share = max_features // max(1, text.shape[1])
    return tuple(learn_vocabulary(column[rows], rule, min_df=min_df, at_most=share) for column in text.T)


def sampled_rows(n_rows: int, at_most: int, seeds: Seeds) -> Index:
    """At most so many row positions, in order."""
    if n_rows <= at_most:
        return np.arange(n_rows)
    return np.sort(seeds.rng().choice(n_rows, at_most, replace=False))


def beside(blocks: Sequence[Sparse]) -> Sparse:
    """Sparse blocks of the same rows joined from left to right."""
    if len(blocks) == 1:
        return blocks[0]
    shifts = np.cumsum([0, *(block.n_columns for block in blocks)])
    row = np.concatenate([np.repeat(np.arange(block.n_rows), np.diff(block.indptr)) for block in blocks])
    order = np.argsort(row, kind="stable")
    indices = np.concatenate([block.indices + shift for block, shift in zip(blocks, shifts[:-1], strict=True)])
    data = np.concatenate([block.data for block in blocks])
    indptr = np.sum([block.indptr for block in blocks], axis=0)
    return Sparse(data[order], indices[order].astype(np.int32), indptr, int(shifts[-1]))


def weigh_all(vocabularies: Sequence[TermVocabulary], text: Objects) -> Sparse:
    """(n, all terms) the text columns (n, d), each by its vocabulary, side by side."""
    return beside([vocabulary.weigh(column) for vocabulary, column in zip(vocabularies, text.T, strict=True)])
