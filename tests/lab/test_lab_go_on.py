"""A lab goes on: sessions as it was begun, pauses, the vault only when it is due, a model meanwhile."""

import json
import threading
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Budget, Deadline
from assay.core.errors import LabError, UsageError
from assay.core.event import Finishing, Noted, Scored
from assay.data.options import TaskOptions
from assay.journal.steering_records import MessageRecord
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.research_lab import GoOn, certify_lab, research_lab
from assay.lab.run_context import RunContext
from assay.ledger.verify import verify
from assay.search.score_goal import ScoreGoal
from assay.search.session_limits import SessionLimits, until_deadline
from assay.search.settings import FitSettings
from assay.ship import snapshot
from assay.ship.snapshot import snapshot_of
from assay.steering.inbox import Inbox, new_id

LAB = Path("shop.lab")
SLOW = frozenset({"catboost", "xgboost", "realmlp", "svm", "extra_trees", "random_forest", "knn"})


def kinds(path=LAB):
    lab = Lab.open(path)
    try:
        return [record.kind for record in lab.ledger.records()]
    finally:
        lab.close()


def begin(experiments=9, *, stop_after=0, seed=0, without=SLOW, **settings):
    """A fit, stopped by hand once so many experiments are scored."""
    asked = {"budget": Budget(experiments=experiments), "out": str(LAB), "seed": seed, "without": without}
    context = {"interrupt": threading.Event()}
    if stop_after:
        context["listener"] = After({stop_after: context["interrupt"].set})
    return fit(
        "shop.csv", TaskOptions(target="bought", seed=seed), FitSettings(**asked | settings),
        context=RunContext(inline=True, write_brief=False, **context),
    )  # fmt: skip


def go_on(experiments=None, *, listener=lambda event: None, **limits):
    asked = GoOn(budget=Budget(experiments=experiments) if experiments else Budget())
    context = RunContext(inline=True, limits=SessionLimits(**limits), listener=listener, write_brief=False)
    return research_lab(LAB, asked, context=context)


def tell(kind, path=LAB, **content):
    message = MessageRecord(id=new_id(), kind=kind, by="me", **content)
    Inbox(path).put(message)
    return message.id


class After:
    """Sends messages, or sets a stop, once so many experiments have been scored."""

    def __init__(self, plan):
        self.plan, self.scored = dict(plan), 0

    def __call__(self, event):
        if isinstance(event, Scored):
            self.scored += 1
            act = self.plan.pop(self.scored, None)
            if act is not None:
                act()


@pytest.fixture
def big(here):
    rng = np.random.default_rng(1)
    n = 420
    age, city = rng.normal(40, 9, n).round(1), rng.choice(["Köln", "Bonn", "Ulm"], n)
    bought = rng.random(n) < 1 / (1 + np.exp(-(age - 40) / 5 - (city == "Ulm")))
    pd.DataFrame({
        "age": age, "city": city, "noise": rng.normal(size=n), "bought": np.where(bought, "yes", "no")
    }).to_csv("shop.csv", index=False)  # fmt: skip
    return here


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


def test_the_end_of_a_session_does_not_open_the_vault_and_the_end_of_a_budget_does(big):
    begin(stop_after=2, vault=0.3)
    assert "opening" not in kinds()
    go_on(until=Deadline.after(-1.0))
    assert "opening" not in kinds()
    assert Lab.open(LAB).summary().stopped_by == "until"
    go_on(12)
    assert kinds().count("opening") == 1


def test_a_vault_is_opened_by_certify_once_for_what_ships(big):
    begin(stop_after=2, vault=0.3)
    summary = certify_lab(LAB, context=RunContext(inline=True))
    assert summary.expect.origin == "vault"
    assert summary.vault.openings == 1
    with pytest.raises(LabError, match="certified as it is"):
        certify_lab(LAB, context=RunContext(inline=True))
    assert kinds().count("opening") == 1
    lab = Lab.open(LAB)
    assert lab.audit().ok


def while_saved(act):
    """A listener that acts once, when the search is over and its model is being saved."""
    done = []

    def hear(event):
        if isinstance(event, Finishing) and not done:
            done.append(event)
            act()

    return hear


def test_a_word_said_before_the_opening_is_recorded_before_it(big):
    begin(stop_after=2, vault=0.3)
    go_on(5, listener=while_saved(lambda: tell("say", text="keep age")))
    found = kinds()
    assert found.index("hint") < found.index("opening")
    assert found.count("opening") == 1
    assert Lab.open(LAB).audit().ok


