"""Words and runs of words that a text has more than once, found in all texts at a time."""

import numpy as np

from assay.core.array import Bools, Index
from assay.terms.text_characters import Numbers, RunNumbers, mixed

_ROW_BITS = np.uint64(12)


def repeated(number: Numbers, row: Index) -> tuple[Bools, Bools]:
    """Of the parts (n,) of texts: whether each is the first of its number in its text, and whether another is equal.

    number: (n,) 64 bits, the upper 52 of them compared; row: (n,) below text_characters.TEXTS_AT_ONCE.
    """
    keys = (number >> _ROW_BITS << _ROW_BITS) | row.astype(np.uint64)
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    is_first = np.ones(len(keys), dtype=np.bool_)
    is_first[1:] = keys[1:] != keys[:-1]
    is_alone = is_first.copy()
    is_alone[:-1] &= is_first[1:]
    first, again = np.empty_like(is_first), np.empty_like(is_first)
    first[order], again[order] = is_first, ~is_alone
    return first, again


def longest_repeats(number: Numbers, row: Index, again: Bools, n: int) -> Index:
    """(n,) words of the longest run that each text has more than once; runs may overlap.

    number, row: (n_words,) of all words in order; again: whether the text has the word more than once. A run that
    comes again begins with shorter runs that do, so that its length is found by doubling and halving.
    """
    low = np.zeros(n, dtype=np.int64)
    place = np.flatnonzero(again)
    if not len(place):
        return low
    low[row[place]] = 1
    ends = np.searchsorted(row, np.arange(n), side="right")
    high = np.bincount(row, minlength=n)
    runs = RunNumbers.of(number)
    while True:
        place = place[high[row[place]] > low[row[place]] + 1]
        if not len(place):
            return low
        tried = np.minimum(2 * low, (low + high) // 2)
        at = row[place]
        is_whole = place + tried[at] <= ends[at]
        start, own = place[is_whole], at[is_whole]
        _, is_again = repeated(mixed(runs.numbers(start, start + tried[own])), own)
        found = np.zeros(n, dtype=np.bool_)
        found[own[is_again]] = True
        is_open = np.zeros(n, dtype=np.bool_)
        is_open[at] = True
        low, high = np.where(is_open & found, tried, low), np.where(is_open & ~found, tried, high)
        place = np.sort(np.concatenate([start[is_again], place[~found[at]]]))
