"""What became of a message that was sent to a lab, as a value."""

from dataclasses import dataclass

from assay.core.hint import Hint
from assay.journal.state import LabState
from assay.journal.steering_records import AnswerRecord, HintRecord, MessageRecord
from assay.views.steering_views import wish_text


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """What became of a message so far.

    answer: None while a running session has not taken it, which it will. hints: what was made of it. holding: all that
    hold now. is_running: whether a session is running. has_model: whether a model was saved before.
    """

    message: MessageRecord
    answer: AnswerRecord | None = None
    hints: tuple[HintRecord, ...] = ()
    holding: tuple[Hint, ...] = ()
    is_running: bool = False
    has_model: bool = False

    def __repr__(self) -> str:
        """`<hint: h4 never day; not understood: "frob">`."""
        if self.answer is None:
            return f"<{self.message.kind}: sent, not taken yet>"
        made = [f"h{one.number} {one.wish.kind} {wish_text(one.wish)}" for one in self.hints]
        unknown = ", ".join(f'"{one.words}"' for one in self.answer.unknown)
        parts = [
            *made,
            *([f"not understood: {unknown}"] if unknown else []),
            *([] if made else [self.answer.why or self.message.text]),
        ]
        return f"<{self.message.kind} {self.answer.ended}: {'; '.join(part for part in parts if part)}>"


def sent_of(message: MessageRecord, state: LabState, *, is_running: bool) -> SentMessage:
    """What became of a message, by the records of its lab."""
    return SentMessage(
        message=message, answer=state.steering.answers.get(message.id), holding=state.hints, is_running=is_running,
        hints=tuple(state.steering.of_message(message.id)), has_model=state.model is not None,
    )  # fmt: skip
