"""The one fork server that may be started before it is needed, and the only process-wide state of execute.

Imports take two seconds, a quarter of a short search, so that a caller that expects a fit (a notebook, a service, the
command line before it reads the table) starts them early; executors are made too many calls away to be handed the
server. It holds imported libraries only, no data and no settings of a lab, so that labs may share it.
"""

import os
import sys
from collections.abc import Sequence
from threading import Lock

from assay.execute.forkserver import ForkServer

_turn = Lock()
_servers: list[ForkServer] = []


def warm(preload: Sequence[str]) -> None:
    """Start a server and its imports in the background; returns at once. Executors made later use it.

    No effect while one with these modules is warm, and where processes cannot be forked (Windows).
    """
    if sys.platform == "win32":
        return
    with _turn:
        if _found(preload) is None:
            _stop_all()
            _servers.append(ForkServer(preload))


def cool() -> None:
    """End the warm server and free its memory (some 150 MB). Executors that use it lose their workers."""
    with _turn:
        _stop_all()


def warm_server(preload: Sequence[str]) -> ForkServer | None:
    """The warm server, if there is one that has imported these modules."""
    with _turn:
        return _found(preload)


def _found(preload: Sequence[str]) -> ForkServer | None:
    for server in _servers:
        if _is_ours(server) and set(preload) <= set(server.preload):
            return server
    return None


def _is_ours(server: ForkServer) -> bool:
    """Whether it can be used: a forked copy of this process must not write to its parent's socket."""
    return server.owner == os.getpid() and not server.has_ended


def _stop_all() -> None:
    while _servers:
        server = _servers.pop()
        if server.owner == os.getpid():
            server.stop()
