"""How a lab has been steered, as a fold over its ledger: messages, hints that hold, what is void, what is queued."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from assay.core.array import Json, JsonObject
from assay.core.codec import from_json
from assay.core.contract import LedgerRecord
from assay.core.hint import Hint
from assay.core.recipe import canonical, short_hash
from assay.journal.code_records import CodeRecord, SandboxRecord
from assay.journal.steering_records import (
    AnswerRecord,
    HintRecord,
    MessageRecord,
    PausedRecord,
    QueuedRecord,
    UndoneRecord,
    VoidRecord,
)


@dataclass(slots=True)
class GivenHint:
    """A hint with what became of it. proposed: the lab's count of experiments when it was given."""

    record: HintRecord
    proposed: int
    ended: str = ""
    """Why it holds no more, "" while it does."""
    ended_by: str = ""
    """The message that ended it, "" where it expired."""

    @property
    def hint(self) -> Hint:
        return Hint(number=self.record.number, wish=self.record.wish)


def _said(kind: str, body: JsonObject) -> Json:
    """What of such a record a person said, without what names the message."""
    return body.get({"hint": "wish", "queued": "recipe"}.get(kind, "number"))


@dataclass
class SteeringState:
    """Changed by `take` alone, which is given one record at a time."""

    messages: dict[str, MessageRecord] = field(default_factory=dict)
    answers: dict[str, AnswerRecord] = field(default_factory=dict)
    hints: dict[int, GivenHint] = field(default_factory=dict)
    voids: list[VoidRecord] = field(default_factory=list)
    void: dict[int, int] = field(default_factory=dict)
    """By experiment: the hint that made it void last."""
    queue: list[QueuedRecord] = field(default_factory=list)
    tries: Counter[int] = field(default_factory=Counter)
    """Experiments that follow a hint, by its number."""
    turns: int = 0
    """How often the search was steered: hints given and taken back, recipes added."""
    turns_at_end: int = 0
    """Of them, those that were there when the last search ended."""
    said: str = ""
    """A hash of all that a person said so far, in order; "" for nothing."""

    code: dict[str, CodeRecord] = field(default_factory=dict)
    """Sources that people brought, by digest, in order of arrival."""
    sandbox: SandboxRecord | None = None
    """What held them in the last session that asked."""

    paused: str = ""
    """Why the lab waits for a person, "" while it does not."""

    def take(self, kind: str, body: JsonObject, *, proposed: int) -> bool:
        """Apply a record of these kinds; False for any other. proposed: experiments that count, so far."""
        is_turn = kind in ("hint", "queued", "undone")
        self.turns += is_turn
        if is_turn and (kind != "undone" or body.get("message")):
            self.said = short_hash(f"{self.said} {kind} {canonical(_said(kind, body))}")
        if kind == "message":
            message = from_json(MessageRecord, body)
            self.messages[message.id] = message
        elif kind == "answered":
            answer = from_json(AnswerRecord, body)
            self.answers[answer.id] = answer
        elif kind == "hint":
            self._take_hint(from_json(HintRecord, body), proposed)
        elif kind == "undone":
            self._take_undone(from_json(UndoneRecord, body))
        elif kind == "void":
            found = from_json(VoidRecord, body)
            self.voids.append(found)
            self.void.update(dict.fromkeys(found.experiments, found.hint))
        elif kind == "paused":
            self.paused = from_json(PausedRecord, body).why
        elif kind == "queued":
            self.queue.append(from_json(QueuedRecord, body))
        else:
            return self._take_code(kind, body)
        return True

    def _take_undone(self, undone: UndoneRecord) -> None:
        given = self.hints[undone.number]
        given.ended, given.ended_by = ("undone" if undone.message else "expired"), undone.message
        for number in undone.restored:
            self.void.pop(number, None)

    def _take_code(self, kind: str, body: JsonObject) -> bool:
        """A source that came, or what holds them; False for any other record."""
        if kind == "sandbox":
            self.sandbox = from_json(SandboxRecord, body)
        elif kind == "code":
            known = from_json(CodeRecord, body)
            self.code.pop(known.digest, None)
            self.code[known.digest] = known
        return kind in ("code", "sandbox")

    def _take_hint(self, record: HintRecord, proposed: int) -> None:
        self.hints[record.number] = GivenHint(record, proposed)

    @staticmethod
    def is_by_person(record: LedgerRecord) -> bool:
        """Whether a hint was taken back by a message, and did not expire."""
        body = record.body.get("value")
        return isinstance(body, dict) and bool(body.get("message"))

    @property
    def next_hint(self) -> int:
        return max(self.hints, default=0) + 1

    def holding(self, proposed: int) -> tuple[Hint, ...]:
        """The hints that hold at this count of experiments, in order."""
        known = self.hints.values()
        return tuple(given.hint for given in known if not given.ended and not self.is_over(given, proposed))

    def is_over(self, given: GivenHint, proposed: int) -> bool:
        """Whether a hint has expired: what is to be tried by its own tries, a rule or a leaning by all experiments."""
        wish = given.record.wish
        spent = self.tries[given.record.number] if wish.kind == "try" else proposed - given.proposed
        return wish.expires is not None and spent >= wish.expires

    def of_message(self, message: str) -> Sequence[HintRecord]:
        """What was made of a message so far."""
        return [given.record for given in self.hints.values() if given.record.message == message]
