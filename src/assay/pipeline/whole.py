"""Files that are written whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

UNFINISHED = ".tmp"
"""How the names of files end that somebody is writing, or was when he was killed; before it stands who."""
HALF_MADE = ".making."
"""How the names of folders begin that somebody fills; they end in who."""


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A name beside `path` to write to, renamed to it at the end, removed where anything is raised."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}{UNFINISHED}")
    try:
        yield temporary
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def half_made(place: Path) -> Path:
    """A new folder beside `place`, to be filled and renamed to it."""
    return Path(tempfile.mkdtemp(prefix=f"{HALF_MADE}{place.name}.", suffix=f".{os.getpid()}", dir=place.parent))


def sweep_unfinished(folder: Path) -> None:
    """Delete files and folders that processes which are gone were writing there."""
    for left in folder.glob(f"*{UNFINISHED}"):
        if _is_left(left.name.removesuffix(UNFINISHED)):
            left.unlink(missing_ok=True)
    for left in folder.glob(f"{HALF_MADE}*"):
        if _is_left(left.name):
            shutil.rmtree(left, ignore_errors=True)


def _is_left(name: str) -> bool:
    """Whether the process whose number ends the name has ended; whoever reads a lab may write to its cache, too."""
    import psutil

    number = name.rpartition(".")[2]
    return number.isdigit() and not psutil.pid_exists(int(number))
