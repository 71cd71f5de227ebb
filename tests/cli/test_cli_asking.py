"""`fit` asks about suspicious columns only where somebody can answer."""

import io

import pytest

from assay.cli.console import Console, Stream
from assay.cli.prompts import MOST_ASKED, decide_at
from assay.core.inspection import advice_on_kept
from assay.core.task import Notice


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


def console(**options):
    out, err = (Stream.of(Terminal(), color="never", columns=100, environ={}) for _ in range(2))
    return Console(out, err, **options)


def suspicion(column, what="says nearly all"):
    return Notice(
        code="leak/nearly-target",
        message=f"{column} {what}. {advice_on_kept('leak/nearly-target')}",
        column=column,
        do=f"--drop {column}",
    )


@pytest.fixture
def typed(monkeypatch):
    def answers(text):
        stdin = Terminal(text)
        monkeypatch.setattr("sys.stdin", stdin)

    return answers


def test_a_yes_leaves_the_column_out_and_anything_else_keeps_it(typed):
    typed("y\n\nYES\nwhy?\n")
    screen = console()
    assert decide_at(screen)([suspicion(c) for c in "abcd"]) == ("a", "c")
    said = screen.err.file.getvalue()
    assert "a says nearly all." in said
    assert "Leave a out? Yes if it is not known when you predict. [y/N]" in said


def test_the_end_of_the_input_keeps_every_column(typed):
    typed("")
    assert decide_at(console())([suspicion("a"), suspicion("b")]) == ()


def test_a_column_is_asked_about_once_and_only_the_strongest_few_are(typed):
    typed("y\n" * 20)
    many = [suspicion(f"c{i}", why) for i in range(9) for why in ("says much", "is filled oddly")]
    assert decide_at(console())(many) == tuple(f"c{i}" for i in range(MOST_ASKED))


@pytest.mark.parametrize("options", [{"quiet": True}, {"json": True}])
def test_nobody_is_asked_who_wants_an_answer_only(typed, options):
    typed("y\n")
    assert decide_at(console(**options)) is None


def test_nobody_is_asked_through_a_pipe(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert decide_at(console()) is None
