"""The command watch: what a session does, as it does it, until it ends."""

import time
from typing import TYPE_CHECKING

from assay.cli.command_options import LabArgument, OutputOptions

if TYPE_CHECKING:
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
    seen = set(ended[:-SHOWN_BEFORE])
    while True:
        for event in news(opened, seen):
            console.answer([line(f"{clock_text(event.elapsed_seconds)}  {scored_text(event)}")])
        if opened.status_word not in ("running", "paused"):
            break
        time.sleep(1.0 / LOOKS_A_SECOND)
        for record in opened.ledger.records(after=opened.state.last_record):
            opened.state.apply(record)
    status = opened.status()
    console.document(status_document(status))
    console.answer(status_lines(console.out.layout, status, lab=name, again=go_on_command(status, name)))
    return 0


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
