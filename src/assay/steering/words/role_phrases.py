"""The roles that phrases have in a clause, ready to match."""

from dataclasses import dataclass

from assay.steering.words.clause_patterns import by_first
from assay.steering.words.pattern import Pattern, pattern_of
from assay.steering.words.word_tables import alternatives, blocks


@dataclass(frozen=True, slots=True, eq=False)
class RolePhrases:
    """Phrases that have one role. order: of roles, the first is preferred where a phrase has several."""

    role: str
    order: int
    pattern: Pattern


def _phrases() -> tuple[RolePhrases, ...]:
    macros = dict(alternatives("macros"))
    return tuple(
        RolePhrases(role, order, pattern_of(line, macros))
        for order, (role, lines) in enumerate(blocks("roles"))
        for line in lines
    )


ROLE_PHRASES = by_first(_phrases())
"""Phrases by the words that they may begin with."""