def test_a_word_that_makes_void_what_ships_keeps_the_vault_sealed_until_others_are_chosen(big):
    begin(stop_after=2, vault=0.3)
    noted, leak = [], while_saved(lambda: tell("say", text="age leaks"))

    def hear(event):
        leak(event)
        if isinstance(event, Noted):
            noted.append(event.notice.code)

    go_on(5, listener=hear)
    assert "opening" not in kinds()
    assert "vault/still-sealed" in noted
    go_on(Lab.open(LAB).state.proposed + 3)
    opened = Lab.open(LAB)
    assert kinds().count("opening") == 1
    assert "age" not in {column.name for column in opened.predictor().schema.features}
    assert opened.audit().ok


def test_an_opening_that_a_kill_cut_off_is_ended_and_not_paid_for_again(big, cut_ledger):
    begin(4, vault=0.3)
    whole = Lab.open(LAB)
    figure, records = whole.expected, whole.ledger.records()
    whole.close()
    cut_ledger(LAB, next(r.number for r in records if r.kind == "opening"))
    begin(4, vault=0.3)
    lab = Lab.open(LAB)
    assert kinds().count("opening") == 1
    assert (lab.expected.value, lab.expected.low, lab.expected.high) == (figure.value, figure.low, figure.high)
    assert lab.audit().ok


def test_an_opening_that_was_cut_off_is_paid_for_where_anything_changed_since(big, cut_ledger):
    """What the killed process knew may have been read, so another model is a second look."""
    begin(4, vault=0.3)
    cut_ledger(LAB, next(r.number for r in Lab.open(LAB).ledger.records() if r.kind == "opening"))
    go_on(6)
    lab = Lab.open(LAB)
    assert kinds().count("opening") == 2
    assert lab.expected.level == pytest.approx(1 - 0.05 / 4)
    assert lab.audit().ok


def test_certify_refuses_a_lab_without_a_vault_and_a_file_that_changed(big, run):
    run(experiments=2, out="none.lab")
    with pytest.raises(LabError, match="begun without a vault"):
        certify_lab(Path("none.lab"), context=RunContext(inline=True))
    begin(stop_after=2, vault=0.3)
    pd.read_csv("shop.csv").iloc[:-30].to_csv("shop.csv", index=False)
    before = kinds()
    with pytest.raises(LabError, match="changed"):
        certify_lab(LAB, context=RunContext(inline=True))
    assert kinds() == before


def test_twenty_pauses_and_three_sessions_open_the_vault_once_and_try_what_is_tried_undisturbed(big):
    begin(stop_after=2, vault=0.3)

    def blink():
        tell("pause")
        threading.Timer(0.05, lambda: tell("resume")).start()

    for _ in range(3):
        go_on(until=Deadline.after(60.0), listener=After(dict.fromkeys(range(1, 9), blink) | {9: lambda: tell("stop")}))
    assert kinds().count("opening") == 0
    assert kinds().count("paused") >= 20
    go_on(Lab.open(LAB).state.proposed + 1)
    tried = [one.key for one in Lab.open(LAB).experiments if not one.is_blend]
    assert len(tried) == len(set(tried))
    assert kinds().count("opening") == 1
    assert not list(verify(Lab.open(LAB).ledger.records()))


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
    lab = Lab.open(LAB)
    assert len(notes) == 1
    assert "since the last keep" in notes[0].message
    assert kinds().count("paused") == 1
    assert lab.summary().stopped_by == "interrupt"


def test_researchers_can_be_named_and_are_known(made):
    made(experiments=2)
    context = RunContext(inline=True, write_brief=False)
    asked = GoOn(budget=Budget(experiments=4), changes=(("researchers", ("portfolio", "random")),))
    research_lab(LAB, asked, context=context)
    assert json.loads(Lab.open(LAB).state.session.settings)["researchers"] == ["portfolio", "random"]
    with pytest.raises(UsageError, match="no researcher is called so"):
        research_lab(LAB, GoOn(changes=(("researchers", ("grids",)),)), context=context)


def test_a_session_in_a_thread_can_be_watched_and_stopped(made):
    made(experiments=2)
    session = Lab.open(LAB).research(until=60.0, wait=False, n_jobs=1)
    try:
        assert session.look().path == Path(LAB)
    finally:
        lab = session.stop()
    assert not session.is_running
    assert lab.state.model is not None
    assert lab.summary().stopped_by == "interrupt"
    assert json.loads(lab.state.session.settings)["preset"] == "balanced"
