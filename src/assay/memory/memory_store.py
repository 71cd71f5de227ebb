"""The memory of one person: a file with the facts of labs that its owner alone may read, replaced whole under a lock.

A file that is damaged, of a newer version or another user's is said in words, and neither read nor overwritten: a lab
goes on without it.
"""

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.core.array import JsonObject
from assay.core.atomic_files import write_private
from assay.core.codec import from_json, to_json
from assay.core.errors import DataError, Where
from assay.core.file_lock import lock_file
from assay.core.user_folder import user_folder
from assay.memory.lab_facts import LabFacts

FILE, VERSION, OFF = "memory.json", 1, "off"
MOST_LABS = 500


def _silent(words: str) -> None:
    """Discard a message."""


def memory_file(named: str) -> Path | None:
    """Where memory lies. named: a file, "" for this user's; None for "off"."""
    if named == OFF:
        return None
    return Path(named).expanduser() if named else user_folder(os.environ, kind="STATE") / FILE


@dataclass(frozen=True, slots=True)
class MemoryStore:
    """The facts, the oldest first; `file` None remembers nothing. say: told why nothing could be read or written."""

    file: Path | None = None
    say: Callable[[str], None] = _silent

    def all(self) -> tuple[LabFacts, ...]:
        """The facts of all labs; () where there are none, or where they cannot be read, which is said."""
        if self.file is None or not self.file.exists():
            return ()
        try:
            return read_memory(self.file)
        except DataError as error:
            self.say(error.message)
            return ()

    def add(self, facts: LabFacts) -> None:
        """Remember a lab, in place of what was known of it; what cannot be is said, as no lab fails for it."""
        if self.file is None:
            return
        try:
            self.merge((facts,))
        except (DataError, OSError) as error:
            words = error.message if isinstance(error, DataError) else f"{self.file} cannot be written: {error}."
            self.say(f"{words} What this lab learned is not remembered (--lab-memory off does without).")

    def merge(self, added: Sequence[LabFacts]) -> int:
        """Remember these labs and give the number of labs known then. DataError where the file is not ours to write."""
        if self.file is None:
            return 0
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with lock_file(self.file.with_suffix(".lock")):
            known = {one.lab: one for one in (read_memory(self.file) if self.file.exists() else ())}
            for one in added:
                known.pop(one.lab, None)
                known[one.lab] = one
            kept = tuple(known.values())[-MOST_LABS:]
            write_private(self.file, memory_text(kept).encode())
        return len(kept)


def memory_text(facts: Sequence[LabFacts]) -> str:
    """The file of these facts."""
    return json.dumps({"version": VERSION, "labs": [to_json(one) for one in facts]}, ensure_ascii=False) + "\n"


def read_memory(file: Path) -> tuple[LabFacts, ...]:
    """The facts in a file; DataError, which says what to do, where it is not a memory of this version and this user."""
    try:
        _check_owner(file)
    except OSError as error:
        raise DataError(f"The memory {file} cannot be read: {error.strerror or error}.", where=_at(file)) from error
    return memory_in(file)


def memory_in(file: Path) -> tuple[LabFacts, ...]:
    """The facts in a file, whoever's it is; DataError where it is not a memory of this version."""
    try:
        body = json.loads(file.read_bytes())
    except OSError as error:
        raise DataError(f"The memory {file} cannot be read: {error.strerror or error}.", where=_at(file)) from error
    except (ValueError, RecursionError) as error:
        raise _refused(file, "is damaged: it is no JSON") from error
    if not isinstance(body, dict) or not isinstance(body.get("labs"), list):
        raise _refused(file, "is damaged: it holds no list of labs")
    version = body.get("version")
    if version != VERSION:
        is_newer = isinstance(version, int) and version > VERSION
        words = f"is of version {version}, and this assay reads {VERSION}" if is_newer else f"has version {version!r}"
        raise _refused(file, words, do="update assay" if is_newer else "")
    return _labs(file, body)


def _labs(file: Path, body: JsonObject) -> tuple[LabFacts, ...]:
    labs, found = body["labs"], []
    assert isinstance(labs, list)
    for place, one in enumerate(labs, start=1):
        try:
            found.append(from_json(LabFacts, one))
        except ValueError as error:
            raise _refused(file, f"is damaged: its lab {place} cannot be read ({error})") from error
    return tuple(found)


def _check_owner(file: Path) -> None:
    if not file.is_file():  # a pipe would be waited for without end
        raise _refused(file, "is no file")
    if sys.platform != "win32" and file.stat().st_uid != os.getuid():
        raise _refused(file, "belongs to another user", do=f"assay labs --memory --import {file}  (takes it over)")


def _refused(file: Path, words: str, do: str = "") -> DataError:
    return DataError(
        f"The memory {file} {words}. It is neither used nor overwritten.", where=_at(file),
        do=(do or f"move {file} away; a new one is begun", "--lab-memory off"),
    )  # fmt: skip


def _at(file: Path) -> Where:
    return Where(file=str(file))
