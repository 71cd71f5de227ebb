"""Names of the brief's files, and whether they exist, without importing the drawing code."""

from pathlib import Path

NAMES = ("brief.md", "brief.html", "progress.svg")


def is_written(folder: Path) -> bool:
    """Whether all files of a brief exist."""
    return all((folder / name).is_file() for name in NAMES)
