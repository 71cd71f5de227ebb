"""Files that are written whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

UNFINISHED = ".tmp"
"""How the names of files end that somebody is writing, or was when he was killed."""


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


def sweep_unfinished(folder: Path) -> None:
    """Delete what killed processes were writing there. Only for whoever knows that nobody writes now."""
    for left in folder.glob(f"*{UNFINISHED}"):
        left.unlink(missing_ok=True)
