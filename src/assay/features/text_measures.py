"""Measures of texts that no language is needed for: sizes, kinds of characters, sentences, repetition, entropy."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.core.array import Bools, Floats, Index, Objects, Singles
from assay.features.text_repetition import longest_repeats, repeated
from assay.terms.text_characters import (
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

Marks = NDArray[np.uint16]

WORD, LETTER, CAPITAL, SMALL, DIGIT, MARK, QUESTION, EXCLAMATION, END, STOP, LINE = (1 << k for k in range(11))
"""What a character is. MARK: punctuation or a symbol; END: ends a sentence before a space or another mark; STOP: ends
one wherever it stands; LINE: ends a line."""
_QUESTIONS, _EXCLAMATIONS = "?？؟⁇⁈⁉‽⸮՞፧꘏", "!！՜‼⁉"
_ENDS, _STOPS = ".?!…؟۔։።፧܀܁܂⁇⁈⁉‽⸮", "。！？｡．।॥၊။។៕"
_LINES = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_APOSTROPHES = (ord("'"), 0x2019)
_LONG_WORD = 6
"""Letters; longer words are the long ones of LIX."""
_CODE_BITS = np.uint64(21)


def _marks(one: str) -> int:
    kind = unicodedata.category(one)
    found = WORD if one.isalnum() or is_sign(one) or one == "_" else 0
    found |= LETTER if one.isalpha() else 0
    found |= CAPITAL if one.isupper() else SMALL if one.islower() else 0
    found |= DIGIT if one.isdigit() else 0
    found |= MARK if kind[0] in "PS" else 0
    for mark, listed in ((QUESTION, _QUESTIONS), (EXCLAMATION, _EXCLAMATIONS), (END, _ENDS), (STOP, _STOPS),
                         (LINE, _LINES)):  # fmt: skip
        found |= mark if one in listed else 0
    return found


def _folded(one: str) -> int:
    """The small form of a character, if it is one character; apostrophes are one."""
    small = "'" if ord(one) in _APOSTROPHES else one.lower()
    return ord(small if len(small) == 1 else one)


_ASCII = np.array([_marks(chr(code)) for code in range(128)], dtype=np.uint16)
_ASCII_FOLDED = np.array([_folded(chr(code)) for code in range(128)], dtype=np.uint32)


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Words of texts, each character of scripts without spaces being one: runs of letters, digits and their marks, with
    apostrophes inside. row: (n,) which text; start, end: (n,) places among all characters, of which small has the small
    letters; sentence, line: (n,) which, counted over all texts.
    """

    row: Index
    start: Index
    end: Index
    small: Points
    sentence: Index
    line: Index

    def numbers(self) -> Numbers:
        """(n,) 64 bits of each, which tell it from others whatever its case."""
        return mixed(RunNumbers.of(self.small).numbers(self.start, self.end))


@dataclass(frozen=True, slots=True, eq=False)
class ReadTexts:
    """Texts as characters and words. marks: (n,) bits of each character; row, code, count: how often which character
    is in which text, by text and then by code; sizes: (n_texts,) characters of each.
    """

    marks: Marks
    row: Index
    code: Index
    count: Index
    known: Marks
    sizes: Index
    words: Words

    @classmethod
    def of(cls, texts: Sequence[str]) -> "ReadTexts":
        """Of some thousand texts, text_characters.TEXTS_AT_ONCE at most."""
        characters = TextCharacters.of(texts)
        sizes = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        codes = characters.codes
        keys = (np.repeat(np.arange(len(texts)), sizes + 1).astype(np.uint64) << _CODE_BITS) | codes[:-1]
        keys.sort()
        at = np.flatnonzero(np.concatenate([np.ones(min(1, len(keys)), dtype=np.bool_), keys[1:] != keys[:-1]]))
        count = np.diff(np.append(at, len(keys)))
        row = (keys[at] >> _CODE_BITS).astype(np.int64)
        code = (keys[at] & np.uint64((1 << 21) - 1)).astype(np.int64)
        count -= code == ord(" ")  # the one before each text is not of it
        table, small = _tables(code)
        marks = table[codes]
        return cls(marks, row, code, count, table[code], sizes, _words(characters, marks, small[codes]))

    def with_mark(self, mark: int) -> Floats:
        """(n_texts,) characters that are so."""
        return self.summed((self.known & mark) > 0)

    def summed(self, is_so: Bools) -> Floats:
        """(n_texts,) of pairs of text and character that are so, how many characters they are."""
        return np.bincount(self.row, self.count * is_so, minlength=len(self.sizes)).astype(np.float64)


