"""Columns of names: categories of many levels that share pieces, as titles and products do, and as codes and persons do
not. Told from the levels alone, never from the target.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

import numpy as np

from assay.core.table import Table
from assay.core.unspaced_scripts import CHARACTER

FEWEST_LEVELS = 31
"""Fewer levels are learned one by one."""
LETTERS, KNOWN, ALIKE = 0.5, 0.5, 1.0
"""What the levels of a column of names have at least, in the mean: letters among their characters; letters and digits
in words that three levels have, and at most half of all; other levels that share 40 % of their runs of three
characters. The second decides: of places and firms it is 0.41 at most, of persons 0.25, of titles 0.7 and more
(docs/log.md).
"""
_MANY, _SHARED, _RUN = 3, 0.4, 3
_READ, _COMPARED = 3_000, 200
_WORD = re.compile(rf"{CHARACTER}|[^\W_]{{2,}}")


def name_columns(table: Table) -> tuple[str, ...]:
    """The columns of strings that are names."""
    strings = table.strings
    return () if strings is None else tuple(name for name in strings.names if are_names(strings.column(name)[1]))


def are_names(levels: Sequence[str]) -> bool:
    """Whether these distinct texts are names: many, of letters, made of words that come again, and alike."""
    if len(levels) < FEWEST_LEVELS:
        return False
    read = [unicodedata.normalize("NFKC", text).casefold() for text in _spaced(levels, _READ)]
    if float(np.mean([_letters(text) for text in read])) < LETTERS or _known(read) < KNOWN:
        return False
    some = _spaced(read, _COMPARED)
    return _alike(some) * (len(levels) - 1) / (len(some) - 1) >= ALIKE


def _spaced(levels: Sequence[str], at_most: int) -> Sequence[str]:
    """All levels, or so many at equal distances."""
    if len(levels) <= at_most:
        return levels
    return [levels[k] for k in np.linspace(0, len(levels) - 1, at_most).astype(np.int64).tolist()]


def _letters(text: str) -> float:
    """The share of letters and of signs on them among all characters but spaces."""
    letters = sum(one.isalpha() or unicodedata.category(one)[0] == "M" for one in text)
    return letters / max(1, sum(not one.isspace() for one in text))


def _known(levels: Sequence[str]) -> float:
    """The share of a level's words, by their length, that three levels have; the mean over levels. Words of more than
    half of them say nothing, as "order" in "order 17".
    """
    words = [set(_WORD.findall(text)) for text in levels]
    n_levels = Counter(word for own in words for word in own)
    telling = [[word for word in own if n_levels[word] <= len(levels) / 2] for own in words]
    known = [sum(len(word) for word in own if n_levels[word] >= _MANY) for own in telling]
    return float(np.mean([part / max(1, sum(map(len, own))) for part, own in zip(known, telling, strict=True)]))


def _alike(levels: Sequence[str]) -> float:
    """How many others have 40 % of a level's runs of three characters; the mean over levels."""
    runs = [{text[k : k + _RUN] for k in range(max(1, len(text) - _RUN + 1))} for text in levels]
    place = {run: k for k, run in enumerate(sorted(set().union(*runs)))}
    has = np.zeros((len(levels), len(place)), dtype=np.float32)
    for k, own in enumerate(runs):
        has[k, [place[run] for run in own]] = 1.0
    near = has @ has.T >= _SHARED * has.sum(axis=1)[:, None]
    return float(near.sum() / len(levels) - 1)
