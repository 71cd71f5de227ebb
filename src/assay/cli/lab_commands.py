"""Commands that read labs: leaderboard, show, why, diff, status, report, labs."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from assay.cli.command_options import LabArgument, OutputOptions
from assay.cli.option_groups import option
from assay.core.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from assay.cli.console import Console
    from assay.cli.status_lines import LabRow
    from assay.core.views import Brief

Words = Annotated[list[str], typer.Argument(metavar="[LAB] NUMBER", help="An experiment: a number, best or base.")]
Reasons = Annotated[
    list[str] | None,
    typer.Argument(metavar="[LAB] NUMBER", help="An experiment: a number, best or base; or a hint, e.g. h4."),
]
RankedPair = Annotated[list[str], typer.Argument(metavar="[LAB] A B", help="Two experiments: numbers, best or base.")]


def leaderboard(
    output: OutputOptions,
    lab: LabArgument = None,
    every: Annotated[bool, option("--all", help="Show every scored experiment.")] = False,
    by: Annotated[str | None, option("--by", metavar="NAME", help="Rank by a metric of yours that was added.")] = None,
) -> int:
    """Rank the experiments.

    assay leaderboard bank
    assay leaderboard bank --all
    """
    from assay.cli.json_documents import leaderboard_document
    from assay.cli.lab_argument import open_lab
    from assay.cli.leaderboard_lines import board_lines

    console = output.console()
    if by is not None:
        from assay.cli.own_metric_lines import print_own_board

        return print_own_board(console, open_lab(lab, console), by)
    board = open_lab(lab, console).board(every=every or console.json)
    if console.json:
        console.document(leaderboard_document(board))
        return 0
    console.answer(board_lines(console.out.layout, board, every=every))
    return 0


def show(
    words: Words,
    output: OutputOptions,
    recipe: Annotated[bool, option("--recipe", help="Print the recipe alone, as JSON.")] = False,
    code: Annotated[bool, option("--code", help="Print the functions that it calls.")] = False,
) -> int:
    """Everything about one experiment.

    assay show bank 17
    assay show bank best --recipe
    """
    from assay.cli.experiment_lines import record_lines
    from assay.cli.json_documents import show_document
    from assay.cli.lab_argument import number_of, open_lab, split_words

    console = output.console()
    reference, (word,) = split_words(words, experiments=1, command="show")
    lab = open_lab(reference, console)
    record = lab.record(number_of(lab, word))
    if code:
        console.text(lab.code(record.number))
        return 0
    if recipe:
        console.text(json.dumps(record.recipe, ensure_ascii=False, indent=2) + "\n")
        return 0
    console.document(show_document(record))
    console.answer(record_lines(console.out.layout, record, lab=reference or ""))
    return 0


def why(
    output: OutputOptions,
    words: Reasons = None,
    following: Annotated[bool, option("--next", help="What would be tried next, and why.")] = False,
) -> int:
    """Why it was tried, kept or dropped; what came of a hint; what comes next.

    assay why bank 17
    assay why bank --next
    """
    if following:
        return _why_next(output.console(), words or [])
    hint = (words or [""])[-1]
    if hint[:1] == "h" and hint[1:].isdecimal():
        return _why_hint(output.console(), words or [])
    return _why_experiment(words or [], output)


def _why_experiment(words: list[str], output: OutputOptions) -> int:
    from assay.cli.experiment_lines import why_lines
    from assay.cli.json_documents import why_document
    from assay.cli.lab_argument import number_of, open_lab, split_words

    console = output.console()
    reference, (word,) = split_words(words, experiments=1, command="why")
    lab = open_lab(reference, console)
    record = lab.record(number_of(lab, word))
    console.document(why_document(record))
    console.answer(why_lines(console.out.layout, record))
    return 0


def _why_hint(console: "Console", words: list[str]) -> int:
    from assay.cli.json_documents import hint_document
    from assay.cli.lab_argument import open_lab
    from assay.cli.steer_lines import hint_lines

    lab = open_lab(words[0] if len(words) > 1 else None, console)
    story = lab.hint_story(int(words[-1][1:]))
    console.document(hint_document(lab.name, story))
    console.answer(hint_lines(console.out.layout, story))
    return 0


def _why_next(console: "Console", words: list[str]) -> int:
    from assay.cli.json_documents import next_document
    from assay.cli.lab_argument import open_lab
    from assay.cli.steer_lines import next_lines
    from assay.lab.director_of_lab import slot_of

    if len(words) > 1:
        raise UsageError("assay why --next takes a lab and no experiment.", do=("assay why LAB --next",))
    lab = open_lab(words[0] if words else None, console)
    found = slot_of(lab)
    console.document(next_document(lab.name, found))
    console.answer(next_lines(console.out.layout, found))
    return 0


def diff(words: RankedPair, output: OutputOptions) -> int:
    """What differs between two experiments.

    assay diff bank 17 9
    assay diff bank best base
    """
    from assay.cli.experiment_lines import diff_lines
    from assay.cli.json_documents import diff_document
    from assay.cli.lab_argument import number_of, open_lab, split_words

    console = output.console()
    reference, (first, second) = split_words(words, experiments=2, command="diff")
    lab = open_lab(reference, console)
    value = lab.diff(number_of(lab, second), number_of(lab, first))
    console.document(diff_document(value))
    console.answer(diff_lines(console.out.layout, value))
    return 0


def status(output: OutputOptions, lab: LabArgument = None) -> int:
    """Where a lab stands.

    assay status bank
    assay status -
    """
    from assay.cli.json_documents import status_document
    from assay.cli.lab_argument import open_lab, typed_name
    from assay.cli.status_lines import go_on_command, status_lines

    console = output.console()
    opened = open_lab(lab, console)
    value, name = opened.status(), typed_name(lab, opened.path)
    console.document(status_document(value))
    console.answer(status_lines(console.out.layout, value, lab=name, again=go_on_command(value, name)))
    return 0


def report(
    output: OutputOptions,
    lab: LabArgument = None,
    out: Annotated[
        str | None, option("--out", "-o", metavar="FOLDER", help="Folder to write to (the lab if not given).")
    ] = None,
    quotes: Annotated[
        bool, option("--quotes/--no-quotes", help="Whether the brief may quote texts of your rows.")
    ] = True,
) -> int:
    """Write the brief.

    assay report bank
    assay report bank --out for-print
    """
    from pathlib import Path

    from assay.cli.json_documents import report_document
    from assay.cli.lab_argument import open_lab
    from assay.cli.line_layout import labelled, line, wrap
    from assay.journal.find_labs import shown_path
    from assay.report.brief_page import page
    from assay.report.write_brief import write

    console = output.console()
    opened = open_lab(lab, console)
    brief = opened.brief()
    if not quotes:
        brief = _without_quotes(brief, opened.path, out)
    paths = write(brief, Path(out) if out else opened.path)
    names = {name: shown_path(path) for name, path in zip(("md", "html", "svg"), paths, strict=True)}
    content = page(brief)
    console.document(report_document(brief, content.title, content.lead, dict(names)))
    layout = console.out.layout
    lines = [line(part) for part in wrap(layout, content.lead, indent=0)]
    for label, name in (("page", "html"), ("text", "md"), ("plot", "svg")):
        lines += labelled(layout, label, names[name], size=9)
    console.answer(lines)
    return 0


def _without_quotes(brief: "Brief", lab: "Path", out: str | None) -> "Brief":
    """UsageError without a folder of its own: the brief in a lab is the one that its ledger gives."""
    from dataclasses import replace
    from pathlib import Path

    if out is None or Path(out).expanduser().resolve() == lab.resolve():
        raise UsageError(
            "The brief in a lab quotes, as its rows are beside it; one without quotes goes to another folder.",
            do=(f"assay report {lab.name} --no-quotes --out for-print",),
        )
    words = brief.usage.words
    return replace(brief, usage=replace(brief.usage, words=None if words is None else words.without_quotes()))


def labs(
    output: OutputOptions,
    remembered: Annotated[bool, option("--memory", help="What moves earned in your labs, by kind of task.")] = False,
    memory_export: Annotated[str | None, option("--export", metavar="FILE", help="Write the memory to a file.")] = None,
    memory_import: Annotated[
        str | None, option("--import", metavar="FILE", help="Add the labs of another memory to yours.")
    ] = None,
) -> int:
    """List labs, or what is remembered of them.

    assay labs
    assay labs --memory
    """
    if remembered or memory_export is not None or memory_import is not None:
        from assay.cli.memory_lines import show_memory

        return show_memory(output.console(), export=memory_export, imported=memory_import)
    from assay.cli.json_documents import document, status_document
    from assay.cli.status_lines import labs_lines

    console = output.console()
    rows = _rows(console)
    found = [{**status_document(row.status), "size_bytes": row.size_bytes, "used": row.used} for row in rows]
    console.document(document("labs", None, {"labs": list(found)}))
    console.answer(labs_lines(console.out.layout, rows))
    return 0


def _rows(console: "Console") -> "tuple[LabRow, ...]":
    """Labs in this folder, then those used elsewhere; unreadable ones are reported and skipped."""
    from pathlib import Path

    from assay.cli.lab_argument import history
    from assay.cli.line_layout import line
    from assay.core.errors import AssayError
    from assay.journal.find_labs import labs_in, shown_path

    here = labs_in(Path.cwd())
    known = {path.resolve() for path in here}
    rows = []
    for path in (*here, *(p for p in history(console).all() if p.resolve() not in known)):
        try:
            rows.append(_row(path))
        except AssayError as error:
            console.say([line(f"{shown_path(path)} cannot be read: {error.message}")])
    return tuple(rows)


def _row(path: "Path") -> "LabRow":
    from datetime import UTC, datetime

    from assay.cli.status_lines import LabRow
    from assay.journal.find_labs import LEDGER, shown_path
    from assay.lab.lab import Lab

    lab = Lab.open(path)
    try:
        used = datetime.fromtimestamp((path / LEDGER).stat().st_mtime, tz=UTC).strftime("%Y-%m-%d %H:%M UTC")
        size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        return LabRow(lab.status(), shown_path(path), size, used)
    finally:
        lab.close()
