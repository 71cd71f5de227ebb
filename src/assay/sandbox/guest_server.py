"""The process that calls go to: it imports, locks itself in, and forks one child a call, so that each call is clean.

Started with one socket, an empty environment and nothing else (sandbox.py). What a child does to its memory ends with
it; this process runs nothing of a stranger's.
"""

import gc
import json
import os
import selectors
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from assay.core.clock import SystemClock
from assay.sandbox import guest, libc, namespaces, process_limits
from assay.sandbox.allowed_names import ONE_THREAD
from assay.sandbox.guest_imports import preloaded
from assay.sandbox.left_processes import LeftProcesses
from assay.sandbox.messages import CALL, ENDED, READY, read_request, write_answer
from assay.sandbox.protection import REFUSED, Protection, emptied, said_by
from assay.sandbox.shared_memory import SharedMemory

_MOST_DESCRIPTORS = 1_024
_MOST_SAID = 1_000
CLOCK = SystemClock()


def main(order: str) -> None:
    """Serve as the order says, JSON: socket, layers, whether sources are read, modules to import, readable folders."""
    wanted = json.loads(order)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    preloaded(wanted["preload"], is_restricted=wanted["is_restricted"])
    protection = Protection(
        frozenset(wanted["layers"]), tuple(map(Path, wanted["readable"])), process_limits.virtual_bytes()
    )
    protection.prepare()
    if protection.has("namespaces"):
        _go_on_inside(protection)
    left = LeftProcesses.watched()
    protection.lock()
    if protection.has("namespaces"):
        libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)  # a change of user would take it away
    _forget_environment()
    gc.collect()
    gc.freeze()  # a collection in a child would touch, and so copy, every page of the libraries
    _GuestServer(socket.socket(fileno=wanted["socket"]), protection, left).serve()


def _forget_environment() -> None:
    """All but that libraries use one thread: one that is imported later would start more, and cannot."""
    kept = {name: os.environ[name] for name in ONE_THREAD if name in os.environ}
    os.environ.clear()
    os.environ.update(kept)


def _go_on_inside(protection: Protection) -> None:
    """Continue as process 1 of new namespaces, or, where the system refuses them, in this process without.

    They are entered by a child, as half of them cannot be left again. The processes outside wait for the end of that
    inside, and end with it.
    """
    end_read, end_write = os.pipe()
    child = os.fork()
    if child:
        os.close(end_write)
        said = os.read(end_read, _MOST_SAID).decode()
        os.close(end_read)
        if not said:
            _end_with(child)
        os.waitpid(child, 0)
        protection.lacking["namespaces"] = said
        return
    try:
        namespaces.enter(protection.readable)
        libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
        inside = os.fork()
    except REFUSED as error:
        os.write(end_write, said_by(error).encode())
        os._exit(0)
    os.close(end_write)
    if inside:
        _end_with(inside)


def _end_with(child: int) -> None:
    with suppress(OSError):
        os.waitpid(child, 0)
    os._exit(0)


@dataclass
class _GuestServer:
    """Takes calls from the socket until it closes."""

    caller: socket.socket
    protection: Protection
    left: LeftProcesses

    def serve(self) -> None:
        body = json.dumps({"lacking": self.protection.lacking}).encode()
        self.caller.sendall(READY.pack(len(body)) + body)
        while True:
            message, descriptors, _, _ = socket.recv_fds(self.caller, CALL.size, 2)
            if len(message) < CALL.size:  # closed
                os._exit(0)
            self.caller.sendall(self._call(message, descriptors))

    def _call(self, message: bytes, descriptors: Sequence[int]) -> bytes:
        """Run a call in a child, and tell how it ended."""
        started = CLOCK.now()
        end_read, end_write = os.pipe()
        child = os.fork()
        if not child:
            self._be_guest(message, descriptors, keep=end_write)
        os.close(end_write)
        for descriptor in descriptors:
            os.close(descriptor)
        is_late = self._wait(end_read, CALL.unpack(message)[3])
        os.close(end_read)
        status, is_clean = self._end(child)
        return ENDED.pack(status, is_late, not is_clean, CLOCK.now() - started)

    def _wait(self, ending: int, seconds: float) -> bool:
        """Until the child lets go of its end of a pipe, as it does when it ends; whether it was too late.

        If the caller goes away meanwhile, so does this process.
        """
        with selectors.DefaultSelector() as selector:
            selector.register(ending, selectors.EVENT_READ)
            selector.register(self.caller, selectors.EVENT_READ)
            ready = {key.fd for key, _ in selector.select(max(seconds, 0.0))}
        if self.caller.fileno() in ready and not self.caller.recv(1, socket.MSG_PEEK):
            self.left.end()
            os._exit(0)
        return ending not in ready

    def _end(self, child: int) -> tuple[int, bool]:
        """The status of the child, which is killed if it is still there, with all that it started; and whether nothing
        of it is left.
        """
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended != child:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
        is_clean = self.left.end()
        own = self.protection.own_folder
        return status, is_clean and (own is None or emptied(own))

    def _be_guest(self, message: bytes, descriptors: Sequence[int], *, keep: int) -> None:
        """The forked side; never returns."""
        try:
            request_bytes, answer_bytes, memory_bytes, _, cpu_seconds = CALL.unpack(message)
            request, rest = read_request(memoryview(SharedMemory(descriptors[0], request_bytes).mapped()))
            out = memoryview(SharedMemory(descriptors[1], answer_bytes).mapped(writable=True))
            os.dup2(1, 2)  # to nowhere: a pipe that nobody empties would hold up who warns a lot
            os.closerange(3, keep)  # the caller, and the memory itself: it is mapped, and has no other name
            os.closerange(keep + 1, _MOST_DESCRIPTORS)
            with suppress(OSError, AttributeError):
                libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
            try:
                self.protection.confine(
                    memory_bytes=memory_bytes + request_bytes + answer_bytes, cpu_seconds=cpu_seconds
                )
            except REFUSED as error:  # ours, not the function's: nothing of it has run
                said = f"A layer of the sandbox could not be put on: {said_by(error)}."
                write_answer(out, {"reason": "code/raised", "message": said, "printed": ""}, ())
                return
            guest.answer(request, rest, out)
        finally:
            os._exit(0)
