"""The folder through which a lab is steered: one message a file, written whole and renamed."""

import json
import os
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import get_args

from assay.core.codec import from_json, to_json
from assay.core.errors import StorageError, Where
from assay.core.hint import Subject, WishKind
from assay.core.special_files import refuse_link
from assay.journal.steering_records import MessageKind, MessageRecord

FOLDER = "inbox"
REFUSED = "refused"
"""Where files lie that are no message, as they came."""
VERSION = 1
MOST_OF_NAME = 200
"""Characters of a name under which a refused file is put aside."""
MOST_BYTES = 1_000_000
MOST_AT_ONCE = 200
"""Messages taken in one turn of the loop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A file that is no message, and why."""

    id: str
    why: str


@dataclass(frozen=True, slots=True)
class Inbox:
    """The inbox of the lab at a path."""

    lab: Path

    @property
    def path(self) -> Path:
        return self.lab / FOLDER

    def put(self, message: MessageRecord) -> None:
        """Write a message. StorageError where the folder cannot be written, or something else lies in its place."""
        text = json.dumps({"version": VERSION, "message": to_json(message)}, ensure_ascii=False)
        if len(text.encode()) > MOST_BYTES:
            raise StorageError(f"A message may have {MOST_BYTES:,} bytes; this one has {len(text.encode()):,}.")
        refuse_link(self.path)
        temporary = self.path / f".{message.id}.{os.getpid()}"
        try:
            self.path.mkdir(exist_ok=True)
            with temporary.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.path / f"{message.id}.json")
        except OSError as error:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise _unusable(self.path, error) from error

    def is_empty(self) -> bool:
        """Whether nothing waits; one look at a folder, as the loop asks ten times a second."""
        return next(self._files(), None) is None

    def waiting(self) -> tuple[MessageRecord | Unreadable, ...]:
        """What waits, in the order of its names, which begin with the time; at most MOST_AT_ONCE."""
        return tuple(_read(file) for file in sorted(self._files())[:MOST_AT_ONCE])

    def _files(self) -> Iterator[Path]:
        """StorageError where the folder cannot be read, or something else lies in its place."""
        refuse_link(self.path)
        try:
            with os.scandir(self.path) as found:
                yield from [
                    Path(one.path)
                    for one in found
                    if one.name.endswith(".json")
                    and not one.name.startswith(".")
                    and one.is_file(follow_symlinks=False)
                ]
        except OSError as error:
            if not isinstance(error, FileNotFoundError):
                raise _unusable(self.path, error, "read") from error

    def done(self, name: str) -> None:
        """Delete a message that was answered."""
        refuse_link(self.path)
        try:
            (self.path / f"{name}.json").unlink(missing_ok=True)
        except OSError as error:
            raise _unusable(self.path, error) from error

    def free_name(self, name: str, *, is_used: bool = False) -> str:
        """The name under which a refused file lies beside those before it: its own, or `name-2`. is_used: whether its
        own is that of another message.
        """
        name = name[:MOST_OF_NAME]  # file systems have a limit
        names = (name if number == 1 else f"{name}-{number}" for number in count(2 if is_used else 1))
        return next(one for one in names if not os.path.lexists(self.path / REFUSED / f"{one}.json"))

    def refuse(self, name: str, as_name: str) -> None:
        """Put a file that is no message aside, as it came, under a name that is free."""
        aside = self.path / REFUSED
        for folder in (self.path, aside):
            refuse_link(folder)
        try:
            aside.mkdir(exist_ok=True)
            (self.path / f"{name}.json").replace(aside / f"{as_name}.json")
        except FileNotFoundError:
            return
        except OSError as error:
            raise _unusable(aside, error) from error


def new_id() -> str:
    """A name that sorts by time and that no other message has."""
    return f"{time.time_ns() // 1000:017d}-{uuid.uuid4().hex[:8]}"


def now_text() -> str:
    """The time by the sender's clock."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _unusable(folder: Path, error: OSError, act: str = "written") -> StorageError:
    """The error for a folder of messages that cannot be used, or in whose place something else lies."""
    where = Where(file=str(folder))
    if os.path.lexists(folder) and not folder.is_dir():
        do = ("move it away: the folder is made when it is needed",)
        return StorageError(f"{folder} is no folder, so no message can lie in it.", where=where, do=do)
    reason = error.strerror or error
    return StorageError(f"{folder} cannot be {act}: {reason}.", where=where, do=("check space and rights",))


def _read(file: Path) -> MessageRecord | Unreadable:
    name = file.name.removesuffix(".json")
    try:
        size = file.stat().st_size
        if size > MOST_BYTES:
            return Unreadable(id=name, why=f"it has {size:,} bytes, and a message at most {MOST_BYTES:,}")
        body = json.loads(file.read_text("utf-8"))
        version = body.get("version") if isinstance(body, dict) else None
        if version != VERSION:
            return Unreadable(id=name, why=_no_version(version))
        message = from_json(MessageRecord, body["message"])
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        return Unreadable(id=name, why=f"it cannot be read: {error}")
    kinds = {wish.kind for wish in message.wishes} | {wish.subject for wish in message.wishes}
    strange = ({message.kind} - set(get_args(MessageKind))) | (kinds - {*get_args(WishKind), *get_args(Subject)})
    if strange:
        return Unreadable(id=name, why=f"it has the kind {sorted(strange)[0][:60]!r}, which this version does not know")
    if message.id != name:
        return Unreadable(id=name, why=f"it is named {name} and calls itself {message.id[:60]}")
    return message


SUBJECTS: Mapping[WishKind, frozenset[Subject]] = {
    "try": frozenset({"column", "family", "step", "move"}), "avoid": frozenset({"family", "move", "step", "column"}),
    "prefer": frozenset({"column", "family", "step", "move", "metric"}),
    "never": frozenset({"column", "family", "step", "move"}), "keep": frozenset({"column", "step", "experiment"}),
    "void": frozenset({"experiment"}),
}  # fmt: skip
"""What each kind of wish can be about."""
MOST_STRENGTH, MOST_EXPIRES, MOST_NAMES, MOST_NAME = 3, 1_000_000, 10_000, 500


def malformed(message: MessageRecord) -> str:
    """Why a message cannot mean anything, "" where it can: what was read of it is checked before it is acted on."""
    for wish in message.wishes:
        if wish.subject not in SUBJECTS.get(wish.kind, ()):
            article = "an" if wish.subject == "experiment" else "a"
            return f"{wish.kind} of {article} {wish.subject} has no meaning"
        if not 1 <= wish.strength <= MOST_STRENGTH:
            return f"a strength is 1 to {MOST_STRENGTH}, not {wish.strength}"
        if isinstance(wish.expires, bool) or (wish.expires is not None and not 1 <= wish.expires <= MOST_EXPIRES):
            return f"a hint ends after 1 to {MOST_EXPIRES:,} experiments, not {wish.expires}"
        names = (*wish.names, *wish.columns)
        if not wish.names or len(names) > MOST_NAMES or any(len(name) > MOST_NAME for name in names):
            return "it names nothing, or too much"
        if wish.subject == "experiment" and not all(name.isdecimal() and len(name) < 10 for name in wish.names):
            return "experiments are named by numbers"
    if message.kind == "wish" and not message.wishes:
        return "it holds no wish"
    return ""


def _no_version(version: object) -> str:
    if isinstance(version, int) and version > VERSION:
        return f"it has the form {version}, of a newer Assay; this one reads form {VERSION}"
    return "it is no message"
