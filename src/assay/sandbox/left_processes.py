"""Ending what a function's process started and left behind."""

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from assay.sandbox import libc

_ROUNDS = 100
_MOST_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class LeftProcesses:
    """Those that became children of this process when their own parent ended.

    As process 1 of a namespace it is the parent of all that are left, and can signal all at once. Elsewhere it asks the
    system to be, and reads who they are from a list that was opened while it could be; None: the system has none.
    """

    listed: int | None

    @classmethod
    def watched(cls) -> Self:
        """From here on; before files are out of reach."""
        if os.getpid() == 1:
            return cls(None)
        try:
            libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)
            return cls(os.open("/proc/thread-self/children", os.O_RDONLY | os.O_CLOEXEC))
        except (OSError, AttributeError):
            return cls(None)

    def end(self) -> bool:
        """End them; whether none is left, as far as this process can see."""
        if os.getpid() == 1:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(-1, signal.SIGKILL)
            _wait_for_all()
            return True
        for _ in range(_ROUNDS if self.listed is not None else 0):
            children = self._children()
            for child in children:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(child, signal.SIGKILL)
            for child in children:
                with suppress(ChildProcessError):
                    os.waitpid(child, 0)
            if not children:
                return True
        return self.listed is None

    def _children(self) -> list[int]:
        assert self.listed is not None
        return [int(pid) for pid in os.pread(self.listed, _MOST_BYTES, 0).split()]


def _wait_for_all() -> None:
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)
