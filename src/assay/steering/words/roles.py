"""A role that some words of a clause have."""

from dataclasses import dataclass

from assay.steering.words.item import Item


@dataclass(frozen=True, slots=True)
class RolePart:
    """The role of the tokens from start to end: a title of data/roles.txt, or item, it, again (a pronoun for what is
    named already), encoded, mark. made: what is made of the columns that are named, where it is encoded."""

    role: str
    start: int
    end: int
    made: Item | None = None
