"""Calls of the system that Python has no function for; each raises OSError where the system refuses."""

import ctypes
import os
import platform
from functools import cache

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = (
    1, 4, 22, 24, 36, 38,
)  # fmt: skip
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = (
    1, 2, 4, 8, 32, 4096, 16384, 1 << 18,
)  # fmt: skip
MNT_DETACH = 2
_MOUNT_SETATTR, _HERE, _RECURSIVE = 442, -100, 0x8000
_ATTR_RDONLY, _ATTR_NOSUID, _ATTR_NODEV = 1, 2, 4
NUMBERS = {
    "x86_64": {"pivot_root": 155, "capset": 126},
    "aarch64": {"pivot_root": 41, "capset": 91},
    "riscv64": {"pivot_root": 41, "capset": 91},
}
"""Numbers of the calls that differ by processor; those of Landlock (444 to 446) and unshare by libc are the same."""


@cache  # a handle of the library, which is one for a process
def libc() -> ctypes.CDLL:
    """The library of C that this process runs on."""
    return ctypes.CDLL(None, use_errno=True)


def checked(result: int, what: str) -> int:
    """The result of a call; OSError for -1."""
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def prctl(option: int, value: int) -> None:
    """OSError where it is refused."""
    checked(libc().prctl(option, ctypes.c_ulong(value), 0, 0, 0), f"prctl {option}")


def syscall(number: int, *arguments: object) -> int:
    """Any call by its number."""
    return checked(libc().syscall(ctypes.c_long(number), *arguments), f"system call {number}")


def number_of(name: str) -> int:
    """The number of a call of NUMBERS on this processor; OSError where it is not known."""
    found = NUMBERS.get(platform.machine(), {}).get(name)
    if found is None:
        raise OSError(0, f"the number of {name} is not known on {platform.machine()}")
    return found


def unshare(flags: int) -> None:
    """New namespaces for this process."""
    checked(libc().unshare(ctypes.c_int(flags)), "unshare")


def mount(source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
    """As mount(2)."""
    result = libc().mount(
        source.encode(), target.encode(), None if kind is None else kind.encode(), ctypes.c_ulong(flags), data.encode()
    )
    checked(result, f"mount {target}")


def only_readable(target: str) -> None:
    """Nothing of what is mounted there, and in it, can be written to, or be a device or a program with rights."""
    wanted = (ctypes.c_uint64 * 4)(_ATTR_RDONLY | _ATTR_NOSUID | _ATTR_NODEV, 0, 0, 0)
    syscall(
        _MOUNT_SETATTR, ctypes.c_int(_HERE), target.encode(), ctypes.c_uint(_RECURSIVE), ctypes.byref(wanted),
        ctypes.c_size_t(ctypes.sizeof(wanted)),
    )  # fmt: skip


def detach(target: str) -> None:
    """Unmount what is there, at once for all who come later."""
    checked(libc().umount2(target.encode(), ctypes.c_int(MNT_DETACH)), f"umount {target}")


def without_new_privileges() -> None:
    """From here on no program gains rights by being run; Landlock and seccomp ask for it."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)
