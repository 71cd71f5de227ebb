"""The list of labs used on this machine, with the heads of their ledgers, kept outside the labs."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assay.core.atomic_files import ABANDONED_SECONDS, may_be_read_by_others, sweep_unfinished, write_private
from assay.core.codec import from_json, to_json
from assay.core.contract import Ledger, LedgerRecord
from assay.core.file_lock import lock_file
from assay.journal.find_labs import is_lab
from assay.ledger.anchor import Anchor, NotedHead, anchors_in

MOST_REMEMBERED = 200
LIST = "the list of labs used here"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedLab:
    """A lab in the list. path: its folder; root: hash of its first record; heads: of its ledger when it was last used,
    and earlier ones that the ledger no longer contains; at: time of its last record then.
    """

    path: str
    root: str = ""
    heads: tuple[str, ...] = ()
    at: str = ""


def _silent(words: str) -> None:
    """Discard a message."""


@dataclass(frozen=True, slots=True)
class LabList:
    """The list, newest first; `file` None keeps none (ASSAY_HISTORY=off). say: receives a message where the list is
    damaged or cannot be read or written, as no command fails for it; it is called while no lock is held.

    A lab that lay at a place before another one is remembered with its heads, as long as there is room. A damaged list
    is kept beside the file under a new name, which the message gives, and the readable entries stay. Writing processes
    take turns.
    """

    file: Path | None = None
    say: Callable[[str], None] = _silent

    def all(self) -> tuple[Path, ...]:
        """Labs that still exist, newest first."""
        return tuple(path for path in map(Path, dict.fromkeys(one.path for one in self.known())) if is_lab(path))

    def known(self) -> tuple[ListedLab, ...]:
        """All entries, newest first."""
        if self.file is None or not self.file.is_file():
            return ()
        found = tuple[ListedLab, ...]()
        try:
            found, is_whole = _read(self.file)
            if not is_whole:
                with lock_file(self._lock(self.file)):
                    found, words = _mended(self.file)
                self._pass_on(words)
        except OSError as error:
            self.say(f"{_of(self.file)} cannot be read or mended: {error.strerror or error}. {_OFF}")
        return found

    def add(self, lab: Path, ledger: Ledger | None = None) -> None:
        """Put a lab in front, with the head of its ledger if given."""
        if self.file is None:
            return
        path, words = str(lab.resolve()), ""
        try:
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with lock_file(self._lock(self.file)):
                known, words = _mended(self.file)
                entry = _noted(path, known, ledger)
                others = [one for one in known if one.path != path or one.root not in ("", entry.root)]
                changed = (entry, *others)[:MOST_REMEMBERED]
                if changed != known or may_be_read_by_others(self.file):
                    _write(self.file, changed)
        except OSError as error:
            self.say(f"{_of(self.file)} cannot be written: {error.strerror or error}. {_OFF}")
        self._pass_on(words)

    def noted(self, lab: Path, records: Sequence[LedgerRecord]) -> Iterator[NotedHead]:
        """Recorded heads of a lab: those of its place, and those of its ledger at other places."""
        path, root = str(lab.resolve()), records[0].hash if records else ""
        for one in self.known():
            heads = [anchor for head in one.heads for anchor in anchors_in(head)]
            if one.path != path and one.root != root:
                continue
            remark = ""
            if one.path != path and is_lab(Path(one.path)):  # a copy; of a lab that was moved the heads still count
                remark = f"at {one.path} this lab went on in another way"
            elif one.path == path and one.root != root and records and one.at < records[0].at:
                last = max((anchor.number for anchor in heads), default=0)
                remark = f"another lab lay here before, its record {last} of {one.at[:16]}"
            yield from (NotedHead(anchor=anchor, where=LIST, remark=remark) for anchor in heads)

    @staticmethod
    def _lock(file: Path) -> Path:
        return file.with_suffix(".lock")

    def _pass_on(self, words: str) -> None:
        """Pass messages on after the lock is released: the receiver may block."""
        if words:
            self.say(words)


_OFF = "ASSAY_HISTORY=off keeps no list."


def _of(file: Path) -> str:
    return f"The list of labs, {file},"


def _read(file: Path) -> tuple[tuple[ListedLab, ...], bool]:
    """The readable entries, and whether these are all that the file holds."""
    try:
        entries = json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        return (), False
    if not isinstance(entries, list):
        return (), False
    found = tuple(_entries(entries))
    return found, len(found) == len(entries)


def _entries(found: list[object]) -> Iterator[ListedLab]:
    for entry in found:
        try:
            yield from_json(ListedLab, entry)  # type: ignore[arg-type]  # whatever JSON holds: it is checked there
        except ValueError:
            continue


def _write(file: Path, entries: Sequence[ListedLab]) -> None:
    """Write atomically, power cuts included, for the owner's eyes alone: it says where labs lie."""
    sweep_unfinished(file.parent, file.name, least_age_seconds=ABANDONED_SECONDS)
    write_private(file, json.dumps([to_json(one) for one in entries]).encode())


def _mended(file: Path) -> tuple[tuple[ListedLab, ...], str]:
    """The entries, read under the lock; a damaged file is first put aside, and a message says so."""
    if not file.is_file():
        return (), ""
    known, is_whole = _read(file)
    if is_whole:
        return known, ""
    aside = _free(file)
    write_private(aside, file.read_bytes())
    _write(file, known)
    return known, (
        f"{_of(file)} was damaged: it was copied to {aside.name}, and the list goes on with the {len(known)} "
        "entries that could be read. An audit does not know the heads of the others."
    )


def _free(file: Path) -> Path:
    """An unused name beside the file."""
    number = 1
    while (place := file.with_name(f"{file.stem}.damaged-{number}{file.suffix}")).exists():
        number += 1
    return place


def _noted(path: str, known: Sequence[ListedLab], ledger: Ledger | None) -> ListedLab:
    """A lab with its head, and the earlier heads that its ledger no longer contains."""
    before = [one for one in known if one.path == path]
    anchors = {head: tuple(anchors_in(head)) for one in before for head in one.heads}
    numbers = {anchor.number for found in anchors.values() for anchor in found}
    records = () if ledger is None else ledger.ends(numbers)
    if not records:
        return before[0] if before else ListedLab(path=path)
    entry = ListedLab(path=path, root=records[0].hash, at=records[-1].at)
    earlier = [head for one in before if one.root == entry.root for head in one.heads]
    gone = [head for head in earlier if any(anchor.fault(records) for anchor in anchors[head])]
    return replace(entry, heads=(*gone, Anchor.of(records[-1]).text))
