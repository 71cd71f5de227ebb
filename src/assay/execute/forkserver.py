"""Client of a server that imports the libraries once and then forks workers within milliseconds.

Not multiprocessing's fork server: that one is unique per program, fixes the start method, and has its children import
the user's script, which then needs a main guard. This one never touches `__main__`.
"""

import json
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Sequence
from multiprocessing import Pipe
from threading import Event, Lock
from typing import IO

from assay.execute.forking import FORK
from assay.execute.process import (
    EXIT,
    StarterError,
    WorkerProcess,
    import_path,
    library_environment,
)  # fmt: skip

_START = """
import json, sys
orders = json.loads(sys.argv[1])
sys.path[:] = orders["import_path"]
from assay.execute.forking import serve
serve(orders["socket"], orders["preload"], orders["parent"])
"""
_END_SECONDS = 0.5


class ForkServer:
    """The main process's end, which executors and threads may share; it ends with the program or at `stop`."""

    def __init__(self, preload: Sequence[str]) -> None:
        self.preload = tuple(preload)
        self.owner = os.getpid()
        self._turn = Lock()
        self._greeted = Event()
        self._is_gone = False
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by _end
        self._socket, theirs = socket.socketpair()
        setup = {
            "import_path": import_path(), "preload": self.preload, "socket": theirs.fileno(), "parent": os.getpid(),
        }  # fmt: skip
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _START, json.dumps(setup)], stdin=subprocess.DEVNULL, stdout=self._log,
                stderr=self._log, pass_fds=[theirs.fileno()], start_new_session=True, env=library_environment(),
            )  # fmt: skip
        self._end = weakref.finalize(self, _end, self._socket, self._log, self._process, self._greeted)

    def fileno(self) -> int:
        return self._socket.fileno()

    @property
    def has_ended(self) -> bool:
        return self._is_gone or self._process.poll() is not None

    def is_ready(self) -> bool:
        """Whether its imports are done, or it has ended."""
        with self._turn:
            return self._greeted.is_set() or _is_readable(self._socket)

    def start(self) -> WorkerProcess:
        """A forked worker; waits for unfinished imports. Raises StarterError when the server is gone."""
        ours, theirs = Pipe()
        ended, ending = Pipe(duplex=False)
        log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by release
        with theirs, ending:
            try:
                pid = self._fork([theirs.fileno(), ending.fileno(), log.fileno()])
            except OSError:
                for end in (ours, ended, log):
                    end.close()
                raise
        return WorkerProcess(pid, ours, ended, log)

    def stop(self) -> None:
        """End the server and all its workers."""
        self._end()

    def _fork(self, descriptors: Sequence[int]) -> int:
        with self._turn:
            if not self._greeted.is_set():
                self._receive()
                self._greeted.set()
            try:
                socket.send_fds(self._socket, [FORK], descriptors)
            except OSError as error:
                raise self._gone() from error
            pid = self._receive()
        if pid < 0:
            raise StarterError(-pid, f"No worker could be started: {os.strerror(-pid)}.")
        return pid

    def _receive(self) -> int:
        data = b""
        while len(data) < EXIT.size:
            more = self._socket.recv(EXIT.size - len(data))
            if not more:
                raise self._gone()
            data += more
        return int(EXIT.unpack(data)[0])

    def _gone(self) -> StarterError:
        self._is_gone = True  # its socket closes a moment before the system says that it ended
        self._log.seek(0)
        said = self._log.read().decode(errors="replace").strip()[-1000:]
        return StarterError(f"The server of the workers has ended. It said: {said or 'nothing'}")


def _is_readable(end: socket.socket) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(end, selectors.EVENT_READ)
        return bool(selector.select(0))


def _end(end: socket.socket, log: IO[bytes], process: "subprocess.Popen[bytes]", greeted: Event) -> None:
    """Close the socket, which ends the server and its workers; kill it if it still imports, as it has
    no workers then."""
    if not greeted.is_set() and not _is_readable(end):
        process.kill()
    end.close()
    log.close()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
