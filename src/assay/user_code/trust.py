"""Which sources a user vouches for, on this machine: kept in the user's own folder, never in a lab."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from assay.core.atomic_files import write_private
from assay.core.errors import StorageError, Where
from assay.user_code.source import CodeSource

FILE = "trusted-code.json"


def trusted_by(folder: Path) -> frozenset[str]:
    """Digests of the sources that the user of this folder vouches for."""
    return frozenset(_read(folder / FILE))


def trust(folder: Path, source: CodeSource) -> None:
    """Vouch for a source from here on. StorageError where that cannot be written down."""
    file = folder / FILE
    known = {**_read(file), source.digest: {"name": source.name, "at": datetime.now(UTC).isoformat(timespec="seconds")}}
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(file, json.dumps(known, indent=1).encode())
    except OSError as error:
        raise StorageError(
            f"{file} cannot be written: {error.strerror or error}.", where=Where(file=str(file))
        ) from error


def _read(file: Path) -> Mapping[str, object]:
    """Nothing is trusted by a file that is not this user's, or that others can write."""
    try:
        status = file.stat()
        if hasattr(os, "geteuid") and (status.st_uid != os.geteuid() or status.st_mode & 0o022):
            return {}
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
