"""The caller's side: functions of a source called under limits, in warm processes, with arrays there and back."""

import json
import os
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np

from assay.core.errors import CodeError
from assay.sandbox.allowed_names import PRELOADED, SLOW_MODULES
from assay.sandbox.layers import LAYERS, Layer
from assay.sandbox.messages import CALL, ENDED, READY, Answer, read_answer, request_memory
from assay.sandbox.reasons import REASONS
from assay.sandbox.shared_memory import SharedMemory
from assay.sandbox.source_check import check_source, modules_of, parsed
from assay.sandbox.wire import NotPlainError, Value

START_SECONDS = 20.0
GRACE_SECONDS = 0.5
"""How long after a call's limit its server may take to say so, before it is ended itself."""
_KEPT_VARIABLES = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
"""Without these the libraries may not load, or compute wrong."""
_START = """
import json, sys
order = sys.argv[1]
sys.path[:] = json.loads(order)["import_path"]
from assay.sandbox.guest_server import main
main(order)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLimits:
    """Of one call: seconds by the wall and of the processor, bytes beyond what Python takes, bytes of its answer."""

    wall_seconds: float = 30.0
    cpu_seconds: float = 30.0
    memory_bytes: int = 2**30
    answer_bytes: int = 256 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What came back: the value, what was printed, and how long the function's process lived."""

    value: Value
    printed: str
    seconds: float


@dataclass
class Sandbox:
    """Calls functions of sources in processes that are locked in. One call at a time; use one for each thread.

    layers: those to put on; the machine may lack some (`lacking`). The processes start at the first call, one for each
    set of large packages that sources import, and end with `close`, with this object, or with this process.
    """

    layers: frozenset[Layer] = frozenset(LAYERS)
    _servers: "dict[tuple[str, ...], _Server]" = field(default_factory=dict, init=False, repr=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def call(
        self, source: str, function: str, arguments: Mapping[str, Value], *, name: str = "code.py",
        limits: CallLimits = CallLimits(),
    ) -> Called:  # fmt: skip
        """The value of a function of a source, its arguments by name.

        name: of the source's file, for messages. Raises CodeError with one of REASONS: what the source may not do, what
        the function raised, that it took too long, and so on.
        """
        is_restricted = "language" in self.layers
        tree = check_source(source, name) if is_restricted else parsed(source, name)
        preload = tuple(one for one in modules_of(tree) if one in SLOW_MODULES)
        with self._turn:
            return self._server(preload).call(source, function, arguments, name, limits, is_restricted=is_restricted)

    def lacking(self) -> dict[Layer, str]:
        """The layers that were asked for and that this machine has not, with the reason."""
        with self._turn:
            return self._server(()).started().lacking

    def close(self) -> None:
        """End its processes. It can be used again."""
        with self._turn:
            for server in self._servers.values():
                server.end()
            self._servers.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _server(self, preload: tuple[str, ...]) -> "_Server":
        if preload not in self._servers:
            self._servers[preload] = _Server(self.layers, (*PRELOADED, *preload))
        return self._servers[preload]


class _Server:
    """A guest server (guest_server.py) from outside; it is started when first needed, and again after it was ended."""

    def __init__(self, layers: frozenset[Layer], preload: Sequence[str]) -> None:
        self._layers, self._preload = layers, tuple(preload)
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._end: weakref.finalize | None = None  # type: ignore[type-arg]
        self.lacking: dict[Layer, str] = {}

    def started(self) -> Self:
        """The same, ready for calls. CodeError where no such process can be started."""
        if self._process is not None and self._process.poll() is None:
            return self
        self.end()
        if not hasattr(os, "fork") or not hasattr(socket, "send_fds"):
            raise CodeError("code/no-sandbox", "This system cannot fork processes, which the sandbox is made of.")
        ours, theirs = socket.socketpair()
        with theirs:
            order = {
                "socket": theirs.fileno(), "layers": sorted(self._layers - {"language"}), "preload": self._preload,
                "import_path": _import_path(), "readable": [str(path) for path in readable_folders()],
            }  # fmt: skip
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _START, json.dumps(order)], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, pass_fds=[theirs.fileno()], cwd="/",
                start_new_session=True, env=_environment(),
            )  # fmt: skip
        self._socket = ours
        self._end = weakref.finalize(self, _ended, ours, self._process)
        self._greet()
        return self

    def _greet(self) -> None:
        assert self._socket is not None and self._process is not None
        self._socket.settimeout(START_SECONDS)
        try:
            size = READY.unpack(_received(self._socket, READY.size))[0]
            body = json.loads(_received(self._socket, size))
        except (OSError, EOFError) as error:
            self._process.kill()
            said = (self._process.communicate()[1] or b"").decode(errors="replace").strip()[-1_000:]
            self.end()
            raise CodeError(
                "code/no-sandbox", f"The sandbox could not be started: {said or error or 'it ended'}.",
                do=("assay doctor  (says what this machine can hold)",),
            ) from error  # fmt: skip
        self.lacking = body["lacking"]

    def call(
        self, source: str, function: str, arguments: Mapping[str, Value], name: str, limits: CallLimits, *,
        is_restricted: bool,
    ) -> Called:  # fmt: skip
        """See Sandbox.call."""
        self.started()
        try:
            request = request_memory(source, name, function, dict(arguments), is_restricted=is_restricted)
        except NotPlainError as error:
            raise CodeError("code/not-arrays", f"{function} cannot be given its arguments: {error}.") from error
        out = SharedMemory.of_size(limits.answer_bytes)
        try:
            status, is_late, seconds = self._send(request, out, limits)
            return _called(out, status, is_late, seconds, function, name, limits)
        finally:
            request.close()
            out.close()

    def _send(self, request: SharedMemory, out: SharedMemory, limits: CallLimits) -> tuple[int, bool, float]:
        assert self._socket is not None
        message = CALL.pack(
            request.n_bytes, out.n_bytes, limits.memory_bytes, limits.wall_seconds, limits.cpu_seconds, 0.0
        )
        self._socket.settimeout(max(limits.wall_seconds, 0.0) + GRACE_SECONDS)
        try:
            socket.send_fds(self._socket, [message], [request.descriptor, out.descriptor])
            status, is_late, seconds = ENDED.unpack(_received(self._socket, ENDED.size))
        except TimeoutError:
            self.end()
            return signal.SIGKILL, True, limits.wall_seconds
        except (OSError, EOFError) as error:
            self.end()
            raise CodeError("code/crash", "The process that the function ran in is gone.") from error
        except BaseException:  # an interrupt between question and answer: the next answer would be taken for its
            self.end()
            raise
        return status, bool(is_late), seconds

    def end(self) -> None:
        """End the process, and all that it started."""
        if self._end is not None:
            self._end()
        self._process = self._socket = self._end = None


