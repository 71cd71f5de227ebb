"""Where nothing is gained any more a session measures what would help: rows, columns, time, once for each champion."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Budget, Deadline
from assay.core.errors import DataWarning, LabError, UsageError
from assay.core.event import Noted
from assay.core.figure import Difference
from assay.core.usage import ColumnLoss
from assay.core.views import MoreRows, Plateau
from assay.evidence.learning_curve_fit import learning_curve
from assay.journal.steering_records import MessageRecord
from assay.lab.lab import Lab
from assay.lab.research_lab import GoOn, research_lab
from assay.lab.run_context import RunContext
from assay.report.plateau_text import plateau_sentences
from assay.search.loop import Loop
from assay.search.session_limits import SessionLimits
from assay.search.stop_rule import FEWEST, PlateauDetector
from assay.steering.inbox import Inbox, new_id

LAB = Path("shop.lab")


@pytest.fixture
def lab(run, monkeypatch):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 3))
    table = {"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "bought": x @ [1.0, 2.0, 0.0] + rng.normal(size=400)}
    run(table, experiments=9)
    monkeypatch.setattr(Loop, "_is_out_of_patience", lambda self: True)
    return LAB


def go_on(*, at_plateau="go-on", until=None, experiments=None):
    """A session that is stopped by a message as soon as it has told of a plateau; returns the notices."""
    notices = []

    def hear(event):
        if isinstance(event, Noted) and event.notice.code == "search/plateau":
            notices.append(event.notice)
            Inbox(LAB).put(MessageRecord(id=new_id(), kind="stop"))

    limits = SessionLimits(until=Deadline() if until is None else Deadline.after(until), at_plateau=at_plateau)
    context = RunContext(inline=True, limits=limits, listener=hear, write_brief=False)
    asked = GoOn(budget=Budget() if experiments is None else Budget(experiments=experiments))
    summary = research_lab(LAB, asked, context=context)
    return notices, summary


def records(*kinds):
    opened = Lab.open(LAB)
    try:
        return [record for record in opened.ledger.records() if record.kind in kinds]
    finally:
        opened.close()


@pytest.mark.slow
def test_a_plateau_measures_rows_and_columns_in_the_labs_metric_and_status_tells_it(lab):
    (notice,), summary = go_on(until=60.0)
    opened = Lab.open(LAB)
    state = opened.state
    assert summary.stopped_by == "interrupt"
    assert state.plateau.number == state.more.number == state.champion
    assert (state.more.half_rows, state.more.of_rows) == (160, 320)
    assert state.more.half_low <= state.more.half <= state.more.half_high
    assert [one.name for one in state.plateau.columns][:2] == ["b", "a"]
    assert {one.name for one in state.plateau.columns} == {"a", "b", "c"}
    status = opened.status()
    assert len(status.would_help) == 2
    assert all(sentence[1:] in notice.message for sentence in status.would_help)
    assert "160 instead of 320 training rows" in notice.message
    assert f"#{state.champion}" in notice.message
    assert "shuffled" in notice.message
    assert opened.audit().ok


@pytest.mark.slow
def test_the_same_champion_is_not_measured_twice(lab):
    go_on(until=60.0)
    measured = [record.body["value"] for record in records("plateau", "more")]
    (again,), _ = go_on(until=60.0)
    assert len(measured) == 2
    assert [record.body["value"] for record in records("plateau", "more")] == measured
    assert "training rows" in again.message


@pytest.mark.slow
def test_a_session_that_ends_at_a_plateau_measures_too_and_says_it(lab):
    (notice,), _ = go_on(until=60.0, at_plateau="stop")
    assert "unchanged" in [record.kind for record in Lab.open(LAB).ledger.records()]
    assert "training rows" in notice.message
    assert len(records("more")) == 1


@pytest.mark.slow
def test_what_would_take_too_much_of_the_time_left_is_not_measured_and_that_is_said(lab, monkeypatch):
    monkeypatch.setattr("assay.lab.plateau.seconds_of", lambda state, workers: 700.0)
    (notice,), _ = go_on(until=60.0)
    assert "not measured" in notice.message
    assert "11 min 40 s" in notice.message
    assert not records("more")


@pytest.mark.slow
def test_an_exact_run_measures_nothing_and_decides_as_ever(lab, run):
    go_on(experiments=12)
    assert not records("plateau", "more")
    tried = [one.key for one in Lab.open(LAB).experiments if not one.is_blend]
    table = {name: column.to_numpy() for name, column in rows_of(LAB).items()}
    run(table, experiments=12, out="whole.lab")
    assert tried == [one.key for one in Lab.open("whole.lab").experiments if not one.is_blend]


@pytest.mark.slow
@pytest.mark.parametrize(("at_plateau", "said"), [("ask", 1), ("stop", 1), ("go-on", 0)])
def test_an_exact_run_says_that_it_knows_no_plateau_where_one_is_asked_for(lab, at_plateau, said):
    notices = []

    def hear(event):
        if isinstance(event, Noted) and event.notice.code == "search/no-plateau":
            notices.append(event.notice)

    limits = SessionLimits(at_plateau=at_plateau)
    context = RunContext(inline=True, limits=limits, listener=hear, write_brief=False)
    research_lab(LAB, GoOn(budget=Budget(experiments=10)), context=context)
    assert len(notices) == said
    assert all(f"--at-plateau {at_plateau}" in one.message and "--time-limit" in one.do for one in notices)


@pytest.mark.slow
def test_a_plateau_says_what_more_experiments_promise_once_that_can_be_said(lab):
    (notice,), _ = go_on(until=60.0)
    assert "too early" not in notice.message
    assert Lab.open(LAB).status().advice == ""


@pytest.mark.slow
def test_from_python_a_plateau_is_a_warning_while_it_is_waited_for(lab):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        session = Lab.open(LAB).research(until=60.0, wait=False, at_plateau="ask", n_jobs=1)
        while session.look().status().state != "paused":
            with pytest.raises(LabError, match="still runs"):
                session.wait(0.1)
        session.look().stop()
        ended = session.wait()
    assert "unchanged" in [record.kind for record in ended.ledger.records()]
    assert len(caught) == 1
    assert caught[0].category is DataWarning
    assert "since the last keep" in str(caught[0].message)
    assert "assay resume shop" in str(caught[0].message)


@pytest.mark.slow
def test_a_warning_that_is_an_error_leaves_no_session_behind(lab):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        session = Lab.open(LAB).research(until=60.0, wait=False, at_plateau="ask", n_jobs=1)
        with pytest.raises(DataWarning, match="since the last keep"):
            session.wait(60.0)
    assert "unchanged" in [record.kind for record in session.stop().ledger.records()]


@pytest.mark.parametrize("word", ["pause", "go_on", ""])
def test_what_follows_a_plateau_is_one_of_three(word):
    with pytest.raises(UsageError, match="stop, go-on, ask"):
        SessionLimits.of(60.0, ends_otherwise=False, at_plateau=word)


def rows_of(path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 3))
    y = x @ [1.0, 2.0, 0.0] + rng.normal(size=400)
    return pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "bought": y})


@pytest.mark.slow
def test_a_new_champion_and_a_barred_column_take_the_advice_away(lab):
    go_on(until=60.0)
    Lab.open(LAB).forbid("b")
    research_lab(LAB, GoOn(budget=Budget(experiments=14)), context=RunContext(inline=True, write_brief=False))
    opened = Lab.open(LAB)
    assert opened.state.champion != opened.state.plateau.number
    assert opened.status().would_help == ()
    assert opened.summary().more is None


def test_the_window_of_a_plateau_begins_with_the_blend_that_was_in_force_then():
    plateau = PlateauDetector()
    for seconds in (1.0, 10.0):
        plateau.note(seconds, np.full(3, seconds))
    for step in range(FEWEST):
        plateau.note(20.0 + step, None)
    assert plateau.since(40.0, 25.0) == 15.0
    assert plateau.since(40.0, 5.0) == 20.0, "the window holds the last eight"
    assert PlateauDetector().since(40.0, 5.0) is None


def sentences(**fields):
    gain = Difference(value=0.0003, origin="oof", sigma=0.0002, df=9, n_units=9, low=-0.0001, high=0.0007, p=1, e=1)
    more = MoreRows(
        number=9, rows=5000, value=0.002, low=0.0004, high=0.004, is_visible=True, of_rows=8000, half_rows=4000,
        half=0.012, half_low=0.008, half_high=0.016,
    )  # fmt: skip
    losses = (("month", 0.05), ("day", 0.03), ("age", 0.02), ("job", 0.01), ("x", 0.0001))
    columns = tuple(ColumnLoss(name=n, loss=v, low=v - 0.002, high=v + 0.002) for n, v in losses)
    known = {"number": 9, "experiments": 140, "seconds": 720.0, "gain": gain, "columns": columns, "more": more}
    given = known | fields
    rows = given.pop("more")
    return plateau_sentences(Plateau(**given), rows, metric="ROC AUC")


def test_what_was_measured_is_said_with_its_interval_and_nothing_else():
    rows, columns, time = sentences()
    assert rows == (
        "rows: with 4,000 instead of 8,000 training rows #9 is 0.012 worse in ROC AUC (95 % 0.008 to 0.016); 5,000 "
        "more may bring +0.0020 (95 % 0.0004 to 0.0040), by its learning curve; that is expected, not measured"
    )
    assert columns == (
        "columns: month, day and age carry 91 % of what #9 loses when columns are shuffled one at a time; 1 of 5 makes "
        "no visible difference"
    )
    assert time == "time: 140 experiments in 12 min moved the blend by +0.0003 (95 % −0.0001 to 0.0007) in ROC AUC"


def test_what_was_not_measured_is_not_said():
    assert sentences(gain=None, columns=(), more=None) == ()
    blind = MoreRows(number=9, rows=50, value=0.002, low=-0.1, high=0.1, is_visible=False, of_rows=80, half_rows=40,
                     half=-0.01, half_low=-0.02, half_high=0.01)  # fmt: skip
    (rows, *_) = sentences(more=blind)
    assert rows == (
        "rows: with 40 instead of 80 training rows #9 is not visibly worse in ROC AUC (95 % −0.020 to 0.010); its "
        "learning curve expects no visible gain of 50 more"
    )
    nothing = tuple(ColumnLoss(name=n, loss=0.0, low=-0.1, high=0.1) for n in "abc")
    assert sentences(columns=nothing)[1] == "columns: none of 3 makes a visible difference to #9 when it is shuffled"
    late = sentences(more=None, unmeasured=700.0)
    assert late[0] == "rows: not measured, as a learning curve would take about 11 min 40 s"


@pytest.mark.slow
def test_half_of_the_rows_is_compared_on_the_same_rows(lab):
    opened = Lab.open(LAB)
    rng, y = np.random.default_rng(0), opened.folder.target.values
    made = {size: [y + rng.normal(size=len(y)) * 20 / size] for size in (10, 20, 40)}
    curve = learning_curve(opened.scorer.metric, opened.scorer.rows, made)
    found = curve.gained(20, 40)
    scores = {size: opened.scorer.figure_score(stored[0]) for size, stored in made.items()}
    sign = 1.0 if opened.scorer.metric.higher_is_better else -1.0
    assert found.value == pytest.approx(sign * (scores[40] - scores[20]))
    assert found.low_95 < found.value < found.high_95
    assert found.is_visible
