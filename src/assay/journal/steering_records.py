"""What the ledger says of the messages that steered a lab: the words, what was made of them, and what came of it."""

from dataclasses import dataclass, field
from typing import Any, Literal

from assay.core.hint import NotUnderstood, Wish
from assay.core.recipe import Recipe, Step

MessageKind = Literal["say", "wish", "undo", "add", "pause", "resume", "stop"]
"""say: plain words; wish: wishes given by name; undo: takes a hint back; add: a recipe to try; pause, resume, stop: of
a session."""
Ended = Literal["acted on", "refused", "expired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRecord:
    """A message as it came, recorded before anything is made of it. id: its own, which no other has; by: who sent it,
    which versions before recorded; at: when, by the sender's clock; number: of the hint that an undo means.
    """

    id: str
    kind: MessageKind
    by: str = ""
    at: str = ""
    text: str = ""
    wishes: tuple[Wish, ...] = ()
    number: int | None = None
    recipe: dict[str, Any] = field(default_factory=dict)
    source: str = ""
    """The text of a source that the recipe calls."""
    source_name: str = ""
    to: int | None = None
    """The experiment that the recipe changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRecord:
    """The end of a message. hints: the numbers made of it; unknown: what was not understood; why: in words, why some or
    all of it was not followed, or what an order does; when: in words, when the rest acts."""

    id: str
    ended: Ended
    why: str = ""
    when: str = ""
    hints: tuple[int, ...] = ()
    unknown: tuple[NotUnderstood, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HintRecord:
    """One wish of a message, from here on in force. number: counted from 1, its name is h1; place: in its message;
    replaces: hints that it contradicts; effect: what it does, in words.
    """

    number: int
    message: str
    place: int
    wish: Wish
    replaces: tuple[int, ...] = ()
    effect: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoneRecord:
    """A hint that no longer holds. message: by which, "" where it expired; restored: experiments that were void by it
    alone, and stand again."""

    number: int
    message: str
    restored: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidRecord:
    """Experiments that stand no more: no parents, members, champions. What was tried still counts in corrections.

    hint: the one that a person gave.
    """

    experiments: tuple[int, ...]
    hint: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedRecord:
    """A recipe that a person added, to be tried next."""

    message: str
    recipe: Recipe
    what: str
    by: str = ""
    adds: tuple[Step, ...] = ()
    """The steps of columns that it tries, where it changes an experiment by nothing else."""
    to: int | None = None
    """That experiment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PausedRecord:
    """The lab waits until a person says that it goes on; the next session ends it. why: who or what paused it."""

    why: str
