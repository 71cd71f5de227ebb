"""Watchers of a search's events: live display, plain lines, JSON lines, or none."""

import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TextIO, cast

from assay.cli.console import Console, Stream
from assay.cli.json_documents import event_document
from assay.cli.line_layout import Line, Span, line
from assay.cli.live_lines import aged, live_lines
from assay.cli.task_summary import head_lines, noise_lines
from assay.core.clock import Clock, SystemClock
from assay.core.event import Event, Finishing, NoiseKnown, Noted, Progress, Scored, Understood
from assay.report.event_text import scored_text, stop_text, with_stop
from assay.report.phrases import clock_text, count_text

if TYPE_CHECKING:
    from rich.live import Live
    from rich.text import Text

REDRAWS_PER_SECOND = 4
SECONDS_BETWEEN_LINES = 10.0
KEY_ECHO = 3
"""Free columns at the end of a line: a terminal echoes a pressed Ctrl-C as ^C, and if that wrapped, the display would
be erased one line too low."""


class Watcher(ABC):
    """Receives every event of a search, one at a time."""

    @abstractmethod
    def hear(self, event: Event) -> None: ...
    def stop(self, by_key: bool) -> None:
        """A person (by_key) or another program requested a stop; called inside a signal handler."""
        return

    def close(self) -> None:
        """Nothing more will happen."""
        return


@contextmanager
def watching(console: Console, *, events: bool, verbose: bool) -> Iterator[Watcher]:
    """The watcher for this console, closed at the end so that no progress output remains."""
    watcher = _watcher(console, events=events, verbose=verbose)
    try:
        yield watcher
    finally:
        watcher.close()


def _watcher(console: Console, *, events: bool, verbose: bool) -> Watcher:
    if events:
        return JsonLines(console)
    if console.quiet:
        return Silence()
    return LiveDisplay(console, verbose) if console.err.is_terminal else PlainLines(console, verbose)


class Silence(Watcher):
    """Ignores all events."""

    def hear(self, event: Event) -> None:
        return


@dataclass(frozen=True)
class JsonLines(Watcher):
    """One JSON object per line for every event."""

    console: Console

    def hear(self, event: Event) -> None:
        self.console.event(event_document(event))


def lasting_lines(console: Console, event: Event) -> list[Line]:
    """The part of an event that stays in the scrollback: the task, the noise, warnings."""
    layout = console.err.layout
    if isinstance(event, Understood):
        return head_lines(layout, event)
    if isinstance(event, NoiseKnown):
        return noise_lines(layout, event)
    if isinstance(event, Noted):
        return [line(Span(f"  {clock_text(event.elapsed_seconds)} ", "dim"), noted_text(event))]
    return []


def noted_text(event: Noted) -> str:
    """A warning in one sentence or two."""
    return " ".join(with_stop(part) for part in (event.notice.message, event.notice.do) if part)


@dataclass
class PlainLines(Watcher):
    """Plain lines with the elapsed time first, at most one every ten seconds; task and warnings are immediate.

    Between lines the newest keep is remembered, else the progress. verbose: every experiment.
    """

    console: Console
    verbose: bool = False
    clock: Clock = field(default_factory=SystemClock)
    _printed_at: float = float("-inf")
    _held: str = ""
    _is_keep: bool = False
    _done: int = 0

    def hear(self, event: Event) -> None:
        if isinstance(event, Progress):
            self._done = event.experiments
        lasting = lasting_lines(self.console, event)
        if lasting:
            self.console.say(lasting)
        elif isinstance(event, Scored) and self.verbose:
            self._tell(f"{clock_text(event.elapsed_seconds)} {scored_text(event)}")
        elif not isinstance(event, Understood | NoiseKnown | Noted):
            self._hold(event)

    def _hold(self, event: Scored | Progress | Finishing) -> None:
        is_keep = isinstance(event, Scored) and event.status == "kept"
        if is_keep or not self._is_keep:
            text = _plain_text(event)
            self._held = f"{clock_text(event.elapsed_seconds)} {text}" if text else self._held
            self._is_keep = is_keep
        if self._held and self.clock.now() - self._printed_at >= SECONDS_BETWEEN_LINES:
            self._tell(self._held)

    def _tell(self, text: str) -> None:
        self.console.say([line(text)])
        self._printed_at, self._held, self._is_keep = self.clock.now(), "", False

    def stop(self, by_key: bool) -> None:
        os.write(self.console.err.file.fileno(), f"{stop_text(self._done, by_key=by_key)}\n".encode())

    def close(self) -> None:
        if self._held and self._is_keep:
            self._tell(self._held)


