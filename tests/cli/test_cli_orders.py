"""What the command line says of pause, resume and stop, by what was so before."""

from dataclasses import replace

import pytest

from assay.cli.line_layout import LineLayout, plain
from assay.cli.status_lines import go_on_command, status_lines
from assay.cli.steer_lines import sent_lines
from assay.core.lab_views import InboxView
from assay.core.vault_views import VaultView
from assay.journal.steering_records import AnswerRecord, MessageRecord
from assay.lab.sent_message import SentMessage
from assay.steering.message_intake import FOLLOWS, NO_SESSION, NOTHING, STOPPING
from samples import sample_views


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


def test_a_message_that_was_not_taken_yet_is_said_to_be_sent_and_named_once_in_the_status():
    sent = SentMessage(message=MessageRecord(id="1", kind="pause"), is_running=True)
    (line,) = [plain(spans) for spans in sent_lines(LineLayout(200, ascii=False), sent, lab="bank")]
    assert line.startswith("Sent. The session ")
    waits = InboxView(id="1", kind="pause", what="pause", state="waiting", why="")
    status = sample_views.lab_status(inbox=(waits,))
    shown = "\n".join(plain(spans) for spans in status_lines(LineLayout(200, ascii=False), status, lab="bank"))
    assert "1 message not taken yet: pause\n" in shown


@pytest.mark.parametrize(("state", "who"), [("running", "the session makes"), ("finished", "assay research makes")])
def test_a_model_of_void_experiments_is_made_anew_by_the_session_or_by_research(state, who):
    status = replace(sample_views.lab_status(), state=state, is_outdated=True)
    again = go_on_command(status, "my lab")
    shown = "\n".join(
        plain(spans) for spans in status_lines(LineLayout(200, ascii=False), status, lab="my lab", again=again)
    )
    assert who in shown
    assert ("assay research 'my lab'" in shown) == (state == "finished")


@pytest.mark.parametrize(("openings", "says"), [(0, "is opened"), (2, "is opened for this model")])
def test_findings_are_sealed_until_the_vault_is_opened_for_what_ships(openings, says):
    vault = VaultView(rows=800, openings=openings, finding=False, why="", shipped="")
    status = replace(sample_views.lab_status(), vault=vault, is_certified=False)
    shown = [plain(spans) for spans in status_lines(LineLayout(200, ascii=False), status, lab="bank")]
    assert any(line.endswith(f"sealed until the vault {says}") for line in shown)
