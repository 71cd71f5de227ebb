"""A session that tries nothing and hears nothing leaves the model, its figure and its certificate as they are."""

from dataclasses import replace

import pytest

from assay.core.clock import Deadline
from assay.core.event import Noted
from assay.lab.lab import Lab
from assay.lab.research_lab import certify_lab
from assay.lab.run_context import RunContext
from assay.ledger.sqlite_ledger import SqliteLedger
from lab.sessions_by_hand import LAB, begin, go_on, kinds, wish


def head_of(lab):
    state = lab.state
    return replace(state.end, stopped_by="until"), state.certified, state.shipped, state.model, state.blend


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


def test_what_was_said_or_asked_otherwise_makes_another_choice(certified):
    before = looked(lambda lab: lab.state.end_record)
    wish("never", "column", "noise")
    go_on(looked(lambda lab: lab.state.proposed) + 3)
    assert looked(lambda lab: lab.state.end_record) > before
    assert looked(lambda lab: lab.audit()).ok


def test_a_lab_that_was_stopped_is_opened_when_its_budget_is_used_up(big):
    begin(stop_after=3, vault=0.3)
    go_on(looked(lambda lab: lab.state.proposed))
    assert kinds().count("opening") == 1


def test_a_session_that_did_change_something_cannot_end_as_if_it_had_not(certified):
    wish("never", "column", "noise")
    ledger = SqliteLedger.open(LAB)
    session = [record for record in ledger.records() if record.kind == "session"][-1]
    for kind, value in (("session", session.body["value"]), ("unchanged", {"stopped_by": "until"})):
        ledger.append(kind, {"value": value, "seconds_in": 1e4})
    ledger.close()
    order = next(check for check in looked(lambda lab: lab.audit()).checks if check.name == "order")
    assert any("as if nothing had changed" in one.what for one in order.differ)
