"""A ledger in memory, for tests of what writes to one."""

import hashlib
from collections.abc import Collection, Sequence
from io import BytesIO
from threading import Lock

import numpy as np

from assay.core.array import AnyArray, JsonObject, read_only
from assay.core.contract import LedgerRecord
from assay.ledger.artifacts import array_bytes, unknown_artifact
from assay.ledger.chain import ROOT, Now, body_text, link, utc_now


class MemoryLedger:
    """Records and artifacts of one process; gone with it. Safe to use from several threads."""

    def __init__(self, *, now: Now = utc_now) -> None:
        self._now = now
        self._lock = Lock()
        self._records: list[LedgerRecord] = []
        self._artifacts: dict[str, bytes] = {}

    def append(
        self, kind: str, body: JsonObject, *, experiment: int | None = None, durable: bool = False
    ) -> LedgerRecord:
        """Add a record; `durable` has no meaning here."""
        text = body_text(kind, body)
        with self._lock:
            after = (self._records[-1].number, self._records[-1].hash) if self._records else (0, ROOT)
            record = link(kind, text, experiment=experiment, at=self._now().isoformat(), after=after)
            self._records.append(record)
        return record

    def records(self, *, after: int = 0) -> Sequence[LedgerRecord]:
        with self._lock:
            return tuple(self._records[max(after, 0) :])

    def ends(self, numbers: Collection[int] = ()) -> Sequence[LedgerRecord]:
        wanted = {1, len(self._records), *numbers}
        return tuple(record for record in self.records() if record.number in wanted)

    def put_array(self, array: AnyArray) -> str:
        return self.put_bytes(array_bytes(array))

    def array(self, key: str) -> AnyArray:
        """The array of that key, read-only."""
        found: AnyArray = np.load(BytesIO(self.bytes(key)), allow_pickle=False)
        return read_only(found)

    def put_bytes(self, data: bytes, suffix: str = "") -> str:
        key = hashlib.sha256(data).hexdigest()
        self._artifacts[key] = data
        return key

    def bytes(self, key: str, *, check: bool = False) -> bytes:
        """The bytes of that key; `check` has no meaning here."""
        if key not in self._artifacts:
            raise unknown_artifact(key)
        return self._artifacts[key]

    def close(self) -> None:
        """Nothing to release."""
