"""Results of an audit: counts of compared things, and those that differ from the record."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from assay.core.contract import LedgerRecord
from assay.core.errors import AssayError
from assay.core.figure import Difference

Compared = Iterator[tuple[str, object, object]]
"""Things to be counted: (what, as stored, as found or computed again)."""
REL = 1e-9
"""Sums of the same numbers may be taken in another order on another machine; nothing else may differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Differing:
    """One thing that is not as recorded. record: its number in the ledger; number: the experiment, None for neither."""

    record: int | None
    number: int | None
    what: str
    stored: str
    recomputed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditCheck:
    """One kind of thing checked. unknown: things that cannot be computed again, as too little was recorded."""

    name: str
    words: str
    checked: int
    differ: tuple[Differing, ...] = ()
    unknown: int = 0
    remarks: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.differ


@dataclass
class CheckTally:
    """The counts of one check so far."""

    name: str
    words: str
    checked: int = 0
    unknown: int = 0
    differ: list[Differing] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def take(
        self, record: LedgerRecord | None, what: str, stored: object, recomputed: object, *, within: float = REL
    ) -> None:
        """Count one thing, and note it where the two do not agree."""
        self.checked += 1
        if not agree(stored, recomputed, within=within):
            self.note(record, what, stored, recomputed)

    def note(self, record: LedgerRecord | None, what: str, stored: object, recomputed: object) -> None:
        number, experiment = (None, None) if record is None else (record.number, record.experiment)
        self.differ.append(
            Differing(record=number, number=experiment, what=what, stored=_text(stored), recomputed=_text(recomputed))
        )

    @contextmanager
    def expecting(self, record: LedgerRecord | None, what: str) -> Iterator[None]:
        """Make a finding of any exception: stored values that were changed may raise anything."""
        try:
            yield
        except AssayError as error:
            self.note(record, f"{what} that cannot be read: {error.message}", "", "")
        except Exception as error:  # the boundary between what was stored and the code that reads it
            self.note(record, f"{what} that cannot be computed again: {type(error).__name__}: {error}", "", "")

    def check(self) -> AuditCheck:
        return AuditCheck(
            name=self.name, words=self.words, checked=self.checked, differ=tuple(self.differ), unknown=self.unknown,
            remarks=tuple(self.remarks),
        )  # fmt: skip


def agree(stored: object, recomputed: object, *, within: float = REL) -> bool:
    """Whether two values are the same: numbers but for `within`, by field for differences, everything else exactly."""
    if isinstance(stored, Difference) and isinstance(recomputed, Difference):
        return all(agree(getattr(stored, name), getattr(recomputed, name)) for name in ("value", "sigma", "over"))
    if isinstance(stored, float) and isinstance(recomputed, float):
        return bool(np.isclose(stored, recomputed, rtol=within, atol=1e-3 * within, equal_nan=True))
    return stored == recomputed


def where_they_differ(one: str, other: str, *, most: int = 200) -> tuple[str, str]:
    """Both from shortly before the first difference: long texts may begin alike."""
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    begin = max(at - most // 2, 0)
    return one[begin : begin + most], other[begin : begin + most]


def _text(value: object) -> str:
    if isinstance(value, Difference):
        return f"{value.value:.9g}, σ {value.sigma:.9g}"
    return f"{value:.9g}" if isinstance(value, float) else str(value)
