"""Ctrl-C: once to stop and keep the best, twice to leave at once. A closed terminal: to stop and keep the best."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

LEFT_AT_ONCE = 130
SHOW_CURSOR = b"\x1b[?25h\n"
"""The live display hides the cursor, and nobody is left to bring it back."""


HANG_UP = getattr(signal, "SIGHUP", None)
"""What a terminal sends that is closed; None on Windows."""


class Stop:
    """Set by the first SIGINT, SIGTERM or SIGHUP; whoever searches asks `is_set`."""

    def __init__(self, said: Callable[[bool], None]) -> None:
        self._set = False
        self._said = said
        self._terminals = [number for number in range(3) if os.isatty(number)]

    def is_set(self) -> bool:
        return self._set

    def ask(self, number: int, frame: FrameType | None) -> None:
        """The handler: the first call asks to stop, the second leaves without another word."""
        if self._set and number == signal.SIGINT:
            _leave_now()
        if number == HANG_UP:
            self._lead_to_nothing()
        if not self._set:
            self._set = True
            self._said(number == signal.SIGINT)

    def _lead_to_nothing(self) -> None:
        """What is still said of the end must not fail for want of the terminal."""
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in self._terminals:
            os.dup2(nothing, number)
        os.close(nothing)


@contextmanager
def stopping(said: Callable[[bool], None]) -> Iterator[Stop]:
    """Handle SIGINT, SIGTERM and SIGHUP (unless it is ignored, as under nohup) within the block; `said` is called once,
    inside the handler: write, never print. It is told whether a key was pressed (SIGINT).
    """
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
