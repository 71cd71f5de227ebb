"""Where a lab keeps its snapshot."""

import shutil
from pathlib import Path

FOLDER = "snapshot"


def snapshot_of(lab: Path) -> Path | None:
    """The folder of a lab's snapshot; None without one."""
    folder = lab / FOLDER
    return folder if (folder / "manifest.json").is_file() else None


def forget_snapshot(lab: Path) -> None:
    """Delete a lab's snapshot: what a session ended with takes its place, or it holds what is void."""
    shutil.rmtree(lab / FOLDER, ignore_errors=True)
