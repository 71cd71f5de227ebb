"""A worker process as seen from the main process: its pipe for jobs, its exit code, its last output."""

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
    """ended: receives the exit code when the process is gone. log: output of the worker and its libraries."""

    pid: int
    connection: Connection
    ended: Connection
    log: IO[bytes]

    def exit_code(self) -> int | None:
        """The exit code, minus the signal if it was killed; None if it still runs after a second, or is unknown."""
        try:
            code = EXIT.unpack(self.ended.recv_bytes())[0] if self.ended.poll(_END_SECONDS) else None
        except (EOFError, OSError):  # the fork server went down with it
            return None
        return None if code is None else int(code)

    def last_output(self) -> str:
        """The end of its output during its last job; after a segmentation fault, the Python stack."""
        start = max(0, os.fstat(self.log.fileno()).st_size - _TAIL_BYTES)
        self.log.seek(start)
        text = self.log.read(_TAIL_BYTES).decode(errors="replace")
        fault = text.rfind("Fatal Python error")
        return text[max(fault, 0) :][:_SAID_CHARACTERS] if fault >= 0 else text[-_SAID_CHARACTERS:]

    def kill(self) -> None:
        """Kill it and every process it started."""
        kill_group(self.pid)

    def release(self) -> None:
        """Close this process's ends of the pipes; an idle worker then ends by itself."""
        self.connection.close()
        self.ended.close()
        self.log.close()


class Starter(Protocol):
    """Creates workers: forked from a warm server, or as fresh processes."""

    def fileno(self) -> int:
        """A descriptor that becomes readable when is_ready may have changed; used only while it is False."""
        ...

    def is_ready(self) -> bool:
        """Whether `start` would return at once, with a worker or an error."""
        ...

    def start(self) -> WorkerProcess:
        """A new worker, waiting for its setup. Raises StarterError."""
        ...

    def stop(self) -> None: ...


class StarterError(OSError):
    """No worker can be started."""


def kill_group(pid: int) -> None:
    """Kill a worker, leader of its process group, and the whole group; no effect if they are gone."""
    if sys.platform == "win32":  # no groups there: what the worker started may live on
        with suppress(OSError):
            os.kill(pid, signal.SIGTERM)
    else:
        with suppress(ProcessLookupError, PermissionError):  # macOS: not permitted to signal what is dead already
            os.killpg(pid, signal.SIGKILL)


def library_environment() -> dict[str, str]:
    """This process's environment with one thread for numerical libraries, which must not spin while they wait.

    Libraries read these variables when loaded, so they must be set before a worker's first import.
    """
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**os.environ, **one, "OMP_WAIT_POLICY": "PASSIVE"}


def import_path() -> list[str]:
    """This process's import path in a form that other processes can use."""
    return [str(entry) or working_folder() for entry in sys.path]


def working_folder() -> str:
    """This process's working folder; "" if it was removed."""
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return ""
