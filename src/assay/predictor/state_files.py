"""Content-addressed files of fitted states: JSON, and .npy arrays in one .npz. Nothing is executed."""

import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from tokenize import TokenError
from typing import IO, Any

import numpy as np

from assay.core.array import AnyArray
from assay.core.contract import State
from assay.core.errors import BundleError
from assay.core.recipe import canonical

HEAD, ARRAYS = "state.json", "arrays.npz"
LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The date of every zip entry, so that equal content gives equal bytes."""
FAST = 1
"""zlib level: four times as fast as the default on forests, a tenth larger."""
RATIO = 20
"""Limit of the compression ratio; content that compresses better is written uncompressed."""
FREE_BYTES = 64 * 2**20
"""Unpacked bytes allowed for any bundle, however small."""
MOST_UNPACKED = 8 * 2**30
"""Unpacked bytes that no bundle may exceed."""
UNREADABLE = (
    LookupError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError, MemoryError, EOFError, OSError,
    RuntimeError, SyntaxError, TokenError, zlib.error, zipfile.BadZipFile, re.error,
)  # fmt: skip
"""Exceptions of the readers of JSON, zip files and arrays for malformed bytes."""
MOST_SAID = 300
"""Characters of an error that are shown, as it may quote untrusted bytes."""


def read_json(body: bytes) -> Any:
    """JSON as written here: ValueError for NaN and infinity, which Python's reader accepts."""
    return json.loads(body, parse_constant=_no_number)


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def brief(error: Exception) -> str:
    """An error's message, cut, without its final full stop."""
    said = str(error).rstrip(".")
    return said if len(said) <= MOST_SAID else f"{said[:MOST_SAID]}…"


def unpackable(packed: int, *, floor: int = FREE_BYTES) -> int:
    """Number of bytes that this many packed ones may unpack to."""
    return min(floor + RATIO * packed, MOST_UNPACKED)


@dataclass(slots=True, eq=False)
class Allowance:
    """Remaining bytes that may be unpacked; shared by all states of a bundle."""

    left: int

    @classmethod
    def of(cls, packed: int, *, floor: int = FREE_BYTES) -> "Allowance":
        return cls(unpackable(packed, floor=floor))

    def read(self, packed: IO[bytes]) -> bytes:
        """The whole stream; ValueError when it exceeds what is left."""
        body = packed.read(self.left + 1)
        if len(body) > self.left:
            raise ValueError(f"it unpacks to more than {self.left:,} bytes")
        self.left -= len(body)
        return body


def state_key(state: State) -> str:
    """Sixteen hexadecimal digits that equal states share: SHA-256 over name, JSON and arrays."""
    digest = hashlib.sha256(canonical([state.name, state.meta]).encode())
    for name, array in sorted(state.arrays.items()):
        digest.update(f"\0{name}\0{array.dtype.str}\0{array.shape}\0".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]


def state_files(state: State) -> dict[str, bytes]:
    """The files of a state by their names within its folder; ValueError if an array holds Python objects."""
    files = {HEAD: canonical({"name": state.name, "meta": state.meta}).encode()}
    if state.arrays:
        files[ARRAYS] = _pack_arrays(state.arrays)
    return files


def read_state(files: Mapping[str, bytes], *, where: str, allowance: Allowance | None = None) -> State:
    """The state of such files; BundleError naming `where` if they hold none, or unpack to more than allowed.

    allowance: None: by the size of the files.
    """
    allowance = allowance or Allowance.of(sum(map(len, files.values())))
    try:
        head = read_json(files[HEAD])
        if not isinstance(head["meta"], dict):
            raise ValueError(f"its meta is {head['meta']!r} and no object")
        arrays = _unpack_arrays(files[ARRAYS], allowance) if ARRAYS in files else {}
        return State(name=str(head["name"]), meta=head["meta"], arrays=arrays)
    except UNREADABLE as error:
        raise BundleError(
            f"{where} holds no fitted step or model: {brief(error)}.", do=("save the predictor again",)
        ) from error


def _pack_arrays(arrays: Mapping[str, AnyArray]) -> bytes:
    """An .npz as numpy would write it, but without its date and its reserved names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in sorted(arrays.items()):
            entry = zipfile.ZipInfo(f"{name}.npy", LONG_AGO)
            body = io.BytesIO()
            np.lib.format.write_array(body, np.asanyarray(array), allow_pickle=False)
            plain = len(body.getvalue()) > RATIO * len(zlib.compress(body.getvalue(), FAST))
            entry.compress_type = zipfile.ZIP_STORED if plain else zipfile.ZIP_DEFLATED
            archive.writestr(entry, body.getvalue(), compresslevel=FAST)
    return buffer.getvalue()


def _unpack_arrays(body: bytes, allowance: Allowance) -> dict[str, AnyArray]:
    arrays = {}
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        for name in archive.namelist():
            with archive.open(name) as opened:
                arrays[name.removesuffix(".npy")] = _array(allowance.read(opened))
    return arrays


def _array(body: bytes) -> AnyArray:
    """The array of a .npy file; ValueError, before any allocation, if its header does not fit its size."""
    stream = io.BytesIO(body)
    version: tuple[int, int] = np.lib.format.read_magic(stream)
    readers: dict[tuple[int, int], Any] = {
        (1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0,
    }  # fmt: skip
    if version not in readers:
        raise ValueError(f"its arrays are of the unknown version {version}")
    shape, _, dtype = readers[version](stream)
    if dtype.hasobject:
        raise ValueError("its arrays hold Python objects")
    if min(shape, default=0) < 0 or prod(shape) * dtype.itemsize != len(body) - stream.tell():
        raise ValueError(f"its array of shape {shape} has other bytes than that")
    stream.seek(0)
    return np.asarray(np.lib.format.read_array(stream, allow_pickle=False))