def _tables(code: Index) -> tuple[Marks, Points]:
    """Marks and small forms by code point, of those given; asked once for each that occurs."""
    most = int(code.max(initial=0))
    if most < len(_ASCII):
        return _ASCII, _ASCII_FOLDED
    marks, small = np.zeros(most + 1, dtype=np.uint16), np.zeros(most + 1, dtype=np.uint32)
    marks[: len(_ASCII)], small[: len(_ASCII)] = _ASCII, _ASCII_FOLDED
    others = np.unique(code[code >= len(_ASCII)])
    letters = [chr(one) for one in others.tolist()]
    marks[others], small[others] = [_marks(one) for one in letters], [_folded(one) for one in letters]
    return marks, small


def _words(characters: TextCharacters, marks: Marks, small: Points) -> Words:
    codes = characters.codes
    inside = (marks & WORD) > 0
    inner = np.flatnonzero((codes[1:-1] == _APOSTROPHES[0]) | (codes[1:-1] == _APOSTROPHES[1])) + 1
    joins = inner[inside[inner - 1] & inside[inner + 1]]
    alone = is_alone(codes)
    if alone is not None:  # where each letter is a word, signs on it are none
        inside = inside & (~alone | ((marks & (LETTER | DIGIT)) > 0))
    start, end = spans(_with(inside, joins), None if alone is None else alone & inside)
    breaks = np.flatnonzero(marks & (END | STOP | LINE))
    after = marks[np.minimum(breaks + 1, len(marks) - 1)]
    is_line, is_stop = (marks[breaks] & LINE) > 0, (marks[breaks] & STOP) > 0
    is_end = is_stop | np.where(is_line, (after & SMALL) == 0, (after & WORD) == 0)
    return Words(
        row=characters.rows(start), start=start, end=end, small=small,
        sentence=np.searchsorted(breaks[is_end], start), line=np.searchsorted(breaks[is_line], start),
    )  # fmt: skip


def _with(inside: Bools, more: Index) -> Bools:
    if len(more):
        inside = inside.copy()
        inside[more] = True
    return inside


def _distinct_parts(words: Words, part: Index, n: int) -> Index:
    """(n,) parts with a word in them, of each text."""
    is_first = np.ones(len(part), dtype=np.bool_)
    is_first[1:] = (part[1:] != part[:-1]) | (words.row[1:] != words.row[:-1])
    return np.bincount(words.row[is_first], minlength=n)


def _share(part: Floats | Index, whole: Floats | Index) -> Floats:
    """NaN of nothing."""
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)


def _entropy(read: ReadTexts) -> Floats:
    """(n,) bits a character, of the text's own distribution; NaN of an empty one."""
    count = read.count.astype(np.float64)
    weight = np.bincount(read.row, count * np.log2(np.maximum(count, 1.0)), minlength=len(read.sizes))
    whole = np.maximum(read.sizes, 1)
    return np.where(read.sizes > 0, np.maximum(np.log2(whole) - weight / whole, 0.0), np.nan)


def _line_repeats(words: Words, number: Numbers, n: int) -> Floats:
    """(n,) share of the lines whose words another line of the text has, too; NaN without a line. number: of words."""
    if not len(words.row):
        return np.full(n, np.nan)
    is_first = np.concatenate([[True], (words.line[1:] != words.line[:-1]) | (words.row[1:] != words.row[:-1])])
    first = np.flatnonzero(is_first)
    row = words.row[first]
    lines = np.bincount(row, minlength=n)
    if lines.max() < 2:
        return _share(np.zeros(n), lines)
    numbers = RunNumbers.of(number).numbers(first, np.append(first[1:], len(words.row)))
    _, again = repeated(mixed(numbers), row)
    return _share(np.bincount(row, again, minlength=n), lines)


