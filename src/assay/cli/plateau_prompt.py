"""The question at a plateau, for a person at a terminal: go on, stop, or a hint in plain words."""

import os
import select
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.cli.line_layout import Span, labelled, line

if TYPE_CHECKING:
    from assay.cli.console import Console
    from assay.lab.person import TypedAnswer
    from assay.lab.sent_message import SentMessage

LABEL = 10
GO_ON = frozenset({"g", "go", "go on", "continue", "resume"})
STOP = frozenset({"s", "stop", "q", "quit", "end"})
QUESTION = 'Go on, stop, or try something? Type "go on", "stop", or a hint in plain words.'


def person_at(console: "Console", *, clear: Callable[[], None]) -> "PlateauPrompt | None":
    """Who can be asked while a session waits; None without a terminal in the foreground. clear: takes what is drawn
    there away, so that the question stays readable.
    """
    return PlateauPrompt(console, clear) if console.can_ask and is_in_foreground() else None


def is_in_foreground() -> bool:
    """Whether what is typed comes to this process: one in the background of a shell would be stopped by reading."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except OSError:  # not the terminal that controls this process
        return True


@dataclass
class PlateauPrompt:
    """Asks, and reads a line once there is one; the search never waits for a key, so that messages and signals act."""

    console: "Console"
    clear: Callable[[], None]
    _is_closed: bool = False

    def ask(self, lab: str) -> None:
        """Put the question; what was typed before it is no answer to it."""
        self.clear()
        self._forget_typed()
        layout = self.console.err.layout
        self.console.say([*labelled(layout, "ask", QUESTION, size=LABEL, role="warn")])

    def answer(self) -> "TypedAnswer | None":
        """The line that was typed; an empty one is none. The end of the input leaves the session paused."""
        from assay.lab.person import TypedAnswer

        if self._is_closed or not is_in_foreground() or not select.select([sys.stdin], [], [], 0.0)[0]:
            return None
        try:
            text = sys.stdin.readline()
        except OSError:  # the terminal was closed, and its signal is on the way
            text = ""
        if not text:
            self._is_closed = True
            return None
        said = " ".join(text.split())
        word = said.casefold().rstrip(".")
        if not word:
            self.console.say([line(Span(" " * LABEL), QUESTION)])
            return None
        if word in GO_ON:
            return TypedAnswer(kind="resume")
        return TypedAnswer(kind="stop") if word in STOP else TypedAnswer(kind="say", text=said)

    def hear(self, sent: "SentMessage", lab: str) -> None:
        """Say what became of the answer."""
        from assay.cli.steer_lines import sent_lines

        self.console.say(sent_lines(self.console.err.layout, sent, lab=lab))

    @staticmethod
    def _forget_typed() -> None:
        import termios

        if is_in_foreground():
            termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
