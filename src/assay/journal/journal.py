"""The only writer of a lab's ledger: every record is appended first, then applied to the state."""

from dataclasses import dataclass, field

from assay.core.clock import Clock
from assay.core.codec import to_json
from assay.core.contract import Ledger
from assay.journal.state import LabState


@dataclass
class Journal:
    """Appends records and keeps the state they fold into. `seconds` covers all sessions of the lab."""

    ledger: Ledger
    state: LabState
    clock: Clock
    started: float
    before: float = field(default=0.0)
    stands: bool = False
    """Whether the lab is paused, so that no time counts."""

    @classmethod
    def start(cls, ledger: Ledger, state: LabState, clock: Clock, *, started: float) -> "Journal":
        """Begin a session; `started` is its time on the clock."""
        return cls(ledger, state, clock, started, before=state.seconds)

    @property
    def session_seconds(self) -> float:
        """Seconds since this session began."""
        return 0.0 if self.stands else self.clock.now() - self.started

    def pause(self) -> None:
        """From here on no time counts, until `go_on`."""
        self.before, self.stands = self.seconds, True

    def go_on(self) -> None:
        """Begin another session in the same process."""
        self.started, self.stands = self.clock.now(), False

    @property
    def seconds(self) -> float:
        return self.before + self.session_seconds

    @property
    def head(self) -> str:
        """Number and hash of the last record, to be noted elsewhere; "" before the first record."""
        return "" if self.state.head is None else self.state.head.text

    def write(self, kind: str, value: object, *, experiment: int | None = None, durable: bool = False) -> None:
        """Append one record; durable ones survive a power cut."""
        body = {"value": to_json(value), "seconds_in": round(self.seconds, 3)}
        self.state.apply(self.ledger.append(kind, body, experiment=experiment, durable=durable))
