"""One writer a lab: a lock that the system frees when its process ends, however it ends."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psutil

from assay.core.errors import LabError, Where
from assay.core.file_lock import hold
from assay.ledger.artifacts import storage_error


class WriterLock:
    """Holds a file of the lab's folder locked until `release`, or until the process is gone.

    The lock is the system's, so a killed process leaves none behind. The file holds the process id. Should a child that
    a dead writer forked still hold its lock, the file is replaced by a fresh one. Raises LabError naming the process
    when another one holds it, StorageError when the folder cannot be written.
    """

    def __init__(self, path: Path) -> None:
        try:
            with _one_at_a_time(path.parent):
                self._file = _take(path)
        except OSError as error:
            raise storage_error(error, path) from error

    def release(self) -> None:
        self._file.close()


def writer_of(path: Path) -> int | None:
    """The process that holds the lock file, if it runs on this machine; None without one."""
    if not path.exists():
        return None
    with _one_at_a_time(path.parent), path.open("r") as file:
        holder = _holder(file)
        return None if holder is None or not psutil.pid_exists(holder) or hold(file) else holder


def _take(path: Path) -> IO[str]:
    file = path.open("a+")
    if not hold(file):
        holder = _holder(file)
        file.close()
        if holder is None or psutil.pid_exists(holder):
            raise _in_use(path.parent, holder)
        path.unlink()
        return _take(path)
    file.truncate(0)
    file.write(f"{os.getpid()} {socket.gethostname()}\n")
    file.flush()
    return file


def _in_use(lab: Path, holder: int | None) -> LabError:
    who = "another process" if holder is None else f"process {holder}"
    if holder == os.getpid():
        who += ", which is this one"
    return LabError(
        f"The lab {lab} is in use by {who}. Wait for it to end, or stop it.",
        where=Where(file=str(lab)),
        do=(f"assay status {lab}", f'assay hint {lab} "…"  (steers it)', f"assay stop {lab}  (ends it)"),
    )  # fmt: skip


def _holder(file: IO[str]) -> int | None:
    """The process id in the file; None when it is of another machine, whose processes cannot be seen from here."""
    file.seek(0)
    words = file.read().split()
    return int(words[0]) if len(words) == 2 and words[1] == socket.gethostname() else None


if sys.platform == "win32":

    @contextmanager
    def _one_at_a_time(folder: Path) -> Iterator[None]:
        """A locked file cannot be deleted on Windows, so nothing needs guarding."""
        yield

else:
    import fcntl

    @contextmanager
    def _one_at_a_time(folder: Path) -> Iterator[None]:
        """Serialise looking at the lock file and replacing it: two processes that replaced it would both hold it."""
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
