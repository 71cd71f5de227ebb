"""Openings of labs with the same vault key, which count in a new lab as its own."""

from dataclasses import replace
from pathlib import Path

from assay.core.errors import UsageError, Where
from assay.core.task import Task
from assay.evidence.seal import Shown
from assay.journal.find_labs import LEDGER, known_task
from assay.journal.replayed_state import replay
from assay.journal.state import LabState
from assay.journal.twin_record import SIDES, twin_path
from assay.journal.vault_record import VaultRecord
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.vault.key import lab_of

OTHER = "another question"
"""The settings recorded of a lab with other rows or another question, which the user chose to change."""
UNPRICED = "its key lies in no lab: what other labs dealt by it told of these rows is not known, and not priced"


def paying(record: VaultRecord, task: Task, *, key: Path, side: str = "") -> VaultRecord:
    """The record of a new lab's vault, beginning with the openings of the lab that holds the key file.

    They count as they are where that lab has the same vault and question, so that a longer search costs the same; else
    every disclosed figure counts, and the vault has no seals, as its rows were not under them before. side: of twin
    labs, which count the same half; others count both. A key file outside any lab is noted: nothing can be counted.
    UsageError where the key would not choose the same rows.
    """
    lab = lab_of(key)
    if lab is None:
        return replace(record, notes=(*record.notes, UNPRICED))
    earlier: list[Shown] = []
    for place in (lab, *(twin_path(lab, one) for one in (side or SIDES))):
        state = _state(place)
        _refuse_another_deal(state.vault, record, key=key, lab=lab)
        if not state.openings:
            continue
        if _is_same(state.vault, record) and _asks(place) == task.hash:
            earlier += state.openings
        else:
            earlier += [replace(one, asked=OTHER, seal=None) for one in state.openings]
            record = replace(record, seals=1)
    return replace(record, earlier=tuple(earlier))


def _refuse_another_deal(known: VaultRecord | None, record: VaultRecord, *, key: Path, lab: Path) -> None:
    """UsageError where rows are told by the other rows too, and these are others than in the key's lab: its key would
    set aside rows that it searched.
    """
    if known is None or known.all_rows == record.all_rows:
        return
    reworded, view = record.reworded or known.reworded, record.view or known.view
    if not reworded and view is None:
        return
    why = f"some texts in {', '.join(reworded)} differ by a few words"
    why = why if view is None else f"rows are copies of others but for {view.text}"
    raise UsageError(
        f"{key} cannot choose this vault: {why}, so that rows are told by each other, and there are "
        f"{record.all_rows:,} rows here, {known.all_rows:,} in {lab.name}. Rows that it has searched could be set "
        "aside.",
        where=Where(option="--vault-key"),
        do=("leave out --vault-key: a key is drawn", "--group COLUMN  (rows of a source are kept together then)"),
    )


def _state(place: Path) -> LabState:
    if not (place / LEDGER).is_file():
        return LabState()
    ledger = SqliteLedger.open(place, create=False, write=False)
    try:
        return replay(ledger.records())
    finally:
        ledger.close()


def _asks(place: Path) -> str:
    task = known_task(place)
    return "" if task is None else task.hash


def _is_same(known: VaultRecord | None, record: VaultRecord) -> bool:
    return known is not None and replace(known, notes=(), earlier=()) == replace(record, notes=(), earlier=())
