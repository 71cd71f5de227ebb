"""Artifacts that no record names: left by a killed process, or by records that are gone."""

import re
from collections.abc import Iterable
from pathlib import Path

from assay.core.atomic_files import UNFINISHED

_KEY = re.compile(r"[0-9a-f]{64}")


def keys_in(text: str) -> set[str]:
    """Substrings of a record's body that have the form of an artifact's key."""
    return set(_KEY.findall(text))


def stored(folder: Path) -> tuple[str, ...]:
    """Keys of all whole files in an artifact folder, sorted."""
    files = (file for file in folder.glob("??/*") if file.suffix != UNFINISHED)
    return tuple(sorted({file.name.partition(".")[0] for file in files}))


def unnamed(folder: Path, texts: Iterable[str]) -> tuple[str, ...]:
    """Keys of files that none of the texts names."""
    known: set[str] = set()
    for text in texts:
        known |= keys_in(text)
    return tuple(key for key in stored(folder) if key not in known)