def _plain_text(event: Scored | Progress | Finishing) -> str:
    if isinstance(event, Scored):
        return scored_text(event) if event.status in ("kept", "failed") else ""
    if isinstance(event, Finishing):
        return event.message
    if event.stage == "finish":
        return event.message or "search over"
    best = "" if event.best is None else f", best {event.best.text} out-of-fold (#{event.best_number})"
    return f"{count_text(event.experiments)} of about {count_text(event.expected_experiments)} experiments{best}"


@dataclass(frozen=True, slots=True)
class _TerminalFile:
    """A file for rich that writes like the console does, so that a terminal that was closed ends no search."""

    stream: Stream

    @property
    def encoding(self) -> str:
        return getattr(self.stream.file, "encoding", None) or "utf-8"

    def write(self, text: str) -> int:
        self.stream.put(text)
        return len(text)

    def flush(self) -> None:
        return


@dataclass
class LiveDisplay(Watcher):
    """Redrawn in place at most four times a second, removed at the end; task and warnings scroll above it."""

    console: Console
    verbose: bool = False
    clock: Clock = field(default_factory=SystemClock)
    _live: "Live | None" = None
    _snapshot: tuple[Progress, float] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _is_stopping: bool = False
    _is_by_key: bool = True

    def hear(self, event: Event) -> None:
        if isinstance(event, Progress):
            with self._lock:
                self._snapshot = (event, self.clock.now())
            self._start()
            return
        lasting = lasting_lines(self.console, event)
        if self.verbose and isinstance(event, Scored):
            lasting = [line(Span(f"  {clock_text(event.elapsed_seconds)} ", "dim"), scored_text(event))]
        if not lasting:
            return
        if self._live is None:
            self.console.say(lasting)
        else:
            for spans in lasting:
                self._live.console.print(self._text(spans), soft_wrap=True)

    def _start(self) -> None:
        if self._live is not None:
            return
        from rich.console import Console as RichConsole
        from rich.live import Live

        stream = self.console.err
        rich = RichConsole(
            file=cast(TextIO, _TerminalFile(stream)), width=stream.layout.columns, no_color=not stream.color,
            highlight=False, markup=False, emoji=False, force_terminal=True,
        )  # fmt: skip
        self._live = Live(
            console=rich, get_renderable=self._picture, refresh_per_second=REDRAWS_PER_SECOND, transient=True,
            redirect_stdout=False, redirect_stderr=False,
        )  # fmt: skip
        self._live.start()

    def _picture(self) -> "Text":
        from rich.text import Text

        with self._lock:
            snapshot = self._snapshot
        if snapshot is None:
            return Text()
        progress, heard = snapshot
        layout = self.console.err.layout
        room = replace(layout, columns=max(layout.columns - KEY_ECHO, 1))
        lines = live_lines(room, aged(progress, self.clock.now() - heard))
        if self._is_stopping:
            lines.append(line(Span(f"  {stop_text(progress.experiments, by_key=self._is_by_key)}", "warn")))
        return Text("\n").join(self._text(spans) for spans in lines)

    def _text(self, spans: Line) -> "Text":
        from rich.text import Text

        return Text.from_ansi(self.console.err.rendered(spans).rstrip())

    def stop(self, by_key: bool) -> None:
        """Announced by the next redraw, as printing here could interrupt another print."""
        self._is_by_key, self._is_stopping = by_key, True

    def close(self) -> None:
        if self._live is None:
            return
        live, self._live = self._live, None
        live.stop()
