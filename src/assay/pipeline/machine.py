"""Resources of the machine that this process may use: cores and memory, as its container allows."""

import ctypes
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np

from assay.core.clock import Clock, SystemClock

PROBE_ROWS, PROBES = 200_000, 7
PROBE_SECONDS = 0.01
"""Seconds of a probe on the idle machine on which families' costs were measured."""
_NO_LIMIT = 1 << 60
"""Control groups of version 1 say "no limit" with a number about this large."""


def cores(root: Path = Path("/")) -> int:
    """Cores this process may keep busy, at least 1: its affinity, limited by the quota of its control groups (v1, v2).

    root: location of /proc and /sys.
    """
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quotas = [quota for folder in _groups(root, "cpu") if (quota := _quota(folder)) is not None]
    return max(1, int(min([float(affinity), *quotas])))


def free_memory(root: Path = Path("/")) -> int:
    """Bytes available without swapping: on the machine, and below the limit of any control group."""
    import psutil

    left = [group for folder in _groups(root, "memory") if (group := _memory_left(folder)) is not None]
    return max(0, min([int(psutil.virtual_memory().available), *left]))


def slowness(clock: Clock | None = None) -> float:
    """Wall seconds of a probe like a booster's work, relative to the machine of the cost measurements, from 1/4 to 4;
    includes the load of other processes. Takes some 60 ms."""
    clock = clock or SystemClock()
    rng = np.random.default_rng(0)
    bins, gradients = rng.integers(0, 255, PROBE_ROWS), rng.normal(size=PROBE_ROWS)
    order = rng.permutation(PROBE_ROWS)
    seconds = []
    for _ in range(PROBES):
        start = clock.now()
        for _ in range(4):
            np.bincount(bins[order], weights=gradients[order], minlength=255)
        seconds.append(clock.now() - start)
    return min(max(median(seconds) / PROBE_SECONDS, 0.25), 4.0)


def give_memory_back() -> None:
    """Return freed memory to the system. Allocators keep it, so that a process which once held a large table would seem
    to hold it to its end."""
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:
        arrow.default_memory_pool().release_unused()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's; other libraries have none
        if trim is not None:
            trim(0)


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """Folders of the process's control group and its ancestors, for a controller, in either version."""
    listing = root / "proc/self/cgroup"
    if not listing.exists():
        return
    for line in listing.read_text().splitlines():
        _, names, path = line.split(":", 2)
        top = root / "sys/fs/cgroup"
        if names:
            if controller not in names.split(","):
                continue
            top = top / (names if (top / names).exists() else controller)
        # Inside a container the path may be the host's, and the folder seen is the group itself: the top counts too.
        inner = top / path.strip("/")
        yield from (folder for folder in (inner, *inner.parents) if folder == top or top in folder.parents)


def _quota(folder: Path) -> float | None:
    """Cores' worth of time a period, or None without a quota."""
    words = _words(folder / "cpu.max") or [
        *_words(folder / "cpu.cfs_quota_us"), *_words(folder / "cpu.cfs_period_us"),
    ]  # fmt: skip
    if len(words) != 2 or words[0] in {"max", "-1"}:
        return None
    return int(words[0]) / int(words[1])


def _memory_left(folder: Path) -> int | None:
    limit = _words(folder / "memory.max") or _words(folder / "memory.limit_in_bytes")
    used = _words(folder / "memory.current") or _words(folder / "memory.usage_in_bytes")
    if not limit or not used or limit[0] == "max" or int(limit[0]) >= _NO_LIMIT:
        return None
    words = _words(folder / "memory.stat")
    stat = dict(zip(words[::2], words[1::2], strict=False))
    cached = int(stat.get("total_inactive_file", stat.get("inactive_file", 0)))  # given back when asked for
    return int(limit[0]) - int(used[0]) + cached


def _words(file: Path) -> list[str]:
    """The words of a small file; none when it is missing or unreadable, as its limit is unknown then."""
    try:
        return file.read_text().split()
    except OSError:
        return []
