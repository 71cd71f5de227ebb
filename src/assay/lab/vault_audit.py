"""What an opening of the vault should have shown, from the arrays it left behind."""

from collections.abc import Iterator

import numpy as np

from assay.core.array import AnyArray
from assay.core.seed import Seeds
from assay.evidence.paired import compare
from assay.evidence.rows import Rows
from assay.evidence.vault import price
from assay.lab.certify import certified_figure, gate, priced_bits
from assay.lab.lab import Lab
from assay.lab.state import LabState
from assay.lab.vault_record import CertifiedRecord
from assay.ledger.sqlite import SqliteLedger


def certified_pairs(lab: Lab, state: LabState, stored: CertifiedRecord) -> Iterator[tuple[str, object, object]]:
    """(what, as stored, as computed again) of one opening; state: what the lab knew when it wrote this.

    The opening must have been recorded before, its level be the one that its number and what was shown earlier cost.
    Raises LabError where the stored arrays are gone or changed.
    """
    yield "opening recorded before", stored.opening, len(state.openings)
    level = price(stored.opening, bits=priced_bits(state.openings))
    y = _array(lab, stored.truth)
    rows = Rows(
        y=y, problem=lab.task.problem, seeds=Seeds(lab.task.seed).child("vault"),
        groups=None if stored.groups is None else _array(lab, stored.groups),
        weight=None if stored.weight is None else _array(lab, stored.weight),
    )  # fmt: skip
    yield "rows of the vault", None if state.vault is None else state.vault.rows, len(y)
    prediction = _array(lab, stored.prediction)
    found = certified_figure(lab.metric, rows, prediction, level=level)
    for name in ("value", "low", "high", "level"):
        yield f"vault, {name}", getattr(stored.figure, name), getattr(found, name)
    against = None
    if stored.baseline is not None:
        against = compare(lab.metric, rows, _array(lab, stored.baseline), prediction)
        yield "vault, gain", stored.against, against
    allowed = state.vault is not None and state.vault.allows_findings
    yield "finding", stored.finding, gate(against, level, allowed=allowed)[0]


def _array(lab: Lab, key: str) -> AnyArray:
    ledger = lab.ledger
    return np.array(ledger.array(key, check=True) if isinstance(ledger, SqliteLedger) else ledger.array(key))
