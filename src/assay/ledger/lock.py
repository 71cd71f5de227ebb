"""One writer a lab: a lock that the system frees when its process ends, however it ends."""

import errno
import os
import socket
import stat
import sys
from pathlib import Path
from threading import Event
from typing import IO

import psutil

from assay.core.errors import LabError, Where
from assay.core.file_lock import hold
from assay.ledger.artifacts import storage_error

UNKNOWN = 0
"""A writer whose number nobody can tell: the file that named it was deleted or written over."""
_TRIES, _PAUSE_SECONDS = 20, 0.01
"""A look at the lock takes a moment of it, so a writer tries more than once."""


class WriterLock:
    """Holds the lab's folder, and the file in it that names the writer, until `release`, or until the process is gone.

    The folder's lock is of the opened folder and not of a name, so that it stays whatever is deleted in it. The locks
    are the system's: a killed process leaves none behind. Should a child that a dead writer forked still hold them, the
    file is replaced by a fresh one. Raises LabError naming the process when another one holds them, StorageError when
    the folder cannot be written.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._folder = _held_folder(path)
            try:
                self._file = _held_file(path)
            except BaseException:
                _let_go(self._folder)
                raise
        except OSError as error:
            raise storage_error(error, path) from error

    def release(self) -> None:
        self._file.close()
        _let_go(self._folder)
        self._folder = None


def writer_of(path: Path) -> int | None:
    """The process that holds the lab of a lock file, if it runs on this machine; UNKNOWN where one does and its number
    cannot be told; None without one."""
    is_held = _is_held(path.parent)
    if not path.is_file():
        return UNKNOWN if is_held else None
    with path.open("r") as file:
        holder = _holder(file)
    is_here = holder == UNKNOWN or (holder is not None and psutil.pid_exists(holder))
    return holder if is_here and (is_held or _is_held(path)) else None


def _held_file(path: Path) -> IO[str]:
    file = _opened(path)
    if not hold(file):
        holder = _holder(file)
        file.close()
        if not holder or psutil.pid_exists(holder):
            raise _in_use(path.parent, holder)
        path.unlink()
        return _held_file(path)
    file.truncate(0)
    file.write(f"{os.getpid()} {socket.gethostname()}\n")
    file.flush()
    return file


def _opened(path: Path) -> IO[str]:
    """The file, made if missing; a link, which may lead anywhere, or a pipe is an OSError."""
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no file", str(path))
    return os.fdopen(descriptor, "a+", encoding="utf-8")


def _in_use(lab: Path, holder: int | None) -> LabError:
    who = f"process {holder}" if holder else "another process"
    if holder == os.getpid():
        who += ", which is this one"
    return LabError(
        f"The lab {lab} is in use by {who}. Wait for it to end, or stop it.",
        where=Where(file=str(lab)),
        do=(f"assay status {lab}", f'assay hint {lab} "…"  (steers it)', f"assay stop {lab}  (ends it)"),
    )  # fmt: skip


def _holder(file: IO[str]) -> int | None:
    """The process id in the file, UNKNOWN where it has none; None when it is of another machine, whose processes cannot
    be seen from here."""
    file.seek(0)
    words = file.read().split()
    if len(words) != 2 or not words[0].isdecimal():
        return UNKNOWN
    return int(words[0]) if words[1] == socket.gethostname() else None


if sys.platform == "win32":

    def _held_folder(path: Path) -> int | None:
        """A locked file cannot be deleted on Windows, so the file is enough."""
        return None

    def _let_go(folder: int | None) -> None:
        """Nothing was held."""

    def _is_held(path: Path) -> bool:
        if path.is_dir():
            return False
        with path.open("r") as file:
            return not hold(file)

else:
    import fcntl

    def _held_folder(path: Path) -> int | None:
        """The lab's folder, opened and locked; None where the child of a writer that is dead holds it."""
        folder = os.open(path.parent, os.O_RDONLY)
        for _ in range(_TRIES):
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                Event().wait(_PAUSE_SECONDS)
            except OSError:
                os.close(folder)
                raise
            else:
                return folder
        os.close(folder)
        holder = None
        if path.is_file():
            with path.open("r") as file:
                holder = _holder(file)
        if not holder or psutil.pid_exists(holder):
            raise _in_use(path.parent, holder)
        return None

    def _let_go(folder: int | None) -> None:
        """Free it also where a child of this process has inherited it."""
        if folder is not None:
            fcntl.flock(folder, fcntl.LOCK_UN)
            os.close(folder)

    def _is_held(path: Path) -> bool:
        """Whether somebody holds the lock of a folder or a file alone."""
        descriptor = os.open(path, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False
