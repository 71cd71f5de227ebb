"""Tables on disk: one .npy file per array of a block, written atomically, opened memory-mapped."""

import errno
import json
import os
from pathlib import Path

import numpy as np

from assay.core.array import AnyArray, Json, JsonObject
from assay.core.atomic_files import atomic_file
from assay.core.block import Block, registry
from assay.core.block.columns import CORE
from assay.core.errors import AssayError, LabError, Where
from assay.core.table import Table

AGAIN = "restore the lab from a copy, or start a new one"


def save_array(path: Path, array: AnyArray) -> None:
    """Write an array atomically."""
    with atomic_file(path) as temporary, temporary.open("wb") as file:
        try:
            np.lib.format.write_array(file, np.asarray(array, order="C"), allow_pickle=False)
        except OSError as error:
            if error.errno is None:  # numpy's own error for a write cut short, which does not say why it was
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from error
            raise


def load_array(path: Path) -> AnyArray:
    """A read-only, memory-mapped array; arrays without elements are read, as they cannot be mapped.

    LabError for a file that is no array, and where there is none.
    """
    if not path.exists():
        raise LabError(f"{path} is gone, which is a part of the lab's rows.", where=Where(file=str(path)), do=(AGAIN,))
    if not path.is_file():  # a pipe put there would be waited for without end
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
    """The error for a file of a lab's rows whose content is not what was written."""
    return LabError(f"{path} is damaged, or no file of a lab: {error}", where=Where(file=str(path)), do=(AGAIN,))


def save_table(folder: Path, table: Table) -> None:
    """Write every block into an existing folder."""
    layout: dict[str, Json] = {}
    for name, block in table.blocks.items():
        arrays = block.arrays()
        for key, array in arrays.items():
            save_array(_file(folder, name, key), array)
        layout[name] = {"arrays": list(arrays), "meta": block.meta()}
    (folder / "layout.json").write_text(json.dumps(layout))


def _file(folder: Path, block: str, key: str) -> Path:
    return folder / (f"{block}.npy" if key == "values" else f"{block}_{key}.npy")


def _load_block(folder: Path, name: str, *, arrays: list[str], meta: JsonObject) -> Block:
    return registry.get(name).restore(meta, {key: load_array(_file(folder, name, key)) for key in arrays})


def load_table(folder: Path) -> Table:
    """The table of a folder, its blocks memory-mapped; LabError where the folder holds no table."""
    try:
        layout = json.loads((folder / "layout.json").read_text("utf-8"))
        if lacking := sorted(CORE.keys() - layout.keys()):
            raise LookupError(f"no block {lacking[0]!r}")
        return Table({name: _load_block(folder, name, **stored) for name, stored in layout.items()})
    except AssayError:
        raise
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:  # blocks that do not fit, too
        raise damaged(folder / "layout.json", error) from error
