"""Landlock: the kernel refuses files outside of some folders, connections, and signals to others (Linux from 5.13).

See https://docs.kernel.org/userspace-api/landlock.html; a later version of the interface handles more rights.
"""

import ctypes
import os
from collections.abc import Sequence
from pathlib import Path

from assay.sandbox.libc import syscall

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION = 1
_PATH_BENEATH = 1
READ_FILE, READ_DIR = 1 << 2, 1 << 3
_WRITES = (1 << 1) | (1 << 4) | (1 << 5) | (1 << 7) | (1 << 8) | (1 << 13) | (1 << 14)
"""In its own folder: write to files, remove folders and files, make folders and files, move them, shorten them."""
_FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""Of files, by the first version that handles them."""
_CONNECTIONS, _CONNECTIONS_SINCE = 0b11, 4
_SCOPES, _SCOPES_SINCE = 0b11, 6
"""Abstract sockets and signals of processes outside."""


class _RulesetAttributes(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def version() -> int:
    """The version of the kernel's interface; OSError where there is none."""
    return syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION))


def restrict(readable: Sequence[Path], own: Path | None) -> None:
    """Let this process and its children read below these folders, write below `own`, and reach nothing else.

    Asks for no new privileges before. OSError where the kernel has no Landlock.
    """
    known = version()
    files = max((rights for since, rights in _FILE_RIGHTS.items() if since <= known))
    rules = _RulesetAttributes(
        files=files,
        net=_CONNECTIONS if known >= _CONNECTIONS_SINCE else 0,
        scoped=_SCOPES if known >= _SCOPES_SINCE else 0,
    )
    size = 8 if known < _CONNECTIONS_SINCE else 16 if known < _SCOPES_SINCE else 24
    ruleset = syscall(_CREATE, ctypes.byref(rules), ctypes.c_size_t(size), ctypes.c_uint32(0))
    try:
        for path in readable:
            _allow(ruleset, path, READ_FILE | READ_DIR)
        if own is not None:
            _allow(ruleset, own, (READ_FILE | READ_DIR | _WRITES) & files)
        syscall(_RESTRICT, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        allowed = rights if path.is_dir() else rights & ~READ_DIR
        rule = _Beneath(allowed=allowed, folder=descriptor)
        syscall(_ADD, ctypes.c_int(ruleset), ctypes.c_int(_PATH_BENEATH), ctypes.byref(rule), ctypes.c_uint32(0))
    finally:
        os.close(descriptor)
