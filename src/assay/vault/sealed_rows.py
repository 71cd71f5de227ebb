"""What a lab keeps of the rows of its vault, by which they are known again: hashes of their cells, and their seals."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import AnyArray
from assay.core.atomic_files import write_private
from assay.core.task import Task
from assay.data.encode import encode_frame
from assay.ledger.artifacts import storage_error
from assay.predictor.lab_rows import FILE, OPENED, VaultRows
from assay.vault.key import FOLDER

if TYPE_CHECKING:
    from assay.vault.vault import Vault


def keep_rows(lab: Path, task: Task, vault: "Vault") -> None:
    """Write what is kept of a vault's rows into the lab's sealed folder, once."""
    if (lab / FOLDER / FILE).exists():
        return
    away = np.asarray(vault.inside | vault.waiting)
    frame = vault.whole.frame.iloc[vault.usable[away]].reset_index(drop=True)
    seals = np.where(vault.inside, vault.seals, OPENED)[away]  # rows that wait for the final fit are in no figure
    table = encode_frame(task.schema, frame)
    _write(lab, VaultRows.of(table, vault.codes(task.classes)[away], seals, task.schema).array())


def break_seal(lab: Path, seal: int | None) -> None:
    """Note that the rows under a seal, or all, were opened for the model that ships."""
    known = VaultRows.at(lab)
    if known is not None:
        array = known.array()
        array[(array[:, 0] == seal) if seal is not None else slice(None), 0] = OPENED
        _write(lab, array)


def _write(lab: Path, array: AnyArray) -> None:
    file, body = lab / FOLDER / FILE, io.BytesIO()
    np.save(body, array, allow_pickle=False)
    try:
        write_private(file, body.getvalue())
    except OSError as error:
        raise storage_error(error, file.parent) from error
