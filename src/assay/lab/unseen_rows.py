"""Which rows of a table a lab's search has not seen, and what a question put to them costs.

What a search found looks well on the search's rows; it is tested on others, or not at all.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from assay.core.array import Bools, Index
from assay.core.codec import from_json, to_json
from assay.core.errors import DataError, LabError, StorageError
from assay.data.options import TaskOptions
from assay.data.overlapping_rows import overlapping_rows
from assay.data.read import RawTable, read_table
from assay.evidence.seal import BITS, next_seal
from assay.evidence.vault_plan import LEVEL, price
from assay.inspect.order_in_time import as_begun
from assay.journal.find_labs import SUFFIX, is_lab
from assay.journal.replayed_state import replay
from assay.journal.source_stamp import Stamp
from assay.journal.vault_record import CopyRecord, OpeningRecord
from assay.lab.known_labs import labs_here
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.report.brief_names import is_written
from assay.vault.copied_lab import copies_elsewhere
from assay.vault.vault import vault_at
from assay.views.brief_file import write_brief
from assay.views.open_lab import LabSnapshot, OpenLab

LEAST_LEVEL = 1e-8
"""A level below it is no test any more: a vault that has told so much confirms nothing."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class UnseenRows:
    """rows: (m,) positions in the table that the search has not seen. level: of a test on them; why: in words.

    opening: to be written down before a row is looked at; None where no vault is opened.
    """

    rows: Index
    level: float
    why: str
    opening: OpeningRecord | None = None
    copies: tuple[CopyRecord, ...] = ()
    """Copies of the lab that are not recorded yet, whose openings count."""


def unseen_rows(lab: OpenLab, raw: RawTable, *, missing: Sequence[str] = ()) -> UnseenRows:
    """Rows of another file that are not among the lab's; of the lab's own file those of its vault, at their price.

    missing: texts that `raw` was read with as missing. Raises LabError where the lab's own rows cannot be told: made
    from a table in memory, its file is gone or changed, or a column holds numbers here and text there.
    """
    name = lab.path.name
    stamp = _stamp(lab.path)
    options = as_begun(from_json(TaskOptions, json.loads(stamp.options)), lab.task)
    if Path(raw.path).exists() and str(Path(raw.path).resolve()) == stamp.path:
        return _of_vault(lab, raw, options)
    marks = tuple(dict.fromkeys((*options.missing, *missing)))
    own = read_table(stamp.path, sheet=options.sheet, query=options.query, missing=marks, raw=options.raw)
    known = _known(lab, raw, own, marks)
    rows = np.flatnonzero(~known)
    if not len(rows):
        return UnseenRows(
            rows=rows, level=LEVEL, why=f"{name} knows every one of these rows: nothing is left to test on"
        )
    left = f", {int(known.sum()):,} that it knows left out" if known.any() else ""
    return UnseenRows(rows=rows, level=LEVEL, why=f"tested on {len(rows):,} rows that {name} has never seen{left}")


def _stamp(path: Path) -> Stamp:
    stamp, advice = Stamp.read(path), "put rows that the search has not seen into a file of their own"
    if stamp is None:
        raise LabError(f"{path.name} was not made from a file, so that its rows cannot be told.", do=(advice,))
    there = Path(stamp.path)
    if not there.is_file() or (there.stat().st_size, there.stat().st_mtime_ns) != (stamp.size, stamp.modified_ns):
        raise LabError(
            f"{stamp.path}, of which {path.name} was made, is gone or has changed: which rows it saw cannot be told.",
            do=("put the file back as it was", "ask without --lab only what the search did not suggest"),
        )
    return stamp


def _known(lab: OpenLab, raw: RawTable, own: RawTable, missing: Sequence[str]) -> Bools:
    """(n,) rows that stand in the lab's table too. LabError where that cannot be told."""
    try:
        return overlapping_rows(raw, own, missing=missing)
    except DataError as error:
        raise LabError(
            f"{error.message.rstrip('.')}: which rows {lab.path.name} saw cannot be told.",
            where=error.where,
            do=error.do,
        ) from error


def _of_vault(lab: OpenLab, raw: RawTable, options: TaskOptions) -> UnseenRows:
    name, record = lab.path.name, lab.state.vault
    if record is None:
        why = f"{name} has no vault: its search has seen all of these rows, which cannot confirm what they suggested"
        return UnseenRows(rows=np.empty(0, dtype=np.int64), level=LEVEL, why=why)
    _, vault = vault_at(lab.path, raw, options, None, begun=True)
    assert vault is not None
    copies = tuple(copies_elsewhere(lab.path, lab.ledger.records(), labs_here().known(), told=lab.state.copies))
    openings = [*lab.state.openings, *(shown for copy in copies for shown in copy.openings)]
    seal = next_seal(openings, seals=record.seals)
    # Whoever asks may have read every report so far; a seal of its own has told nothing.
    bits = 0.0 if seal is not None else BITS * sum(one.numbers for one in openings)
    number, rows = len(openings) + 1, np.asarray(vault.usable[vault.under(seal)], dtype=np.int64)
    level = price(number, bits=bits)
    if level < LEAST_LEVEL:
        shown = sum(one.numbers for one in openings)
        why = (
            f"the vault of {name} has told {shown} numbers already: a level of {level:.1g} is left, which tests nothing"
        )
        return UnseenRows(rows=np.empty(0, dtype=np.int64), level=LEVEL, why=why)
    part = "" if seal is None else f", seal {seal} of {record.seals}"
    why = f"tested on {len(rows):,} rows of the vault of {name}{part}: opening {number}, at {level:.2g}, not {LEVEL:g}"
    why = "; ".join([why, *(copy.text for copy in copies)])
    return UnseenRows(rows=rows, level=level, why=why, copies=copies, opening=OpeningRecord(
        opening=number, level=level, bits=bits, rows=len(rows), pid=os.getpid(), seal=seal, certifies=False,
    ))  # fmt: skip


def write_opening(lab: OpenLab, unseen: UnseenRows, *, numbers: int) -> None:
    """Say in the ledger that the vault is opened for a question that tells so many numbers, before it is.

    The lab's brief, which counts openings, is written anew. LabError where another process writes the lab, or has
    opened the vault meanwhile.
    """
    if unseen.opening is None:
        return
    ledger = SqliteLedger.open(lab.path)
    try:
        opened = len(replay(ledger.records()).openings) + sum(len(copy.openings) for copy in unseen.copies)
        if opened != unseen.opening.opening - 1:
            raise LabError(f"{lab.path.name}: the vault was opened meanwhile; ask again.")
        for copy in unseen.copies:
            ledger.append("copy", {"value": to_json(copy), "seconds_in": lab.state.seconds}, durable=True)
        body = {"value": to_json(replace(unseen.opening, numbers=numbers)), "seconds_in": lab.state.seconds}
        ledger.append("opening", body, durable=True)
        if is_written(lab.path):
            write_brief(LabSnapshot(lab.path, ledger, replay(ledger.records()), lab.own_metric))
    finally:
        ledger.close()


def likely_lab(raw: RawTable) -> Path | None:
    """The lab that `assay fit` makes of this file by itself, if it is there."""
    if not raw.path:
        return None
    there = Path.cwd() / f"{Path(raw.path).name.split('.')[0]}{SUFFIX}"
    try:
        return there if is_lab(there) and _stamp(there).path == str(Path(raw.path).resolve()) else None
    except (LabError, StorageError, ValueError):
        return None
