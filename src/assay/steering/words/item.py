"""One thing that a clause is about, and the words around such things."""

from collections.abc import Mapping
from dataclasses import dataclass

from assay.core.hint import Subject
from assay.steering.words.english import (
    COLUMN_NOUNS,
    CONDITIONS,
    FAMILY_NOUNS,
    METRIC_NOUNS,
    STEP_NOUNS,
)
from assay.steering.words.everyday_names import About

PRONOUNS = frozenset({"it", "them", "that", "those", "these", "this", "they"})
MOST_ITEMS = 60
"""Names in one list; a longer one is not understood."""
MOST_BEFORE = 4
"""Columns before what is made of them: "price and area ratios"."""
MOST_READINGS = 64
SEPARATORS = frozenset({",", "and", "or", "nor", "/", "+"})
BETWEEN = SEPARATORS | {"with", "by", "to", "vs", "versus", "from", "against"}
"""What may stand between the columns of a step."""
EXCEPT = (("except", "for"), ("except",), ("but", "not"), ("other", "than"), ("apart", "from"), ("excluding",))
OPERATIONS: tuple[tuple[tuple[str, ...], str], ...] = tuple(
    (tuple(said.split()), name)
    for name, phrases in (
        ("ratio", "divided by | divided through | divide by | per | over | / | ÷"),
        ("difference", "minus | subtract"),
        ("product", "times | * | × | x | multiplied by | multiplied with | multiply by | multiply"),
    )
    for said in phrases.split(" | ")
)
DONE: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("divide", ("by",), "ratio"), ("multiply", ("by", "with", "and"), "product"),
    ("subtract", ("from", "and"), "difference"),
)  # fmt: skip
GROUPED = (("by",), ("per",), ("within",), ("for", "each"), ("in", "each"), ("grouped", "by"), ("for", "every"),
           ("within", "each"), ("over",))  # fmt: skip
NOUNS: Mapping[str, frozenset[str]] = {
    "column": COLUMN_NOUNS, "family": FAMILY_NOUNS, "step": STEP_NOUNS, "move": STEP_NOUNS, "metric": METRIC_NOUNS,
}  # fmt: skip
RISKY = CONDITIONS | frozenset(
    {
        "not",
        "no",
        "nor",
        "never",
        "none",
        "only",
        "but",
        "without",
        "or",
        "and",
        "then",
        "than",
        "yes",
        "maybe",
        "so",
        "as",
    }
)
NAMED: tuple[Subject, ...] = ("column", "family", "step", "move", "metric")
OTHER = {"move": "step", "moves": "step", "step": "move", "steps": "move"}
WORK: tuple[Subject, ...] = ("step", "move")
NUMBERS = frozenset({"", "numeric", "ordinal", "boolean"})


@dataclass(frozen=True, slots=True)
class Item:
    """One thing a clause is about. columns: those a step or move is meant for.

    early: the list of its columns could have gone on; slash: "a/b" taken for a ratio; bare: a number without what it
    numbers. lacks: why nothing can be made of it, "" where something can. is_plain: called by one
    everyday word, as products, which may mean rows.
    """

    about: About
    names: tuple[str, ...]
    columns: tuple[str, ...] = ()
    early: int = 0
    slash: bool = False
    bare: bool = False
    lacks: str = ""
    is_unknown: bool = False
    is_plain: bool = False

    @property
    def key(self) -> tuple[object, ...]:
        """What it says, without how it was read."""
        return (self.about, self.names, self.columns, self.lacks, self.is_unknown)


Columns = tuple[tuple[str, ...], int, bool]
"""Names of a list of columns, whether the list could have gone on, whether it is two columns with a slash."""
