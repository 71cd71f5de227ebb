"""What is said while a search runs."""

import errno
import io
import json
import re
from dataclasses import dataclass

import pytest

from assay.cli.console import Console, Stream
from assay.cli.line_layout import LineLayout
from assay.cli.progress_watchers import JsonLines, LiveDisplay, PlainLines, stop_text, watching
from assay.core.errors import StorageError
from assay.core.event import Finishing, Noted, Scored, Status
from assay.core.task import Notice
from samples import sample_views


@dataclass
class HandClock:
    seconds: float = 0.0

    def now(self) -> float:
        return self.seconds


def console(*, terminal: bool = False, quiet: bool = False, columns: int = 100) -> Console:
    out = Stream(io.StringIO(), LineLayout(columns), color=False, is_terminal=terminal)
    err = Stream(io.StringIO(), LineLayout(columns), color=False, is_terminal=terminal)
    return Console(out, err, quiet=quiet)


class HungUp(io.StringIO):
    """A terminal that was closed, before the signal of it is handled."""

    def write(self, text: str) -> int:
        raise OSError(errno.EIO, "Input/output error")


def said(place: Console) -> str:
    assert isinstance(place.err.file, io.StringIO)
    assert isinstance(place.out.file, io.StringIO)
    assert place.out.file.getvalue() == ""
    return place.err.file.getvalue()


def scored(seconds: float, number: int, status: Status = "kept") -> Scored:
    score = sample_views.figure(0.8068) if status != "failed" else None
    return Scored(
        elapsed_seconds=seconds, number=number, what="catboost", status=status, score=score, against=None,
        detail="memory" if score is None else "",
    )  # fmt: skip


def test_plain_lines_begin_with_the_elapsed_time() -> None:
    place = console()
    PlainLines(place, clock=HandClock()).hear(scored(34.0, 17))
    assert said(place) == "0:34 kept #17 catboost, 0.807 out-of-fold\n"


def test_at_most_one_plain_line_comes_each_ten_seconds() -> None:
    place, clock = console(), HandClock()
    watcher = PlainLines(place, clock=clock)
    for second in range(60):
        clock.seconds = float(second)
        watcher.hear(scored(float(second), second))
    assert len(said(place).splitlines()) <= 6


def test_a_keep_is_told_before_the_news_that_came_after_it() -> None:
    place, clock = console(), HandClock()
    watcher = PlainLines(place, clock=clock)
    watcher.hear(scored(0.0, 1))
    watcher.hear(scored(2.0, 2))
    watcher.hear(sample_views.progress(9))
    clock.seconds = 11.0
    watcher.hear(scored(11.0, 3, "failed"))
    assert "0:02 kept #2" in said(place)


def test_a_warning_is_never_held_back() -> None:
    place = console()
    watcher = PlainLines(place, clock=HandClock())
    watcher.hear(scored(0.0, 1))
    watcher.hear(Noted(elapsed_seconds=1.0, notice=Notice(code="a", message="age is odd", do="drop it")))
    assert "0:01 age is odd. drop it." in said(place)


def test_verbose_tells_every_experiment() -> None:
    place = console()
    watcher = PlainLines(place, verbose=True, clock=HandClock())
    for number in range(1, 6):
        watcher.hear(scored(1.0, number, "dropped"))
    assert said(place).count("dropped #") == 5


def test_quiet_says_nothing() -> None:
    place = console(quiet=True)
    with watching(place, events=False, verbose=False) as watcher:
        watcher.hear(sample_views.understood())
        watcher.hear(scored(1.0, 1))
    assert said(place) == ""


def test_events_are_json_lines_in_place_of_progress() -> None:
    place = console(terminal=True)
    with watching(place, events=True, verbose=False) as watcher:
        assert isinstance(watcher, JsonLines)
        watcher.hear(sample_views.understood())
        watcher.hear(sample_views.progress(3))
    names = [json.loads(text)["event"] for text in said(place).splitlines()]
    assert names == ["understood", "progress"]


def test_a_pipe_gets_no_cursor_codes() -> None:
    place = console()
    with watching(place, events=False, verbose=False) as watcher:
        for event in (
            sample_views.understood(),
            sample_views.progress(17),
            scored(1.0, 1),
            Finishing(elapsed_seconds=3, message="m"),
        ):
            watcher.hear(event)
    assert "\x1b" not in said(place)


def test_the_live_display_leaves_the_head_and_takes_itself_away() -> None:
    place = console(terminal=True)
    with watching(place, events=False, verbose=False) as watcher:
        assert isinstance(watcher, LiveDisplay)
        watcher.hear(sample_views.understood())
        watcher.hear(sample_views.progress(17))
    shown = said(place)
    assert shown.startswith("bank.csv.gz   45,211 rows")
    assert "17 of about 30 experiments" in shown
    lines_drawn = len(re.findall(r"┤|━ *─", shown))
    assert lines_drawn > 0
    assert shown.rstrip().endswith("\x1b[2K") or "\x1b[1A" in shown
    assert "\x1b[?25h" in shown


@pytest.mark.parametrize("columns", [80, 100, 120])
def test_a_key_shown_behind_the_live_display_starts_no_new_line(columns: int) -> None:
    place = console(terminal=True, columns=columns)
    with watching(place, events=False, verbose=False) as watcher:
        watcher.hear(sample_views.progress(17))
    drawn = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said(place)).replace("\r", "\n").split("\n")
    assert max(len(text) for text in drawn) + len("^C") < columns


@pytest.mark.parametrize(("count", "text"), [(17, "saving the best of 17"), (0, "Stopping. Ctrl-C again")])
def test_stopping_says_what_is_saved(count: int, text: str) -> None:
    assert text in stop_text(count)


def test_a_closed_terminal_ends_no_search() -> None:
    """The search hears of it by a signal; what is shown until then is shown to nobody."""
    gone = Stream(HungUp(), LineLayout(100), color=False, is_terminal=True)
    watcher = LiveDisplay(Console(gone, gone), verbose=True)
    watcher.hear(scored(1.0, 1))
    watcher.hear(sample_views.progress(9))
    watcher.hear(scored(2.0, 2))
    watcher.close()
    with pytest.raises(StorageError, match="cannot be written"):
        Stream(HungUp(), LineLayout(100), color=False, is_terminal=False).put("to a file")
