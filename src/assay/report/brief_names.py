"""Where a brief lies, and whether it is there: nothing that draws is loaded to ask."""

from pathlib import Path

NAMES = ("brief.md", "brief.html", "progress.svg")


def is_written(folder: Path) -> bool:
    """Whether all files of a brief are there."""
    return all((folder / name).is_file() for name in NAMES)
