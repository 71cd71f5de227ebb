"""The patterns of clauses, and of what may stand around them, ready to match."""

from dataclasses import dataclass

from assay.steering.words.pattern import Pattern, pattern_of
from assay.steering.words.word_tables import alternatives, blocks

SUBJECTS = {"things": "column family step move", "work": "family step move"}
"""Several subjects that the tables have one word for."""


@dataclass(frozen=True, slots=True)
class Line:
    """A clause. polarity: what its verb does to its things, as "-use", "" where that does not matter."""

    act: str
    polarity: str
    subjects: frozenset[str]
    pattern: Pattern


@dataclass(frozen=True, slots=True)
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


def _around(wanted: str) -> tuple[Addition, ...]:
    macros, found = _macros(), []
    for title, text in alternatives("around"):
        place, number, *acts = title.split()
        if place == wanted:
            value = None if number == "." else 0 if number == "NUMBER" else int(number)
            is_end = place == "expires"
            found.append(
                Addition(
                    pattern_of(text, macros), tuple(acts), None if is_end else value, value if is_end else None
                )
            )  # fmt: skip
    return tuple(found)


LINES = _lines()
ENDS = _around("expires")
BEFORE = (Addition(pattern_of("(can|could|would|will) you", {}), asks=True), *_around("before"),
          *(one for one in ENDS if one.expires == 0))  # fmt: skip
BEHIND = (*_around("behind"), *ENDS)
