"""Where nothing is gained any more a search studies itself, and goes on with what was proposed."""

import pytest

from assay.core.clock import Budget, Deadline
from assay.core.event import Noted
from assay.journal.steering_records import MessageRecord
from assay.lab.lab import Lab
from assay.lab.research_lab import GoOn, research_lab
from assay.lab.run_context import RunContext
from assay.search.loop import Loop
from assay.search.session_limits import SessionLimits
from assay.steering.inbox import Inbox, new_id
from samples.studied_labs import searched, sloped


@pytest.fixture
def vaulted_lab(tmp_path, monkeypatch):
    """A lab with a vault, whose search is at a plateau at once."""
    path = searched(sloped(1000), tmp_path, vault=0.2)
    monkeypatch.setattr(Loop, "_is_out_of_patience", lambda self: True)
    return path


def go_on(path, *, until, stop_at=1):
    """A session that is stopped once so many experiments of studies are scored; returns codes of notices."""
    notices, scored = [], []

    def hear(event):
        if isinstance(event, Noted):
            notices.append(event.notice)
        number = getattr(event, "number", None)
        if number and Lab.open(path).entry(number).experiment.by == "study":
            scored.append(number)
            if len(scored) == stop_at:
                Inbox(path).put(MessageRecord(id=new_id(), kind="stop"))

    limits = SessionLimits(until=Deadline.after(until), at_plateau="go-on")
    context = RunContext(inline=True, limits=limits, listener=hear, write_brief=False)
    research_lab(path, GoOn(budget=Budget()), context=context)
    return notices


@pytest.mark.slow
def test_a_plateau_is_studied_and_what_is_proposed_is_tried(vaulted_lab):
    notices = go_on(vaulted_lab, until=60.0)
    lab = Lab.open(vaulted_lab)
    kinds = [note.kind for note in lab.state.studies]
    assert {"slices", "residuals", "families"} <= set(kinds)
    assert {note.asked_by for note in lab.state.studies} == {"plateau"}
    assert [fact.columns for note in lab.state.studies for fact in note.found if fact.code == "segment_slope"]
    assert any(notice.code == "study/found" for notice in notices)
    tried = [e.experiment for e in lab.state.entries.values() if e.experiment.by == "study"]
    assert tried
    assert all(one.parents and one.pool == "adaptive" for one in tried)
    assert lab.audit().ok
    before = len(kinds)
    go_on(vaulted_lab, until=5.0, stop_at=99)
    champion = Lab.open(vaulted_lab).state.studies[0].of
    again = [note.kind for note in Lab.open(vaulted_lab).state.studies if note.of == champion]
    assert len(again) == len(set(again)) >= before - 1  # of one champion no kind twice
