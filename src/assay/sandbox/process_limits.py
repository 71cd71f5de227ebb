"""Limits and rights of the process that runs a function: memory, time, files, processes, user."""

import ctypes
import os
import resource
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from assay.sandbox import libc

NOBODY = 65_534
_MOST_CAPABILITIES = 64
_FILES = 64
_HEADER_VERSION = 0x20080522
_STACK_BYTES = 64 * 2**20
"""Deep recursion ends in an error of Python's before the stack does."""


def virtual_bytes() -> int:
    """What this process has mapped now; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGESIZE")


def limit(*, memory_bytes: int, cpu_seconds: int, file_bytes: int) -> None:
    """Hard limits of this process, which it cannot raise again; 0 bytes of memory: none.

    Memory is address space, all mappings counted; processor seconds are whole ones, the first beyond them is the last.
    """
    wanted = {
        resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: file_bytes, resource.RLIMIT_NOFILE: _FILES,
        resource.RLIMIT_NPROC: 1, resource.RLIMIT_STACK: _STACK_BYTES,
    }  # fmt: skip
    if sys.platform == "linux":
        wanted[resource.RLIMIT_MSGQUEUE] = 0
    if memory_bytes:
        wanted[resource.RLIMIT_AS] = memory_bytes
    for which, most in wanted.items():
        _set(which, most, most)
    _set(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1)  # the first ends it by a signal that tells why


def _set(which: int, soft: int, hard: int) -> None:
    _, most = resource.getrlimit(which)
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    with suppress(OSError, ValueError):  # macOS refuses some of them; barriers.py says what holds
        resource.setrlimit(which, (soft, hard))


def become_nobody(needed: Sequence[Path]) -> None:
    """Root becomes nobody, where nobody can read what is needed."""
    if os.geteuid() == 0 and is_readable_by_all(needed):
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)


def give_up_capabilities() -> None:
    """All rights beyond those of the user, for good; without effect where there are none."""
    with suppress(OSError, AttributeError):
        for capability in range(_MOST_CAPABILITIES):
            with suppress(OSError):  # beyond the last, or not root
                libc.prctl(libc.PR_CAPBSET_DROP, capability)
        _without_capabilities()


def _without_capabilities() -> None:
    header = (ctypes.c_uint32 * 2)(_HEADER_VERSION, 0)
    none = (ctypes.c_uint32 * 6)()
    libc.syscall(libc.number_of("capset"), ctypes.byref(header), ctypes.byref(none))


def is_readable_by_all(paths: Sequence[Path]) -> bool:
    """Whether anybody can read these folders and get to them."""
    return all(map(_is_public, paths))


def _is_public(path: Path) -> bool:
    try:
        return all(part.stat().st_mode & 0o001 for part in (path, *path.parents)) and bool(path.stat().st_mode & 0o004)
    except OSError:
        return False
