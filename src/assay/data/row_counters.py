"""Row counters: keys and numbers that enumerate the rows of a file and carry no information for new rows."""

import re
from collections.abc import Sequence

import numpy as np

from assay.core.array import Codes, Floats

_NUMBER = re.compile(r"\d+")
_FEWEST, _NEARLY = 30, 0.98
"""Rows below which dense numbers prove nothing; share of the rows that must have a number of their own."""
_SPARSEST = 5.0
"""Numbers between the lowest and the highest for each that is taken: a file may be a part of a longer one."""
_LONGEST = 15  # digits that float64 tells apart


def counts_rows(codes: Codes, texts: Sequence[str]) -> bool:
    """Whether these keys are one text but for a number, and the numbers lie as close as those of a counter do.

    codes: (n,) positions in texts, -1 missing. In any order of the rows: a file may have been shuffled since. Keys
    with other varying parts ("FR-0017", "DE-0018") say more than their number and are none.
    """
    filled = codes[codes >= 0]
    if len(filled) < _FEWEST or len(texts) < _NEARLY * len(filled):
        return False
    taken = [(max(runs, key=len), text) for text in texts if (runs := _NUMBER.findall(text))]
    frames = [text.replace(number, "#", 1) for number, text in taken if len(number) <= _LONGEST]
    numbers = np.unique([float(number) for number, _ in taken if len(number) <= _LONGEST])
    if len(frames) < len(texts) or len(set(frames)) > 1 or len(numbers) < _NEARLY * len(texts):
        return False
    return _are_dense(numbers)


def numbers_rows(values: Floats) -> bool:
    """Whether these whole numbers count the rows: each row has its own, and they lie as close as a counter's do.

    values: (n,), in any order, NaN missing. Whatever the column is called: a measured number whose values hardly repeat
    leaves wider gaps, as n draws from 5 n numbers repeat one in ten times. A rank is seen as a counter too.
    """
    filled = values[~np.isnan(values)]
    if len(filled) < max(_FEWEST, _NEARLY * len(values)) or bool((filled != np.floor(filled)).any()):
        return False
    numbers = np.unique(filled)
    return len(numbers) >= _NEARLY * len(filled) and _are_dense(numbers)


def _are_dense(numbers: Floats) -> bool:
    """Whether distinct numbers in rising order lie close together."""
    return float(numbers[-1] - numbers[0]) <= _SPARSEST * len(numbers)
