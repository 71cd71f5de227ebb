"""The ledger of a lab folder: `ledger.sqlite`, `artifacts/`, and a lock for its one writer."""

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import cast

from assay.core.array import AnyArray, JsonObject
from assay.core.contract import LedgerRecord
from assay.core.errors import LabError, UsageError, Where
from assay.core.garbage import without_collecting
from assay.ledger.artifacts import ArtifactFolder
from assay.ledger.chain import ROOT, Now, body_text, link, utc_now
from assay.ledger.files import connect, prepare_folder, refuse_links, said
from assay.ledger.lock import WriterLock, writer_of
from assay.ledger.strays import stored, unnamed

LOCK = "writer.lock"
"""The first file of a lab: its writer's lock."""
ROW_BYTES = 4096
"""Bodies above this lie in the artifact folder, so that replaying a ledger reads little."""

_Row = tuple[int, str, int | None, str, str | None, str | None, str, str]
_COLUMNS = "number, kind, experiment, at, body, artifact, previous, hash"
_COMPLETE = """select experiment from record where kind = 'result' and body like '%"complete":true%'"""
_OLD_BLEND = "kind = 'blend' and number < (select max(number) from record where kind = 'blend')"


class SqliteLedger:
    """Records in SQLite (write-ahead log), artifacts as files. Open it with `SqliteLedger.open`; close it.

    A record that `append` returned survives a killed process; with durable=True also a power cut. Any number of
    processes may read while one writes. Safe to use from several threads.
    """

    def __init__(self, path: Path, *, connection: sqlite3.Connection, lock: WriterLock | None, now: Now) -> None:
        self.path = path
        self._connection = connection
        self._lock = lock
        self._now = now
        self._turn = RLock()
        self._end: tuple[int, str] | None = None
        """Number and hash of the last record that this writer knows."""
        self._artifacts = ArtifactFolder(path / "artifacts")

    @classmethod
    def open(cls, path: Path | str, *, create: bool = True, write: bool = True, now: Now = utc_now) -> "SqliteLedger":
        """The ledger in that lab folder; made if missing, unless create or write is False.

        write=False: read only, also while another process writes. Raises LabError when there is no lab, when another
        process writes it, or when a newer Assay made it; StorageError when the folder cannot be written.
        """
        path = Path(path)
        file = prepare_folder(path, create=create and write)
        if write:
            refuse_links(path)
        lock = WriterLock(path / LOCK) if write else None
        try:
            ledger = cls(path, connection=connect(file, write=write), lock=lock, now=now)
            ledger._end = ledger._last() if write else None
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        if write:
            ledger._artifacts.sweep_unfinished()
        return ledger

    @property
    def writer(self) -> int | None:
        """The process that writes this lab now; None without one."""
        return writer_of(self.path / LOCK)

    def append(
        self, kind: str, body: JsonObject, *, experiment: int | None = None, durable: bool = False
    ) -> LedgerRecord:
        """Add a record and return it once it is stored; `durable` forces it to disk (about 5 ms)."""
        text = body_text(kind, body)
        artifact = self.put_bytes(text.encode(), ".json") if len(text) > ROW_BYTES else None
        with self._writing(durable=durable):
            last = self._last()
            if last != self._end:
                raise LabError(
                    f"Another process has written record {last[0]} of {self.path.name} meanwhile: one lab has one "
                    "writer, so this one ends.",
                    where=Where(file=str(self.path)), do=(f"assay status {self.path}",),
                )  # fmt: skip
            at = self._now().isoformat()
            record = link(kind, text, experiment=experiment, at=at, after=last)
            self._connection.execute(
                f"insert into record ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?)",
                (record.number, kind, experiment, at, text if artifact is None else None, artifact,
                 record.previous, record.hash),
            )  # fmt: skip
        self._end = (record.number, record.hash)
        return record

    def _last(self) -> tuple[int, str]:
        """Number and hash of the last record."""
        query = "select number, hash from record order by number desc limit 1"
        with said(self.path):
            number, digest = self._connection.execute(query).fetchone() or (0, ROOT)
        return number, digest

    def records(self, *, after: int = 0) -> Sequence[LedgerRecord]:
        """All records with a number above `after`, in order. 10,000 small ones take about 0.1 s."""
        return self._selected("number > ?", after)

    def ends(self, numbers: Collection[int] = ()) -> Sequence[LedgerRecord]:
        """The first record, the last, and those of these numbers, in order."""
        wanted = ", ".join("?" * (len(numbers) + 1))
        return self._selected(f"number in ((select max(number) from record), {wanted})", 1, *numbers)

    def records_of_state(self) -> Sequence[LedgerRecord]:
        """The records that a lab's state follows from: all but those of folds whose experiment has a complete result,
        which holds these folds too, and of blends that another followed. They are two thirds of all records; an audit
        reads every one.
        """
        return self._selected(f"not (kind = 'fold' and experiment in ({_COMPLETE})) and not ({_OLD_BLEND})")

    def _selected(self, where: str, *values: int) -> Sequence[LedgerRecord]:
        with self._turn, said(self.path), without_collecting():
            rows = self._connection.execute(f"select {_COLUMNS} from record where {where} order by number", values)
            return tuple(
                LedgerRecord(
                    number=number, kind=kind, experiment=experiment, at=at,
                    body=self._body(number, body, artifact), previous=previous, hash=digest,
                )
                for number, kind, experiment, at, body, artifact, previous, digest in map(self._sound, rows.fetchall())
            )  # fmt: skip

    def _sound(self, row: "tuple[object, ...]") -> "_Row":
        """A row whose cells have their types, which SQLite does not enforce; LabError for others."""
        number, kind, experiment, at, body, artifact, previous, digest = row
        texts = (kind, at, previous, digest)
        is_whole = all(isinstance(cell, str) for cell in texts) and isinstance(experiment, int | None)
        if not is_whole or not isinstance(body, str | None) or not isinstance(artifact, str | None):
            raise LabError(f"{self.path.name}, record {number}: a cell holds what was never written there.")
        return cast("_Row", row)

    def _body(self, number: int, body: str | None, artifact: str | None) -> JsonObject:
        try:
            found = json.loads(self.bytes(artifact or "") if body is None else body)
        except (ValueError, RecursionError) as error:
            raise LabError(
                f"{self.path.name}, record {number}: its body is no JSON, so it was changed: {error}."
            ) from error
        if not isinstance(found, dict):
            raise LabError(f"{self.path.name}, record {number}: its body is no JSON object, so it was changed.")
        return cast("JsonObject", found)

    def stored(self) -> int:
        """Number of artifacts beside the records."""
        return len(stored(self._artifacts.path))

    def strays(self) -> tuple[str, ...]:
        """Keys of artifacts that no record names, sorted: a killed process left them, or records are gone."""
        with self._turn, said(self.path):
            rows = self._connection.execute("select body, artifact from record").fetchall()
        return unnamed(self._artifacts.path, (text for row in rows for text in self._named(*row)))

    def _named(self, body: str | None, artifact: str | None) -> Iterator[str]:
        """The texts that name artifacts: bodies, wherever they lie, and the keys of those stored as artifacts."""
        if artifact is not None:
            yield artifact
            yield self.bytes(artifact).decode(errors="replace")
        if body is not None:
            yield body

    def put_array(self, array: AnyArray) -> str:
        """Store an array of numbers, booleans or fixed-width text; returns its key, for a record to name."""
        self._must_write()
        return self._artifacts.put_array(array)

    def array(self, key: str, *, check: bool = False) -> AnyArray:
        """The array of that key, read-only and memory-mapped; `check` compares its bytes with the key."""
        return self._artifacts.array(key, check=check)

    def put_bytes(self, data: bytes, suffix: str = "") -> str:
        """Store bytes; returns their key. `suffix` is for people who look into the folder, e.g. ".txt"."""
        self._must_write()
        return self._artifacts.put_bytes(data, suffix)

    def bytes(self, key: str, *, check: bool = False) -> bytes:
        return self._artifacts.bytes(key, check=check)

    def close(self) -> None:
        """Close the database and release the lock; closing twice does nothing."""
        with self._turn:
            try:
                self._connection.close()
            finally:
                if self._lock is not None:
                    self._lock.release()

    @contextmanager
    def _writing(self, *, durable: bool) -> Iterator[None]:
        """One transaction: all of it or nothing, whatever is raised inside."""
        self._must_write()
        with self._turn, said(self.path):
            # NORMAL leaves the log unforced: safe from a killed process, not from a power cut.
            self._connection.execute(f"pragma synchronous = {'full' if durable else 'normal'}")
            self._connection.execute("begin immediate")
            try:
                yield
                self._connection.execute("commit")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("rollback")
                raise

    def _must_write(self) -> None:
        if self._lock is None:
            raise UsageError(f"The lab {self.path} was opened for reading. Open it with write=True to add to it.")
