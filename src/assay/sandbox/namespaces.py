"""Namespaces: a process with processes, network, users and files of its own (Linux)."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from assay.sandbox import libc

_FILES, _NAMES, _TALK, _USERS, _PROCESSES, _NETWORK, _GROUPS = (
    0x00020000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000, 0x02000000,
)  # fmt: skip
OWN = Path("/own")
"""The folder that a function may write to, in memory; emptied before each call."""
_OLD = Path("/.old")
OWN_BYTES, OWN_FILES = 16 * 2**20, 1_000
_INNER_USER = 1000
_NOTHING_SHARED = {
    "/proc/sys/kernel/shmmni": "0", "/proc/sys/kernel/msgmni": "0", "/proc/sys/kernel/sem": "0 0 0 0",
    "/proc/sys/fs/mqueue/queues_max": "0",
}  # fmt: skip
"""Memory, messages and locks with names, which would outlast the call that made them."""
_KEPT = {
    os.ST_NOSUID: libc.MS_NOSUID, os.ST_NODEV: libc.MS_NODEV, os.ST_NOEXEC: libc.MS_NOEXEC,
} if hasattr(os, "ST_NODEV") else {}  # fmt: skip
"""Flags of a mount that a user may not take away when it is mounted again."""


def enter(readable: Sequence[Path]) -> None:
    """Leave this machine's processes, network and files but for these folders, to be read.

    The caller has one thread. Afterwards its next child is process 1 of the new namespace: fork, and let the child
    serve. OSError where the system does not let this user.
    """
    user, group = os.geteuid(), os.getegid()
    flags = _FILES | _NAMES | _TALK | _PROCESSES | _NETWORK
    if user:
        libc.unshare(flags | _USERS)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{_INNER_USER} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{_INNER_USER} {group} 1")
    else:
        libc.unshare(flags)
    for limit, most in _NOTHING_SHARED.items():
        with suppress(OSError):  # a user may not
            Path(limit).write_text(most)
    _own_files(readable)


def _own_files(readable: Sequence[Path]) -> None:
    """A root in memory, with these folders in it, read only."""
    folders, links = _outermost(readable)
    libc.mount("none", "/", None, libc.MS_REC | libc.MS_PRIVATE)
    base = "/tmp"  # noqa: S108 - a place to mount on, which every system has; nothing is written to it
    libc.mount("assay", base, "tmpfs", libc.MS_NOSUID | libc.MS_NODEV, "size=1m,nr_inodes=4096,mode=755")
    os.chdir(base)
    Path(_OLD.name).mkdir()
    libc.syscall(libc.number_of("pivot_root"), b".", _OLD.name.encode())
    os.chdir("/")
    for folder in folders:  # from the old root, where what was in /tmp is there again
        folder.mkdir(parents=True, exist_ok=True)
        _bind(_OLD / folder.relative_to("/"), folder)
    for link, real in links:
        if not link.exists():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(real)
    OWN.mkdir()
    size = f"size={OWN_BYTES},nr_inodes={OWN_FILES},mode=777"
    libc.mount("assay", str(OWN), "tmpfs", libc.MS_NOSUID | libc.MS_NODEV | libc.MS_NOEXEC, size)
    libc.detach(str(_OLD))
    _OLD.rmdir()
    libc.mount("none", "/", None, libc.MS_REMOUNT | libc.MS_RDONLY | libc.MS_NOSUID | libc.MS_NODEV)


def _bind(source: Path, place: Path) -> None:
    """Show a folder there, and all that is mounted in it, read only."""
    libc.mount(str(source), str(place), None, libc.MS_BIND | libc.MS_REC)
    try:
        libc.only_readable(str(place))
    except OSError:  # before Linux 5.12: without what is mounted in it
        own = os.statvfs(source).f_flag
        kept = sum(flag for known, flag in _KEPT.items() if own & known)
        again = libc.MS_BIND | libc.MS_REMOUNT | libc.MS_RDONLY | libc.MS_NOSUID | libc.MS_NODEV | kept
        libc.mount("none", str(place), None, again)


def _outermost(paths: Sequence[Path]) -> tuple[list[Path], list[tuple[Path, Path]]]:
    """Each folder that lies in no other of them; and the paths that lead to one by a link, with where they lead."""
    kept: list[Path] = []
    for path in sorted({path.resolve() for path in paths if path.is_dir()}, key=lambda path: len(path.parts)):
        if not any(path.is_relative_to(one) for one in kept):
            kept.append(path)
    links = {path: real for path in paths if (real := path.resolve()) != path}
    return kept, sorted(links.items(), key=lambda link: len(link[0].parts))
