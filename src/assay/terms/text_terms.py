"""Terms of texts as numbers, by arithmetic on whole columns of characters: words, runs of words, runs of characters.

A term is a polynomial of its characters modulo 2^64 (Karp and Rabin, 1987), taken from sums over all characters at
once, mixed, and cut to 52 bits: two of ten million distinct terms are taken for one with a chance of 1 %. No term is
stored as text, so that a vocabulary holds nobody's words, and one row gets the very terms it gets in a batch.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from assay.core.array import Index
from assay.core.errors import UsageError
from assay.terms.text_characters import (
    FACTOR,
    FIRST_SIGN,
    TEXTS_AT_ONCE,
    Numbers,
    Points,
    RunNumbers,
    TextCharacters,
    chunks,
    is_alone,
    is_sign,
    looked_up,
    mixed,
    spans,
)

Analyzer = Literal["word", "char_wb"]
Folding = Literal["unicode", "lower"]
_ROW_BITS, _ROWS = np.uint64(12), np.uint64(TEXTS_AT_ONCE - 1)
"""The lower bits of a key are the text, the other 52 the term."""
_NEWLINE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class TermRule:
    """Which terms a text has, and how they are counted.

    analyzer: "word" (two letters or more) or "char_wb" (runs of characters within words, which are padded by spaces);
    ngrams: shortest and longest run. sublinear: 1 + log(count) in place of the count. skips: pairs of words with up to
    so many others between them are terms too; edges: so are the first word, the first two and the last of each line, as
    such. folding: "unicode" (compatibility forms made one, no case), or "lower"
    (small letters, as bundles of 0.1.0 were made).
    """

    analyzer: Analyzer = "word"
    ngrams: tuple[int, ...] = (1, 2)
    sublinear: bool = False
    skips: int = 0
    edges: bool = False
    folding: Folding = "unicode"

    def __post_init__(self) -> None:
        if self.analyzer not in ("word", "char_wb"):
            raise UsageError(f"Texts cannot be analysed by {self.analyzer!r}. Known: word, char_wb.")
        if len(self.ngrams) != 2 or not 1 <= self.ngrams[0] <= self.ngrams[1]:
            raise UsageError(f"ngrams is the shortest and the longest run of terms, e.g. (1, 2), not {self.ngrams!r}.")
        if self.skips < 0 or ((self.skips or self.edges) and self.analyzer != "word"):
            raise UsageError(
                f"skips (words between two others, not {self.skips!r}) and edges are of the analyzer 'word'."
            )

    def folded(self, text: str) -> str:
        """The text as terms are read from it."""
        if self.folding == "lower":
            return text.lower()
        return unicodedata.normalize("NFKC", text).casefold()


@dataclass(frozen=True, slots=True, eq=False)
class Occurrences:
    """Terms as they stand in texts. number: (n,) 52 bits; row: (n,) which text; start, end: (n,) places in the text as
    folded, of a char_wb term with the spaces of its padding.
    """

    number: Numbers
    row: Index
    start: Index
    end: Index

    @classmethod
    def joined(cls, parts: Sequence["Occurrences"]) -> "Occurrences":
        """All of them, one after the other."""
        return cls(
            np.concatenate([np.empty(0, dtype=np.uint64), *(part.number for part in parts)]),
            *(
                np.concatenate([np.empty(0, dtype=np.int64), *found])
                for found in ([p.row for p in parts], [p.start for p in parts], [p.end for p in parts])
            ),
        )


@dataclass(frozen=True, slots=True, eq=False)
class TermCounts:
    """Counts of the terms of some texts. number, row, count: (n,), by number and then by row; row: from `first` on."""

    number: Numbers
    row: Index
    count: Index


def occurrences(texts: Sequence[str], rule: TermRule) -> Occurrences:
    """Every term of the texts, each as often as it is there."""
    characters = _NumberedText.of(TextCharacters.of([rule.folded(text) for text in texts]))
    if rule.analyzer == "word":
        return _word_runs(characters, rule)
    return _character_runs(characters, rule.ngrams)


def term_counts(texts: Sequence[str], rule: TermRule) -> Iterator[tuple[int, TermCounts]]:
    """The terms of some thousand texts at a time, with the place of the first of these texts."""
    for start, end in chunks(texts):
        found = occurrences(texts[start:end], rule)
        keys = (found.number << _ROW_BITS) | found.row.astype(np.uint64)
        keys.sort()
        at = np.flatnonzero(np.concatenate([np.ones(min(1, len(keys)), dtype=np.bool_), keys[1:] != keys[:-1]]))
        unique = keys[at]
        counts = np.diff(np.append(at, len(keys)))
        yield start, TermCounts(unique >> _ROW_BITS, (unique & _ROWS).astype(np.int64), counts)


def numbers_of(terms: Sequence[str], rule: TermRule) -> Numbers:
    """(n,) numbers of terms that are written out, as bundles of 0.1.0 stored them. What is no term has a number that
    none has.
    """
    lengths = np.fromiter(map(len, terms), dtype=np.int64, count=len(terms))
    if rule.analyzer == "char_wb":
        characters = _NumberedText.of(TextCharacters.of(terms))
        return mixed(characters.numbers(characters.text.starts, characters.text.starts + lengths)) >> _ROW_BITS
    found = occurrences(terms, rule)
    is_whole = (found.start == 0) & (found.end == lengths[found.row])
    numbers = np.arange(len(terms), dtype=np.uint64) + (np.uint64(1) << np.uint64(60))
    numbers[found.row[is_whole]] = found.number[is_whole]
    return numbers


@dataclass(frozen=True, slots=True, eq=False)
class _NumberedText:
    """Characters of folded texts, and numbers of their runs."""

    text: TextCharacters
    runs: RunNumbers

    @classmethod
    def of(cls, text: TextCharacters) -> "_NumberedText":
        return cls(text, RunNumbers.of(text.codes))

    @property
    def codes(self) -> Points:
        return self.text.codes

    def rows(self, start: Index) -> Index:
        return self.text.rows(start)

    def numbers(self, start: Index, end: Index) -> Numbers:
        return self.runs.numbers(start, end)

    def found(self, number: Numbers, start: Index, end: Index, row: Index) -> Occurrences:
        own = self.text.starts[row]
        return Occurrences(mixed(number) >> _ROW_BITS, row, start - own, end - own)


def _word_runs(characters: _NumberedText, rule: TermRule) -> Occurrences:
    """Words of two characters or more, in runs of rule.ngrams words of one text, and pairs over others."""
    codes = characters.codes
    alone = is_alone(codes) if rule.folding == "unicode" else None
    is_word = looked_up(codes, lambda one: one.isalnum() or one == "_")
    if rule.folding == "unicode" and codes.max(initial=0) >= FIRST_SIGN:
        signs = looked_up(codes, is_sign)  # of vowels and accents; where each letter is a word they are none
        is_word |= signs if alone is None else signs & ~alone
    start, end = spans(is_word, None if alone is None else alone & is_word)
    wanted = end - start > 1
    if alone is not None:
        wanted |= alone[start]
    start, end = start[wanted], end[wanted]
    row, word = characters.rows(start), mixed(characters.numbers(start, end))
    low, high = rule.ngrams
    longest = int(np.bincount(row).max()) if len(row) else 0
    run, found = word, list[Occurrences]()

    def note(number: Numbers, apart: int) -> None:
        """Runs from each word to the one so many further, where it is of the same text."""
        is_whole = row[: len(row) - apart] == row[apart:]
        first, last = np.flatnonzero(is_whole), np.flatnonzero(is_whole) + apart
        found.append(characters.found(number[is_whole], start[first], end[last], row[first]))

    for n in range(1, min(high, longest) + 1):
        if n > 1:
            run = mixed(run[:-1] * FACTOR + word[n - 1 :])
        if n >= low:
            note(run, n - 1)
    for apart in range(2, min(rule.skips + 2, longest)):
        note(mixed(word[:-apart] * FACTOR + word[apart:] + np.uint64(1)), apart)
    if rule.edges and len(word):
        line = np.cumsum(codes == _NEWLINE)[start] + row
        is_first = np.concatenate([[True], line[1:] != line[:-1]])
        is_last = np.concatenate([is_first[1:], [True]])
        pairs = np.flatnonzero(is_first & ~is_last)
        two = mixed(word[pairs] * FACTOR + word[pairs + 1] + np.uint64(2))
        found.append(characters.found(two, start[pairs], end[pairs + 1], row[pairs]))
        for is_edge, mark in ((is_first, 3), (is_last, 4)):
            at = np.flatnonzero(is_edge)
            found.append(characters.found(mixed(word[at] + np.uint64(mark)), start[at], end[at], row[at]))
    return Occurrences.joined(found)


def _character_runs(characters: _NumberedText, ngrams: tuple[int, ...]) -> Occurrences:
    """Runs of ngrams characters of each word with a space before and behind; a shorter word counts once, whole."""
    is_space = looked_up(characters.codes, str.isspace)
    codes = np.where(is_space, np.uint32(32), characters.codes)
    if not np.array_equal(codes, characters.codes):
        characters = _NumberedText.of(TextCharacters(codes, characters.text.starts))
    start, end = spans(~is_space)
    row, start, end = characters.rows(start), start - 1, end + 1
    length, (low, high) = end - start, ngrams
    longest, found = int(length.max()) if len(length) else 0, list[Occurrences]()
    for n in range(low, min(high, max(longest, low)) + 1):
        has = length >= n
        many, first = length[has] - n + 1, start[has]
        at = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many) + np.repeat(first, many)
        found.append(characters.found(characters.numbers(at, at + n), at, at + n, np.repeat(row[has], many)))
        if n == low and not has.all():
            at, to = start[~has], end[~has]
            found.append(characters.found(characters.numbers(at, to), at, to, row[~has]))
    return Occurrences.joined(found)
