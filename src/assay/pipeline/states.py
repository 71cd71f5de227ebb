"""Files of states: a plain zip of JSON and .npy arrays, never a pickle."""

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZipInfo

import numpy as np

from assay.core.atomic_files import atomic_file
from assay.core.contract import State
from assay.core.errors import BundleError


def write_states(path: Path, states: Sequence[State]) -> int:
    """Write states in order, atomically; returns the size in bytes.

    Equal states give equal bytes: entries have ZipInfo's default date of 1980.
    """
    with atomic_file(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
        for i, state in enumerate(states):
            archive.writestr(ZipInfo(f"{i}/state.json"), json.dumps({"name": state.name, "meta": state.meta}))
            for key, array in state.arrays.items():
                buffer = io.BytesIO()
                np.lib.format.write_array(buffer, np.asarray(array, order="C"), allow_pickle=False)
                archive.writestr(ZipInfo(f"{i}/arrays/{key}.npy"), buffer.getvalue())
    return path.stat().st_size


def read_states(path: Path) -> tuple[State, ...]:
    """The states of a file in order; BundleError if it holds none."""
    return _read(path, slice(None))


def read_last_state(path: Path) -> State:
    """The last state of a file, the others left unread; BundleError if it holds none."""
    found = _read(path, slice(-1, None))
    if not found:
        raise BundleError(f"{path.name} holds no fitted steps.")
    return found[0]


def _read(path: Path, wanted: slice) -> tuple[State, ...]:
    try:
        if not path.is_file():  # a pipe put there would be waited for without end
            raise ValueError("it is no file" if path.exists() else "it is gone")
        with zipfile.ZipFile(path) as archive:
            members: dict[int, list[str]] = {}
            for name in archive.namelist():
                members.setdefault(int(name.split("/", 1)[0]), []).append(name)
            return tuple(_read_state(archive, i, members[i]) for i in sorted(members)[wanted])
    except (
        OSError,
        ValueError,
        LookupError,
        TypeError,
        EOFError,
        RecursionError,
        MemoryError,
        zipfile.BadZipFile,
    ) as error:
        raise BundleError(f"{path.name} holds no fitted steps: {error}.") from error


def _read_state(archive: zipfile.ZipFile, number: int, names: Sequence[str]) -> State:
    head = json.loads(archive.read(f"{number}/state.json"))
    if not isinstance(head["name"], str) or not isinstance(head["meta"], dict):
        raise ValueError("a state has no name, or no settings")
    arrays = {}
    for name in names:
        folder, _, rest = name.split("/", 1)[1].partition("/")
        if folder == "arrays":
            arrays[rest.removesuffix(".npy")] = np.lib.format.read_array(
                io.BytesIO(archive.read(name)), allow_pickle=False
            )
    return State(name=head["name"], meta=head["meta"], arrays=arrays)
