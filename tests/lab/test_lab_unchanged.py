"""A session that tries nothing and hears nothing leaves the model, its figure and its certificate as they are."""

import threading

import pytest

from assay.core.clock import Deadline
from assay.core.event import Noted
from assay.lab.lab import Lab
from assay.lab.research_lab import GoOn, certify_lab, research_lab
from assay.lab.run_context import RunContext
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.search.session_limits import SessionLimits
from lab.sessions_by_hand import LAB, After, begin, go_on, kinds, tell, wish


def head_of(lab):
    state = lab.state
    return state.end, state.certified, state.shipped, state.model, state.blend


def looked(act):
    opened = Lab.open(LAB)
    try:
        return act(opened)
    finally:
        opened.close()


@pytest.fixture
def certified(big):
    begin(stop_after=3, vault=0.3)
    certify_lab(LAB, context=RunContext(inline=True, write_brief=False))


@pytest.mark.slow
@pytest.mark.parametrize("ends", ["by its own end", "with its budget"])
def test_a_certified_lab_stays_certified_where_nothing_was_tried(big, ends):
    begin(4, vault=0.3)  # which opens the vault at its end
    before, expected = looked(head_of), looked(lambda lab: lab.expected)
    notes, experiments = [], looked(lambda lab: lab.state.proposed)
    hear = lambda event: notes.append(event.notice.code) if isinstance(event, Noted) else None  # noqa: E731
    if ends == "by its own end":
        go_on(until=Deadline.after(-1.0), listener=hear)
    else:
        go_on(experiments, listener=hear)
    assert "session/unchanged" in notes
    assert looked(head_of) == before
    assert looked(lambda lab: lab.expected) == expected
    assert looked(lambda lab: lab.status().state) == "finished"
    assert looked(lambda lab: lab.audit()).ok
    assert kinds().count("opening") == 1


@pytest.mark.slow
def test_what_was_said_or_asked_otherwise_makes_another_choice(certified):
    before = looked(lambda lab: lab.state.end_record)
    wish("never", "column", "noise")
    go_on(looked(lambda lab: lab.state.proposed) + 3)
    assert looked(lambda lab: lab.state.end_record) > before
    assert looked(lambda lab: lab.audit()).ok


@pytest.mark.slow
def test_a_lab_that_was_stopped_is_opened_when_its_budget_is_used_up(big):
    begin(stop_after=3, vault=0.3)
    go_on(looked(lambda lab: lab.state.proposed))
    assert kinds().count("opening") == 1


@pytest.mark.slow
def test_a_session_that_did_change_something_cannot_end_as_if_it_had_not(certified):
    wish("never", "column", "noise")
    ledger = SqliteLedger.open(LAB)
    session = [record for record in ledger.records() if record.kind == "session"][-1]
    for kind, value in (("session", session.body["value"]), ("unchanged", {"stopped_by": "until"})):
        ledger.append(kind, {"value": value, "seconds_in": 1e4})
    ledger.close()
    order = next(check for check in looked(lambda lab: lab.audit()).checks if check.name == "order")
    assert any("as if nothing had changed" in one.what for one in order.differ)


@pytest.mark.slow
def test_a_pause_before_anything_is_tried_and_a_stop_take_nothing_away(big):
    begin(4, vault=0.3)
    before = looked(head_of)
    tell("pause")
    threading.Timer(0.3, lambda: tell("resume")).start()
    go_on(until=Deadline.after(1.0), listener=After({1: lambda: tell("stop")}), experiments=4)
    assert looked(head_of) == before
    assert looked(lambda lab: lab.audit()).ok


@pytest.mark.slow
def test_a_session_that_was_killed_as_it_began_takes_nothing_away(big, cut_ledger):
    begin(4, vault=0.3)
    before = looked(head_of)
    go_on(until=Deadline.after(-1.0))
    session = [record for record in looked(lambda lab: lab.ledger.records()) if record.kind == "session"][-1]
    cut_ledger(LAB, session.number)
    assert looked(lambda lab: lab.state.end) is None
    go_on(until=Deadline.after(-1.0))
    assert looked(head_of) == before
    go_on(4)
    assert kinds().count("opening") == 1
    assert looked(lambda lab: lab.audit()).ok


@pytest.mark.slow
def test_a_model_that_was_damaged_is_made_again(big):
    begin(4)
    manifest = LAB / "model" / "manifest.json"
    manifest.write_bytes(manifest.read_bytes() + b" x")
    go_on(until=Deadline.after(-1.0))
    assert looked(lambda lab: lab.audit()).ok


@pytest.mark.slow
def test_how_patiently_and_in_what_memory_does_not_change_what_was_chosen(big):
    begin(4, vault=0.3)
    before = looked(head_of)
    asked = GoOn(changes=(("patience", False), ("memory_bytes", 2 * 10**9)))
    context = RunContext(inline=True, limits=SessionLimits(until=Deadline.after(-1.0)), write_brief=False)
    research_lab(LAB, asked, context=context)
    assert looked(head_of) == before
    research_lab(LAB, GoOn(changes=(("seed", 5),)), context=context)
    assert looked(lambda lab: lab.state.end_record) > 0
    assert kinds().count("end") == 2


@pytest.mark.slow
def test_a_forged_session_that_asked_otherwise_is_found(big):
    begin(4, vault=0.3)
    ledger = SqliteLedger.open(LAB)
    session = [record for record in ledger.records() if record.kind == "session"][-1]
    for kind, value in (("session", {**session.body["value"], "seed": 99}), ("unchanged", {"stopped_by": "until"})):
        ledger.append(kind, {"value": value, "seconds_in": 1e4})
    ledger.append("unchanged", {"value": {"stopped_by": "until"}, "seconds_in": 1e4})
    ledger.close()
    order = next(check for check in looked(lambda lab: lab.audit()).checks if check.name == "order")
    assert len([one for one in order.differ if "changed" in one.what]) >= 2
