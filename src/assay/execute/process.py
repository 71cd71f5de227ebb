"""A worker as the main process sees it: a pipe for jobs, a sign of its end, what it printed last."""

import os
import signal
import struct
import sys
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO, Protocol

EXIT = struct.Struct("q")
"""An exit code, or minus the signal, as the starter sends it over `ended`."""

_TAIL_BYTES = 50_000
_SAID_CHARACTERS = 4000
_END_SECONDS = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class WorkerProcess:
    """ended: gets the exit code when the process is gone. log: what the worker prints, its libraries included."""

    pid: int
    connection: Connection
    ended: Connection
    log: IO[bytes]

    def exit_code(self) -> int | None:
        """The exit code, minus the signal if it was killed; None if it still runs after a second, or nobody knows."""
        try:
            code = EXIT.unpack(self.ended.recv_bytes())[0] if self.ended.poll(_END_SECONDS) else None
        except (EOFError, OSError):  # the fork server went down with it
            return None
        return None if code is None else int(code)

    def last_output(self) -> str:
        """The end of what it printed during its last job; after a segmentation fault, the Python stack."""
        start = max(0, os.fstat(self.log.fileno()).st_size - _TAIL_BYTES)
        self.log.seek(start)
        text = self.log.read(_TAIL_BYTES).decode(errors="replace")
        fault = text.rfind("Fatal Python error")
        return text[max(fault, 0) :][:_SAID_CHARACTERS] if fault >= 0 else text[-_SAID_CHARACTERS:]

    def kill(self) -> None:
        """End it at once, with every process it started, whatever they are doing."""
        kill_group(self.pid)

    def release(self) -> None:
        """Close this process's ends of the pipes; an idle worker then ends by itself."""
        self.connection.close()
        self.ended.close()
        self.log.close()


class Starter(Protocol):
    """How workers come into being: forked from a warm server, or started afresh."""

    def fileno(self) -> int:
        """A descriptor that becomes readable when is_ready may have changed; asked only while it is False."""
        ...

    def is_ready(self) -> bool:
        """Whether `start` would answer at once, with a worker or an error."""
        ...

    def start(self) -> WorkerProcess:
        """A new worker, waiting for its orders. Raises StarterError."""
        ...

    def stop(self) -> None: ...


class StarterError(OSError):
    """No worker can be started."""


def kill_group(pid: int) -> None:
    """Kill a worker, leader of its process group, and all of that group; nothing happens if they are gone."""
    if sys.platform == "win32":  # no groups there: what the worker started may live on
        with suppress(OSError):
            os.kill(pid, signal.SIGTERM)
    else:
        with suppress(ProcessLookupError, PermissionError):  # macOS: not permitted to signal what is dead already
            os.killpg(pid, signal.SIGKILL)


def library_environment() -> dict[str, str]:
    """This process's environment with one thread for numerical libraries, which must not spin while they wait.

    Libraries read these variables while they are loaded, so they must be there before a worker's first import.
    """
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**os.environ, **one, "OMP_WAIT_POLICY": "PASSIVE"}


def import_path() -> list[str]:
    """This process's import path as another process can use it."""
    return [str(entry) or working_folder() for entry in sys.path]


def working_folder() -> str:
    """Where this process works; "" where that folder was removed."""
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return ""
