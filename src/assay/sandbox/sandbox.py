"""The caller's side: functions of a source called under limits, in warm processes, with arrays there and back."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from assay.sandbox.allowed_names import PRELOADED
from assay.sandbox.guest_call import Asked, Called, CallLimits
from assay.sandbox.layers import LAYERS, Layer
from assay.sandbox.source_check import check_source, parsed, slow_modules_of
from assay.sandbox.warm_server import WarmServer
from assay.sandbox.wire import Value

MOST_SERVERS = 4
"""Of one sandbox; that used least recently is ended for one more."""
__all__ = ["CallLimits", "Called", "Sandbox"]


@dataclass
class Sandbox:
    """Calls functions of sources in processes that are locked in. One call at a time; use one for each thread.

    layers: those to put on; the machine may lack some (`lacking`). The processes start at the first call, one for each
    set of modules of large packages that sources import, and end with `close`, with this object, or with this process.
    must_keep_out: a process in which files, network or other processes are not held runs nothing (CodeError).
    """

    layers: frozenset[Layer] = frozenset(LAYERS)
    must_keep_out: bool = False
    _servers: dict[tuple[str, ...], WarmServer] = field(default_factory=dict, init=False, repr=False)
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
        asked = Asked(source=source, name=name, function=function, is_restricted=is_restricted)
        with self._turn:
            return self._server(slow_modules_of(tree)).call(asked, arguments, limits)

    def lacking(self) -> dict[Layer, str]:
        """The layers that were asked for and that this machine has not, with the reason."""
        with self._turn:
            return self._server(()).started().lacking

    def process_ids(self) -> tuple[int, ...]:
        """Of the processes that it has started and that run, one for each set of packages."""
        return tuple(one for server in self._servers.values() if (one := server.process_id) is not None)

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

    def _server(self, preload: tuple[str, ...]) -> WarmServer:
        server = self._servers.pop(preload, None) or WarmServer(
            self.layers, (*PRELOADED, *preload), must_keep_out=self.must_keep_out
        )
        self._servers[preload] = server  # last, as used last
        if len(self._servers) > MOST_SERVERS:
            self._servers.pop(next(iter(self._servers))).end()
        return server
