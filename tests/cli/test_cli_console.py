"""Streams: colour, marks, width."""

import io
import json

import pytest

from assay.cli.console import Console, Stream
from assay.cli.line_layout import LineLayout, Span, cut_middle, line, wrap


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def stream(environ: dict[str, str], *, terminal: bool = True, color: str = "auto") -> Stream:
    file = Terminal() if terminal else io.StringIO()
    return Stream.of(file, color=color, columns=None, environ=environ)  # type: ignore[arg-type]


def test_a_terminal_gets_colour_and_a_pipe_does_not() -> None:
    assert stream({}).color
    assert not stream({}, terminal=False).color


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_also_means_ascii_marks(environ: dict[str, str]) -> None:
    found = stream(environ)
    assert not found.color
    assert found.rendered(line(Span("● σ ━ ✗", "good"))) == "* sigma - x"


def test_a_dumb_terminal_has_no_live_display() -> None:
    assert not stream({"TERM": "dumb"}).is_terminal


def test_the_option_wins_over_the_environment() -> None:
    assert stream({"NO_COLOR": "1"}, color="always").color
    assert not stream({"FORCE_COLOR": "1"}, color="never").color
    assert stream({"FORCE_COLOR": "1"}, terminal=False).color


def test_columns_come_from_the_environment_and_default_to_a_hundred() -> None:
    assert stream({"COLUMNS": "72"}).layout.columns == 72
    assert stream({}, terminal=False).layout.columns == 100


def test_an_output_that_cannot_show_a_letter_shows_a_question_mark() -> None:
    class Latin(Terminal):
        encoding = "latin-1"

    found = Stream.of(Latin(), color="never", columns=80, environ={})
    assert found.rendered(line("größe ● 日")) == "größe * ?"


def test_colour_is_around_words_and_never_in_them() -> None:
    found = stream({})
    assert found.rendered(line("a ", Span("kept", "good"))) == "a \x1b[32mkept\x1b[0m"


def test_with_json_the_document_is_the_only_answer() -> None:
    out = Stream(io.StringIO(), LineLayout(), color=False, is_terminal=False)
    place = Console(out, out, json=True)
    place.answer([line("for people")])
    place.document({"schema": "x/1"})
    assert isinstance(out.file, io.StringIO)
    assert json.loads(out.file.getvalue()) == {"schema": "x/1"}


def test_a_number_stays_with_its_unit_when_text_wraps() -> None:
    for columns in range(24, 60):
        lines = wrap(LineLayout(columns), "poutcome and the 81.7 % of rows that took 4 min 10 s each", indent=0)
        assert not any(text.startswith("%") for text in lines)


def test_a_path_is_cut_in_the_middle() -> None:
    assert cut_middle("/a/very/long/path/to/bank.lab/model", 20) == "/a/very/l….lab/model"
    assert len(cut_middle("x" * 90, 20)) == 20
    assert cut_middle("short", 20) == "short"


@pytest.mark.parametrize("terminal", [True, False])
def test_a_name_from_the_data_steers_no_terminal(terminal: bool) -> None:
    found = stream({}, terminal=terminal, color="never")
    assert found.rendered(line(Span("a\x1b]0;title\x07\u202eb", "bad"))) == r"a\u001b]0;title\u0007\u202eb"


def test_an_answer_as_it_is_steers_no_terminal_and_stays_whole_in_a_file() -> None:
    for terminal, shown in ((True, r"a\u001b[2J"), (False, "a\x1b[2J")):
        out = stream({}, terminal=terminal)
        Console(out, out).text("a\x1b[2J")
        assert out.file.getvalue() == shown


def test_a_document_spells_what_would_steer_and_stays_json() -> None:
    out = stream({}, terminal=False)
    Console(out, out, json=True).document({"name": "a\x9b2J\u202e"})
    assert not {"\x9b", "\u202e"} & set(out.file.getvalue())
    assert json.loads(out.file.getvalue()) == {"name": "a\x9b2J\u202e"}
