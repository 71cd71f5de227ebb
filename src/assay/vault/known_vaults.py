"""Vaults on record: of the lab at a path, and of the lab whose key another lab uses."""

from pathlib import Path

from assay.core.codec import from_json
from assay.journal.find_labs import is_lab
from assay.journal.twin_record import SIDES, twin_path
from assay.journal.vault_record import VaultRecord
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.vault.key import lab_of


def known_vault(path: Path) -> VaultRecord | None:
    """The vault of the lab at a path; None where it has none, or there is no lab."""
    if not is_lab(path):
        return None
    ledger = SqliteLedger.open(path, create=False, write=False)
    try:
        found = [record.body["value"] for record in ledger.records() if record.kind == "vault"]
    finally:
        ledger.close()
    return from_json(VaultRecord, found[0]) if found else None


def dealt_by(key: Path, *, side: str) -> VaultRecord | None:
    """The vault of the lab that holds a key file, or of its twins; None where there is none. side: of twin labs, which
    go on from the same half.
    """
    lab = lab_of(key)
    if lab is None:
        return None
    places = (lab, *(twin_path(lab, one) for one in ((side,) if side else SIDES)))
    return next((found for place in places if (found := known_vault(place)) is not None), None)
