"""Fitted states as files by content: JSON, .npy arrays in one .npz, native bytes. Nothing in them can run."""

import gzip
import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Mapping

import numpy as np

from assay.core.array import AnyArray
from assay.core.contract import State
from assay.core.errors import BundleError
from assay.core.recipe import canonical

HEAD, ARRAYS, BLOBS = "state.json", "arrays.npz", "native"
LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The date of every zip entry, so that equal content gives equal bytes."""
FAST = 1
"""zlib level: four times as fast as the default on forests, a tenth larger; boosters' text shrinks to 40 %."""
SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def state_key(state: State) -> str:
    """Sixteen hexadecimal digits that equal states share: SHA-256 over name, JSON, arrays and bytes."""
    digest = hashlib.sha256(canonical([state.name, state.meta]).encode())
    for name, array in sorted(state.arrays.items()):
        digest.update(f"\0{name}\0{array.dtype.str}\0{array.shape}\0".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    for name, blob in sorted(state.blobs.items()):
        digest.update(f"\0{name}\0{len(blob)}\0".encode())
        digest.update(blob)
    return digest.hexdigest()[:16]


def state_files(state: State) -> dict[str, bytes]:
    """The files of a state by their names inside its folder; ValueError if an array holds Python objects."""
    files = {HEAD: canonical({"name": state.name, "meta": state.meta}).encode()}
    if state.arrays:
        files[ARRAYS] = _pack_arrays(state.arrays)
    for name, blob in sorted(state.blobs.items()):
        if not SAFE_NAME.fullmatch(name):
            raise ValueError(f"State {state.name!r} names its bytes {name!r}, which is no file name.")
        files[f"{BLOBS}/{name}.gz"] = gzip.compress(blob, compresslevel=FAST, mtime=0)
    return files


def read_state(files: Mapping[str, bytes], *, where: str) -> State:
    """The state of such files; BundleError naming `where` if they do not hold one."""
    try:
        head = json.loads(files[HEAD])
        arrays = _unpack_arrays(files[ARRAYS]) if ARRAYS in files else {}
        native = {name.removeprefix(f"{BLOBS}/"): body for name, body in files.items() if name.startswith(f"{BLOBS}/")}
        blobs = {name.removesuffix(".gz"): gzip.decompress(body) for name, body in native.items()}
        return State(name=str(head["name"]), meta=head["meta"], arrays=arrays, blobs=blobs)
    except (KeyError, TypeError, ValueError, EOFError, OSError, zlib.error, zipfile.BadZipFile) as error:
        raise BundleError(
            f"{where} holds no fitted step or model: {error}.", do=("save the predictor again",)
        ) from error


def _pack_arrays(arrays: Mapping[str, AnyArray]) -> bytes:
    """An .npz as numpy would write it, but without its date and its reserved names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in sorted(arrays.items()):
            entry = zipfile.ZipInfo(f"{name}.npy", LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            body = io.BytesIO()
            np.lib.format.write_array(body, np.asanyarray(array), allow_pickle=False)
            archive.writestr(entry, body.getvalue(), compresslevel=FAST)
    return buffer.getvalue()


def _unpack_arrays(body: bytes) -> dict[str, AnyArray]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {
            name.removesuffix(".npy"): np.lib.format.read_array(io.BytesIO(archive.read(name)), allow_pickle=False)
            for name in archive.namelist()
        }
