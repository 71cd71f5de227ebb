"""What the command line says of pause, resume and stop, by what was so before."""

import pytest

from assay.cli.line_layout import LineLayout, plain
from assay.cli.steer_lines import sent_lines
from assay.journal.steering_records import AnswerRecord, MessageRecord
from assay.lab.sent_message import SentMessage
from assay.steering.message_intake import FOLLOWS, NO_SESSION, NOTHING, STOPPING


@pytest.mark.parametrize(("kind", "ended", "why", "said"), [
    ("resume", "acted on", FOLLOWS["resume"], "Going on with bank: the search goes on."),
    ("resume", "acted on", NOTHING["resume"], "bank: it runs, so there is nothing to resume."),
    ("pause", "acted on", NOTHING["pause"], "bank: it is paused already."),
    ("pause", "refused", STOPPING, "bank: it is stopping."),
    ("stop", "acted on", NOTHING["stop"], "bank: it is stopping already."),
    ("stop", "expired", NO_SESSION, "bank: no session is running, so there is nothing to stop."),
])  # fmt: skip
def test_an_order_is_answered_by_what_comes_of_it(kind, ended, why, said):
    message = MessageRecord(id="1", kind=kind)
    sent = SentMessage(message=message, answer=AnswerRecord(id="1", ended=ended, why=why))
    first, *rest = [plain(line) for line in sent_lines(LineLayout(100, ascii=False), sent, lab="bank")]
    assert first == said
    assert any("assay resume bank" in line for line in rest) == (kind == "pause" and ended == "acted on")
