"""What the sandbox of this machine holds: each barrier is tried from within, and looked at from without."""

import os
import secrets
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from assay.core.errors import CodeError
from assay.sandbox.layers import BARRIERS, LAYERS, Barrier, Layer, Strength
from assay.sandbox.sandbox import CallLimits, Sandbox
from assay.sandbox.wire import Value

_LIMITS = CallLimits(wall_seconds=1.0, cpu_seconds=1.0, memory_bytes=64 * 2**20, answer_bytes=2**20)
_MOST_MEMORY = 2**30
PROBE = f"""
import os, socket, signal

def tried(*attempts):
    said = []
    for attempt in attempts:
        try:
            said.append(str(attempt()))
        except (OSError, AttributeError):
            pass
    return said

def written(path):
    with open(path, "a") as file:
        file.write("changed")

def connected(family, kind, address):
    with socket.socket(family, kind) as one:
        one.settimeout(0.1)
        one.connect(address)
        one.send(b"out")
    return "connected"

def forked():
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    return "forked"

def files(canary, folder):
    return tried(lambda: open(canary).read(), lambda: os.listdir(folder), lambda: written(canary),
                 lambda: written(folder + "/new"))

def network(tcp, udp, abstract):
    return tried(lambda: connected(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", tcp)),
                 lambda: connected(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", udp)),
                 lambda: abstract and connected(socket.AF_UNIX, socket.SOCK_STREAM, abstract))

def processes(caller):
    return tried(forked, lambda: os.kill(caller, 0) or "signalled")

def strike():
    return tried(lambda: os.kill(os.getppid(), signal.SIGKILL) or "sent")

def memory():
    held = []
    try:
        for _ in range({_MOST_MEMORY} // 2**26):
            held.append(bytes(2**26))
    except MemoryError:
        return len(held)
    return -1
"""
"""Functions that try to get out; what each could do is its value."""


def strength(layers: frozenset[Layer] = frozenset(LAYERS)) -> Strength:
    """What these layers hold here, tried with sources that nobody read, as the reading is no barrier of this kind.

    A barrier that could not be tried does not hold. Takes some tenths of a second.
    """
    with Sandbox(layers - {"language"}) as sandbox:
        try:
            lacking = sandbox.lacking()
        except CodeError as error:
            return Strength(layers=(), holds=(), lacking=tuple((layer, error.message) for layer in LAYERS))
        return Strength(
            layers=tuple(layer for layer in LAYERS if layer in layers and layer not in lacking),
            holds=tuple(barrier for barrier in BARRIERS if _holds(sandbox, _TRIALS[barrier])),
            lacking=tuple(lacking.items()),
        )


def _holds(sandbox: Sandbox, trial: "Callable[[Sandbox], bool]") -> bool:
    try:
        return trial(sandbox)
    except (CodeError, OSError):
        return False


def _asked(sandbox: Sandbox, function: str, arguments: Mapping[str, Value] | None = None) -> Value:
    return sandbox.call(PROBE, function, arguments or {}, name="probe.py", limits=_LIMITS).value


def _holds_files(sandbox: Sandbox) -> bool:
    with tempfile.TemporaryDirectory(prefix="assay-") as place:
        folder, secret = Path(place), secrets.token_hex(16)
        canary = folder / secret
        canary.write_text(secret)
        folder.chmod(0o777)  # so that no other user is kept out by the rights of files alone
        canary.chmod(0o666)
        read = _asked(sandbox, "files", {"canary": str(canary), "folder": place})
        return read == [] and canary.read_text() == secret and [*folder.iterdir()] == [canary]


@dataclass(frozen=True)
class _Listeners:
    """Open ends of this process, on loopback and, on Linux, by an abstract name."""

    tcp: socket.socket
    udp: socket.socket
    abstract: socket.socket | None

    @classmethod
    @contextmanager
    def open(cls) -> "Iterator[_Listeners]":
        with (
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
            socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as unix,
        ):
            tcp.bind(("127.0.0.1", 0))
            udp.bind(("127.0.0.1", 0))
            if sys.platform == "linux":
                unix.bind("\0assay-" + secrets.token_hex(16))
                unix.listen()
            tcp.listen()
            for one in (tcp, udp, unix):
                one.setblocking(False)
            yield cls(tcp, udp, unix if sys.platform == "linux" else None)

    @property
    def addresses(self) -> dict[str, Value]:
        name = "" if self.abstract is None else self.abstract.getsockname().decode()
        return {"tcp": self.tcp.getsockname()[1], "udp": self.udp.getsockname()[1], "abstract": name}

    @property
    def was_reached(self) -> bool:
        for listener in filter(None, (self.tcp, self.abstract)):
            with suppress(BlockingIOError):
                listener.accept()[0].close()
                return True
        with suppress(BlockingIOError):
            self.udp.recv(1)
            return True
        return False


def _holds_network(sandbox: Sandbox) -> bool:
    with _Listeners.open() as listeners:
        return _asked(sandbox, "network", listeners.addresses) == [] and not listeners.was_reached


def _holds_processes(sandbox: Sandbox) -> bool:
    """No process of its own, no signal to the caller, and none that ends its server."""
    server = sandbox.process_ids()
    is_quiet = _asked(sandbox, "processes", {"caller": os.getpid()}) == []
    _asked(sandbox, "strike")
    return is_quiet and _asked(sandbox, "memory") is not None and sandbox.process_ids() == server


def _holds_memory(sandbox: Sandbox) -> bool:
    held = _asked(sandbox, "memory")
    return isinstance(held, int) and 0 <= held * 2**26 < _MOST_MEMORY


_TRIALS: Mapping[Barrier, Callable[[Sandbox], bool]] = {
    "files": _holds_files, "network": _holds_network, "processes": _holds_processes, "memory": _holds_memory,
}  # fmt: skip
