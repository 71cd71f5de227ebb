"""Files by the hash of their content: written whole or not at all, never changed."""

import hashlib
from io import BytesIO
from pathlib import Path
from typing import Literal, cast

import numpy as np

from assay.core.array import AnyArray, read_only
from assay.core.atomic_files import sweep_unfinished, write_synced
from assay.core.errors import LabError, StorageError, UsageError, Where

MAPPED_BYTES = 100_000
"""Smaller files are read: setting up a mapping takes longer."""
_DO_SPACE = ("free some space", "choose another folder: --out LAB")


def storage_error(error: OSError, path: Path) -> StorageError:
    """The error of a failed write, in words: no space, no rights, no such place."""
    return StorageError(
        f"{path} cannot be written: {error.strerror or error}.",
        where=Where(file=str(path)), do=_DO_SPACE,
    )  # fmt: skip


def unknown_artifact(key: str) -> LabError:
    """The error for a key without a file."""
    return LabError(f"Artifact {key[:12]} is not in this lab: the file was deleted, or the key is of another lab.")


def array_bytes(array: AnyArray) -> bytes:
    """The array in numpy's npy format, C order, so that equal values have equal bytes; objects are refused."""
    if array.dtype.hasobject:
        raise UsageError(
            f"An array of {array.dtype} cannot be stored: only numbers, booleans and fixed-width text can."
        )
    buffer = BytesIO()
    np.save(buffer, np.asarray(array, order="C"), allow_pickle=False)
    return buffer.getvalue()


class ArtifactFolder:
    """A folder of files named `ab/abcdef….npy` by the SHA-256 of their bytes.

    A file is written under a temporary name, forced to disk, then renamed, so that a file of that name is always whole.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def put_array(self, array: AnyArray) -> str:
        return self.put_bytes(array_bytes(array), ".npy")

    def put_bytes(self, data: bytes, suffix: str = "") -> str:
        """Store bytes, once; the hexadecimal SHA-256 is their key. `suffix` is for people, e.g. ".txt"."""
        key = hashlib.sha256(data).hexdigest()
        path = self.path / key[:2] / (key + suffix)
        try:
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                write_synced(path, data)
        except OSError as error:
            raise storage_error(error, path) from error
        return key

    def array(self, key: str, *, check: bool = False) -> AnyArray:
        """The array of that key, read-only, memory-mapped where it is large; with `check` read once, its bytes hashed
        again first.
        """
        if check:
            return self._checked(key)
        path = self._find(key)
        mode: Literal["r"] | None = "r" if path.stat().st_size > MAPPED_BYTES else None
        try:
            return read_only(cast("AnyArray", np.load(path, mmap_mode=mode, allow_pickle=False)))
        except (ValueError, EOFError) as error:
            if path.stat().st_size and "empty" in str(error):  # a mapping cannot have length 0
                return read_only(cast("AnyArray", np.load(path, allow_pickle=False)))
            raise LabError(f"{path} is not an array of this lab: {error}", where=Where(file=str(path))) from error

    def _checked(self, key: str) -> AnyArray:
        data = self.bytes(key, check=True)
        try:
            return read_only(cast("AnyArray", np.load(BytesIO(data), allow_pickle=False)))
        except (ValueError, EOFError) as error:
            path = self._find(key)
            raise LabError(f"{path} is not an array of this lab: {error}", where=Where(file=str(path))) from error

    def bytes(self, key: str, *, check: bool = False) -> bytes:
        """The bytes of that key; with `check`, LabError when they are not what was stored."""
        path = self._find(key)
        data = path.read_bytes()
        if check and hashlib.sha256(data).hexdigest() != key:
            raise LabError(
                f"{path} is damaged: its content no longer has its name's hash.", where=Where(file=str(path))
            )
        return data

    def sweep_unfinished(self) -> None:
        """Delete what a killed process was writing."""
        for folder in self.path.glob("??"):
            sweep_unfinished(folder)

    def _find(self, key: str) -> Path:
        if len(key) != 64 or not key.isalnum():  # a key becomes a path: nothing else may pass
            raise unknown_artifact(key)
        usual = self.path / key[:2] / f"{key}.npy"
        if usual.is_file():  # most artifacts are arrays, and looking through a folder takes ten times as long
            return usual
        for path in (self.path / key[:2]).glob(f"{key}*"):
            if path.is_file():  # a pipe put there would be waited for without end
                return path
        raise unknown_artifact(key)
