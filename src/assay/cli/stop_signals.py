"""Ctrl-C: once to stop and keep the best, twice to leave at once. A closed terminal: to stop and keep the best."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

LEFT_AT_ONCE = 130
SHOW_CURSOR = b"\x1b[?25h\n"
"""Restores the cursor, which the live display hides."""

HANG_UP = getattr(signal, "SIGHUP", None)
"""The signal of a closed terminal; None on Windows."""


class Stop:
    """Set by the first SIGINT, SIGTERM or SIGHUP; the search polls `is_set`."""

    def __init__(self, said: Callable[[bool], None]) -> None:
        self._set = False
        self._said = said
        self._terminals = [number for number in range(3) if os.isatty(number)]

    def is_set(self) -> bool:
        return self._set

    def ask(self, number: int, frame: FrameType | None) -> None:
        """The handler: the first call requests a stop, the second leaves without a message."""
        if self._set and number == signal.SIGINT:
            _leave_now()
        if number == HANG_UP:
            self._lead_to_nothing()
        if not self._set:
            self._set = True
            self._said(number == signal.SIGINT)

    def _lead_to_nothing(self) -> None:
        """Redirect final messages to null, so that they do not fail without the terminal."""
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in self._terminals:
            os.dup2(nothing, number)
        os.close(nothing)


@contextmanager
def stopping(said: Callable[[bool], None]) -> Iterator[Stop]:
    """Handle SIGINT, SIGTERM and SIGHUP (unless it is ignored, as under nohup) within the block; `said` is called once,
    inside the handler, so that it must write, not print; its argument is whether a key was pressed (SIGINT)."""
    stop = Stop(said)
    numbers = [signal.SIGINT, signal.SIGTERM]
    if HANG_UP is not None and signal.getsignal(HANG_UP) is not signal.SIG_IGN:
        numbers.append(HANG_UP)
    before = {number: signal.signal(number, stop.ask) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave_now() -> None:
    """Kill the child processes and exit; the ledger is consistent at every instruction."""
    import psutil

    for child in psutil.Process().children(recursive=True):
        try:
            child.kill()
        except psutil.Error:
            continue
    if sys.stderr.isatty():
        os.write(sys.stderr.fileno(), SHOW_CURSOR)
    os._exit(LEFT_AT_ONCE)