def _repeats(words: Words, n_words: Index) -> dict[str, Floats]:
    n, number = len(n_words), words.numbers()
    is_new, again = repeated(number, words.row)
    return {
        "distinct words": _share(np.bincount(words.row, is_new, minlength=n), n_words),
        "repeated words": _share(np.bincount(words.row, again, minlength=n), n_words),
        "repeated lines": _line_repeats(words, number, n),
        "longest repeat": _share(longest_repeats(number, words.row, again, n), n_words),
    }


def _all_figures(texts: Sequence[str], *, repeats: bool) -> dict[str, Floats | Index]:
    """The figures of some thousand texts; repeats: also those that compare words, which take half of the time."""
    read = ReadTexts.of(texts)
    words, n = read.words, len(texts)
    n_words = np.bincount(words.row, minlength=n)
    lengths = words.end - words.start
    letters = np.bincount(words.row, lengths, minlength=n)
    a_sentence = _share(n_words, _distinct_parts(words, words.sentence, n))
    long_words = np.bincount(words.row[lengths > _LONG_WORD], minlength=n)
    return {
        "characters": read.sizes,
        "word count": n_words,
        "lines": _distinct_parts(words, words.line, n),
        "word length": _share(letters, n_words),
        "capitals": _share(read.with_mark(CAPITAL), read.with_mark(LETTER)),
        "digit share": _share(read.with_mark(DIGIT), read.sizes),
        "punctuation": _share(read.with_mark(MARK), read.sizes),
        "non-ASCII": _share(read.summed(read.code > 127), read.sizes),
        "questions": read.with_mark(QUESTION),
        "exclamations": read.with_mark(EXCLAMATION),
        "words a sentence": a_sentence,
        "readability": a_sentence + 100.0 * _share(long_words, n_words),
        "entropy": _entropy(read),
        **(_repeats(words, n_words) if repeats else {}),
    }


REPEATS = ("distinct words", "repeated words", "repeated lines", "longest repeat")
FIGURES: Mapping[str, str] = {
    "characters": "characters", "word count": "words", "lines": "lines with a word",
    "word length": "letters a word", "capitals": "share of the letters that are capitals",
    "digit share": "share of the characters that are digits",
    "punctuation": "share of the characters that are punctuation or symbols",
    "non-ASCII": "share of the characters beyond ASCII", "questions": "question marks of any script",
    "exclamations": "exclamation marks of any script", "distinct words": "distinct words by words",
    "repeated words": "share of the words that are in the text more than once",
    "repeated lines": "share of the lines that are in the text more than once",
    "longest repeat": "words of the longest run that is in the text more than once, by all words",
    "words a sentence": "words a sentence", "readability": "LIX: words a sentence plus percent of words of over six "
    "letters (Björnsson, 1968)", "entropy": "bits a character",
}  # fmt: skip
"""Measures by name, with what each is."""


def text_measures(texts: Sequence[str], figures: Sequence[str] = tuple(FIGURES)) -> Floats:
    """(n, len(figures)) of each text. An empty text has 0 characters, words and marks; its shares and means are NaN."""
    repeats = not set(REPEATS).isdisjoint(figures)
    parts = [_all_figures(texts[start:end], repeats=repeats) for start, end in chunks(texts)]
    out = np.empty((len(texts), len(figures)))
    for j, figure in enumerate(figures):
        out[:, j] = np.concatenate([np.empty(0), *(part[figure] for part in parts)])
    return out


def plain_figures(text: Objects) -> Singles:
    """(n, 3 d) characters, words between spaces, and share of digits of each text; 0, 0, 0 for an empty one."""
    columns = list[Floats]()
    for cells in text.T.tolist():
        parts = [_plain(cells[start:end]) for start, end in chunks(cells)]
        columns.append(np.concatenate([np.empty((0, 3)), *parts]))
    return np.concatenate([np.empty((len(text), 0)), *columns], axis=1).astype(np.float32)


def _plain(texts: Sequence[str]) -> Floats:
    characters, n = TextCharacters.of(texts), len(texts)
    sizes = np.fromiter(map(len, texts), dtype=np.int64, count=n)

    def counted(is_so: Callable[[str], bool]) -> Bools:
        return looked_up(characters.codes, is_so)

    words = np.bincount(characters.rows(spans(~counted(str.isspace))[0]), minlength=n)
    digits = np.bincount(characters.rows(np.flatnonzero(counted(str.isdigit))), minlength=n)
    return np.stack([sizes, words, digits / np.maximum(sizes, 1)], axis=1)
