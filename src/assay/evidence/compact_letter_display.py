"""The compact letter display of a list: two entries share a letter exactly where they do not differ significantly."""

from string import ascii_letters

import numpy as np

from assay.core.array import Bools


def compact_letters(apart: Bools) -> tuple[str, ...]:
    """A text of letters for each, "a" beginning with the first, by insertion and absorption (Piepho, 2004).

    apart: (k, k) symmetric, the diagonal False. Differences need not be transitive: a from c but neither from b gives
    a, ab, b. Redundant letters are absorbed.
    """
    columns = [frozenset(range(len(apart)))]
    for i, j in np.argwhere(np.triu(apart)).tolist():
        split = [part for held in columns for part in ((held - {i}, held - {j}) if {i, j} <= held else (held,))]
        columns = _absorbed(split)
    columns.sort(key=sorted)
    return tuple(
        "".join(_letter(number) for number, held in enumerate(columns) if place in held) for place in range(len(apart))
    )


def _absorbed(columns: list[frozenset[int]]) -> list[frozenset[int]]:
    """The sets that are no subset of another, each once."""
    once = list(dict.fromkeys(columns))
    return [held for held in once if not any(held < other for other in once)]


def _letter(number: int) -> str:
    """a to z, A to Z, then Greek ones: one character each, so that texts of several can be read."""
    return ascii_letters[number] if number < len(ascii_letters) else chr(ord("α") + number - len(ascii_letters))
