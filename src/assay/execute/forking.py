"""The fork server process: imports once, forks on request, reports exits, and holds no data."""

import gc
import importlib
import os
import selectors
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from threading import Event, Thread

from assay.execute.process import EXIT, kill_group
from assay.execute.worker import work

FORK = b"f"
"""The only request; it carries three descriptors: the worker's pipe, the pipe for its exit code, its log."""

_PARENT_CHECK_SECONDS = 0.5


def serve(descriptor: int, preload: Sequence[str], parent: int) -> None:
    """Import, report readiness, then fork on request, until the process `parent` ends or closes the socket."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with _ending_with(parent):
        for name in preload:
            try:
                importlib.import_module(name)
            except ImportError as error:  # a job that needs it fails with the same error, which names it
                sys.stderr.write(f"{name} could not be imported: {error}\n")
    gc.collect()
    gc.freeze()  # a later collection in a worker would touch, and so copy, every page of the libraries
    _ForkLoop(socket.socket(fileno=descriptor), parent).loop()


@contextmanager
def _ending_with(parent: int) -> Iterator[None]:
    """End this process if its parent ends, also during imports. The thread is over before the first fork."""
    done = Event()

    def watch() -> None:
        while not done.wait(_PARENT_CHECK_SECONDS):
            if os.getppid() != parent:
                os._exit(1)

    thread = Thread(target=watch, daemon=True)
    thread.start()
    yield
    done.set()
    thread.join()


class _ForkLoop:
    """The server's loop; `_ending` maps each living worker to the pipe for its exit code."""

    def __init__(self, main: socket.socket, parent: int) -> None:
        self._main = main
        self._parent = parent
        self._pid = os.getpid()
        self._ending: dict[int, Connection] = {}
        self._signal_read, self._signal_write = os.pipe()
        os.set_blocking(self._signal_read, False)
        os.set_blocking(self._signal_write, False)

    def loop(self) -> None:
        """Serve; never returns."""
        signal.signal(signal.SIGCHLD, lambda *_: None)  # a handler, so that the descriptor below is written to
        signal.set_wakeup_fd(self._signal_write, warn_on_full_buffer=False)
        with selectors.DefaultSelector() as selector:
            selector.register(self._main, selectors.EVENT_READ)
            selector.register(self._signal_read, selectors.EVENT_READ)
            self._say(self._pid)
            while os.getppid() == self._parent:
                ready = {key.fd for key, _ in selector.select(_PARENT_CHECK_SECONDS)}
                if self._signal_read in ready:
                    os.read(self._signal_read, 4096)
                    self._report_ended()
                if self._main.fileno() in ready:
                    self._answer()
        self._leave()

    def _say(self, number: int) -> None:
        self._main.sendall(EXIT.pack(number))

    def _answer(self) -> None:
        message, descriptors, _, _ = socket.recv_fds(self._main, len(FORK), 3)
        if message != FORK:  # closed
            self._leave()
        pipe, ending, log = descriptors
        try:
            pid = os.fork()
        except OSError as error:
            os.close(ending)
            self._say(-(error.errno or 1))
        else:
            if pid == 0:
                self._become_worker(pipe, ending, log)
            os.setpgid(pid, pid)  # here too: whoever learns the pid may kill its group at once
            self._ending[pid] = Connection(ending, readable=False)
            self._say(pid)
        os.close(pipe)
        os.close(log)

    def _become_worker(self, pipe: int, ending: int, log: int) -> None:
        """The forked side; never returns."""
        code = 1
        try:
            os.setpgid(0, 0)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            for descriptor in (self._signal_read, self._signal_write, ending):
                os.close(descriptor)
            for other in self._ending.values():
                other.close()
            self._main.close()
            work(Connection(pipe), log=log, parent=self._pid)
            code = 0
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(code)

    def _report_ended(self) -> None:
        while self._ending:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            kill_group(pid)  # what the worker started and left behind
            ending = self._ending.pop(pid)
            try:
                ending.send_bytes(EXIT.pack(os.waitstatus_to_exitcode(status)))
            except BrokenPipeError:  # the main process killed it and does not ask any more
                pass
            finally:
                ending.close()

    def _leave(self) -> None:
        """End with all workers, skipping the interpreter's shutdown, which is slow after many imports."""
        for pid in self._ending:
            kill_group(pid)
        os._exit(0)
