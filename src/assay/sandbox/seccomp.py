"""Seccomp: the kernel answers the calls on a list and refuses all others, by a filter that libseccomp compiles."""

import ctypes
import errno
import fcntl
import os
from dataclasses import dataclass
from functools import cache

from assay.sandbox.libc import checked, libc

_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_SET_MODE_FILTER = 2
_PR_SET_SECCOMP = 22
_EQUAL, _MASKED = 4, 7
_UNKNOWN = -1

ANYWAY = (
    "read", "readv", "pread64", "preadv", "write", "writev", "pwrite64", "close", "fstat", "newfstatat", "fstatat64",
    "stat", "lstat", "statx", "access", "faccessat", "faccessat2", "lseek", "munmap", "mprotect", "mremap", "madvise",
    "brk", "getdents64", "readlink", "readlinkat", "getcwd", "dup", "poll", "ppoll", "select", "pselect6", "futex",
    "nanosleep", "clock_nanosleep", "clock_gettime", "clock_getres", "gettimeofday", "time", "getrandom",
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "getpid", "gettid", "getppid", "getuid",
    "geteuid", "getgid", "getegid", "getrusage", "getrlimit", "ugetrlimit", "times", "uname", "sched_yield",
    "sched_getaffinity",
    "set_robust_list", "get_robust_list", "rseq", "arch_prctl", "exit", "exit_group", "membarrier", "mmap",
    "restart_syscall", "fadvise64",
)  # fmt: skip
"""What Python and numpy need to compute. Not among them: processes and threads, sockets, signals to others, devices,
mounts, namespaces, keys, tracing, shared memory, changes of limits and users."""
OWN_FOLDER = (
    "ftruncate", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir", "rename", "renameat", "renameat2", "fsync",
)  # fmt: skip
"""Where the process has a folder of its own."""
_DUPLICATE, _DUPLICATE_CLOSING = 0, 1030
DESCRIPTOR_COMMANDS = (_DUPLICATE, fcntl.F_GETFD, fcntl.F_SETFD, fcntl.F_GETFL, _DUPLICATE_CLOSING)
"""Of fcntl: others send signals to any process, when a file changes."""


class _CallCondition(ctypes.Structure):
    _fields_ = (("place", ctypes.c_uint), ("how", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


@dataclass(frozen=True, slots=True)
class Filter:
    """A compiled filter, instructions of eight bytes."""

    program: bytes

    def apply(self) -> None:
        """To this thread, for good; asks for no new privileges before."""
        buffer = ctypes.create_string_buffer(self.program, len(self.program))
        program = _Program(len(self.program) // 8, ctypes.addressof(buffer))
        checked(libc().prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_SET_MODE_FILTER), ctypes.byref(program), 0, 0), "seccomp")


@cache  # a handle of the library, which is one for a process
def _library() -> ctypes.CDLL:
    try:
        found = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    except OSError as error:
        raise OSError(errno.ENOENT, "the library libseccomp is not installed") from error
    found.seccomp_init.restype = ctypes.c_void_p
    return found


def load() -> None:
    """Find the library, while files can be read; OSError where it is not installed."""
    _library()


def compiled(*, writes: bool) -> Filter:
    """The filter of the lists above; OSError where libseccomp is not there. writes: whether there is an own folder.

    Without one, files are opened for reading only, so that the list alone keeps the disk as it is.
    """
    library = _library()
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(_REFUSE | errno.EPERM)))
    if not context:
        raise OSError(errno.EINVAL, "libseccomp makes no filter on this machine")
    try:
        for name in (*ANYWAY, *(OWN_FOLDER if writes else ())):
            _allow(library, context, name)
        for command in DESCRIPTOR_COMMANDS:
            _allow(library, context, "fcntl", _CallCondition(1, _EQUAL, command, 0))
        _allow_openings(library, context, writes=writes)
        # of this process's limits it may read, not set: the last but one argument is a null pointer then
        _allow(library, context, "prlimit64", _CallCondition(2, _EQUAL, 0, 0))
        return Filter(_exported(library, context))
    finally:
        library.seccomp_release(context)


def _allow_openings(library: ctypes.CDLL, context: ctypes.c_void_p, *, writes: bool) -> None:
    if writes:
        _allow(library, context, "open")
        _allow(library, context, "openat")
        return
    changing = os.O_ACCMODE | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    _allow(library, context, "open", _CallCondition(1, _MASKED, changing, os.O_RDONLY))
    _allow(library, context, "openat", _CallCondition(2, _MASKED, changing, os.O_RDONLY))


def _allow(library: ctypes.CDLL, context: ctypes.c_void_p, name: str, *conditions: _CallCondition) -> None:
    number = library.seccomp_syscall_resolve_name(name.encode())
    if number == _UNKNOWN:  # another processor does without it
        return
    array = (_CallCondition * max(len(conditions), 1))(*conditions)
    result = library.seccomp_rule_add_array(
        context, ctypes.c_uint32(_ALLOW), ctypes.c_int(number), ctypes.c_uint(len(conditions)), array
    )
    if result and number >= 0:
        raise OSError(-result, f"libseccomp takes no rule for {name}")


def _exported(library: ctypes.CDLL, context: ctypes.c_void_p) -> bytes:
    read, write = os.pipe()
    try:
        result = library.seccomp_export_bpf(context, ctypes.c_int(write))
        os.close(write)
        write = -1
        if result:
            raise OSError(-result, "libseccomp cannot compile the filter")
        parts = []
        while part := os.read(read, 65_536):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(read)
        if write >= 0:
            os.close(write)
