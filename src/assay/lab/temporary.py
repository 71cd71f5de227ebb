"""A folder for a lab that nobody asked to keep."""

import os
import shutil
import tempfile
import weakref
from pathlib import Path


class TemporaryFolder:
    """Made now, removed when the last reference to this is gone, at the latest when the process ends."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="assay-"))
        weakref.finalize(self, _remove, self.path, os.getpid())


def _remove(folder: Path, owner: int) -> None:
    """Delete a folder, unless this is a forked copy of the process that made it."""
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
