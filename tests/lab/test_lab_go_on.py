"""A lab goes on: sessions as it was begun, pauses, what ends them, a model meanwhile."""

import json
import threading
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from time import monotonic

import pandas as pd
import pytest

from assay.core.clock import Budget, Deadline
from assay.core.errors import BudgetError, LabError, UsageError
from assay.core.event import Noted
from assay.lab.lab import Lab
from assay.lab.research_lab import GoOn, research_lab
from assay.lab.run_context import RunContext
from assay.search.score_goal import ScoreGoal
from assay.search.session_limits import SessionLimits, until_deadline
from assay.search.stored_settings import notices_of_places, settings_as_before
from assay.ship import snapshot
from assay.ship.snapshot_folder import snapshot_of
from assay.steering.inbox import Inbox
from lab.sessions_by_hand import LAB, After, begin, go_on, kinds, tell, wish


@pytest.mark.slow
def test_a_lab_goes_on_with_its_own_settings_and_the_same_decisions(here):
    without = frozenset({"catboost", "xgboost", "realmlp"})
    begin(4, without=without, seed=3)
    go_on(7)
    lab = Lab.open(LAB)
    assert lab.state.session.without == ("catboost", "realmlp", "xgboost")
    assert lab.state.proposed == 7
    assert lab.state.session.seed == 3
    tried = [one.key for one in lab.experiments if not one.is_blend]
    lab.close()
    begin(7, without=without, seed=3, out="whole.lab")
    whole = Lab.open("whole.lab")
    assert tried == [one.key for one in whole.experiments if not one.is_blend]
    whole.close()


@pytest.mark.slow
def test_a_pause_ends_a_session_and_a_resume_begins_one_with_the_same_decisions(made, run):
    made(experiments=2)
    woken = []

    def pause():
        tell("pause")
        threading.Timer(0.3, lambda: woken.append(tell("resume"))).start()

    go_on(6, listener=After({1: pause}))
    lab = Lab.open(LAB)
    assert woken
    assert kinds().count("session") == 3
    assert kinds().count("paused") == 1
    states = {answer.ended for answer in lab.state.steering.answers.values()}
    assert states == {"acted on"}
    assert not list(Inbox(LAB).waiting())
    tried = [one.key for one in lab.experiments if not one.is_blend]
    run(experiments=6, out="whole.lab")
    assert tried == [one.key for one in Lab.open("whole.lab").experiments if not one.is_blend]


def test_paused_time_is_not_worked_time(made):
    made(experiments=2)
    before = Lab.open(LAB).state.seconds
    go_on(3, listener=After({1: lambda: (tell("pause"), threading.Timer(1.5, lambda: tell("resume")).start())}))
    spent = Lab.open(LAB).state.seconds - before
    paused = [record for record in Lab.open(LAB).ledger.records() if record.kind == "paused"]
    assert len(paused) == 1
    later = [r.at for r in Lab.open(LAB).ledger.records() if r.number > paused[0].number]
    waited = (datetime.fromisoformat(later[-1]) - datetime.fromisoformat(paused[0].at)).total_seconds()
    assert waited > 1.4
    assert spent < waited


@pytest.mark.slow
def test_stop_keeps_the_best_and_orders_to_a_session_that_ended_expire(made):
    made(experiments=2)
    late = []
    go_on(30, listener=After({2: lambda: tell("stop"), 3: lambda: late.append(tell("pause"))}))
    lab = Lab.open(LAB)
    assert lab.summary().stopped_by == "interrupt"
    assert lab.state.model is not None
    assert lab.state.proposed < 30
    unanswered = tell("stop")
    go_on(lab.state.proposed + 1)
    answers = Lab.open(LAB).state.steering.answers
    assert answers[unanswered].ended == "expired"
    assert "no session" in answers[unanswered].why


def test_a_goal_ends_the_search_and_is_of_the_labs_own_metric(made):
    made(experiments=2)
    with pytest.raises(UsageError, match="another metric"):
        go_on(9, goal=ScoreGoal.parse("log_loss<=0.3"))
    with pytest.raises(UsageError, match="no metric is called so"):
        go_on(9, goal=ScoreGoal.parse("rocauc>=0.9"))
    with pytest.raises(UsageError, match="higher is better"):
        go_on(9, goal=ScoreGoal.parse("roc_auc<=0.9"))
    with pytest.raises(UsageError, match="met already"):
        go_on(9, goal=ScoreGoal.parse("roc_auc>=0.5"))
    with pytest.raises(UsageError, match="which score"):
        ScoreGoal.parse("better")


