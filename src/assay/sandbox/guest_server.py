"""The process that calls go to: it imports, locks itself in, and forks one child a call, so that each call is clean.

Started with one socket, an empty environment and nothing else (sandbox.py). What a child does to its memory ends with
it; this process runs nothing of a stranger's.
"""

import ctypes
import gc
import importlib
import json
import os
import selectors
import shutil
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from assay.sandbox import guest, landlock, libc, namespaces, process_limits, seccomp
from assay.sandbox.layers import Layer
from assay.sandbox.messages import CALL, ENDED, READY, read_request
from assay.sandbox.shared_memory import SharedMemory

_HOST_BYTES = 64 * 2**20
"""Room for what Python itself maps while it compiles and calls."""
_ENDED_STATUS = -1


@dataclass
class Guarded:
    """The layers that this process could put on, and why not the others."""

    wanted: frozenset[Layer]
    readable: tuple[Path, ...]
    lacking: dict[Layer, str] = field(default_factory=dict)
    filter: seccomp.Filter | None = None

    def has(self, layer: Layer) -> bool:
        return layer in self.wanted and layer not in self.lacking

    def prepare(self) -> None:
        """What needs files or a library that are out of reach later."""
        if "seccomp" in self.wanted:
            self._try("seccomp", self._compile)

    def _compile(self) -> None:
        writes = "namespaces" in self.wanted
        self.filter = seccomp.compiled(writes=writes)

    def enter_namespaces(self) -> None:
        """Before the fork of the process that serves."""
        if "namespaces" in self.wanted:
            self._try("namespaces", lambda: namespaces.enter(self.readable))

    def lock(self) -> None:
        """For good, in the process that serves."""
        if "limits" in self.wanted:
            self._try("limits", lambda: process_limits.give_up_rights(self.readable))
        if "landlock" in self.wanted or "seccomp" in self.wanted:
            with suppress(OSError, AttributeError):
                libc.without_new_privileges()
        if "landlock" in self.wanted:
            own = namespaces.OWN if self.has("namespaces") else None
            self._try("landlock", lambda: landlock.restrict(self.readable, own))

    def _try(self, layer: Layer, put_on: "object") -> None:
        try:
            put_on()  # type: ignore[operator]  # a function without arguments
        except (OSError, AttributeError) as error:  # AttributeError: a library of C without such a function
            self.lacking[layer] = getattr(error, "strerror", None) or str(error)


def main(order: str) -> None:
    """Serve as the order says, JSON: socket, layers, modules to import, readable folders."""
    wanted = json.loads(order)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in wanted["preload"]:
        with suppress(ImportError):  # who imports it hears of it, with its name
            importlib.import_module(name)
    guest.warmed()
    own_bytes = process_limits.virtual_bytes()
    guarded = Guarded(frozenset(wanted["layers"]), tuple(Path(one) for one in wanted["readable"]))
    guarded.prepare()
    guarded.enter_namespaces()
    if guarded.has("namespaces"):
        _go_on_inside()
    guarded.lock()
    os.environ.clear()
    gc.collect()
    gc.freeze()  # a collection in a child would touch, and so copy, every page of the libraries
    _Server(socket.socket(fileno=wanted["socket"]), guarded, own_bytes).serve()


def _go_on_inside() -> None:
    """Continue as process 1 of the new namespace; this one waits for its end and ends too."""
    child = os.fork()
    if child:
        with suppress(OSError):
            os.waitpid(child, 0)
        os._exit(0)
    libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)


@dataclass
class _Server:
    """Takes calls from the socket until it closes."""

    caller: socket.socket
    guarded: Guarded
    own_bytes: int

    def serve(self) -> None:
        body = json.dumps({"lacking": self.guarded.lacking}).encode()
        self.caller.sendall(READY.pack(len(body)) + body)
        while True:
            message, descriptors, _, _ = socket.recv_fds(self.caller, CALL.size, 2)
            if len(message) < CALL.size:  # closed
                os._exit(0)
            self.caller.sendall(self._call(message, descriptors))

    def _call(self, message: bytes, descriptors: Sequence[int]) -> bytes:
        """Run a call in a child, and tell how it ended."""
        if self.guarded.has("namespaces"):
            _empty(namespaces.OWN)
        started = time.monotonic()
        end_read, end_write = os.pipe()
        child = os.fork()
        if not child:
            os.close(end_read)
            self.caller.close()
            self._be_guest(message, descriptors)
        os.close(end_write)
        for descriptor in descriptors:
            os.close(descriptor)
        wall_seconds = CALL.unpack(message)[3]
        is_late = self._wait(end_read, wall_seconds)
        os.close(end_read)
        status = self._end(child)
        return ENDED.pack(status, is_late, time.monotonic() - started)

    def _wait(self, ending: int, seconds: float) -> bool:
        """Until the child lets go of its end of a pipe, as it does when it ends; whether it was too late.

        If the caller goes away meanwhile, so does this process.
        """
        with selectors.DefaultSelector() as selector:
            selector.register(ending, selectors.EVENT_READ)
            selector.register(self.caller, selectors.EVENT_READ)
            ready = {key.fd for key, _ in selector.select(max(seconds, 0.0))}
        if self.caller.fileno() in ready and not self.caller.recv(1, socket.MSG_PEEK):
            self._kill_all()
            os._exit(0)
        return ending not in ready

    def _end(self, child: int) -> int:
        """The status of the child, which is killed if it is still there, with all that it started."""
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended != child:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
        self._kill_all()
        return status

    def _kill_all(self) -> None:
        """What children left, where that can be told from others: as process 1 of a namespace."""
        if os.getpid() != 1:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.kill(-1, signal.SIGKILL)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass

    def _be_guest(self, message: bytes, descriptors: Sequence[int]) -> None:
        """The forked side; never returns."""
        try:
            request_bytes, answer_bytes, memory_bytes, _, cpu_seconds, _ = CALL.unpack(message)
            request, rest = read_request(memoryview(SharedMemory(descriptors[0], request_bytes).mapped()))
            out = memoryview(SharedMemory(descriptors[1], answer_bytes).mapped(writable=True))
            for descriptor in descriptors:
                os.close(descriptor)
            self._confine(memory_bytes + request_bytes + answer_bytes, cpu_seconds)
            guest.answer(request, rest, out)
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(0)

    def _confine(self, memory_bytes: int, cpu_seconds: float) -> None:
        if self.guarded.has("limits"):
            address_space = self.own_bytes + _HOST_BYTES + memory_bytes if self.own_bytes else 0
            process_limits.limit(
                memory_bytes=address_space, cpu_seconds=max(1, -int(-cpu_seconds // 1)),
                file_bytes=namespaces.OWN_BYTES,
            )  # fmt: skip
        if self.guarded.has("landlock"):  # a domain of its own, from which the server cannot be signalled
            own = namespaces.OWN if self.guarded.has("namespaces") else None
            landlock.restrict(self.guarded.readable, own)
        if self.guarded.filter is not None and self.guarded.has("seccomp"):
            self.guarded.filter.apply()


def _empty(folder: Path) -> None:
    for item in folder.iterdir():
        if item.is_dir() and not item.is_symlink():
            shutil.rmtree(item, ignore_errors=True)
        else:
            with suppress(OSError):
                item.unlink()


_ = ctypes  # imported here, as a child cannot any more
