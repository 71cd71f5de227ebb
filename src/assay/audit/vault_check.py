"""The result of a vault opening, computed again from the arrays it stored."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from assay.audit.check_result import Compared
from assay.core.array import AnyArray
from assay.core.errors import LabError
from assay.core.seed import Seeds
from assay.evidence.evaluation_rows import Rows
from assay.evidence.paired import compare
from assay.evidence.seal import bits_of, next_seal, shown_difference
from assay.evidence.vault_plan import price
from assay.journal.state import LabState
from assay.journal.vault_record import CertifiedRecord, VaultRecord
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.vault.claimed_changes import ChainLink, judged
from assay.vault.key import FOLDER, is_open_to_others, key_of, sealed_array
from assay.vault.opening import certified_figure, gate
from assay.views.open_lab import OpenLab


def certified_pairs(lab: OpenLab, state: LabState, stored: CertifiedRecord) -> Compared:
    """(what, as stored, as computed again) of one opening; state: what the lab knew when it wrote this.

    The opening must have been recorded before, at the level that its number and earlier disclosures cost. Raises
    LabError where the stored arrays are gone or changed.
    """
    openings, vault = state.openings, state.vault
    yield "opening recorded before", stored.opening, len(openings)
    if vault is None or not openings:
        raise LabError("it speaks of a vault that was never set aside or opened")
    earlier = openings[:-1]
    yield "seal", openings[-1].seal, next_seal(earlier, seals=vault.seals)
    level = price(stored.opening, bits=bits_of(earlier, openings[-1]))
    rows = _rows(lab, vault, stored)
    if openings[-1].seal is None:
        yield "rows of the vault", vault.rows, len(rows)
    prediction = _array(lab, stored.prediction)
    found = certified_figure(lab.metric, rows, prediction, level=level)
    for name in ("value", "low", "high", "level"):
        yield f"vault, {name}", getattr(stored.figure, name), getattr(found, name)
    against = None
    if stored.baseline is not None:
        against = compare(lab.metric, rows, _array(lab, stored.baseline), prediction)
        again = shown_difference(against)
        yield "vault, gain", stored.against, again
        for name in ("low", "high", "p", "e") if stored.against is not None else ():
            yield f"vault, gain, {name}", getattr(stored.against, name), getattr(again, name)
    yield "finding", stored.finding, gate(against, level, allowed=vault.allows_findings)[0]
    if stored.changes and stored.baseline is not None:
        links = [ChainLink(number=state.baseline or 0, prediction=_array(lab, stored.baseline))]
        links += [
            ChainLink(number=change.number, prediction=_array(lab, change.prediction)) for change in stored.changes
        ]
        changes = judged(lab.metric, rows, links, level=level, put=lambda array: "")
        for change, other in zip(stored.changes, changes, strict=True):
            yield f"finding, #{change.number}", (change.found, change.firm), (other.found, other.firm)
            yield f"gain of #{change.number}", change.gain, other.gain


def sealed_remarks(lab: OpenLab) -> Iterator[str]:
    """A remark where others than the lab's owner may read what is sealed."""
    if is_open_to_others(lab.path):
        yield f"others than its owner may read {FOLDER}: its key and labels of the vault; chmod -R go= {FOLDER}"


def _rows(lab: OpenLab, vault: VaultRecord, stored: CertifiedRecord) -> Rows:
    key_of(lab.path, vault.key)  # raises where it is gone, or another one
    sealed = partial(sealed_array, lab.path)
    return Rows(
        y=sealed(stored.truth), problem=lab.task.problem, origin="vault", seeds=Seeds(lab.task.seed).child("vault"),
        groups=None if stored.groups is None else sealed(stored.groups),
        weight=None if stored.weight is None else sealed(stored.weight),
        in_time=vault.by == "time" and not lab.task.schema.of_kind("group"),
    )  # fmt: skip


def _array(lab: OpenLab, key: str) -> AnyArray:
    ledger = lab.ledger
    return np.array(ledger.array(key, check=True) if isinstance(ledger, SqliteLedger) else ledger.array(key))
