"""At a plateau a person at the terminal is asked; anyone else is told how to go on."""

import io
import os
import tty
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assay.cli.console import Console, Stream
from assay.cli.line_layout import LineLayout, plain
from assay.cli.plateau_prompt import person_at
from assay.cli.watch_command import Standing, standing, standing_lines
from assay.core.clock import Budget, Deadline
from assay.core.event import Noted
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.person import TypedAnswer
from assay.lab.research_lab import GoOn, research_lab
from assay.lab.run_context import RunContext
from assay.search.loop import Loop
from assay.search.session_limits import SessionLimits
from assay.search.settings import FitSettings

LAB = Path("shop.lab")
SLOW = frozenset({"catboost", "xgboost", "realmlp", "svm", "extra_trees", "random_forest", "knn"})


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


def console(**options):
    out, err = (Stream.of(Terminal(), color="never", columns=100, environ={}) for _ in range(2))
    return Console(out, err, **options)


@pytest.fixture
def keys(monkeypatch):
    """keys(text): types it at a terminal that is this process's stdin."""
    master, slave = os.openpty()
    tty.setcbreak(master)
    with os.fdopen(slave, "r", closefd=True) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        yield lambda text: os.write(master, text.encode())
    os.close(master)


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A lab of some experiments, whose search is at a plateau whenever it looks."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(150, 3))
    frame = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "noise": x[:, 2]})
    frame["bought"] = frame["a"] + 2 * frame["b"] + rng.normal(size=150)
    frame.to_csv("shop.csv", index=False)
    settings = FitSettings(budget=Budget(experiments=6), out=str(LAB), without=SLOW)
    fit("shop.csv", TaskOptions(target="bought"), settings, context=RunContext(inline=True, write_brief=False))
    monkeypatch.setattr(Loop, "_is_out_of_patience", lambda self: True)
    monkeypatch.setattr("assay.lab.waiting.LOOKS_A_SECOND", 200.0)
    return LAB


def asked(person, listener=lambda event: None, *, path=LAB):
    limits = SessionLimits(until=Deadline.after(60.0), at_plateau="ask")
    context = RunContext(inline=True, limits=limits, listener=listener, person=person, write_brief=False)
    return research_lab(path, GoOn(), context=context)


class Typist:
    """Types the next answer as soon as the question is put."""

    def __init__(self, prompt, keys, *answers):
        self.prompt, self.keys, self.answers, self.hear, self.asked = prompt, keys, list(answers), prompt.hear, 0

    def ask(self, lab):
        self.prompt.ask(lab)
        self.asked += 1
        self.keys(self.answers.pop(0))

    def answer(self):
        return self.prompt.answer()


def test_what_is_typed_is_an_order_or_a_hint_and_an_empty_line_neither(keys):
    screen, cleared = console(), []
    person = person_at(screen, clear=lambda: cleared.append(1))
    person.ask("shop")
    assert cleared
    assert "Go on, stop, or try something?" in screen.err.file.getvalue()
    assert person.answer() is None
    keys("\n")
    assert person.answer() is None
    for text, answer in (
        ("go on\n", TypedAnswer(kind="resume")), (" G \n", TypedAnswer(kind="resume")),
        ("Stop.\n", TypedAnswer(kind="stop")), ("  ignore   day\n", TypedAnswer(kind="say", text="ignore day")),
        ("stop using knn\n", TypedAnswer(kind="say", text="stop using knn")),
    ):  # fmt: skip
        keys(text)
        assert person.answer() == answer


def test_what_was_typed_before_the_question_is_no_answer_to_it(keys):
    person = person_at(console(), clear=lambda: None)
    keys("stop\n")
    person.ask("shop")
    assert person.answer() is None


@pytest.mark.parametrize("options", [{"quiet": True}, {"json": True}])
def test_nobody_is_asked_who_wants_an_answer_only(keys, options):
    assert person_at(console(**options), clear=lambda: None) is None


def test_nobody_is_asked_through_a_pipe(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("stop\n"))
    assert person_at(console(), clear=lambda: None) is None


@pytest.mark.slow
def test_a_typed_hint_goes_through_the_inbox_and_the_search_goes_on_with_it(made, keys):
    screen = console()
    typist = Typist(person_at(screen, clear=lambda: None), keys, "frobnicate\n", "no knn\n", "stop\n")
    summary = asked(typist)
    opened = Lab.open(LAB)
    kinds = [record.kind for record in opened.ledger.records()]
    assert typist.asked == 3
    assert [hint.wish.names for hint in opened.hints] == [("knn",)]
    assert [m.text for m in opened.state.steering.messages.values()] == ["frobnicate", "no knn", ""]
    assert kinds.count("paused") == 2
    assert summary.stopped_by == "interrupt"
    said = screen.err.file.getvalue()
    assert "Not understood" in said
    assert "Understood, for shop" in said
    assert "Stopping shop: the best so far is saved." in said


class Looker:
    """Looks at the lab when it is asked, and stops the session."""

    def ask(self, lab):
        opened = Lab.open(LAB)
        self.status, self.open = opened.status(), len(opened.state.open())
        opened.close()

    def answer(self):
        return TypedAnswer(kind="stop")

    def hear(self, sent, lab):
        return


def test_while_it_waits_nothing_runs_and_what_was_begun_has_not_ended(made, monkeypatch):
    monkeypatch.setattr(Loop, "_is_out_of_patience", lambda loop: any(run.folds for run in loop.runs.values()))
    looker = Looker()
    asked(looker)
    assert looker.status.state == "paused"
    assert looker.open > 0
    assert looker.status.running == ()
    assert looker.status.unfinished == looker.open


@pytest.mark.parametrize(("name", "typed"), [("shop", "shop"), ("my shop", "'my shop'")])
def test_without_a_person_it_pauses_and_says_how_it_goes_on(made, name, typed):
    said, path = [], LAB.rename(f"{name}.lab")

    def hear(event):
        if isinstance(event, Noted) and event.notice.code == "search/plateau":
            said.append(event.notice.do)
            Lab.open(path).stop()

    asked(None, hear, path=path)
    assert said == [f'It waits: assay resume {typed}, assay stop {typed}, or assay hint {typed} "…"']


def test_watch_tells_a_pause_what_ends_it_and_what_was_measured(made):
    advice = ("rows: with 40 instead of 80 training rows #9 is 0.1 worse",)
    waits = Standing(paused="nothing is gained any more", advice=advice, seconds=65.0)
    layout = LineLayout(100)
    lines = [plain(line) for line in standing_lines(layout, waits, Standing(), lab="shop")]
    assert lines[0] == "1:05  plateau. Rows: with 40 instead of 80 training rows #9 is 0.1 worse."
    assert lines[1] == "1:05  paused: nothing is gained any more"
    assert any("assay resume shop" in line for line in lines)
    assert any("assay stop shop" in line for line in lines)
    assert standing_lines(layout, waits, waits, lab="shop") == []
    assert [plain(line) for line in standing_lines(layout, Standing(seconds=70.0), waits, lab="shop")] == [
        "1:10  goes on"
    ]
    assert standing(Lab.open(LAB)).paused == ""