@pytest.mark.slow
def test_a_goal_that_is_reached_ends_the_search(run, here):
    run(experiments=1)
    go_on(40, goal=ScoreGoal.parse("roc_auc>=0.6"))
    lab = Lab.open(LAB)
    assert lab.summary().stopped_by == "goal"
    assert lab.state.proposed < 40


@pytest.mark.parametrize(("text", "now", "seconds"), [
    ("2h", "2026-11-23 10:00", 7200), ("90", "2026-11-23 10:00", 90), ("18:30", "2026-11-23 18:00", 1800),
    ("06:00", "2026-11-23 18:00", 43200), ("18:00", "2026-11-23 18:00", 86400),
])  # fmt: skip
def test_until_is_a_duration_or_the_next_such_time(text, now, seconds):
    found = until_deadline(text, now=datetime.fromisoformat(now))
    assert found.left == pytest.approx(seconds, abs=1.0)


@pytest.mark.parametrize("text", ["25:00", "18:61", "tomorrow", "", "-2h", "0s"])
def test_until_refuses_what_is_no_time(text):
    with pytest.raises(UsageError):
        until_deadline(text)


@pytest.mark.slow
def test_a_snapshot_predicts_while_the_search_goes_on_and_makes_way_for_the_model(made, monkeypatch):
    made(experiments=3)
    monkeypatch.setattr(snapshot, "EVERY_SECONDS", -1000.0)
    frame = pd.read_csv("shop.csv").head(20)
    seen = []

    def look():
        lab = Lab.open(LAB)
        if snapshot_of(LAB) is not None:
            seen.append((lab.predictor().predict(frame), lab.status()))
        lab.close()

    go_on(12, listener=After(dict.fromkeys(range(1, 12), look)))
    assert seen
    assert all(len(answers) == 20 for answers, _ in seen)
    assert all(status.snapshot and status.state == "running" for _, status in seen)
    assert snapshot_of(LAB) is None
    assert len(Lab.open(LAB).predictor().predict(frame)) == 20


def test_a_second_process_that_wants_to_search_is_refused_and_shown_the_inbox(made):
    made(experiments=2)
    said = []

    def second():
        with pytest.raises(LabError) as caught:
            go_on(9)
        said.append(caught.value)

    go_on(4, listener=After({1: second}))
    assert said
    assert any("assay hint" in line for line in said[0].do)
    assert "in use" in said[0].message


@pytest.mark.slow
def test_at_a_plateau_it_asks_and_goes_on_when_told(made, monkeypatch):
    made(experiments=9)
    monkeypatch.setattr("assay.search.loop.Loop._is_out_of_patience", lambda self: True)
    notes = []

    def hear(event):
        if isinstance(event, Noted) and event.notice.code == "search/plateau":
            notes.append(event.notice)
            tell("stop")

    context = RunContext(
        inline=True, limits=SessionLimits(until=Deadline.after(60.0), at_plateau="ask"), listener=hear,
        write_brief=False,
    )  # fmt: skip
    research_lab(LAB, GoOn(), context=context)
    assert len(notes) == 1
    assert "since the last keep" in notes[0].message
    assert kinds().count("paused") == 1
    assert "unchanged" in kinds()  # nothing had been tried yet


def test_a_lab_that_was_read_before_its_session_ended_is_not_called_idle(made):
    made(experiments=2)
    seen = []
    go_on(4, listener=After({1: lambda: seen.append(Lab.open(LAB))}))
    assert seen[0].status().state == "running"
    assert Lab.open(LAB).status().state == "finished"


@pytest.mark.slow
def test_where_all_is_void_and_the_budget_is_used_up_that_is_said(made):
    made(experiments=3)
    wish("never", "column", "age")
    with pytest.raises(BudgetError, match="No experiment stands: 3 scored ones are void") as caught:
        go_on(3)
    assert any("--experiments 10" in line for line in caught.value.do)
    go_on(10)
    assert Lab.open(LAB).state.model is not None


