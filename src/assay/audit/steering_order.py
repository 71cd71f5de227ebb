"""What records of steering can say, given those before: hints of messages, voids by their rules, one answer each."""

from collections.abc import Callable, Iterator, Mapping

from assay.core.array import JsonObject
from assay.core.codec import from_json
from assay.core.contract import LedgerRecord
from assay.core.experiment import Experiment
from assay.journal.code_records import CodeRecord
from assay.journal.state import LabState
from assay.journal.steering_records import (
    AnswerRecord,
    HintRecord,
    MessageRecord,
    QueuedRecord,
    UndoneRecord,
    VoidRecord,
)
from assay.steering.code_intake import calls_of
from assay.steering.message_intake import restored_by, voided_by
from assay.steering.steering_rules import SteeringRules
from assay.user_code.source import digest_of


def steering_faults(record: LedgerRecord, state: LabState) -> Iterator[str]:
    """Why a record of steering is impossible; state: what the lab knew when it was written."""
    body, look = record.body.get("value"), LOOKS.get(record.kind)
    if look is not None and isinstance(body, dict):
        yield from look(body, state)


def asked_faults(record: LedgerRecord, state: LabState) -> Iterator[str]:
    """The rule that an experiment breaks which is asked for here."""
    body = record.body.get("value")
    experiment = from_json(Experiment, body) if isinstance(body, dict) else None
    if experiment is None or experiment.is_blend:
        return
    for name, digest, _ in calls_of(experiment.recipe):
        if digest not in state.steering.code:
            yield f"#{experiment.number} was asked for before the source that its {name} calls was added"
    broken = SteeringRules.of(state.hints).broken_by(experiment)
    if broken:
        yield f"#{experiment.number} was asked for against a rule: {broken}"


def _message(body: JsonObject, state: LabState) -> Iterator[str]:
    message = from_json(MessageRecord, body)
    if message.id in state.steering.messages:
        yield f"a second message {message.id}"


def _queued(body: JsonObject, state: LabState) -> Iterator[str]:
    if from_json(QueuedRecord, body).message not in state.steering.messages:
        yield "a recipe that nobody added"


def _code(body: JsonObject, state: LabState) -> Iterator[str]:
    code = from_json(CodeRecord, body)
    if code.message not in state.steering.messages:
        yield f"a source {code.name}.py that nobody added"
    elif digest_of(state.steering.messages[code.message].source) != code.digest:
        yield f"{code.name}.py is not the source of its message"


def _answered(body: JsonObject, state: LabState) -> Iterator[str]:
    answer = from_json(AnswerRecord, body)
    if answer.id not in state.steering.messages:
        yield f"an answer to {answer.id}, which was never received"
    if answer.id in state.steering.answers:
        yield f"a second answer to {answer.id}"


def _hint(body: JsonObject, state: LabState) -> Iterator[str]:
    hint = from_json(HintRecord, body)
    if hint.number != state.steering.next_hint:
        yield f"h{hint.number} follows h{state.steering.next_hint - 1}: hints are missing or come again"
    if hint.message not in state.steering.messages:
        yield f"h{hint.number} of a message that was never received"


def _void(body: JsonObject, state: LabState) -> Iterator[str]:
    void = from_json(VoidRecord, body)
    given = state.steering.hints.get(void.hint)
    if given is None:
        yield f"experiments void by h{void.hint}, which nobody gave"
        return
    known = voided_by(given.record.wish, state)
    if set(void.experiments) != set(known) - state.steering.void.keys():
        yield f"h{void.hint} voids {len(void.experiments)} experiments, other than its rule says"


def _undone(body: JsonObject, state: LabState) -> Iterator[str]:
    undone = from_json(UndoneRecord, body)
    given = state.steering.hints.get(undone.number)
    if given is None or given.ended:
        yield f"h{undone.number} ends, which does not hold"
        return
    if not undone.message and not state.steering.is_over(given, state.proposed):
        yield f"h{undone.number} expired before its time"
    if undone.restored != restored_by(undone.number, state):
        yield f"the end of h{undone.number} restores other experiments than were void by it"


LOOKS: Mapping[str, Callable[[JsonObject, LabState], Iterator[str]]] = {
    "message": _message, "hint": _hint, "void": _void, "undone": _undone, "queued": _queued, "answered": _answered,
    "code": _code,
}  # fmt: skip
