"""Which of a lab's rows a person means by a number: the rows of its file are counted, whatever the lab left out."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assay.core.codec import from_json
from assay.core.errors import AssayError, UsageError, Where
from assay.data.options import TaskOptions
from assay.data.read import RawTable
from assay.data.target_reading import read_target
from assay.journal.find_labs import short_name
from assay.journal.source_stamp import Stamp, source_of
from assay.lab.file_rows import file_rows
from assay.search.task_setup import read_source
from assay.views.open_lab import OpenLab


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRow:
    """position: in the lab's table, from 0. rows_of: whose rows the number counts, in words."""

    position: int
    rows_of: str


def asked_row(lab: OpenLab, number: int) -> AskedRow:
    """The row with this number, from 1 for the first below the header of the lab's file.

    Where the file's rows are not known, those that the lab stores are counted, and `rows_of` says so. UsageError for a
    row that is not there, that has no target, or that is set aside in the vault.
    """
    known = file_rows(lab)
    if known is None:
        if number > lab.task.n_rows:
            raise _no_row(number, lab.name, lab.task.n_rows)
        return AskedRow(position=number - 1, rows_of=f"the rows that {lab.name} stores (those of its file are unknown)")
    found = np.flatnonzero(known == number - 1)
    if not len(found):
        raise _not_of_the_lab(lab, number, last=int(known.max()) + 1)
    return AskedRow(position=int(found[0]), rows_of=lab.task.source)


def is_set_aside(lab: OpenLab, file: str, number: int) -> bool:
    """Whether a row of a file is one of a vault's that was not opened for what ships: the file is the lab's own, as the
    lab read it.
    """
    stamp = Stamp.read(lab.path)
    is_sealed = lab.state.vault is not None and lab.state.certified is None
    if not is_sealed or stamp is None or str(Path(file).resolve()) != stamp.path:
        return False
    known, read = file_rows(lab), _read(stamp) if stamp.is_unchanged else None
    if known is None or read is None or number - 1 in known or number > len(read[0].frame):
        return False
    return _has_target(lab, *read, number)


def vault_error(lab: OpenLab, number: int) -> UsageError:
    """What to say of a row of the vault, which the lab does not store."""
    message = f"Row {number:,} of {lab.task.source} is set aside in the vault of {lab.name}"
    where = Where(option="--row")
    if lab.state.certified is not None:
        source = source_of(lab.task, Stamp.read(lab.path))
        return UsageError(
            f"{message}, which stores none of its rows.", where=where,
            do=(f"--file {source} --row {number}  (explains it as a new row)",),
        )  # fmt: skip
    return UsageError(
        f"{message}, and no row of a vault is explained: nothing may be learned from it before the vault is opened.",
        where=where, do=("another row", f"assay certify {short_name(lab.name)}  (opens the vault)"),
    )  # fmt: skip


def _no_row(number: int, name: str, n_rows: int) -> UsageError:
    return UsageError(
        f"There is no row {number:,}: {name} has {n_rows:,} rows.", where=Where(option="--row"), do=(f"--row {n_rows}",)
    )


def _not_of_the_lab(lab: OpenLab, number: int, *, last: int) -> UsageError:
    """Why a row of the file is none of the lab's; last: the number of the lab's last row in the file."""
    stamp = Stamp.read(lab.path)
    read = _read(stamp) if stamp is not None and stamp.is_unchanged else None
    source, name, where = lab.task.source, lab.name, Where(option="--row")
    if stamp is None or read is None:
        aside = "is set aside in the vault, or " if lab.state.vault is not None else ""
        return UsageError(
            f"{name} has no row {number:,} of {source}: it {aside}has no target, or is not there "
            f"(the last row that the lab has is {last:,}).", where=where, do=(f"--row {last}",),
        )  # fmt: skip
    if number > len(read[0].frame):
        return _no_row(number, source, len(read[0].frame))
    if _has_target(lab, *read, number):
        return vault_error(lab, number)
    return UsageError(
        f"Row {number:,} of {source} has no {lab.task.target}, so it is none of the rows of {name}.",
        where=where, do=(f"--file {source_of(lab.task, stamp)} --row {number}  (explains it as a new row)",),
    )  # fmt: skip


def _read(stamp: Stamp) -> tuple[RawTable, TaskOptions] | None:
    """The lab's file, as the lab read it, and how; None where it cannot be read."""
    try:
        options = from_json(TaskOptions, json.loads(stamp.options))
        return read_source(stamp.path, options), options
    except AssayError:
        return None


def _has_target(lab: OpenLab, raw: RawTable, options: TaskOptions, number: int) -> bool:
    """Whether that row of the lab's file has a target; True where it cannot be told."""
    if lab.task.target not in raw.frame.columns:
        return True
    try:
        cells = raw.frame[lab.task.target]
        target = read_target(cells, options, source=raw.source, padded=raw.padded, table=raw.frame)
    except AssayError:
        return True
    return bool(target.rows[number - 1])
