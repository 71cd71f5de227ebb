"""Texts as one array of characters: what each is, the runs they form, and numbers that tell equal runs from others."""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.core.array import Bools, Index
from assay.core.unspaced_scripts import RANGES

Points = NDArray[np.uint32]
Numbers = NDArray[np.uint64]

TEXTS_AT_ONCE = 4096
"""Texts read together, so that twelve bits tell which."""
FIRST_SIGN = 0x0300
"""The first code point of a sign on other characters."""
_CHARACTERS_AT_ONCE = 4_000_000
_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 2**64)
FACTOR = np.uint64(_BASE)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def chunks(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Start and end of some thousand texts at a time, of fewer where they are long."""
    start, held = 0, 0
    for at, text in enumerate(texts):
        if at > start and (at - start == TEXTS_AT_ONCE or held + len(text) > _CHARACTERS_AT_ONCE):
            yield start, at
            start, held = at, 0
        held += len(text)
    if len(texts):
        yield start, len(texts)


@dataclass(frozen=True, slots=True, eq=False)
class TextCharacters:
    """Texts end to end, a space before each and one at the end. codes: (n,) code points; starts: (n_texts,) of their
    first characters.
    """

    codes: Points
    starts: Index

    @classmethod
    def of(cls, texts: Sequence[str]) -> "TextCharacters":
        """The characters of these texts."""
        whole = " ".join(["", *texts, ""])
        codes = np.frombuffer(whole.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32, copy=False)
        lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        starts = np.cumsum(np.concatenate([[1], lengths[:-1] + 1])) if len(texts) else np.empty(0, dtype=np.int64)
        return TextCharacters(codes, starts)

    def rows(self, start: Index) -> Index:
        """(n,) the texts that runs which start there belong to; the space before a text is of that text."""
        return np.searchsorted(self.starts - 1, start, side="right") - 1


def spans(inside: Bools, alone: Bools | None = None) -> tuple[Index, Index]:
    """Starts and ends of the runs of characters that are inside; one that stands alone is a run of its own."""
    begins, ends = inside.copy(), inside.copy()
    begins[1:] &= ~inside[:-1]
    ends[:-1] &= ~inside[1:]
    if alone is not None and alone.any():
        begins |= alone
        begins[1:] |= alone[:-1] & inside[1:]
        ends |= alone
        ends[:-1] |= alone[1:] & inside[:-1]
    return np.flatnonzero(begins), np.flatnonzero(ends) + 1


@dataclass(frozen=True, slots=True, eq=False)
class RunNumbers:
    """A polynomial of values modulo 2^64 (Karp and Rabin, 1987), from which every run of them gets a number that equal
    runs share. sums: (n + 1,) of the polynomial; inverse: (n + 1,) powers that shift it to the start.
    """

    sums: Numbers
    inverse: Numbers

    @classmethod
    def of(cls, values: Points | Numbers) -> "RunNumbers":
        """values: (n,) code points, or numbers of shorter runs."""
        terms = (values.astype(np.uint64) + np.uint64(1)) * _powers(_BASE, len(values))
        sums = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(terms)])
        return cls(sums, _powers(_INVERSE, len(values) + 1))

    def numbers(self, start: Index, end: Index) -> Numbers:
        """(n,) 64-bit numbers of the runs from start to before end."""
        return (self.sums[end] - self.sums[start]) * self.inverse[start]


def _powers(base: int, n: int) -> Numbers:
    """(n,) powers of the base from 1 on, twice as many at a time: a fourth of the time of a running product."""
    powers = np.ones(n, dtype=np.uint64)
    filled, factor = 1, base % 2**64
    while filled < n:
        more = min(filled, n - filled)
        np.multiply(powers[:more], np.uint64(factor), out=powers[filled : filled + more])
        filled, factor = 2 * filled, factor * factor % 2**64
    return powers


def mixed(number: Numbers) -> Numbers:
    """Bits spread, so that the upper ones depend on all (the finaliser of SplitMix64; Steele et al., 2014)."""
    number = (number ^ (number >> np.uint64(30))) * _MIX[0]
    number = (number ^ (number >> np.uint64(27))) * _MIX[1]
    return number ^ (number >> np.uint64(31))


def looked_up(codes: Points, is_so: Callable[[str], bool]) -> Bools:
    """(n,) whether each character is so: asked once for each that occurs."""
    seen = np.unique(codes) if len(codes) > 512 else codes
    table = np.zeros(int(codes.max(initial=0)) + 1, dtype=np.bool_)
    table[seen] = [is_so(chr(code)) for code in seen.tolist()]
    return table[codes]


def is_sign(one: str) -> bool:
    """Whether a character is a sign on letters, of a vowel or an accent: no variant or frame of a picture."""
    return unicodedata.category(one)[0] == "M" and not ("\ufe00" <= one <= "\ufe0f" or "\u20d0" <= one <= "\u20ff")


def is_alone(codes: Points) -> Bools | None:
    """(n,) whether each is of a script without spaces between words; None where none can be."""
    if not len(codes) or codes.max() < RANGES[0][0]:
        return None
    inside = [(codes >= low) & (codes <= high) for low, high in RANGES]
    return np.asarray(np.any(inside, axis=0), dtype=np.bool_)
