"""What there is to reach around a sandbox, and whether an attack has reached it, seen from outside."""

import ctypes
import os
import resource
import secrets
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from attack import Attack

from assay.core.errors import CodeError
from assay.sandbox.sandbox import Called, CallLimits, Sandbox

CLEAN = """
import json
import numpy as np

def look(x):
    return [float(np.sum(x)), len(json.dumps([1, 2])), 1 + 1, np.add(2, 2).item(), float(sum([1.5, 2]))]
"""
CLEAN_AND_EMPTY = (
    CLEAN.replace("look(", "looked(")
    + """
def look(x):
    import os, signal
    assert os.path.isdir('/own') is False or os.listdir('/own') == []
    assert signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL
    return looked(x)
"""
)
KEEP = "def keep(y):\n    return len(y)\n"
GONE_SECONDS = 1.0
"""How long after its limit a call may take, and how long until all that it started is gone."""
MEMORY = 2**28


@dataclass(eq=False)
class Scene:
    """Files, listeners and memory of this process, and sandboxes whose processes can be told from others."""

    place: Path
    token: str = field(default_factory=lambda: "assay" + secrets.token_hex(6))
    secret: str = field(default_factory=lambda: secrets.token_hex(16))
    sandboxes: dict[frozenset[str], Sandbox] = field(default_factory=dict)
    signals: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder = self.place / "folder"
        self.own = self.place / "own"
        self.canary = self.folder / "canary"
        self.memory = ctypes.create_string_buffer(self.secret.encode(), 64)
        self.labels = np.array([f"{self.token}:{self.secret}"] * 50, dtype=object)
        self.x = np.arange(12.0)
        self.listeners = [socket.socket(socket.AF_INET), socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)]
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.unix = str(self.place / "unix")
        addresses = (("127.0.0.1", 0), "\0" + self.token, self.unix)
        for one, address in zip(self.listeners, addresses, strict=True):
            one.bind(address)
            one.listen()
        self.udp.bind(("127.0.0.1", 0))
        for one in (*self.listeners, self.udp):
            one.setblocking(False)
        Path(self.unix).chmod(0o777)

    def close(self) -> None:
        for sandbox in self.sandboxes.values():
            sandbox.close()
        for one in (*self.listeners, self.udp):
            one.close()

    def sandbox(self, layers: frozenset[str]) -> Sandbox:
        if layers not in self.sandboxes:
            self.sandboxes[layers] = Sandbox(layers)
        return self.sandboxes[layers]

    def goal(self, layers: frozenset[str]) -> dict[str, object]:
        own = "/own" if "namespaces" in layers else str(self.own)
        return {
            "canary": str(self.canary), "folder": str(self.folder), "own": own, "token": self.token, "key": self.key,
            "marker": self.token, "tcp": self.listeners[0].getsockname()[1], "udp": self.udp.getsockname()[1],
            "abstract": "\0" + self.token, "unix": self.unix, "parent": os.getpid(),
            "address": ctypes.addressof(self.memory),
        }  # fmt: skip

    @property
    def key(self) -> int:
        return int(self.token[5:12], 16)

    def harm(self, attack: Attack, layers: frozenset[str]) -> list[str]:
        """What an attack did to whom it should not reach; and whether the next call is clean. Empty: it was held."""
        self._set_up()
        sandbox = self.sandbox(layers)
        sandbox.call(KEEP, "keep", {"y": self.labels})  # the call of another, before
        if "import pandas" in attack.source:
            sandbox.call("import pandas\n" + KEEP, "keep", {"y": self.labels})  # so that its time is not the call's
        server = sandbox.process_ids()
        given = self.x.copy()
        limits = CallLimits(
            wall_seconds=attack.wall_seconds, cpu_seconds=10.0, memory_bytes=MEMORY, answer_bytes=8 * 2**20
        )
        started = time.perf_counter()
        self.said = said = self._outcome(sandbox, attack, layers, given, limits)
        seconds = time.perf_counter() - started
        after = sandbox.process_ids()
        found = [*self._reached(), *self._clean(sandbox, layers)]
        if "OUT" in said or self.secret in said:
            found.append(f"it said {said[:200]!r}")
        if seconds > attack.wall_seconds + GONE_SECONDS:
            found.append(f"it took {seconds:.1f} s")
        if (given != self.x).any():
            found.append("the caller's array is changed")
        if not set(server) <= set(after) and said.startswith("code/"):  # without a word it is ended by us, as worn
            found.append("its server was ended")
        return found

    def _outcome(
        self, sandbox: Sandbox, attack: Attack, layers: frozenset[str], given: object, limits: CallLimits
    ) -> str:  # fmt: skip
        try:
            called = sandbox.call(
                attack.source, "attack", {"goal": self.goal(layers), "x": given}, name="attack.py", limits=limits
            )
        except CodeError as error:
            return f"{error.reason} {error.message}"
        assert isinstance(called, Called)
        return f"{called.value} {called.printed}"

    def _set_up(self) -> None:
        for path in (self.folder, self.own):
            shutil.rmtree(path, ignore_errors=True)
            path.mkdir()
            path.chmod(0o777)
        self.canary.write_text(self.secret)
        self.canary.chmod(0o666)
        self.before = self._state()
        self.signals.clear()

    def _state(self) -> object:
        about = self.canary.stat() if self.canary.exists() else None
        state = about and (about.st_mode, about.st_mtime, about.st_nlink, self.canary.read_text())
        return state, sorted(path.name for path in self.folder.iterdir())

    def _reached(self) -> Iterator[str]:
        if self._state() != self.before:
            yield f"files are changed: {self.before} {self._state()}"
        if (left := Path("/dev/shm", self.token)).exists():
            left.unlink()
            yield "a file is in shared memory"
        for one in self.listeners:
            try:
                one.accept()[0].close()
                yield "a listener was reached"
            except BlockingIOError:
                pass
        try:
            self.udp.recv(1)
            yield "a packet came"
        except BlockingIOError:
            pass
        if self.signals:
            yield "the caller was signalled"
        soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
        if soft == 4242:
            resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
            yield "a limit of the caller is changed"
        yield from self._left()

    def _clean(self, sandbox: Sandbox, layers: frozenset[str]) -> Iterator[str]:
        source = CLEAN if "language" in layers else CLEAN_AND_EMPTY
        try:
            said = sandbox.call(source, "look", {"x": self.x}).value
        except CodeError as error:
            said = error.message
        if said != [66.0, 6, 2, 4, 3.5]:
            yield f"the next call is not clean: {said}"

    def _left(self) -> Iterator[str]:
        """Processes that are there and should not: all but servers, and the process within a namespace."""
        until = time.perf_counter() + GONE_SECONDS
        while (left := self._strangers()) and time.perf_counter() < until:
            threading.Event().wait(0.01)
        if left:
            for process in left:
                os.kill(process, signal.SIGKILL)
            yield f"processes live on: {left}"

    def _strangers(self) -> set[int]:
        known = {pid for sandbox in self.sandboxes.values() for pid in sandbox.process_ids()}
        found = {}
        for path in Path("/proc").iterdir():
            try:
                if path.name.isdigit() and self.token in (path / "cmdline").read_text():
                    found[int(path.name)] = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
        between = {pid for pid, parent in found.items() if parent in known}  # which waits for that inside to end
        inside = {pid for pid, parent in found.items() if parent in between and self._is_inside(pid)}
        return found.keys() - known - inside - {found[pid] for pid in inside}

    @staticmethod
    def _is_inside(process: int) -> bool:
        """Whether a process is the first of a namespace of processes."""
        try:
            status = Path(f"/proc/{process}/status").read_text()
        except OSError:
            return False
        line = next((line for line in status.splitlines() if line.startswith("NSpid:")), "")
        return line.split()[-1:] == ["1"]


def scene() -> Iterator[Scene]:
    """A scene; what it made is gone afterwards."""
    import sys

    place = Path(tempfile.mkdtemp(prefix="assay-scene-"))
    place.chmod(0o755)
    made = Scene(place)
    mark = f"/{made.token}.zip"  # in the arguments of every process of its sandboxes
    sys.path.append(mark)
    before = signal.signal(signal.SIGURG, lambda number, _: made.signals.append(number))
    try:
        yield made
    finally:
        signal.signal(signal.SIGURG, before)
        sys.path.remove(mark)
        made.close()
        shutil.rmtree(place, ignore_errors=True)
