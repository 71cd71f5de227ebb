"""The patterns of clauses, and of what may stand around them, ready to match."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from assay.steering.words.english import EVERYDAY_VERBS
from assay.steering.words.pattern import Pattern, pattern_of
from assay.steering.words.word_tables import alternatives, blocks

SUBJECTS = {"things": "column family step move", "work": "family step move"}
"""Several subjects that the tables have one word for."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A clause. polarity: what its verb does to its things, as "-use", "" where that does not matter."""

    act: str
    polarity: str
    subjects: frozenset[str]
    pattern: Pattern


@dataclass(frozen=True, slots=True, eq=False)
class Addition:
    """What may stand before or behind a clause. acts: of which clauses, () of all. expires: 0 where a number in it says
    so. asks: a request put as a question."""

    pattern: Pattern
    acts: tuple[str, ...] = ()
    strength: int | None = None
    expires: int | None = None
    asks: bool = False


def _macros() -> dict[str, str]:
    return dict(alternatives("macros"))


def _lines() -> tuple[Line, ...]:
    macros, found = _macros(), []
    for title, patterns in blocks("clauses"):
        act, polarity, *subjects = title.split()
        known = frozenset(" ".join(SUBJECTS.get(one, one) for one in subjects).split())
        sign = "" if polarity == "." else polarity
        found += [Line(act, sign, known, pattern_of(text, macros)) for text in patterns]
    return tuple(found)


def _tails() -> tuple[Addition, ...]:
    macros = _macros()
    tails = [(title.split(), text) for title, text in alternatives("around") if title.startswith("tail ")]
    return tuple(Addition(pattern_of(text, macros), tuple(acts)) for (_, *acts), text in tails)


def _around(wanted: str) -> tuple[Addition, ...]:
    macros, found = _macros(), []
    for title, text in alternatives("around"):
        place, number, *acts = title.split()
        if place == wanted:
            value = None if number == "." else 0 if number == "NUMBER" else int(number)
            is_end, asks = place == "expires", place == "asks"
            strength, expires = (None, value) if is_end else (value, None)
            found.append(Addition(pattern_of(text, macros), tuple(acts), strength, expires, asks))
    return tuple(found)


class HasPattern(Protocol):
    """What is matched by a pattern."""

    @property
    def pattern(self) -> Pattern: ...


T = TypeVar("T", bound=HasPattern)


def by_first(lines: Iterable[T]) -> dict[str, tuple[T, ...]]:
    """What has a pattern, by the words that it may begin with."""
    found: dict[str, list[T]] = {}
    for line in lines:
        for word in line.pattern.first:
            found.setdefault(word, []).append(line)
    return {word: tuple(those) for word, those in found.items()}


KNOWN_WORDS = frozenset(
    word for name in ("macros", "clauses", "around", "doing") for _, text in alternatives(name)
    for word in re.findall(r"[a-z]+", text)
)  # fmt: skip
"""All words of the grammar."""
ACT_WORDS = (pattern_of("DROP", _macros()).first | pattern_of("KEEPV", _macros()).first) - EVERYDAY_VERBS
"""Verbs that ask for something wherever they stand."""
LINES = _lines()
BY_WORD = by_first(line for line in LINES if line.pattern.after_slot is None)
BEHIND_ITEMS = by_first(
    replace(line, pattern=after) for line in LINES if (after := line.pattern.after_slot) is not None
)
"""Lines that begin with items, by the words behind those; their patterns are what follows the items."""
ENDS = _around("expires")
BEFORE = (*_around("asks"), *_around("before"), *(one for one in ENDS if one.expires == 0))
BEHIND = (*_around("behind"), *ENDS)
TAILS = _tails()
"""Parts of their own that say why of the clause before them."""
