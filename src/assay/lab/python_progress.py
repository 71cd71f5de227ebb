"""How a search started from Python tells of itself and is stopped: plain lines, warnings, and Ctrl-C."""

import os
import re
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import TextIO

from assay.core.argument import listed_names
from assay.core.caller_warnings import warn_caller
from assay.core.clock import Clock, SystemClock
from assay.core.errors import AssayError, AssayWarning, DataWarning, LeakWarning
from assay.core.event import Event, Finishing, NoiseKnown, Scored, Understood
from assay.core.task import Notice
from assay.report.event_text import scored_text, stop_text
from assay.report.phrases import clock_text, plural

SECONDS_BETWEEN_LINES = 10.0
STDERR = 2
_OPTION = re.compile(r"--([a-z][a-z-]+)(?: (?!-)('[^']*'|[^\s,;:)]*[^\s,;:).]))?")
_ALONE = re.compile(r"--([a-z][a-z-]+) (.+)")
"""An option that is the whole advice: its value, a column, may hold spaces."""
_NAMED = {"jobs": "n_jobs", "seed": "random_state", "kind": "kinds", "out": "lab"}
"""Options whose argument has another name."""
_BY_COLUMN = ("kind", "monotone")
"""Options of the form column=value, whose argument is a mapping."""


@dataclass
class Lines:
    """One line an event that matters: what was kept, and something at least every ten seconds.

    Plain text without cursor movement, so that it is the same at a prompt, in a notebook and in a log.
    """

    out: TextIO
    clock: Clock = field(default_factory=SystemClock)
    _printed_at: float = float("-inf")

    def __call__(self, event: Event) -> None:
        text = self._text(event)
        if text:
            self.out.write(text + "\n")
            self.out.flush()
            self._printed_at = self.clock.now()

    def _text(self, event: Event) -> str:
        if isinstance(event, Understood):
            task = event.task
            return f"{plural(task.n_rows, 'row')}, {task.target}: {task.problem}, {task.metric}, {task.split_reason}"
        if isinstance(event, Finishing):
            return f"{clock_text(event.elapsed_seconds)} {event.message}"
        if isinstance(event, NoiseKnown):
            claims = "" if event.claimable is None else f", under {event.claimable:.2g} not be claimed on the vault"
            known = "planned" if event.is_planned else "measured"
            seen = f"gains under {event.detectable:.2g} cannot be seen with these rows"
            return f"noise σ {event.sigma:.2g} {known}: {seen}{claims}"
        is_due = self.clock.now() - self._printed_at >= SECONDS_BETWEEN_LINES
        if isinstance(event, Scored) and (event.status == "kept" or is_due):
            return f"{clock_text(event.elapsed_seconds)} {scored_text(event)}"
        return ""


def is_prompt() -> bool:
    """Whether a person types at a Python prompt or in a notebook, as opposed to a script or a test."""
    shell = sys.modules.get("IPython")
    return hasattr(sys, "ps1") or (shell is not None and shell.get_ipython() is not None)


def listener_of(progress: "bool | Callable[[Event], None] | None") -> "Callable[[Event], None]":
    """Who hears of a search: a function of the caller, or plain lines on stderr, or nobody."""
    if callable(progress):
        return progress
    wanted = is_prompt() if progress is None else progress
    return Lines(sys.stderr) if wanted else _ignore


def _ignore(event: Event) -> None:
    """The listener of those who do not listen."""


def in_python(text: str) -> str:
    """A sentence with the command line's options as an estimator's arguments: "--keep age" as "keep='age'"."""
    return _OPTION.sub(_argument, text)


def _advice(text: str) -> str:
    """What to do in an estimator's words: one option alone, whose value may hold spaces, or a sentence with some."""
    alone = _ALONE.fullmatch(text)
    return _argument(alone) if alone else in_python(text)


def _argument(found: re.Match[str]) -> str:
    name, value = found[1].replace("-", "_"), found[2]
    if name == "force":
        return "force=True" + ("" if value is None else f" {value}")
    if name in _BY_COLUMN and value is not None and "=" in value:
        column, what = _unquoted(value).rsplit("=", 1)
        return f"{_NAMED.get(name, name)}={{{column!r}: {what!r}}}"
    return _NAMED.get(name, name) + ("" if value is None else f"={_unquoted(value)!r}")


def _unquoted(value: str) -> str:
    """A value as it was before it was quoted for a shell (core.argument.list_argument)."""
    try:
        text = " ".join(shlex.split(value))
    except ValueError:  # an apostrophe that quotes nothing
        return value
    names = listed_names([text])
    return names[0] if len(names) == 1 else text


@contextmanager
def spoken_in_python() -> Iterator[None]:
    """Errors for people leave the block with an estimator's arguments in place of options, and notes on what to do."""
    try:
        yield
    except AssayError as error:
        error.message = in_python(error.message)
        error.args = (error.message,)
        for do in error.do:
            if not do.startswith("assay "):
                error.add_note(f"Try: {in_python(do)}")
        raise


def warn_of(notices: Sequence[Notice]) -> None:
    """Say what a person should know about the data, with its code and the argument that settles it."""
    for notice in notices:
        if notice.code.startswith("ask/"):
            continue  # a question is no warning: nothing was done, and nothing need be
        kind: type[AssayWarning] = LeakWarning if notice.code.startswith("leak/") else DataWarning
        do, said = _advice(notice.do), in_python(notice.message)
        message = f"{said.removesuffix('.')}. To settle it: {do}." if do else said
        warn_caller(kind(message, code=notice.code, column=notice.column, do=do))


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """Within the block the first Ctrl-C (or a notebook's stop button) sets the event, the second interrupts.

    Where signals are somebody else's business (another thread, a handler of the application) nothing is changed.
    """
    asked = threading.Event()
    is_ours = threading.current_thread() is threading.main_thread()
    if not is_ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield asked
        return

    def ask(number: int, frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()
        os.write(STDERR, f"{stop_text(0)}\n".encode())  # a print here could meet a print that is under way

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)
