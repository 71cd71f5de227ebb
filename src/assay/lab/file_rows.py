"""Which row of its file each row of a lab is."""

import json

import numpy as np

from assay.core.array import Index
from assay.core.codec import from_json
from assay.core.errors import AssayError
from assay.data.options import TaskOptions
from assay.data.target_reading import read_target
from assay.inspect.order_in_time import as_begun
from assay.journal.source_stamp import Stamp
from assay.search.task_setup import read_source
from assay.vault.vault import vault_at
from assay.views.open_lab import OpenLab


def file_rows(lab: OpenLab) -> Index | None:
    """(n,) positions of the lab's rows among the rows of its file, as it is read; None where they cannot be known: the
    lab is of two files (--valid), or an earlier version made it and its file is gone or changed, or its vault's key is.

    Rows of the vault and rows without a target are in the file and not in the lab. Cost: the file is read again for a
    lab of an earlier version.
    """
    stored = lab.folder.file_rows
    if stored is not None:
        return stored
    stamp = Stamp.read(lab.path)
    if stamp is None or not stamp.is_unchanged:
        return None
    try:
        found = _positions(lab, stamp)
    except AssayError:
        return None
    return found if len(found) == lab.task.n_rows else None


def _positions(lab: OpenLab, stamp: Stamp) -> Index:
    options = as_begun(from_json(TaskOptions, json.loads(stamp.options)), lab.task)
    raw = read_source(stamp.path, options)
    kept = np.arange(len(raw.frame), dtype=np.int64)
    if lab.state.vault is not None:
        _, vault = vault_at(lab.path, raw, options, lab.state.vault.share, begun=True)
        if vault is not None:
            kept = np.setdiff1d(kept, vault.usable[vault.inside | vault.waiting])
    frame = raw.frame.iloc[kept].reset_index(drop=True)
    target = read_target(frame[lab.task.target], options, source=raw.source, padded=raw.padded, table=frame)
    return np.asarray(kept[np.flatnonzero(target.rows)], dtype=np.int64)
