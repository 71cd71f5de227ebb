"""Paths that are no files: pipes, devices and sockets, which may never end or begin; links, which may lead out."""

import stat
from pathlib import Path

from assay.core.errors import StorageError, UsageError, Where

_KINDS = (
    (stat.S_ISFIFO, "a pipe"), (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"), (stat.S_ISSOCK, "a socket"),
)  # fmt: skip


def refuse_special(path: Path) -> None:
    """UsageError for what is neither a file nor a folder; a path that is not there is left to whoever reads it."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return
    what = next((words for is_so, words in _KINDS if is_so(mode)), None)
    if what is not None:
        raise UsageError(
            f"{path} is {what}, not a file.", where=Where(file=str(path)),
            do=("write it to a file first", f"cat {path} | assay …, with - in place of the file, where - is taken"),
        )  # fmt: skip


def refuse_link(path: Path) -> None:
    """StorageError for a link where a lab's own file or folder belongs: through it, files of others would change."""
    if path.is_symlink():
        what = "file" if path.is_file() else "folder"
        raise StorageError(
            f"{path} is no {what} but a link, and nothing is read or written through it.", where=Where(file=str(path)),
            do=(f"move it away, and put the {what} itself there if it is the lab's",),
        )  # fmt: skip
