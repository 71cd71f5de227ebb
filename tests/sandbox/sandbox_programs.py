"""Programs that use the sandbox in a process of their own, for tests that kill it, or take from it what it needs."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

SLEEP = "import time\n\ndef f():\n    held = bytearray(2**27)\n    time.sleep(60)\n"
"""Known from outside by the memory that it takes."""
FILTER = """
import ctypes, errno
library = ctypes.CDLL("libseccomp.so.2")
library.seccomp_init.restype = ctypes.c_void_p
context = ctypes.c_void_p(library.seccomp_init(0x7FFF0000))
for name in {names!r}:
    number = library.seccomp_syscall_resolve_name(name.encode())
    assert library.seccomp_rule_add_array(context, ctypes.c_uint32(0x00050000 | {errno}), number, 0, None) == 0
assert library.seccomp_load(context) == 0
"""
"""As containers do: these calls fail from here on, for all that this process starts."""


def program(body: str, *, mark: str = "") -> str:
    """A program that finds what is installed here; mark: stands in the arguments of its sandboxes' processes."""
    path = [*filter(None, sys.path), *([f"/{mark}.zip"] if mark else [])]
    return f"import sys\nsys.path[:] = {path!r}\n{body}"


def without(names: tuple[str, ...], number: int, body: str) -> str:
    """A program in which these calls of the system fail with this error."""
    return FILTER.format(names=names, errno=number) + program(body)


def run(text: str) -> str:
    """What a program writes; it fails as the program does."""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def until(holds: Callable[[], bool], seconds: float) -> bool:
    """Whether it holds, at last, within some seconds."""
    clock = threading.Event()
    for _ in range(int(seconds * 100)):
        if holds():
            return True
        clock.wait(0.01)
    return holds()


def marked(mark: str) -> list[int]:
    """Processes with this mark in their arguments."""
    found = []
    for path in Path("/proc").iterdir():
        try:
            if path.name.isdigit() and int(path.name) != os.getpid() and mark in (path / "cmdline").read_text():
                found.append(int(path.name))
        except OSError:
            continue
    return found


def memory_bytes(process: int) -> int:
    """Bytes of memory that a process has in use; 0 for one that has ended."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
    except OSError:
        return 0
