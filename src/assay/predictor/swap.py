"""Putting a finished folder where another stands: in one step where the system can, in two renames elsewhere."""

import ctypes
import os
import shutil
import sys
import time
from pathlib import Path
from string import ascii_lowercase, digits

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_NAME_LENGTH = 8
_NAME_CHARACTERS = frozenset(ascii_lowercase + digits + "_")
"""How `tempfile` names folders."""
_ABANDONED_SECONDS = 3600.0
"""A save takes seconds; what is that old was left by one that was killed."""
NEW, OLD = "new", "old"


def exchange(one: Path, other: Path) -> bool:
    """Let two paths change places at once (Linux: renameat2); False if that cannot be done here, nothing is changed."""
    if sys.platform != "linux":
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):  # a C library without it
        return False
    done: int = rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    return done == 0


def put_in_place(new: Path, place: Path, *, aside: Path) -> None:
    """Move what is finished to its place; a folder that stood there ends at `new` or at `aside`.

    Where nothing can be exchanged there is no predictor for the moment between two renames; a failure of the second
    undoes the first. OSError if it cannot be done.
    """
    if not place.is_dir():
        new.replace(place)
    elif not exchange(new, place):
        place.rename(aside)
        try:
            new.replace(place)
        except OSError:
            aside.rename(place)
            raise
    sync_folder(place.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder outlive a power cut, where folders can be opened (not on Windows)."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(place: Path) -> None:
    """Delete what killed saves to this place left beside it: old folders of our naming that hold nothing else."""
    for folder in place.parent.glob(f".{place.name}.*"):
        tail = folder.name.removeprefix(f".{place.name}.")
        if len(tail) == _NAME_LENGTH and set(tail) <= _NAME_CHARACTERS and _is_abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    try:
        held = {path.name for path in folder.iterdir()}
        return held <= {NEW, OLD} and time.time() - folder.stat().st_mtime > _ABANDONED_SECONDS
    except OSError:  # no folder, or another save has just cleared it away
        return False
