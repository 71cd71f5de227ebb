"""TF-IDF vocabularies in numpy, equal to scikit-learn's, so that serving needs no scikit-learn."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import Bools, Floats, Index, Objects
from assay.core.block.sparse import Sparse
from assay.terms.kept_terms import NOTHING_KEPT, CountedTexts, TermReader
from assay.terms.text_characters import Numbers
from assay.terms.text_terms import TermCounts, TermRule, term_counts

_MERGE_ABOVE = 8_000_000
"""Counts of terms held before they are merged, 24 bytes each."""


@dataclass(frozen=True, slots=True, eq=False)
class TermVocabulary:
    """The known terms of one column. numbers: (n_terms,) rising; columns: (n_terms,) the column of each; idf:
    (n_terms,) weights, by column.
    """

    rule: TermRule
    numbers: Numbers
    columns: Index
    idf: Floats

    @classmethod
    def of(cls, rule: TermRule, numbers: Numbers, idf: Floats) -> "TermVocabulary":
        """numbers, idf: (n_terms,) in the order of the columns."""
        order = np.argsort(numbers, kind="stable")
        return cls(rule, numbers[order], order, idf)

    def __len__(self) -> int:
        return len(self.numbers)

    def weigh(self, texts: Objects, terms: TermReader = NOTHING_KEPT) -> Sparse:
        """(n, n_terms) TF-IDF of the texts (n,), rows of length 1 (or 0 where no term is known)."""
        counted = terms.counted(texts.tolist(), self.rule)
        if counted is not None:
            parts = [self._known_of(counted)]
        else:
            parts = [self._known(counts, first) for first, counts in term_counts(texts.tolist(), self.rule)]
        row, column, count = (
            np.concatenate([np.empty(0, dtype=np.int64), *(part[k] for part in parts)]) for k in range(3)
        )
        by_count = np.arange(int(count.max(initial=0)) + 1, dtype=np.float64)
        if self.rule.sublinear:
            by_count[1:] = 1.0 + np.log(by_count[1:])
        weight = by_count[count] * self.idf[column]
        return rows_of_length_one(row, column, weight, n_rows=len(texts), n_columns=len(self))

    def _known(self, counts: TermCounts, first: int) -> tuple[Index, Index, Index]:
        """(row, column, count) of the known terms, by row and then by column."""
        column, is_known = self.column_of(counts.number)
        row, column, count = counts.row[is_known], column[is_known], counts.count[is_known]
        order = np.argsort(row * len(self) + column, kind="stable")
        return row[order] + first, column[order], count[order]

    def _known_of(self, counted: CountedTexts) -> tuple[Index, Index, Index]:
        """As `_known`, of texts that are counted already."""
        columns, is_known = self.column_of(counted.numbers)
        at = np.flatnonzero(is_known[counted.place])
        row, column = counted.row[at], columns[counted.place[at]]
        if not (np.diff(self.columns) > 0).all():  # as bundles of 0.1.0 have them
            order = np.argsort(row * len(self) + column, kind="stable")
            at, row, column = at[order], row[order], column[order]
        return row, column, counted.count[at].astype(np.int64)

    def column_of(self, number: Numbers) -> tuple[Index, Bools]:
        """(n,) columns of terms, and whether they are known; the column of others means nothing."""
        if not len(self):
            return np.zeros(len(number), dtype=np.int64), np.zeros(len(number), dtype=np.bool_)
        place = np.minimum(np.searchsorted(self.numbers, number), len(self) - 1)
        return self.columns[place], self.numbers[place] == number


@dataclass(frozen=True, slots=True, eq=False)
class _Totals:
    """Terms by number; texts: how many contain each; total: how often it occurs."""

    number: Numbers
    texts: Index
    total: Index

    @classmethod
    def of(cls, counts: TermCounts) -> "_Totals":
        """Of counts that are sorted by number."""
        return cls.merged(counts.number, np.ones(len(counts.number), dtype=np.int64), counts.count)

    @classmethod
    def of_texts(cls, counted: CountedTexts) -> "_Totals":
        """Of texts that are counted already, terms that none of them has among them."""
        n = len(counted.numbers)
        total = np.bincount(counted.place, counted.count, minlength=n)
        return cls(counted.numbers, np.bincount(counted.place, minlength=n), total.astype(np.int64))

    @classmethod
    def merged(cls, number: Numbers, texts: Index, total: Index) -> "_Totals":
        """Of numbers that are sorted, the equal ones as one."""
        if not len(number):
            return cls(number, texts, total)
        at = np.flatnonzero(np.concatenate([[True], number[1:] != number[:-1]]))
        return cls(number[at], np.add.reduceat(texts, at), np.add.reduceat(total, at))

    @classmethod
    def joined(cls, parts: Sequence["_Totals"]) -> "_Totals":
        """The sum of several."""
        number = np.concatenate([np.empty(0, dtype=np.uint64), *(part.number for part in parts)])
        order = np.argsort(number, kind="stable")
        none = np.empty(0, dtype=np.int64)
        texts, total = (
            np.concatenate([none, *found]) for found in ([p.texts for p in parts], [p.total for p in parts])
        )
        return cls.merged(number[order], texts[order], total[order])


def learn_vocabulary(
    texts: Objects, rule: TermRule, *, min_df: int, at_most: int, terms: TermReader = NOTHING_KEPT
) -> TermVocabulary:
    """The terms in at least min_df texts; of more than at_most the most frequent, ties by number.

    idf = log((1 + texts) / (1 + texts with the term)) + 1, as in scikit-learn's TfidfVectorizer.
    """
    counted = terms.counted(texts.tolist(), rule)
    found = _counted_now(texts, rule) if counted is None else _Totals.of_texts(counted)
    kept = np.flatnonzero(found.texts >= max(min_df, 1))
    if len(kept) > at_most:
        kept = np.sort(kept[np.argsort(-found.total[kept], kind="stable")[:at_most]])
    idf = inverse_frequency(found.texts[kept], len(texts))
    return TermVocabulary(rule, found.number[kept], np.arange(len(kept)), idf)


def _counted_now(texts: Objects, rule: TermRule) -> _Totals:
    parts, held = list[_Totals](), 0
    for _, counts in term_counts(texts.tolist(), rule):
        parts.append(_Totals.of(counts))
        held += len(parts[-1].number)
        if held > _MERGE_ABOVE:
            parts = [_Totals.joined(parts)]
            held = len(parts[0].number)
    return _Totals.joined(parts)


def inverse_frequency(has: Index, n_rows: int) -> Floats:
    """(d,) weights of terms that so many of the rows have."""
    return np.asarray(np.log((1.0 + n_rows) / (1.0 + has)) + 1.0)


def rows_of_length_one(row: Index, column: Index, weight: Floats, *, n_rows: int, n_columns: int) -> Sparse:
    """Entries (n,), by row and then by column, as a sparse block whose rows have length 1, or 0 without an entry."""
    length = np.sqrt(np.bincount(row, weight * weight, minlength=n_rows))
    ends = np.cumsum(np.bincount(row, minlength=n_rows))
    return Sparse(
        (weight / length[row]).astype(np.float32), column.astype(np.int32),
        np.concatenate([np.zeros(1, dtype=np.int64), ends]), n_columns,
    )  # fmt: skip


def learn_vocabularies(
    text: Objects, rule: TermRule, *, min_df: int, max_features: int, terms: TermReader = NOTHING_KEPT
) -> tuple[TermVocabulary, ...]:
    """A vocabulary for each text column (n, d), max_features shared among them."""
    share = max_features // max(1, text.shape[1])
    return tuple(learn_vocabulary(column, rule, min_df=min_df, at_most=share, terms=terms) for column in text.T)


def beside(blocks: Sequence[Sparse]) -> Sparse:
    """Sparse blocks of the same rows joined from left to right, each with its parts."""
    if len(blocks) == 1:
        return blocks[0]
    shifts = np.cumsum([0, *(block.n_columns for block in blocks)])
    row = np.concatenate([np.repeat(np.arange(block.n_rows), np.diff(block.indptr)) for block in blocks])
    order = np.argsort(row, kind="stable")
    indices = np.concatenate([block.indices + shift for block, shift in zip(blocks, shifts[:-1], strict=True)])
    data = np.concatenate([block.data for block in blocks])
    indptr = np.sum([block.indptr for block in blocks], axis=0)
    return Sparse(
        data[order], indices[order].astype(np.int32), indptr, int(shifts[-1]),
        parts=tuple(part for block in blocks for part in block.parts or (block.n_columns,)),
        labels=tuple(label for block in blocks for label in block.labels or ("",)),
    )  # fmt: skip


def weigh_all(
    vocabularies: Sequence[TermVocabulary], text: Objects, names: Sequence[str] = (), terms: TermReader = NOTHING_KEPT
) -> Sparse:
    """(n, all terms) the text columns (n, d), each by its vocabulary, side by side; names: of the columns, () where
    nobody asks.
    """
    labels = names or [""] * len(vocabularies)
    return beside(
        [
            replace(
                one.weigh(column, terms), labels=(f"{label}, characters" if one.rule.analyzer == "char_wb" else label,)
            )
            for one, column, label in zip(vocabularies, text.T, labels, strict=True)
        ]
    )
