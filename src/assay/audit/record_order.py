"""The order that a ledger's records must follow, so that none can be left out by rewriting all hashes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from assay.audit.steering_order import asked_faults, steering_faults
from assay.core.codec import from_json
from assay.core.contract import LedgerRecord
from assay.core.result import Result
from assay.journal.records import SessionRecord
from assay.journal.state import LabState
from assay.journal.unchanged import UNCHANGED, asks_the_same, is_changed

ONCE = frozenset({"task", "rows", "vault"})
SEARCH = frozenset({"asked", "fold", "result", "verdict", "guard", "choice", "blend", "end", "refit"})
"""Kinds that only a session of search writes."""
BACK = timedelta(minutes=1)
"""How far a clock that was set may go back."""
LATE_SECONDS, LATE_SHARE = 60.0, 0.25
"""How far a session may exceed its limit: a machine that was busy, a job that could not be stopped."""


@dataclass
class Order:
    """Goes through a ledger beside the state that it makes; call `faults` with each record before it is applied."""

    seen: set[str] = field(default_factory=set)
    at: datetime | None = None
    seconds: float = 0.0
    has_model: bool = False
    has_choice: bool = False
    has_end: bool = True
    """Whether the session of the current record has ended; true before the first one."""
    asked_before: int = 0
    ended: SessionRecord | None = None
    """The last session that ended with a model."""
    is_changed: bool = False
    """Whether anything since the last end asks for another choice."""
    certified: int = 0
    """The opening that was certified last."""

    def faults(self, record: LedgerRecord, state: LabState) -> Iterator[str]:
        """Why the record is impossible; state: what the lab knew when it was written."""
        yield from self._beginning(record)
        yield from steering_faults(record, state)
        yield from self._time(record)
        if record.kind == "session":
            self.has_model, self.has_choice, self.has_end, self.asked_before = False, False, False, state.proposed
        elif record.kind in SEARCH:
            yield from self._searching(record, state)
        elif record.kind in ("opening", "certified", "shipped"):
            yield from self._after(record, state)
        if record.kind == UNCHANGED:
            yield from self._unchanged(state)
        if record.kind == "end":
            self.ended = state.session
        if record.kind == "model":
            self.has_model = True
        self.is_changed = record.kind != "end" and (self.is_changed or is_changed((record,)))

    def _unchanged(self, state: LabState) -> Iterator[str]:
        if self.has_end or self.has_choice:
            yield "a session that changed nothing, outside of one"
        is_same = self.ended is not None and state.session is not None and asks_the_same(self.ended, state.session)
        if self.is_changed or not is_same:
            yield "a session that ended as if nothing had changed since the last model"
        self.has_model = self.has_choice = self.has_end = True

    def left_out(self, state: LabState) -> Iterator[str]:
        """What is missing after the last record."""
        if state.end is None:
            return
        for number, entry in state.entries.items():
            result = entry.result
            if result is not None and result.failure is None and entry.verdict is None:
                yield f"#{number} has a result and no verdict"

    def _beginning(self, record: LedgerRecord) -> Iterator[str]:
        if not self.seen and record.kind != "task":
            yield "a ledger begins with its task"
        if record.kind in ONCE and record.kind in self.seen:
            yield f"a second {record.kind}"
        if record.kind == "vault" and "session" in self.seen:
            yield "a vault set aside after the search had begun"
        if record.kind == "session" and "rows" not in self.seen:
            yield "a search before its rows were written down"
        self.seen.add(record.kind)

    def _time(self, record: LedgerRecord) -> Iterator[str]:
        at, named = datetime.fromisoformat(record.at), record.body.get("seconds_in")
        if at.tzinfo is None:
            yield "a time without its offset"
            return
        seconds = float(named) if isinstance(named, int | float) else self.seconds
        if seconds < self.seconds:
            yield f"the lab's {seconds:g} seconds come after {self.seconds:g}"
        if self.at is not None and at < self.at - BACK:
            yield f"its time {record.at} is before that of the record before"
        elif self.at is not None and record.kind != "session" and not self.has_end:
            passed = (at - self.at).total_seconds()
            if passed < seconds - self.seconds - BACK.total_seconds():
                yield f"{seconds - self.seconds:.0f} s of work lie in {passed:.0f} s by the clock"
        self.at, self.seconds = at, max(seconds, self.seconds)

    def _searching(self, record: LedgerRecord, state: LabState) -> Iterator[str]:
        is_first = record.kind == "asked" and "session" not in self.seen
        if self.has_end and not is_first:
            yield f"a {record.kind} outside of any session of search"
        if record.kind == "asked":
            if record.experiment != state.next_number:
                yield f"#{record.experiment} follows #{state.next_number - 1}: experiments are missing or come again"
            if self.has_model:
                yield f"#{record.experiment} was asked after the model had been saved"
            yield from asked_faults(record, state)
        entry = state.entries.get(record.experiment or 0)
        if record.kind == "result" and entry is not None:
            yield from self._result(record, set(entry.folds), has_one=entry.result is not None)
        if record.kind == "end":
            yield from self._end(record, state)
        self.has_choice = self.has_choice or record.kind == "choice"

    def _result(self, record: LedgerRecord, known: set[int], *, has_one: bool) -> Iterator[str]:
        if has_one:
            yield f"a second result of #{record.experiment}"
        value = record.body.get("value")
        if isinstance(value, dict) and {fold.fold for fold in from_json(Result, value).folds} - known:
            yield f"#{record.experiment} has a result of folds that were never recorded"

    def _end(self, record: LedgerRecord, state: LabState) -> Iterator[str]:
        self.has_end = True
        session = state.session
        if not self.has_model:
            yield "a search that ended without a model"
        if not self.has_choice:
            yield "a figure without what it was chosen from"
        if session is None:
            return
        most = session.experiments
        if most is not None and state.proposed > max(most, self.asked_before):
            yield f"{state.proposed} experiments of a session that was to end with {most}"
        limit = session.seconds
        if limit is not None and self.seconds > limit + max(LATE_SECONDS, LATE_SHARE * limit):
            yield f"{self.seconds:.0f} s of a session that was to end after {limit:.0f} s"

    def _after(self, record: LedgerRecord, state: LabState) -> Iterator[str]:
        if record.kind == "shipped":
            if state.end is None:
                yield "a model that shipped before its search had ended"
            return
        if record.kind == "opening":
            value = record.body.get("value")
            named = value.get("opening") if isinstance(value, dict) else None
            if named != len(state.openings) + 1:
                yield f"opening {named} follows {len(state.openings)}: openings are missing or come again"
            return
        if self.certified == len(state.openings):
            yield f"a second figure of opening {self.certified}"
        self.certified = len(state.openings)
