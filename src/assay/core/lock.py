"""Locks of the system on open files: freed when their process ends, however it ends."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold a lock file, made if it is not there and left lying, while no other process does; waits for its turn.

    Raises OSError where the file cannot be made or the disk knows no locks.
    """
    with path.open("a+") as file:
        hold(file, wait=True)
        yield


if sys.platform == "win32":
    import msvcrt

    def hold(file: IO[str], *, wait: bool = False) -> bool:
        """Lock an open file until it is closed; False if another holds it. Who waited ten seconds gets an OSError."""
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        except OSError:
            if wait:
                raise
            return False
        return True

else:
    import fcntl

    def hold(file: IO[str], *, wait: bool = False) -> bool:
        """Lock an open file until it is closed; False if another holds it and nobody is to wait."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