def _called(
    out: SharedMemory, status: int, is_late: bool, seconds: float, function: str, name: str, limits: CallLimits
) -> Called:
    """The value of an ended call; CodeError where there is none."""
    if is_late:
        raise CodeError("code/time", f"{name}: {function} took longer than {limits.wall_seconds:g} s.")
    memory = out.mapped()
    view = memoryview(memory)[: out.n_bytes]
    try:
        answer = read_answer(view)
    except NotPlainError as error:
        raise CodeError("code/not-arrays", f"{name}: {function} sent what is no answer: {error}.") from error
    finally:
        view.release()
        memory.close()
    if answer is None:
        raise _without_answer(status, function, name, limits)
    if answer.reason:
        raise _of_guest(answer, function, name)
    return Called(value=answer.value, printed=answer.printed, seconds=seconds)


def _of_guest(answer: Answer, function: str, name: str) -> CodeError:
    """What the guest says went wrong; its words are a stranger's, and so is the reason, if it is one of ours."""
    reason = answer.reason if answer.reason in REASONS else "code/raised"
    return CodeError(reason, answer.message or f"{name}: {function} failed.", line=answer.line)


def _without_answer(status: int, function: str, name: str, limits: CallLimits) -> CodeError:
    by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    if by == getattr(signal, "SIGXCPU", -1):
        return CodeError("code/time", f"{name}: {function} used {limits.cpu_seconds:g} s of the processor.")
    if by:
        return CodeError("code/crash", f"{name}: the process of {function} was ended by {signal.Signals(by).name}.")
    return CodeError("code/crash", f"{name}: the process of {function} ended without an answer.")


def _received(end: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = end.recv(size - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def _ended(end: socket.socket, process: "subprocess.Popen[bytes]") -> None:
    end.close()
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()
    process.wait()
    if process.stderr is not None:
        process.stderr.close()


def _environment() -> dict[str, str]:
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return {**kept, **one, "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}


def _import_path() -> list[str]:
    """Folders of Python's own modules, of the installed packages and of this one; never the working folder."""
    return _unique([
        *(entry for entry in sys.path if entry and Path(entry).is_absolute() and _holds_packages(Path(entry))),
        str(Path(__file__).parents[2]),
    ])  # fmt: skip


def _holds_packages(entry: Path) -> bool:
    """Python's own modules lie in one of sysconfig's folders, the others beside numpy."""
    own = [Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    own.append(Path(np.__file__).parents[1])
    return any(entry == one or entry.is_relative_to(one) for one in own) or entry.suffix == ".zip"


def readable_folders() -> tuple[Path, ...]:
    """What a guest may read: Python, the installed packages, the system's libraries."""
    named = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    system = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib"]
    return tuple(
        path for path in map(Path, _unique([*named, str(Path(np.__file__).parents[1]), *system])) if path.exists()
    )


def _unique(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))
