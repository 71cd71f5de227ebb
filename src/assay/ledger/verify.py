"""The check of a ledger's chain: whether its records are as they were appended."""

from collections.abc import Iterable
from dataclasses import dataclass

from assay.core.contract import LedgerRecord
from assay.core.recipe import canonical
from assay.ledger.chain import ROOT, hash_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A place where the chain does not hold; `number` is the record's."""

    number: int
    message: str


def verify(records: Iterable[LedgerRecord]) -> tuple[Fault, ...]:
    """Faults of a whole ledger, its first record first; () when every record is as it was appended.

    A record that was changed, left out or inserted is found. Records cut off at the end are not: for that keep the last
    hash elsewhere.
    """
    faults: list[Fault] = []
    number, previous = 0, ROOT
    for record in records:
        if record.number != number + 1:
            faults.append(Fault(number=record.number, message=f"It follows record {number}: records are missing."))
        if record.previous != previous:
            faults.append(Fault(number=record.number, message="It does not name the hash of the record before it."))
        if record.hash != _recomputed(record):
            faults.append(Fault(number=record.number, message="Its hash does not fit what it says: it was changed."))
        number, previous = record.number, record.hash
    return tuple(faults)


def _recomputed(record: LedgerRecord) -> str:
    return hash_of(
        number=record.number, kind=record.kind, experiment=record.experiment, at=record.at,
        body=canonical(record.body), previous=record.previous,
    )  # fmt: skip
