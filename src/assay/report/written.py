"""Where a brief lies, and whether it is there: nothing that draws is loaded to ask."""

from pathlib import Path

NAMES = ("brief.md", "brief.html", "progress.png")


def is_written(folder: Path, *, since: float) -> bool:
    """Whether all files of a brief are there, none written before `since` (seconds of the epoch)."""
    paths = [folder / name for name in NAMES]
    return all(path.exists() and path.stat().st_mtime >= since for path in paths)
