"""Heads of a ledger that were noted elsewhere, compared with it: in the model, in the brief, and by people."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from assay.audit.check_result import AuditCheck, CheckTally
from assay.core.contract import LedgerRecord
from assay.core.errors import AssayError
from assay.journal.digest_records import CERTIFIED, MODEL
from assay.ledger.anchor import NotedHead, anchors_in
from assay.predictor.storage import read_bundle
from assay.report.brief_names import NAMES


def heads(path: Path, records: Sequence[LedgerRecord], noted: Sequence[NotedHead]) -> AuditCheck:
    """Every known head, in the ledger or not: each stays valid however long the ledger grew since."""
    checked = CheckTally("heads", "heads noted elsewhere are in the ledger")
    for one in (*noted, *_beside(path)):
        fault = one.anchor.fault(records)
        if fault and one.remark:
            checked.remarks.append(one.remark)
            continue
        checked.checked += 1
        if fault:
            checked.note(None, f"{one.where}: {fault}", one.anchor.text, "")
    return checked.check()


def _beside(path: Path) -> Iterator[NotedHead]:
    """Those that a lab's own models and brief carry."""
    for folder in (MODEL, CERTIFIED):
        try:
            head = read_bundle(path / folder)[0].passport.head if (path / folder).is_dir() else ""
        except AssayError:  # a fault of the model is found where the model is checked
            continue
        yield from (NotedHead(anchor=anchor, where=folder) for anchor in anchors_in(head))
    for name in NAMES[:2]:
        file = path / name
        text = file.read_text("utf-8", errors="replace") if file.is_file() else ""
        yield from (NotedHead(anchor=anchor, where=name) for anchor in dict.fromkeys(anchors_in(text)))
