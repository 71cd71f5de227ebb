"""Sessions that changed nothing: what the one before them chose, shipped and certified stands."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from assay.core.contract import LedgerRecord
from assay.core.views import StoppedBy
from assay.ensemble.candidate import Blend
from assay.journal.digest_records import ShippedRecord
from assay.journal.records import EndRecord, SessionRecord
from assay.journal.twin_record import TwinRecord
from assay.journal.vault_record import CertifiedRecord

UNCHANGED = "unchanged"
"""The kind of record that such a session ends with, in place of a choice, a model and an end."""
CHANGES = frozenset({"asked", "fold", "result", "verdict", "guard", "hint", "undone", "void", "queued"})
"""Kinds of records after which a lab chooses anew: of what was tried, and of what a person said. Every session begins
with a blend of what it finds, and an opening of the vault fits a model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnchangedRecord:
    """The end of such a session."""

    stopped_by: StoppedBy


@dataclass(frozen=True, slots=True)
class Ending:
    """What a session ended with; another one, where it begins, takes it out of the state."""

    end: EndRecord | None = None
    certified: CertifiedRecord | None = None
    twin: TwinRecord | None = None
    shipped: ShippedRecord | None = None
    late: tuple[int, ...] = ()
    blend: Blend | None = None

    @classmethod
    def of(cls, state: object) -> "Ending":
        """The fields of a lab's state that go by these names."""
        return cls(*(getattr(state, field.name) for field in fields(cls)))

    def restore(self, state: object, stopped_by: StoppedBy) -> None:
        """After a session that changed nothing; stopped_by: why that one ended."""
        for field in fields(self):
            setattr(state, field.name, getattr(self, field.name))
        if self.end is not None:
            setattr(state, "end", replace(self.end, stopped_by=stopped_by))  # noqa: B010  # as the others


def is_changed(records: Iterable[LedgerRecord]) -> bool:
    """Whether any of these records, those since a search ended, asks for another choice."""
    return any(record.kind in CHANGES for record in records)


def asks_the_same(before: SessionRecord, now: SessionRecord) -> bool:
    """Whether two sessions would choose alike: their settings but for time and the machine."""
    return (before.without, before.asked, before.labels, before.settings, before.seed) == (
        now.without, now.asked, now.labels, now.settings, now.seed,
    )  # fmt: skip
