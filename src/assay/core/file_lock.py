"""File locks held by open files: released when their process ends."""

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import IO

PATIENCE_SECONDS = 10.0
_PAUSE_SECONDS = 0.005


@contextmanager
def lock_file(path: Path, *, patience_seconds: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Hold a lock file, created if missing and never deleted; waits while another process holds it.

    Raises OSError where the file cannot be made, the disk has no locks, or the wait is too long, as a suspended process
    may hold it for ever.
    """
    with path.open("a+") as file:
        pauses, never = round(patience_seconds / _PAUSE_SECONDS), Event()
        while not hold(file):
            if pauses <= 0:
                raise OSError(errno.EBUSY, f"another process has held {path} for {patience_seconds:g} s")
            pauses -= 1
            never.wait(_PAUSE_SECONDS)
        yield


if sys.platform == "win32":
    import msvcrt

    def hold(file: IO[str]) -> bool:
        """Lock an open file until it is closed; False if another holds it."""
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def hold(file: IO[str]) -> bool:
        """Lock an open file until it is closed; False if another holds it."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