def test_researchers_can_be_named_and_are_known(made):
    made(experiments=2)
    context = RunContext(inline=True, write_brief=False)
    asked = GoOn(budget=Budget(experiments=4), changes=(("researchers", ("portfolio", "random")),))
    research_lab(LAB, asked, context=context)
    assert json.loads(Lab.open(LAB).state.session.settings)["researchers"] == ["portfolio", "random"]
    with pytest.raises(UsageError, match="no researcher is called so"):
        research_lab(LAB, GoOn(changes=(("researchers", ("grids",)),)), context=context)


@pytest.mark.slow
def test_families_are_named_anew_in_place_of_those_before_and_are_known(made):
    made(experiments=2)
    context = RunContext(inline=True, write_brief=False)
    for families, experiments in (({"linear"}, 4), ({"rule", "tree"}, 6)):
        before = len(Lab.open(LAB).experiments)
        asked = GoOn(budget=Budget(experiments=experiments), changes=(("families", frozenset(families)),))
        research_lab(LAB, asked, context=context)
        new = [one for one in Lab.open(LAB).experiments[before:] if not one.is_blend]
        assert {one.recipe.model.name for one in new} <= {*families, "constant"}
        assert len(new) > 0
    with pytest.raises(UsageError, match="no model family is called so"):
        research_lab(LAB, GoOn(changes=(("families", frozenset({"lihtgbm"})),)), context=context)
    assert Lab.open(LAB).state.session.without


def scored(lab):
    return sum(entry.result is not None for entry in lab.state.entries.values())


@pytest.mark.slow
def test_a_session_in_a_thread_can_be_watched_and_stopped(made):
    made(experiments=2)
    before, end = scored(Lab.open(LAB)), monotonic() + 50.0
    session = Lab.open(LAB).research(until=60.0, wait=False, n_jobs=1)
    try:
        assert session.look().path == Path(LAB)
        while (tried := scored(session.look()) - before) <= 0 and monotonic() < end:
            threading.Event().wait(0.2)
    finally:
        lab = session.stop()
    assert not session.is_running
    assert lab.state.model is not None
    assert tried > 0
    assert lab.summary().stopped_by == "interrupt"
    assert json.loads(lab.state.session.settings)["preset"] == "balanced"


def test_a_lab_names_no_file_that_is_written_and_a_folder_that_it_names_is_said(made):
    made(experiments=2)
    lab = Lab.open(LAB)
    session, usual = lab.state.session, json.loads(lab.state.session.settings)
    lab.close()
    heard = []
    for settings in ({"lab_memory": "/elsewhere/kept.json"}, {"text_models": ["/elsewhere/model"]}, {"lab_memory": ""}):
        state = replace(lab.state, session=replace(session, settings=json.dumps({**usual, **settings})))
        taken = settings_as_before(state, out=str(LAB), budget=Budget())
        assert taken.lab_memory in ("", "off")
        heard.append([one.message for one in notices_of_places(state, ())])
        assert not list(notices_of_places(state, settings))
    assert "/elsewhere/kept.json" in heard[0][0]
    assert "/elsewhere/model" in heard[1][0]
    assert heard[2] == []


@pytest.mark.slow
def test_a_memory_named_when_a_lab_began_is_named_again_to_be_written(here):
    kept = here / "kept.json"
    begin(2, lab_memory=str(kept), families=frozenset({"linear"}), without=frozenset())
    kept.unlink(missing_ok=True)
    heard = []
    go_on(3, listener=lambda event: heard.append(getattr(getattr(event, "notice", None), "code", "")))
    assert "session/place-unused" in heard
    assert not kept.exists()


def test_the_first_model_that_is_scored_predicts_at_once(made):
    made(experiments=2)
    frame, seen = pd.read_csv("shop.csv").head(5), list[tuple[str, ...]]()

    def look():
        lab = Lab.open(LAB)
        if snapshot_of(LAB) is not None:
            assert len(lab.predictor().predict(frame)) == 5
            seen.append(tuple(member.name for member in lab.predictor().members))
        lab.close()

    go_on(6, listener=After(dict.fromkeys((1, 2, 3, 4), look)))
    assert len(seen) >= 2
    assert not {"constant", "rule"}.issuperset(seen[-1])
