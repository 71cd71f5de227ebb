"""Orders are answered by what is so: a pause of what is paused and a resume of what runs change nothing, and say so."""

import json
from pathlib import Path

import pytest

from assay.core.clock import Budget
from assay.core.errors import LabError, UsageError
from assay.core.event import Scored
from assay.journal.steering_records import MessageRecord
from assay.lab.lab import Lab
from assay.lab.research_lab import GoOn, research_lab
from assay.lab.run_context import RunContext
from assay.lab.send_message import send
from assay.steering.inbox import Inbox

LAB = Path("shop.lab")


def answers():
    opened = Lab.open(LAB)
    try:
        return opened.state.steering.answers
    finally:
        opened.close()


def go_on(experiments, *orders):
    """Go on, with these orders in the inbox once an experiment is scored."""

    def hear(event):
        if isinstance(event, Scored) and Inbox(LAB).is_empty() and len(answers()) < len(orders):
            for place, kind in enumerate(orders):
                Inbox(LAB).put(MessageRecord(id=f"{place}-{kind}", kind=kind, by="me"))

    context = RunContext(inline=True, listener=hear, write_brief=False)
    return research_lab(LAB, GoOn(budget=Budget(experiments=experiments)), context=context)


@pytest.mark.slow
def test_a_resume_of_what_runs_changes_nothing_and_says_so(made):
    made(experiments=2)
    go_on(5, "resume")
    found = answers()["0-resume"]
    assert found.ended == "acted on"
    assert found.why == "it runs, so there is nothing to resume"


def test_a_second_pause_and_what_follows_a_stop_are_answered_by_what_is_so(made):
    made(experiments=2)
    summary = go_on(30, "pause", "pause", "resume", "stop", "stop", "resume", "pause")
    found = {name: (one.ended, one.why) for name, one in answers().items()}
    assert found == {
        "0-pause": ("acted on", "the jobs that run end first"),
        "1-pause": ("acted on", "it is paused already"),
        "2-resume": ("acted on", "the search goes on"),
        "3-stop": ("acted on", "the best so far is saved"),
        "4-stop": ("acted on", "it is stopping already"),
        "5-resume": ("refused", "it is stopping"),
        "6-pause": ("refused", "it is stopping"),
    }
    assert summary.stopped_by == "interrupt"
    assert not any(record.kind == "paused" for record in Lab.open(LAB).ledger.records())


def test_a_second_research_of_a_lab_in_use_fails_at_once_without_waiting_too(made):
    made(experiments=2)
    said = []

    def hear(event):
        if isinstance(event, Scored) and not said:
            for wait in (False, True):
                with pytest.raises(LabError) as caught:
                    Lab.open(LAB).research(until=60.0, wait=wait, n_jobs=1)
                said.append((caught.value.message, caught.value.do))

    research_lab(LAB, GoOn(budget=Budget(experiments=4)), context=RunContext(inline=True, listener=hear))
    assert said[0] == said[1]
    assert "in use" in said[0][0]
    assert any("assay hint" in line for line in said[0][1])


def test_a_session_that_cannot_begin_says_so_at_once(made):
    made(experiments=2)
    with pytest.raises(UsageError, match="another metric"):
        Lab.open(LAB).research(until=60.0, wait=False, goal="log_loss<=0.3")


def test_files_refused_under_a_name_that_was_used_are_kept_and_answered_one_by_one(made):
    made(experiments=2)
    inbox = LAB / "inbox"
    inbox.mkdir()
    for text in ("[1]", "[2]", "[3]"):
        (inbox / "0-odd.json").write_text(text)
        send(LAB, "undo", number=9)
    aside = {file.name: file.read_text() for file in (inbox / "refused").iterdir()}
    assert aside == {"0-odd.json": "[1]", "0-odd-2.json": "[2]", "0-odd-3.json": "[3]"}
    found = answers()
    assert [found[name].ended for name in ("0-odd", "0-odd-2", "0-odd-3")] == ["refused"] * 3


def test_another_message_under_a_name_that_was_answered_is_put_aside_and_answered(made):
    made(experiments=2)
    first = MessageRecord(id="0-mine", kind="undo", number=7)
    for number in (7, 7, 8):  # the second is the file of the first that a kill left
        Inbox(LAB).put(MessageRecord(id="0-mine", kind="undo", number=number))
        send(LAB, "undo", number=9)
    found = answers()
    assert found["0-mine-2"].ended == "refused"
    assert "name was used before" in found["0-mine-2"].why
    (aside,) = (LAB / "inbox" / "refused").iterdir()
    assert aside.name == "0-mine-2.json"
    assert json.loads(aside.read_text())["message"]["number"] == 8
    opened = Lab.open(LAB)
    assert opened.state.steering.messages["0-mine"] == first
    assert sum(name.startswith("0-mine") for name in found) == 2
