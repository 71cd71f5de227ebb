"""Atomic writing of files and folders: under a temporary name beside the target, then renamed."""

import ctypes
import glob
import os
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

UNFINISHED = ".tmp"
"""Suffix of unfinished files; before it stands the number of the writing process."""
ABANDONED_SECONDS = 3600.0
"""Age at which an unfinished file counts as abandoned on any machine of a shared disk, as a save takes seconds."""
_CLOCK_SKEW_SECONDS = 60.0
"""Largest difference between the clocks of a disk and of this machine."""
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


@contextmanager
def atomic_file(path: Path, *, synced: bool = False) -> Iterator[Path]:
    """A temporary path beside `path`, moved there at the end, removed if anything is raised.

    An existing file or folder is replaced: atomically where the system can, else by two renames, of which a failed
    second one undoes the first. synced: forced to disk, to survive a power cut.
    """
    temporary = _unfinished(path)
    try:
        yield temporary
        if synced:
            sync(temporary)
        _put_in_place(temporary, path)
        if synced:
            sync(path.parent)
    finally:
        _remove(temporary)  # half of a file, or the folder that stood there


@contextmanager
def atomic_folder(place: Path, *, synced: bool = False) -> Iterator[Path]:
    """A new folder beside `place` to fill; otherwise as atomic_file."""
    with atomic_file(place, synced=synced) as temporary:
        temporary.mkdir()
        yield temporary


def write_synced(path: Path, data: bytes) -> None:
    """Write bytes atomically, forced to disk."""
    with atomic_file(path, synced=True) as temporary:
        temporary.write_bytes(data)


def write_private(path: Path, data: bytes) -> None:
    """The same for what its owner alone may read."""
    with atomic_file(path, synced=True) as temporary:
        temporary.touch(mode=0o600, exist_ok=False)
        temporary.write_bytes(data)


def may_be_read_by_others(path: Path) -> bool:
    """Whether others than its owner may read or write a file; False where there is none, or no such modes."""
    return sys.platform != "win32" and path.exists() and bool(path.stat().st_mode & 0o077)


def sync(path: Path) -> None:
    """Force a file's content, or the names in a folder, to disk; Windows has no such call for folders."""
    is_folder = path.is_dir()
    if is_folder and sys.platform == "win32":
        return
    descriptor = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep_unfinished(folder: Path, name: str | None = None, *, least_age_seconds: float = 0.0) -> None:
    """Delete unfinished files of ended processes in a folder: those for this name, or None, for any.

    least_age_seconds: for folders in which processes of other machines may write.
    """
    for left in folder.glob(f"*{UNFINISHED}" if name is None else f".{glob.escape(name)}.*{UNFINISHED}"):
        if _is_left(left, least_age_seconds):
            _remove(left)


def exchange(one: Path, other: Path) -> bool:
    """Swap two paths atomically (Linux: renameat2); False if that is not possible here, nothing is changed."""
    if sys.platform != "linux":
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):  # a C library without it
        return False
    done: int = rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    return done == 0


def _unfinished(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.{os.getpid()}{UNFINISHED}")


def _put_in_place(new: Path, place: Path) -> None:
    if not (new.is_dir() and place.is_dir()):
        new.replace(place)
    elif not exchange(new, place):
        old = _unfinished(place)
        place.rename(old)
        try:
            new.replace(place)
        except OSError:
            old.rename(place)
            raise
        _remove(old)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _is_left(path: Path, least_age_seconds: float) -> bool:
    """Whether the process whose number is in the name has ended; one started later than the file is another one."""
    import psutil

    number = path.name.removesuffix(UNFINISHED).rpartition(".")[2]
    try:
        changed = path.lstat().st_mtime
        if not number.isdigit() or time.time() - changed < least_age_seconds:
            return False
        return bool(psutil.Process(int(number)).create_time() > changed + _CLOCK_SKEW_SECONDS)
    except psutil.NoSuchProcess:
        return True
    except (psutil.AccessDenied, OSError):  # another user's, or another sweep has just cleared it away
        return False
