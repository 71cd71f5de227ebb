"""A guest server from outside: it is started when first needed, and again after it was ended."""

import json
import os
import signal
import socket
import subprocess
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Self

from assay.core.errors import CodeError
from assay.sandbox import guest_start
from assay.sandbox.guest_call import Asked, Called, CallLimits, Ended
from assay.sandbox.layers import Layer, keep_out
from assay.sandbox.messages import CALL, ENDED, READY
from assay.sandbox.shared_memory import SharedMemory
from assay.sandbox.wire import Value

START_SECONDS = 20.0
GRACE_SECONDS = 0.5
"""How long after a call's limit its server may take to say so, before it is ended itself."""
_MOST_SAID = 1_000


class WarmServer:
    """Processes with these layers and modules, one call after the other. lacking: layers that the machine has not."""

    def __init__(self, layers: frozenset[Layer], preload: Sequence[str], *, must_keep_out: bool = False) -> None:
        self._layers, self._preload, self._must_keep_out = layers, tuple(preload), must_keep_out
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._end: Callable[[], object] | None = None
        self._owner = 0  # a fork of this process must not share it: answers would go to either
        self.lacking: dict[Layer, str] = {}

    @property
    def process_id(self) -> int | None:
        """Of the process that was started, which all of its processes end with; None before the first call."""
        return None if self._process is None else self._process.pid

    def started(self) -> Self:
        """The same, ready for calls. CodeError where no such process can be started."""
        if self._process is not None and self._owner == os.getpid() and self._process.poll() is None:
            return self
        self.end()
        self._process, self._socket = guest_start.started(self._layers, self._preload)
        self._owner = os.getpid()
        self._end = weakref.finalize(self, guest_start.ended, self._socket, self._process, self._owner)
        try:
            self._socket.settimeout(START_SECONDS)
            size = READY.unpack(_received(self._socket, READY.size))[0]
            self.lacking = json.loads(_received(self._socket, size))["lacking"]
        except (OSError, EOFError) as error:
            said = guest_start.last_words(self._socket, self._process)[-_MOST_SAID:]
            self.end()
            raise CodeError(
                "code/no-sandbox", f"The sandbox could not be started: {said or str(error) or 'it ended'}.",
                do=("assay doctor  (says what this machine can hold)",),
            ) from error  # fmt: skip
        except BaseException:
            self.end()
            raise
        self._check_kept_out()
        return self

    def _check_kept_out(self) -> None:
        """CodeError where this very process lacks what holds strangers, as when the system runs out of namespaces."""
        if self._must_keep_out and not keep_out(self._layers - self.lacking.keys()):
            why = "; ".join(f"{layer}: {said}" for layer, said in self.lacking.items())
            self.end()
            raise CodeError(
                "code/no-sandbox", f"Files, network and other processes are not held here ({why}).",
                do=("--trust  (runs your own code without)", "assay doctor"),
            )  # fmt: skip

    def call(self, asked: Asked, arguments: Mapping[str, Value], limits: CallLimits) -> Called:
        """See Sandbox.call."""
        self.started()
        request = asked.request(arguments)
        try:
            out = SharedMemory.of_size(limits.answer_bytes)
            try:
                return self._send(request, out, limits).called(asked, out, limits)
            finally:
                out.close()
        finally:
            request.close()

    def _send(self, request: SharedMemory, out: SharedMemory, limits: CallLimits) -> Ended:
        assert self._socket is not None
        message = CALL.pack(request.n_bytes, out.n_bytes, limits.memory_bytes, limits.wall_seconds, limits.cpu_seconds)
        self._socket.settimeout(max(limits.wall_seconds, 0.0) + GRACE_SECONDS)
        try:
            socket.send_fds(self._socket, [message], [request.descriptor, out.descriptor])
            status, is_late, is_worn, seconds = ENDED.unpack(_received(self._socket, ENDED.size))
        except TimeoutError:
            self.end()
            return Ended(signal.SIGKILL, is_late=True, seconds=limits.wall_seconds)
        except (OSError, EOFError) as error:
            self.end()
            raise CodeError("code/crash", "The process that the function ran in is gone.") from error
        except BaseException:  # an interrupt between question and answer: the next answer would be taken for its
            self.end()
            raise
        if is_worn:
            self.end()
        return Ended(status, is_late=is_late, seconds=seconds)

    def end(self) -> None:
        """End the process, and all that it started."""
        if self._end is not None:
            self._end()
        self._process = self._socket = self._end = None


def _received(end: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = end.recv(size - len(data))
        if not more:
            raise EOFError
        data += more
    return data
