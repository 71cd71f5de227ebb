"""Tables on disk: one .npy file a block, written under another name and renamed, opened memory-mapped."""

import errno
import json
import os
from pathlib import Path

import numpy as np

from assay.core.array import AnyArray, Objects
from assay.core.atomic_files import atomic_file
from assay.core.errors import LabError, Where
from assay.core.strings import Strings
from assay.core.table import Sparse, Table

BLOCKS = ("numeric", "codes", "dates")
STRINGS = ("codes", "ends", "pool")
AGAIN = "restore the lab from a copy, or start a new one"
TEXT_FORM = ("utf-8", "surrogatepass")
"""Half of a surrogate pair is a legal str, and turns up in scraped texts."""


def save_array(path: Path, array: AnyArray) -> None:
    """Write an array so that no reader ever sees half of it."""
    with atomic_file(path) as temporary, temporary.open("wb") as file:
        try:
            np.lib.format.write_array(file, np.asarray(array, order="C"), allow_pickle=False)
        except OSError as error:
            if error.errno is None:  # numpy's own error for a write cut short, which does not say why it was
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from error
            raise


def load_array(path: Path) -> AnyArray:
    """A read-only, memory-mapped array; arrays without elements are read, as they cannot be mapped.

    LabError for a file that holds none, FileNotFoundError where there is none.
    """
    if path.exists() and not path.is_file():  # a pipe put there would be waited for without end
        raise LabError(f"{path} is no file of a lab.", where=Where(file=str(path)), do=(AGAIN,))
    try:
        array: AnyArray = np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError:
        array = _read_whole(path)
    except EOFError as error:
        raise damaged(path, error) from error
    return array


def _read_whole(path: Path) -> AnyArray:
    try:
        array: AnyArray = np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise damaged(path, error) from error
    return array


def damaged(path: Path, error: Exception) -> LabError:
    """The error for a file of a lab's rows that does not hold what was written."""
    return LabError(f"{path} is damaged, or no file of a lab: {error}", where=Where(file=str(path)), do=(AGAIN,))


def _save_text(folder: Path, text: Objects) -> None:
    cells = [str(cell).encode(*TEXT_FORM) for cell in text.ravel()]
    ends = np.cumsum([len(cell) for cell in cells], dtype=np.int64)
    save_array(folder / "text_ends.npy", ends)
    save_array(folder / "text_bytes.npy", np.frombuffer(b"".join(cells), dtype=np.uint8))


def _load_text(folder: Path, shape: tuple[int, int]) -> Objects:
    out = np.empty(shape, dtype=np.object_)
    if not out.size:
        return out
    ends, blob = np.load(folder / "text_ends.npy"), np.load(folder / "text_bytes.npy").tobytes()
    starts = np.concatenate([[0], ends[:-1]])
    cells = [blob[a:b].decode(*TEXT_FORM) for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
    flat = np.empty(len(cells), dtype=np.object_)
    flat[:] = cells
    return flat.reshape(shape)


def save_table(folder: Path, table: Table) -> None:
    """Write every block and the names into an existing folder."""
    for name in BLOCKS:
        save_array(folder / f"{name}.npy", getattr(table, name))
    if table.text.size:
        _save_text(folder, table.text)
    if table.sparse is not None:
        for part in ("data", "indices", "indptr"):
            save_array(folder / f"sparse_{part}.npy", getattr(table.sparse, part))
    if table.strings is not None:
        for part in STRINGS:
            save_array(folder / f"strings_{part}.npy", getattr(table.strings, part))
    if table.moment is not None:
        save_array(folder / "moment.npy", table.moment)
    layout = {
        "n_rows": table.n_rows,
        "numeric": table.numeric_names, "codes": table.code_names, "dates": table.date_names,
        "text": table.text_names, "levels": table.levels,
        "sparse_columns": None if table.sparse is None else table.sparse.n_columns,
        "strings": () if table.strings is None else table.strings.names, "moment": table.moment is not None,
    }  # fmt: skip
    (folder / "layout.json").write_text(json.dumps(layout))


def _load_strings(folder: Path, names: tuple[str, ...]) -> Strings | None:
    if not names:
        return None
    codes, ends, pool = (load_array(folder / f"strings_{part}.npy") for part in STRINGS)
    return Strings(codes, names, ends, pool)


def load_table(folder: Path) -> Table:
    """The table of a folder, its blocks memory-mapped; LabError where what lies there is none."""
    try:
        return _table(folder)
    except LabError:
        raise
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:  # blocks that do not fit, too
        raise damaged(folder / "layout.json", error) from error


def _table(folder: Path) -> Table:
    layout = json.loads((folder / "layout.json").read_text("utf-8"))
    sparse = None
    if layout["sparse_columns"] is not None:
        data, indices, indptr = (load_array(folder / f"sparse_{part}.npy") for part in ("data", "indices", "indptr"))
        sparse = Sparse(data, indices, indptr, layout["sparse_columns"])
    return Table(
        numeric=load_array(folder / "numeric.npy"),
        codes=load_array(folder / "codes.npy"),
        dates=load_array(folder / "dates.npy"),
        text=_load_text(folder, (layout["n_rows"], len(layout["text"]))),
        numeric_names=tuple(layout["numeric"]),
        code_names=tuple(layout["codes"]),
        date_names=tuple(layout["dates"]),
        text_names=tuple(layout["text"]),
        levels=tuple(layout["levels"]),
        sparse=sparse,
        strings=_load_strings(folder, tuple(layout.get("strings", ()))),  # tables of versions before have none
        moment=load_array(folder / "moment.npy") if layout.get("moment") else None,
    )
