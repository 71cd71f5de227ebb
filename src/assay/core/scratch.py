"""Temporary folders that are removed however their process ends."""

import os
import platform
import re
import shutil
import sys
import tempfile
import weakref
from pathlib import Path
from types import TracebackType
from typing import Self

_PREFIX = "assay-scratch-"


class ScratchFolder:
    """A new folder in the system's temporary place, at `path`.

    Removed at the end of a `with` block, when the last reference is gone, and at the latest when the process ends. It
    is locked until then by the system, so that folders of killed processes are unlocked, and `sweep` removes them.
    """

    def __init__(self) -> None:
        self.path, held = _made()
        self._remove = weakref.finalize(self, _remove, self.path, held, os.getpid())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._remove()


def sweep() -> None:
    """Remove all such folders of this machine whose process is gone. Cost: one listing of the temporary folder."""
    try:
        place = Path(tempfile.gettempdir())
    except FileNotFoundError:  # no place is writable, e.g. the disk is full: reported where something is written
        return
    for folder in place.glob(f"{_own_prefix()}*"):
        held = _hold(folder, wait=False)
        if held is not None:
            _remove(folder, held, os.getpid())


def _own_prefix() -> str:
    """Includes the machine's name, as locks on a shared disk may be visible to one machine only."""
    return f"{_PREFIX}{re.sub(r'[^A-Za-z0-9]+', '_', platform.node())}-"


def _made() -> tuple[Path, int | None]:
    """A new folder and the descriptor that locks it, None where folders cannot be locked.

    A sweep elsewhere may remove it before it is locked: then another is made.
    """
    while True:
        path = Path(tempfile.mkdtemp(prefix=_own_prefix()))
        held = _hold(path, wait=True)
        if path.exists():
            return path, held
        if held is not None:
            os.close(held)


def _remove(folder: Path, held: int | None, owner: int) -> None:
    """Delete a folder and release it, unless this is a forked copy of the process that made it."""
    if os.getpid() != owner:
        return
    shutil.rmtree(folder, ignore_errors=True)
    if held is not None:
        os.close(held)


if sys.platform == "win32":

    def _hold(folder: Path, *, wait: bool) -> int | None:
        """None: folders cannot be locked there, so that none is ever taken for abandoned."""
        return None

else:
    import fcntl

    def _hold(folder: Path, *, wait: bool) -> int | None:
        """A descriptor that locks the folder; None where it is held, another user's, or on a disk without locks."""
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return None
        return descriptor
