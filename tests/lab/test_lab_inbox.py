"""The inbox of a lab: every message is recorded and answered once, whatever it is and whoever is killed meanwhile."""

import json
import shutil
import sys

import pytest

from assay.core.errors import StorageError
from assay.core.event import Scored
from assay.core.hint import Wish
from assay.journal.steering_records import MessageRecord
from assay.lab.send_message import send
from assay.ledger.verify import verify
from assay.steering.inbox import MOST_BYTES, Inbox, new_id
from assay.steering.message_intake import turns_of
from assay.steering.steering_rules import left_out
from lab.sessions_by_hand import LAB, go_on, kinds, lab, wish


@pytest.mark.slow
def test_messages_while_a_session_runs_act_within_one_experiment(made):
    made(experiments=3)
    placed = {}

    def hear(event):
        if isinstance(event, Scored) and not placed:
            message = MessageRecord(
                id=new_id(), kind="wish", wishes=(Wish(kind="never", subject="column", names=("noise",)),)
            )
            Inbox(LAB).put(message)
            placed["after"] = event.number

    go_on(20, listener=hear)
    opened = lab()
    hint = next(r for r in opened.ledger.records() if r.kind == "hint")
    asked = [r for r in opened.ledger.records() if r.kind == "asked" and r.number > hint.number]
    assert asked
    assert all(left_out(opened.state.entries[r.experiment].experiment.recipe) == {"noise"} for r in asked
               if not opened.state.entries[r.experiment].experiment.is_blend)  # fmt: skip
    results = [r for r in opened.ledger.records() if r.kind == "result" and r.number < hint.number]
    assert max(r.experiment for r in results) <= placed["after"] + 1
    assert opened.audit().ok


def test_what_is_no_message_is_refused_recorded_and_put_aside(made):
    made(experiments=2)
    inbox = LAB / "inbox"
    inbox.mkdir()
    whole = json.dumps({"version": 1, "message": {"id": "0-cut", "kind": "pause"}})
    (inbox / "0-cut.json").write_text(whole[:-9])
    (inbox / "1-newer.json").write_text(json.dumps({"version": 2, "message": {"id": "1-newer", "kind": "pause"}}))
    (inbox / "2-large.json").write_bytes(b" " * (MOST_BYTES + 1))
    (inbox / "3-odd.json").write_text(json.dumps({"version": 1, "message": {"id": "3-odd", "kind": "dance"}}))
    (inbox / "4-name.json").write_text(json.dumps({"version": 1, "message": {"id": "other", "kind": "pause"}}))
    (inbox / "5-list.json").write_text("[1, 2]")
    (inbox / "6-utf.json").write_bytes(b"\xff\xfe\x00")
    (inbox / ".hidden.json").write_text("{}")
    (inbox / "notes.txt").write_text("mine")
    sent = send(LAB, "undo", number=1)
    answers = lab().state.steering.answers
    assert {name: answers[name].ended for name in answers if name[0] in "0123456"} | {
        sent.message.id: "refused"
    } == dict.fromkeys(answers, "refused")
    assert "of a newer Assay" in answers["1-newer"].why
    assert f"{MOST_BYTES:,}" in answers["2-large"].why
    assert {file.name[0] for file in (inbox / "refused").iterdir()} == set("0123456")
    assert sorted(file.name for file in inbox.iterdir()) == [".hidden.json", "notes.txt", "refused"]


@pytest.mark.slow
def test_a_thousand_messages_at_once_are_all_answered_once_and_in_order(made):
    made(experiments=2)
    for place in range(1000):
        Inbox(LAB).put(MessageRecord(id=f"{place:05d}-x", kind="undo", number=place + 5))
    send(LAB, "undo", number=3)
    steering = lab().state.steering
    assert len(steering.answers) == 1001
    assert list(steering.messages)[:1000] == sorted(steering.messages)[:1000]
    assert Inbox(LAB).is_empty()


@pytest.mark.parametrize("upto", ["message", "hint", "void"])
def test_a_message_that_a_kill_cut_off_is_acted_on_once(made, upto, cut_ledger):
    made(experiments=4)
    sent = wish("never", "column", "noise")
    before = lab()
    records = before.ledger.records()
    last = next(r.number for r in records if r.kind == upto)
    before.close()
    cut_ledger(LAB, last)
    Inbox(LAB).put(sent.message)  # its file is deleted after the answer alone
    send(LAB, "undo", number=9)
    opened = lab()
    kinds = [r.kind for r in opened.ledger.records()]
    assert (kinds.count("hint"), kinds.count("void"), kinds.count("message")) == (1, 1, 2)
    assert opened.state.steering.answers[sent.message.id].hints == (1,)
    assert not list(verify(opened.ledger.records()))


