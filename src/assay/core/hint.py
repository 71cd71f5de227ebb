"""What a person wants of a search: wishes as understood from plain words or given by name."""

from dataclasses import dataclass
from typing import Literal

WishKind = Literal["try", "prefer", "avoid", "never", "keep", "void"]
"""try: propose it next; prefer, avoid: raise or lower its turn; never: a rule; keep: it stays; void: an experiment
leaves the lineage."""
Subject = Literal["column", "family", "step", "move", "metric", "experiment"]
"""What a wish is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One thing a person wants.

    names: what it is about, as the lab names it: columns, families, steps, moves, a metric, numbers of experiments.
    columns: those that a move or step is meant for; () for all. strength: 1 a leaning, 2 a wish, 3 a rule, which binds.
    expires: experiments after which it ends; None: it holds until it is undone. why: the reason given, "" for none; of
    a rule on columns often a fact, as that they are known too late. words: the text it was read from, "" if none.
    """

    kind: WishKind
    subject: Subject
    names: tuple[str, ...]
    columns: tuple[str, ...] = ()
    strength: int = 2
    expires: int | None = None
    why: str = ""
    words: str = ""

    @property
    def binds(self) -> bool:
        """Whether it is a rule that no proposal may break."""
        return self.kind in ("never", "keep", "void")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotUnderstood:
    """Words that nothing was made of. near: known names like them; do: what to say in their place; why: what is
    lacking, e.g. that no column is a date. perhaps: a sentence that is understood, and may be what is meant; "" without
    one. Nobody acts on it unless a person says it.
    """

    words: str
    why: str
    near: tuple[str, ...] = ()
    do: tuple[str, ...] = ()
    perhaps: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """What was made of a text, in its order."""

    wishes: tuple[Wish, ...] = ()
    unknown: tuple[NotUnderstood, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """A wish that was recorded, and holds until it is undone, expires or is contradicted. number: its name is h4."""

    number: int
    wish: Wish

    @property
    def name(self) -> str:
        return f"h{self.number}"
