"""A person who can be asked what a session that waits should do; who asks, and where, is the command line's."""

from dataclasses import dataclass
from typing import Literal, Protocol

from assay.lab.sent_message import SentMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedAnswer:
    """What a person answered: go on, stop, or a hint in plain words."""

    kind: Literal["resume", "stop", "say"]
    text: str = ""


class Person(Protocol):
    """Somebody who can read a question and type an answer."""

    def ask(self, lab: str) -> None:
        """Put the question, of a lab by its name as it is typed."""

    def answer(self) -> TypedAnswer | None:
        """What was typed since the question; None so far. Never waits."""

    def hear(self, sent: SentMessage, lab: str) -> None:
        """What became of the answer, which went through the inbox as any message does."""
