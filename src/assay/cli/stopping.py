"""Ctrl-C: once to stop and keep the best, twice to leave at once."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

LEFT_AT_ONCE = 130
SHOW_CURSOR = b"\x1b[?25h\n"
"""The live display hides the cursor, and nobody is left to bring it back."""


class Stop:
    """Set by the first SIGINT or SIGTERM; whoever searches asks `is_set`."""

    def __init__(self, said: Callable[[bool], None]) -> None:
        self._set = False
        self._said = said

    def is_set(self) -> bool:
        return self._set

    def ask(self, number: int, frame: FrameType | None) -> None:
        """The handler: the first call asks to stop, the second leaves without another word."""
        if self._set and number == signal.SIGINT:
            _leave_now()
        if not self._set:
            self._set = True
            self._said(number == signal.SIGINT)


@contextmanager
def stopping(said: Callable[[bool], None]) -> Iterator[Stop]:
    """Handle SIGINT and SIGTERM within the block; `said` is called once, inside the handler: write, never print.

    It is told whether a key was pressed (SIGINT).
    """
    stop = Stop(said)
    before = {number: signal.signal(number, stop.ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave_now() -> None:
    """Kill the processes this one started and end; the ledger is sound at every instruction."""
    import psutil

    for child in psutil.Process().children(recursive=True):
        try:
            child.kill()
        except psutil.Error:
            continue
    if sys.stderr.isatty():
        os.write(sys.stderr.fileno(), SHOW_CURSOR)
    os._exit(LEFT_AT_ONCE)
