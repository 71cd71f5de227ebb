"""The command watch: what a session does, as it does it, until it ends."""

import shlex
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.cli.command_options import LabArgument, OutputOptions

if TYPE_CHECKING:
    from assay.cli.line_layout import Line, LineLayout
    from assay.core.event import Scored
    from assay.lab.lab import Lab

LOOKS_A_SECOND = 2.0
SHOWN_BEFORE = 5
"""Experiments that ended before one looked, which are shown first."""


def watch(output: OutputOptions, lab: LabArgument = None) -> int:
    """Follow a running session; with --json, wait for its end and print where the lab stands.

    assay watch bank
    assay watch -
    """
    from assay.cli.json_documents import status_document
    from assay.cli.lab_argument import open_lab, typed_name
    from assay.cli.line_layout import line
    from assay.cli.status_lines import go_on_command, status_lines
    from assay.report.event_text import scored_text
    from assay.report.phrases import clock_text

    console = output.console()
    opened = open_lab(lab, console)
    name = typed_name(lab, opened.path)
    ended = [number for number, entry in opened.state.entries.items() if entry.verdict is not None]
    seen, stood = set(ended[:-SHOWN_BEFORE]), Standing()
    while True:
        for event in news(opened, seen):
            console.answer([line(f"{clock_text(event.elapsed_seconds)}  {scored_text(event)}")])
        if opened.status_word not in ("running", "paused"):
            break
        stands = standing(opened)
        console.answer(standing_lines(console.out.layout, stands, stood, lab=shlex.quote(name)))
        stood = stands
        time.sleep(1.0 / LOOKS_A_SECOND)
        for record in opened.ledger.records(after=opened.state.last_record):
            opened.state.apply(record)
    status = opened.status()
    console.document(status_document(status))
    console.answer(status_lines(console.out.layout, status, lab=name, again=go_on_command(status, name)))
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a running session stands. paused: why it waits, "" while it does not; advice: what was measured at a plateau;
    seconds: of the lab so far.
    """

    paused: str = ""
    advice: tuple[str, ...] = ()
    seconds: float = 0.0


def standing(lab: "Lab") -> Standing:
    """How the session of a lab stands."""
    from assay.views.plateau_view import would_help

    return Standing(
        paused=lab.state.steering.paused,
        advice=would_help(lab.state, metric=lab.metric.title),
        seconds=lab.state.seconds,
    )


def standing_lines(layout: "LineLayout", now: Standing, before: Standing, *, lab: str) -> "list[Line]":
    """What changed since the last look: advice at a plateau, a pause with what ends it, and its end."""
    from assay.cli.line_layout import commands, line
    from assay.report.event_text import as_sentence
    from assay.report.phrases import clock_text

    clock, lines = clock_text(now.seconds), []
    if now.advice and now.advice != before.advice:
        lines.append(line(f"{clock}  plateau. {' '.join(as_sentence(sentence) for sentence in now.advice)}"))
    if now.paused == before.paused:
        return lines
    if not now.paused:
        return [*lines, line(f"{clock}  goes on")]
    ways = ((f"assay resume {lab}", "goes on"), (f"assay stop {lab}", "ends it with the best so far"))
    said = f'assay hint {lab} "…"'
    return [*lines, line(f"{clock}  paused: {now.paused}"), *commands(layout, [*ways, (said, "tell it something")])]


def news(lab: "Lab", seen: set[int]) -> "list[Scored]":
    """Experiments that were judged since the last look, in order; they are added to what was seen."""
    from assay.core.event import Scored

    found = []
    for number, entry in sorted(lab.state.entries.items()):
        if number in seen or entry.verdict is None or entry.result is None or entry.experiment.is_blend:
            continue
        seen.add(number)
        has_score = entry.result.oof is not None and entry.result.complete
        figure = lab.quick_figure(number) if has_score else None
        found.append(
            Scored(
                elapsed_seconds=entry.asked_seconds + entry.result.wall_seconds, number=number,
                what=entry.experiment.what, status=entry.status, score=figure, against=entry.verdict.against,
                detail=entry.verdict.why if figure is None else "",
            )
        )  # fmt: skip
    return found
