"""Sessions that changed nothing: what the one before them chose, shipped and certified stands."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields

from assay.core.array import JsonObject
from assay.core.contract import LedgerRecord
from assay.core.views import StoppedBy
from assay.ensemble.candidate import Blend
from assay.journal.digest_records import ShippedRecord
from assay.journal.records import EndRecord, SessionRecord
from assay.journal.vault_record import CertifiedRecord

UNCHANGED = "unchanged"
"""The kind of record that such a session ends with, in place of a choice, a model and an end."""
CHANGES = frozenset({"asked", "fold", "result", "verdict", "guard", "hint", "undone", "void", "queued"})
"""Kinds of records after which a lab chooses anew: of what was tried, and of what a person said. Every session begins
with a blend of what it finds, and an opening of the vault fits a model."""


SEARCHING = frozenset({"memory_bytes", "patience", "executor", "jobs"})
"""Settings of how a search goes, which say nothing of what is chosen from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnchangedRecord:
    """The end of such a session."""

    stopped_by: StoppedBy


@dataclass(frozen=True, slots=True)
class Ending:
    """What the last session that ended with a model left; another one, where it begins, takes it out of the state.

    It stays the last one, whatever sessions were paused or killed since, as long as nothing else was recorded.
    """

    end: EndRecord | None = None
    certified: CertifiedRecord | None = None
    shipped: ShippedRecord | None = None
    late: tuple[int, ...] = ()
    blend: Blend | None = None
    session: SessionRecord | None = None

    @classmethod
    def of(cls, state: object) -> "Ending":
        """The fields of a lab's state that go by these names."""
        return cls(*(getattr(state, field.name) for field in fields(cls)))

    def restore(self, state: object) -> None:
        """After a session that changed nothing; the session that is recorded last stays that one."""
        for field in fields(self):
            if field.name != "session":
                setattr(state, field.name, getattr(self, field.name))


def is_changed(records: Iterable[LedgerRecord]) -> bool:
    """Whether any of these records, those since a search ended, asks for another choice."""
    return any(record.kind in CHANGES for record in records)


def asks_the_same(before: SessionRecord, now: SessionRecord) -> bool:
    """Whether two sessions would choose alike from the same experiments. On what machine and how patiently they search
    makes no difference to that; a session of 0.1.0 recorded fewer settings.
    """
    first, second = (_choosing(one) if before.settings and now.settings else {} for one in (before, now))
    return (before.without, before.asked, before.labels, before.seed, first) == (
        now.without, now.asked, now.labels, now.seed, second,
    )  # fmt: skip


def _choosing(session: SessionRecord) -> JsonObject:
    found: JsonObject = json.loads(session.settings)
    return {name: value for name, value in found.items() if name not in SEARCHING}
