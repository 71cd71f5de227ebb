"""Copies of a lab that went on elsewhere: their openings of the vault count, as the person has seen what they told."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from assay.core.codec import from_json
from assay.core.contract import LedgerRecord
from assay.core.errors import AssayError
from assay.evidence.seal import Shown
from assay.journal.find_labs import is_lab
from assay.journal.lab_list import ListedLab
from assay.journal.replayed_state import replay
from assay.journal.vault_record import CopyRecord
from assay.ledger.anchor import Anchor, anchors_in
from assay.ledger.sqlite_ledger import SqliteLedger


def copies_elsewhere(
    lab: Path, records: Sequence[LedgerRecord], known: Sequence[ListedLab], *, told: Sequence[CopyRecord]
) -> Iterator[CopyRecord]:
    """Copies of the lab at a path that went on otherwise, by the list of a person's labs.

    One that still lies where it was is read for its openings; of one that is gone, or was replaced by this lab, the
    list may hold a head that this ledger lacks. told: what is known of copies already.
    """
    counted = {record.hash for record in records}.union(*(one.hashes for one in told))
    for one in known:
        if not records or one.root != records[0].hash:
            continue
        place = Path(one.path)
        theirs = _records(place) if place != lab.resolve() else ()
        if theirs:
            found = {digest: shown for digest, shown in _openings(theirs) if digest not in counted}
            counted |= found.keys()
            if found:
                head, openings = Anchor.of(theirs[-1]).text, tuple(found.values())
                yield CopyRecord(lab=place.name, head=head, openings=openings, hashes=tuple(found))
            continue
        lacking = [head for head in one.heads if any(anchor.fault(records) for anchor in anchors_in(head))]
        if lacking and all(lacking[-1] != copy.head for copy in told):
            yield CopyRecord(lab=place.name, head=lacking[-1])


def _records(place: Path) -> Sequence[LedgerRecord]:
    """Of the lab there; () where there is none, or none that can be read."""
    if not is_lab(place):
        return ()
    try:
        ledger = SqliteLedger.open(place, create=False, write=False)
    except AssayError:
        return ()
    try:
        return ledger.records()
    except AssayError:
        return ()
    finally:
        ledger.close()


def _openings(records: Sequence[LedgerRecord]) -> Iterator[tuple[str, Shown]]:
    """(hash of its record, what it told) of each opening that a ledger knows, of copies too."""
    openings, place = replay(records).openings, 0
    for record in records:
        if record.kind == "opening":
            yield record.hash, openings[place]
            place += 1
        if record.kind == "copy":
            copy = from_json(CopyRecord, record.body["value"])
            yield from zip(copy.hashes, copy.openings, strict=True)
            place += len(copy.openings)
