"""The layers of one guest server, put on in their order: what each needs is out of reach once the next is there."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from assay.sandbox import landlock, libc, namespaces, process_limits, seccomp
from assay.sandbox.layers import Layer

REFUSED = (OSError, AttributeError)
"""What is raised where the system refuses: AttributeError by a library of C without such a function."""
_HOST_BYTES = 64 * 2**20
"""Room for what Python itself maps while it compiles and calls."""


@dataclass
class Protection:
    """The layers that this process could put on, and why not the others.

    readable: folders that a function may read; own_bytes: of address space before any function ran.
    """

    wanted: frozenset[Layer]
    readable: tuple[Path, ...]
    own_bytes: int
    lacking: dict[Layer, str] = field(default_factory=dict)
    _filter: seccomp.Filter | None = None

    def has(self, layer: Layer) -> bool:
        return layer in self.wanted and layer not in self.lacking

    @property
    def own_folder(self) -> Path | None:
        """What a function may write to, if anything."""
        return namespaces.OWN if self.has("namespaces") else None

    def prepare(self) -> None:
        """While files can be read."""
        self._try("seccomp", seccomp.load)

    def lock(self) -> None:
        """For good, in the process that serves. It can still fork and talk to its caller."""
        if self.has("limits"):
            with suppress(*REFUSED):  # a container may not let root change; limits hold all the same
                process_limits.become_nobody(self.readable)
        if self.has("limits") or self.has("namespaces"):
            process_limits.give_up_capabilities()
        if self.wanted:
            with suppress(OSError, AttributeError):  # not Linux
                libc.without_new_privileges()
                libc.prctl(libc.PR_SET_DUMPABLE, 0)  # its own children do not trace it, nor read its memory
        self._try("landlock", self._restrict)
        self._try("seccomp", self._compile)

    def confine(self, *, memory_bytes: int, cpu_seconds: float) -> None:
        """The child of one call. What fails here raises, and the child ends without having run anything."""
        if self.has("limits"):
            process_limits.limit(
                memory_bytes=self.own_bytes + _HOST_BYTES + memory_bytes if self.own_bytes else 0,
                cpu_seconds=max(1, -int(-cpu_seconds // 1)), file_bytes=namespaces.OWN_BYTES,
            )  # fmt: skip
        if self.has("landlock"):  # a domain of its own, from which the server cannot be signalled
            self._restrict()
        if self._filter is not None:
            self._filter.apply()

    def _restrict(self) -> None:
        landlock.restrict(self.readable, self.own_folder)

    def _compile(self) -> None:
        self._filter = seccomp.compiled(writes=self.own_folder is not None)

    def _try(self, layer: Layer, put_on: Callable[[], None]) -> None:
        if not self.has(layer):
            return
        try:
            put_on()
        except REFUSED as error:
            self.lacking[layer] = said_by(error)


def said_by(error: BaseException) -> str:
    """Why the system refused."""
    return getattr(error, "strerror", None) or str(error)


def emptied(folder: Path) -> bool:
    """Whether a folder is empty, after an attempt to make it so. A function may have made one that resists."""
    for item in folder.iterdir():
        with suppress(OSError, RecursionError):
            if item.is_dir() and not item.is_symlink():
                shutil.rmtree(item, ignore_errors=True)
            else:
                item.unlink()
    return not any(folder.iterdir())
