"""How a guest server is started: an empty environment, no files of the working folder, folders that it may read."""

import json
import os
import signal
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

import numpy as np

from assay.core.errors import CodeError
from assay.sandbox.allowed_names import DEPENDENCIES, MODULES, ONE_THREAD
from assay.sandbox.layers import Layer

_KEPT_VARIABLES = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
"""Without these the libraries may not load, or compute wrong."""
_LAST_SECONDS = 2.0
_START = """
import json, sys
order = sys.argv[1]
sys.path[:] = json.loads(order)["import_path"]
from assay.sandbox.guest_server import main
main(order)
"""


def started(layers: frozenset[Layer], preload: Sequence[str]) -> "tuple[subprocess.Popen[bytes], socket.socket]":
    """A new server, and the socket to talk to it. CodeError where no such process can be started."""
    if not hasattr(os, "fork") or not hasattr(socket, "send_fds"):
        raise CodeError("code/no-sandbox", "This system cannot fork processes, which the sandbox is made of.")
    try:
        return _started(layers, preload)
    except OSError as error:
        raise CodeError("code/no-sandbox", f"No process could be started: {error.strerror or error}.") from error


def _started(layers: frozenset[Layer], preload: Sequence[str]) -> "tuple[subprocess.Popen[bytes], socket.socket]":
    ours, theirs = socket.socketpair()
    with ExitStack() as undone, theirs:
        undone.callback(ours.close)
        order = {
            "socket": theirs.fileno(), "layers": sorted(layers - {"language"}), "preload": list(preload),
            "is_restricted": "language" in layers,
            "import_path": _import_path(), "readable": [str(path) for path in readable_folders()],
        }  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-P", "-s", "-S", "-c", _START, json.dumps(order)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, pass_fds=[theirs.fileno()], cwd="/",
            start_new_session=True, env=_environment(),
        )  # fmt: skip
        undone.pop_all()
    return process, ours


def last_words(end: socket.socket, process: "subprocess.Popen[bytes]") -> str:
    """What a server that did not get ready said on its way; it is ended, with all of its group."""
    end.close()
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    try:
        return (process.communicate(timeout=_LAST_SECONDS)[1] or b"").decode(errors="replace").strip()
    except subprocess.TimeoutExpired:
        return ""


def ended(end: socket.socket, process: "subprocess.Popen[bytes]", owner: int) -> None:
    """End a server and all that is of its group. owner: the process that started it; a fork of that only lets go."""
    end.close()
    if owner == os.getpid():
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            process.kill()
        process.wait()
    else:
        process.returncode = 0
    if process.stderr is not None:
        process.stderr.close()


def _environment() -> dict[str, str]:
    one = dict.fromkeys(ONE_THREAD, "1")
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    # texts have the same hashes in every process, so that sets of them come in one order
    return {**kept, **one, "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}


def _import_path() -> list[str]:
    """Folders of Python's own modules, of the installed packages and of this one; never the working folder."""
    return _unique([
        *(entry for entry in sys.path if entry and Path(entry).is_absolute() and _holds_packages(Path(entry))),
        str(Path(__file__).parents[2]),
    ])  # fmt: skip


def _holds_packages(entry: Path) -> bool:
    """Python's own modules lie in one of sysconfig's folders, the others beside numpy."""
    own = [Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    own.append(Path(np.__file__).parents[1])
    return any(entry == one or entry.is_relative_to(one) for one in own) or entry.suffix == ".zip"


def readable_folders() -> tuple[Path, ...]:
    """What a guest may read: Python, the installed packages, the system's libraries."""
    named = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    system = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib"]
    return tuple(path for path in map(Path, _unique([*named, *_packages(named), *system])) if path.exists())


def _packages(named: Sequence[str]) -> Iterator[str]:
    """Folders of packages that lie elsewhere, as below a project: each alone, for the project is none of theirs."""
    around = Path(np.__file__).parents[1]
    if any(around.is_relative_to(one) for one in named):
        return
    for top in sorted(MODULES | DEPENDENCIES):
        yield from (str(path) for path in (around / top, around / f"{top}.libs") if path.is_dir())


def _unique(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))
