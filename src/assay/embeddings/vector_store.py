"""Vectors of texts kept for this user, by model and by a hash of the text: no model reads a text twice."""

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from assay.core.array import Bools, Singles

T = TypeVar("T")
SUFFIX, DAMAGED = ".vectors", ".damaged"
READING = 1
"""How vectors are made and kept here, a part of each file's name: what an earlier way left is not read."""
MOST_BYTES = 2 * 10**9
"""Of all files together: some million texts."""
ASKED, BUSY_SECONDS = 500, 30.0
_MADE = (
    "CREATE TABLE IF NOT EXISTS vectors (place INTEGER PRIMARY KEY, text BLOB UNIQUE NOT NULL, vector BLOB NOT NULL)"
)
_OLDER_HALF = "DELETE FROM vectors WHERE place <= (SELECT (MIN(place) + MAX(place)) / 2 FROM vectors)"


@dataclass(frozen=True, slots=True)
class VectorStore:
    """The store in a folder: a SQLite file for each model, which several processes may read and write at once.

    It holds no texts: of each a hash, and its vector, from which something of what it says can be guessed. A file that
    is damaged is set aside and begun anew; where the folder cannot be written nothing is kept, and nothing is lost but
    time. most_bytes: beyond it the files of models that were used longest ago go, then the older half of this one.
    """

    folder: Path
    most_bytes: int = MOST_BYTES

    def read(self, digest: str, texts: Sequence[str], width: int) -> tuple[Singles, Bools]:
        """(n, width) vectors and (n,) which of them are there."""
        vectors = np.zeros((len(texts), width), dtype=np.float32)
        if not self._file(digest).is_file():
            return vectors, np.zeros(len(texts), dtype=np.bool_)
        with suppress(OSError):
            self._file(digest).touch()  # used now
        keys = [_key(text) for text in texts]
        none: dict[bytes, bytes] = {}
        known = self._done(digest, lambda base: _bodies(base, keys), none)
        bodies = [known.get(key, b"") for key in keys]
        there = np.array([len(body) == 4 * width for body in bodies], dtype=np.bool_)
        whole = b"".join(body for body, is_there in zip(bodies, there, strict=True) if is_there)
        vectors[there] = np.frombuffer(whole, dtype="<f4").reshape(-1, width)
        return vectors, there & np.isfinite(vectors).all(axis=1)

    def write(self, digest: str, texts: Sequence[str], vectors: Singles) -> None:
        """Keep these vectors; all of them or, where this process is killed meanwhile, none."""
        rows = zip(map(_key, texts), (row.tobytes() for row in vectors.astype("<f4")), strict=True)

        def put(base: sqlite3.Connection) -> None:
            with base:
                base.executemany("INSERT OR REPLACE INTO vectors (text, vector) VALUES (?, ?)", rows)
            self._make_room(base, digest)

        self._done(digest, put, None)

    def trouble(self) -> str:
        """Why nothing can be kept here; "" where it can."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            probe = self.folder / ".probe"
            probe.touch()
            probe.unlink(missing_ok=True)
        except OSError as error:
            return error.strerror or str(error)
        return ""

    def clear_damaged(self, digest: str) -> bool:
        """Whether the model's file is damaged, or was; what is left of it is deleted, as all it held is made again."""
        self._done(digest, lambda base: base.execute("PRAGMA quick_check(1)").fetchall(), [])
        left = self._file(digest).with_name(self._file(digest).name + DAMAGED)
        is_damaged = left.exists()
        left.unlink(missing_ok=True)
        return is_damaged

    def _file(self, digest: str) -> Path:
        return self.folder / f"{digest[:32]}-{READING}{SUFFIX}"

    def _done(self, digest: str, work: "Callable[[sqlite3.Connection], T]", otherwise: T) -> T:
        """What the work makes of the model's file; otherwise where that cannot be had: see the class."""
        path = self._file(digest)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as base:
                base.execute("PRAGMA synchronous=NORMAL")
                base.execute(_MADE)
                path.chmod(0o600)
                return work(base)
        except (sqlite3.OperationalError, OSError):  # full, read-only, held too long
            return otherwise
        except sqlite3.DatabaseError:  # no such file, or one that is cut
            if path.exists():
                path.replace(path.with_name(path.name + DAMAGED))
            return otherwise

    def _make_room(self, base: sqlite3.Connection, digest: str) -> None:
        pages, free, size = (
            base.execute(f"PRAGMA {one}").fetchone()[0] for one in ("page_count", "freelist_count", "page_size")
        )
        own = (pages - free) * size
        others = [path for path in self.folder.glob(f"*{SUFFIX}") if path != self._file(digest)]
        others.sort(key=lambda path: path.stat().st_mtime)
        while others and own + sum(path.stat().st_size for path in others) > self.most_bytes:
            others.pop(0).unlink(missing_ok=True)
        if own > self.most_bytes:
            with base:
                base.execute(_OLDER_HALF)


def _bodies(base: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for start in range(0, len(keys), ASKED):
        chunk = keys[start : start + ASKED]
        marks = ",".join("?" * len(chunk))
        found.update(base.execute(f"SELECT text, vector FROM vectors WHERE text IN ({marks})", chunk))
    return found


def _key(text: str) -> bytes:
    """Sixteen bytes of a text's SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]