@pytest.mark.parametrize("upto", ["hint", "undone"])
def test_what_is_left_of_a_contradicted_hint_survives_a_kill(made, cut_ledger, upto):
    made(experiments=3)
    wish("never", "column", "city", "noise")
    sent = wish("keep", "column", "noise")
    records = [r for r in lab().ledger.records() if r.kind == upto]
    cut_ledger(LAB, records[1 if upto == "hint" else 0].number)
    Inbox(LAB).put(sent.message)
    send(LAB, "undo", number=99)
    holding = {(one.wish.kind, one.wish.names) for one in lab().state.hints}
    assert holding == {("keep", ("noise",)), ("never", ("city",))}
    assert lab().state.steering.void


def test_what_cannot_mean_anything_is_refused_and_harms_nothing(made):
    made(experiments=2)
    for bad in (
        Wish(kind="void", subject="column", names=("age",)), Wish(kind="keep", subject="move", names=("zz",)),
        Wish(kind="never", subject="experiment", names=("2",)),
        Wish(kind="prefer", subject="family", names=(), strength=2),
        Wish(kind="prefer", subject="move", names=("pairs",), strength=2000),
        Wish(kind="never", subject="column", names=("age",), expires=-1),
        Wish(kind="void", subject="experiment", names=("x",)),
    ):  # fmt: skip
        assert send(LAB, "wish", wishes=(bad,)).answer.ended == "refused"
    assert not lab().state.steering.hints
    go_on(3)


@pytest.fixture(params=["a file", "a link to nowhere"])
def blocked(request, made):
    """A lab in whose folder something else lies where its inbox would be; that is so for root, too."""
    made(experiments=2)
    if request.param == "a file":
        (LAB / "inbox").write_text("mine")
    else:
        (LAB / "inbox").symlink_to("nowhere")


@pytest.mark.parametrize("act", [lambda: send(LAB, "pause"), lambda: go_on(3), lambda: lab().status()],
                         ids=["send", "research", "status"])  # fmt: skip
def test_what_lies_where_the_inbox_would_be_is_named_and_left(blocked, act):
    before = kinds()
    with pytest.raises(StorageError, match=r"shop.lab.inbox is no folder") as caught:
        act()
    assert any("move it away" in line for line in caught.value.do)
    assert kinds() == before
    (LAB / "inbox").unlink()
    assert send(LAB, "undo", number=1).answer.ended == "refused"


LINKED = ("inbox", "inbox/refused", "work", "artifacts", "artifacts/new", "model", "brief.md", "research.log")


@pytest.mark.parametrize("place", LINKED)
def test_a_link_in_a_lab_is_not_followed(made, tmp_path, place):
    """What lies outside of the lab stays as it is: it is neither read as messages, nor put aside, written or swept."""
    made(experiments=2)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "settings.json").write_text('{"precious": 1}')
    (mine / ".draft.abcd1234.999999999.tmp").write_text("a draft")
    link = LAB / place
    link.parent.mkdir(exist_ok=True)
    if place == "inbox/refused":
        (link.parent / "nonsense.json").write_text("{}")
    elif link.is_dir():
        shutil.rmtree(link)
    link.unlink(missing_ok=True)
    link.symlink_to(mine if "." not in place else mine / "settings.json")
    before = {path.name: path.read_text() for path in mine.iterdir()}
    for act in (lambda: send(LAB, "undo", number=1), lambda: go_on(3)):
        with pytest.raises(StorageError, match="but a link") as caught:
            act()
        assert any("move it away" in line for line in caught.value.do)
    assert {path.name: path.read_text() for path in mine.iterdir()} == before


def test_a_lab_that_cannot_be_written_says_which_file(made):
    """A folder in the place of the lock, which nobody can write, whoever they are."""
    made(experiments=2)
    (LAB / "writer.lock").unlink()
    (LAB / "writer.lock").mkdir()
    for act in (lambda: go_on(3), lambda: send(LAB, "pause")):
        with pytest.raises(StorageError, match=r"writer.lock cannot be written: Is a directory"):
            act()
    assert Inbox(LAB).is_empty()  # what was refused is not acted on later
    (LAB / "writer.lock").rmdir()
    go_on(3)
    assert lab().audit().ok


@pytest.mark.skipif(sys.platform == "win32", reason="has no limit to the size of files")
def test_a_message_that_finds_no_space_is_not_half_sent(made):
    import resource

    made(experiments=2)
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, usual[1]))
    try:
        with pytest.raises(StorageError, match="inbox cannot be written: File too large"):
            send(LAB, "pause")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert not list((LAB / "inbox").iterdir())


def test_a_stop_is_final(made):
    assert list(turns_of(("stop", "pause", "resume"))) == ["stop"]
    assert list(turns_of(("pause", "stop"))) == ["stop"]
    assert list(turns_of(("pause", "resume"))) == []
