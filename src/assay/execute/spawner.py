"""Starter of fresh interpreters, for systems that cannot fork: each imports its libraries itself."""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Client, Connection, Listener
from threading import Event, Thread

from assay.execute.process import EXIT, StarterError, WorkerProcess, import_path, kill_group, library_environment
from assay.execute.worker import work

_START = """
import json, sys
orders = json.loads(sys.stdin.read())
sys.path[:] = orders["import_path"]
from assay.execute.spawner import join
join(orders["address"], bytes.fromhex(orders["key"]), orders["parent"])
"""


class Spawner:
    """Starts a worker in about a second. It never imports the user's script, so that no main guard is needed."""

    def fileno(self) -> int:
        raise StarterError("There is nothing to wait for: a spawner is always ready.")

    def is_ready(self) -> bool:
        return True

    def start(self) -> WorkerProcess:
        """A worker that has connected; StarterError if it ended before."""
        key = secrets.token_bytes(32)
        ended, ending = Pipe(duplex=False)
        log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by release
        with Listener(authkey=key) as listener:
            process = subprocess.Popen(
                [sys.executable, "-P", "-c", _START], stdin=subprocess.PIPE, stdout=log, stderr=log,
                env=library_environment(), start_new_session=True,
            )  # fmt: skip
            connected = Event()
            Thread(target=_wait, args=(process, ending, connected, listener.address, key), daemon=True).start()
            setup = {
                "import_path": import_path(), "address": listener.address, "key": key.hex(), "parent": os.getpid(),
            }  # fmt: skip
            assert process.stdin is not None
            with process.stdin as order_book:
                order_book.write(json.dumps(setup).encode())
            connection = listener.accept()
            connected.set()
        worker = WorkerProcess(process.pid, connection, ended, log)
        if ended.poll(0):
            raise StarterError(f"A worker ended while it started. It said: {worker.last_output() or 'nothing'}")
        return worker

    def stop(self) -> None:
        """Nothing is kept between workers."""


def _wait(process: "subprocess.Popen[bytes]", ending: Connection, connected: Event, address: str, key: bytes) -> None:
    """Report the end of the process; connect in its place if it never did, as the listener waits without limit."""
    code = process.wait()
    kill_group(process.pid)  # what it started and left behind
    with ending, suppress(OSError):  # who let go of the worker does not listen any more
        ending.send_bytes(EXIT.pack(code))
    if not connected.is_set():
        Client(address, authkey=key).close()


def join(address: str, key: bytes, parent: int) -> None:
    """The worker's side: connect to the main process and work for it."""
    work(Client(address, authkey=key), log=sys.stdout.fileno(), parent=parent)
