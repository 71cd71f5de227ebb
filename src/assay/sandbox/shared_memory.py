"""Memory that two processes see, without a name: handed over by descriptor."""

import mmap
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class SharedMemory:
    """A file in memory. Sealed, its size cannot change any more, so that who maps it is safe from its end moving."""

    descriptor: int
    n_bytes: int

    @classmethod
    def of_size(cls, n_bytes: int) -> Self:
        """Zeros, that take no memory before they are written to."""
        descriptor = _nameless()
        os.ftruncate(descriptor, max(n_bytes, 1))
        made = cls(descriptor, n_bytes)
        made.seal(writable=True)
        return made

    @classmethod
    def holding(cls, parts: "list[memoryview]") -> Self:
        """These bytes, one after the other, that nobody can change any more."""
        descriptor = _nameless()
        n_bytes = 0
        for part in parts:
            left = part
            while left:
                written = os.write(descriptor, left)
                n_bytes += written
                left = left[written:]
        if not n_bytes:
            os.ftruncate(descriptor, 1)
        made = cls(descriptor, n_bytes)
        made.seal(writable=False)
        return made

    def seal(self, *, writable: bool) -> None:
        """Fix the size, and the content too; without effect where the system has no such files."""
        with suppress(OSError, AttributeError):
            import fcntl

            seals = fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
            fcntl.fcntl(self.descriptor, fcntl.F_ADD_SEALS, seals | (0 if writable else fcntl.F_SEAL_WRITE))

    def mapped(self, *, writable: bool = False) -> mmap.mmap:
        """The memory; n_bytes of it count."""
        access = mmap.ACCESS_WRITE if writable else mmap.ACCESS_READ
        return mmap.mmap(self.descriptor, max(self.n_bytes, 1), access=access)

    def read(self, start: int, n_bytes: int) -> bytes:
        """A copy of these bytes, fewer where there are none: read, not mapped, as a file without seals can shrink."""
        read: list[bytes] = []
        left = n_bytes
        while left > 0 and (piece := os.pread(self.descriptor, left, start)):
            read.append(piece)
            start, left = start + len(piece), left - len(piece)
        return b"".join(read)

    def close(self) -> None:
        os.close(self.descriptor)


def _nameless() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("assay", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    import tempfile  # with it come modules that have something to do at each fork

    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
