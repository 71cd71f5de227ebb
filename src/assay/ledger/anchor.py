"""The head of a ledger, a number and a hash, noted where a change of the ledger does not reach it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assay.core.contract import LedgerRecord
from assay.core.errors import UsageError, Where

LEAST_DIGITS, SHOWN_DIGITS = 16, 32
"""Hexadecimal digits of a hash that an anchor has at least, and those that are shown: 128 bits."""
_FORM = re.compile(rf"(?<![0-9a-f:])(\d{{1,9}}):([0-9a-f]{{{LEAST_DIGITS},64}})(?![0-9a-f])")
_HASH = re.compile(rf"[0-9a-f]{{{LEAST_DIGITS},64}}")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A record's number, counted from 1, and the first digits of its hash; number 0: that of any record.

    It holds where the ledger's record of that number has that hash; all records up to it are then unchanged, however
    long the ledger grew since.
    """

    number: int
    digest: str

    @classmethod
    def of(cls, record: LedgerRecord) -> "Anchor":
        """The anchor of a record."""
        return cls(record.number, record.hash[:SHOWN_DIGITS])

    @classmethod
    def parse(cls, text: str, *, option: str = "--head") -> "Anchor":
        """ "97:5f3a…", or a hash alone; UsageError for anything else."""
        words = text.strip().lower()
        if _HASH.fullmatch(words):
            return cls(0, words)
        found = _FORM.fullmatch(words)
        if found is None:
            raise UsageError(
                f"{text!r} is no head of a ledger: a number and at least {LEAST_DIGITS} digits of a hash, 97:5f3a….",
                where=Where(option=option), do=("assay status LAB prints the head of a lab",),
            )  # fmt: skip
        return cls(int(found[1]), found[2])

    @property
    def text(self) -> str:
        """The form that is shown, noted and parsed: "97:5f3a…"."""
        return f"{self.number}:{self.digest}" if self.number else self.digest

    def fault(self, records: Sequence[LedgerRecord]) -> str:
        """Why it does not hold in a ledger, its first record first; "" where it does."""
        if not self.number:
            known = any(record.hash.startswith(self.digest) for record in records)
            return "" if known else "no record has that hash"
        last = records[-1].number if records else 0
        if self.number > last:
            return f"the ledger ends at record {last}: records were cut off"
        at = next((record for record in records if record.number == self.number), None)
        if at is None or not at.hash.startswith(self.digest):
            return f"record {self.number} has another hash: it, or one before it, is not what was written"
        return ""


def anchors_in(text: str) -> Iterator[Anchor]:
    """Anchors found in a text."""
    for found in _FORM.finditer(text):
        yield Anchor(int(found[1]), found[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedHead:
    """A head that was kept somewhere. where: in words; remark: shown where it does not hold, in place of a finding."""

    anchor: Anchor
    where: str
    remark: str = ""
