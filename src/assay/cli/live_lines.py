"""Lines of the live display: progress bar, small chart, best result, running and next experiments."""

import math
from dataclasses import replace

from assay.cli.chart import chart
from assay.cli.line_layout import Line, LineLayout, Span, cut, joined, line, plain, width
from assay.core.event import Progress
from assay.report.phrases import clock_text, count_text, plural

BAR = 35
STOP_HINT = "Ctrl-C: stop and keep the best"


def aged(progress: Progress, seconds: float) -> Progress:
    """The snapshot some seconds later, so that the clock moves between events; never past the limit."""
    limit = progress.limit_seconds or math.inf
    return replace(progress, elapsed_seconds=min(progress.elapsed_seconds + seconds, limit))


def live_lines(layout: LineLayout, progress: Progress) -> list[Line]:
    """At most six lines, none wider than the layout."""
    if progress.stage == "finish":
        lines = [_bar(layout, progress), _fact(layout, "now", progress.message or "writing the model and the brief", 2)]
        return [_cut(layout, item) for item in lines]
    picture = chart(progress) if layout.columns >= 80 else None
    if picture is None:
        facts = [*_best(layout, progress, 2), *_work(layout, progress, 2)]
        return [_cut(layout, item) for item in (_bar(layout, progress), *facts)]
    facts = [*_best(layout, progress, 0), _counts(layout, progress), *_work(layout, progress, 0, picture.size)]
    body = [
        (*left, *right) for left, right in zip(picture.lines, [*facts, *[()] * 4][: len(picture.lines)], strict=True)
    ]
    return [_cut(layout, item) for item in (_bar(layout, progress), *body)]


def _bar(layout: LineLayout, progress: Progress) -> Line:
    limit = progress.limit_seconds
    size = BAR if layout.columns >= 80 else max(min(BAR, layout.columns - 48), 8)
    if limit is None:
        share = progress.experiments / max(progress.expected_experiments, 1)
        counted = f"{count_text(progress.experiments)} of {plural(progress.expected_experiments, 'experiment')}"
    else:
        share = progress.elapsed_seconds / limit
        counted = f"{count_text(progress.experiments)} of about {plural(progress.expected_experiments, 'experiment')}"
    if progress.stage == "finish":
        counted = f"{plural(progress.experiments, 'experiment')}, search over"
    done = min(max(round(share * size), 0), size)
    end = "" if limit is None else f" {clock_text(limit)}"
    return line(
        f"  {clock_text(progress.elapsed_seconds)} ", Span("━" * done, "good"), Span("─" * (size - done), "dim"), end,
        f"   {counted}",
    )  # fmt: skip


def _fact(layout: LineLayout, label: str, text: str, indent: int) -> Line:
    return line(" " * indent, Span(f"{label:<7}", "dim"), layout.mark(text))


def _best(layout: LineLayout, progress: Progress, indent: int) -> list[Line]:
    best = progress.best
    if best is None:
        return [_fact(layout, "best", "no score yet", indent)]
    number = "" if progress.best_number is None else f"   #{progress.best_number} {progress.best_what}"
    return [_fact(layout, "best", f"{best.text} out-of-fold{number}", indent)]


def _counts(layout: LineLayout, progress: Progress) -> Line:
    base = "" if progress.baseline_number is None else f"baseline #{progress.baseline_number}"
    counts = [
        str(progress.kept), f"dropped {progress.dropped}", f"stopped early {progress.stopped_early}",
        f"failed {progress.failed}", base,
    ]  # fmt: skip
    return _fact(layout, "kept", joined(counts), 0)


def _work(layout: LineLayout, progress: Progress, indent: int, taken: int = 0) -> list[Line]:
    """Running and next experiments; the hint about Ctrl-C is at the right of the last line."""
    now = _fact(layout, "now", joined(progress.running) or "waiting", indent)
    coming = _fact(layout, "next", joined(progress.next) or "–", indent)
    room = min(layout.columns - 1, 100) - taken - len(STOP_HINT)
    text = cut(plain(coming), max(room - 3, 12))
    if room < 24:
        return [now, coming]
    head, rest = text[: indent + 7], text[indent + 7 :]
    return [now, line(Span(head, "dim"), rest.ljust(room - len(head)), Span(STOP_HINT, "dim"))]


def _cut(layout: LineLayout, spans: Line) -> Line:
    """The line cut at the edge, as the live display must never wrap."""
    room = layout.columns - 1
    if width(layout, spans) <= room:
        return spans
    kept: list[Span] = []
    for span in spans:
        text = layout.mark(span.text)
        if len(text) > room:
            kept.append(Span(cut(text, room), span.role))
            break
        kept.append(Span(text, span.role))
        room -= len(text)
    return tuple(kept)
