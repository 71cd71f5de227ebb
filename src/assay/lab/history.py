"""The list of labs used on this machine, with the heads of their ledgers: kept outside of the labs."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assay.core.codec import from_json, to_json
from assay.core.contract import Ledger, LedgerRecord
from assay.lab.labs import is_lab
from assay.ledger.anchor import Anchor, Noted, anchors_in

MOST_REMEMBERED = 200
LIST = "the list of labs used here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """A lab in the list. path: its folder; root: hash of its first record; heads: of its ledger when it was used last,
    and earlier ones that it no longer has; at: time of its last record then.
    """

    path: str
    root: str = ""
    heads: tuple[str, ...] = ()
    at: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """The list, newest first; `file` None keeps none (ASSAY_HISTORY=off).

    A lab that lay at a place before another one is remembered with its heads, as long as there is room.
    """

    file: Path | None = None

    def all(self) -> tuple[Path, ...]:
        """Labs that still exist, newest first."""
        return tuple(path for path in map(Path, dict.fromkeys(one.path for one in self.known())) if is_lab(path))

    def known(self) -> tuple[Remembered, ...]:
        """All entries, newest first."""
        if self.file is None or not self.file.is_file():
            return ()
        try:
            entries = json.loads(self.file.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):  # a damaged list is no reason to fail either
            return ()
        return tuple(_entries(entries if isinstance(entries, list) else []))

    def add(self, lab: Path, ledger: Ledger | None = None) -> None:
        """Put a lab in front, with the head of its ledger if that is given. A list that cannot be written is no reason
        to fail.
        """
        if self.file is None:
            return
        known, path = self.known(), str(lab.resolve())
        entry = _noted(path, known, () if ledger is None else ledger.records())
        others = [one for one in known if one.path != path or one.root not in ("", entry.root)]
        body = json.dumps([to_json(one) for one in (entry, *others)][:MOST_REMEMBERED])
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            temporary = self.file.with_suffix(".tmp")
            temporary.write_text(body, "utf-8")
            temporary.replace(self.file)
        except OSError:
            return

    def noted(self, lab: Path, records: Sequence[LedgerRecord]) -> Iterator[Noted]:
        """Heads that the list has of a lab: of its place, and of its ledger at other places."""
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
            yield from (Noted(anchor=anchor, where=LIST, remark=remark) for anchor in heads)


def _entries(found: list[object]) -> Iterator[Remembered]:
    for entry in found:
        try:
            yield from_json(Remembered, entry)  # type: ignore[arg-type]  # whatever JSON holds: it is checked there
        except ValueError:
            continue


def _noted(path: str, known: Sequence[Remembered], records: Sequence[LedgerRecord]) -> Remembered:
    """A lab with its head, and the earlier ones that its ledger no longer has."""
    if not records:
        return next((one for one in known if one.path == path), Remembered(path=path))
    entry = Remembered(path=path, root=records[0].hash, at=records[-1].at)
    earlier = [head for one in known if (one.path, one.root) == (path, entry.root) for head in one.heads]
    gone = [head for head in earlier if any(anchor.fault(records) for anchor in anchors_in(head))]
    return replace(entry, heads=(*gone, Anchor.of(records[-1]).text))
