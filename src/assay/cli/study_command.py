"""The command study, which looks into what a lab stored."""

from typing import TYPE_CHECKING, Annotated, cast

import typer

from assay.cli.command_options import LabArgument, OutputOptions
from assay.cli.line_layout import Line, LineLayout, Span, line, wrap
from assay.cli.option_groups import option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.core.array import Index, Json, JsonObject
    from assay.core.study import StudyNote
    from assay.lab.lab import Lab

MOST_FACTS, MOST_ROWS = 8, 10
SHOWN = "label_noise"
"""The code of facts whose rows a person should look at."""

Asked = Annotated[
    str | None, typer.Argument(metavar="[QUESTION]", help='A question in plain words: "where does it fail?"')
]


def study(
    output: OutputOptions,
    lab: LabArgument = None,
    question: Asked = None,
    kind: Annotated[
        str | None, option("--kind", metavar="KIND", help="The kind of study, instead of a question.")
    ] = None,
    time: Annotated[
        str | None,
        option(
            "--for",
            metavar="TIME",
            help="Time for it: 2m (a minute if not given); by estimates in a lab that was searched by "
            "--experiments alone.",
        ),
    ] = None,
    read: Annotated[
        str | None, option("--read", metavar="PATH", help="Notes to read: a .md or .txt file, or a folder of them.")
    ] = None,
) -> int:
    """Look into a lab's errors, rows and experiments; what is found steers the search.

    assay study bank "where does it fail?"
    assay study bank --read notes/
    """
    from assay.cli.json_documents import document
    from assay.cli.lab_argument import open_lab
    from assay.cli.void_lines import void_lines

    console = output.console()
    opened = open_lab(lab, console)
    opened.close()
    notes = opened.study(question or "", kind=kind or "", time_limit=time, read=read)
    void = void_lines(console.out.layout, opened)
    in_file = _rows_in_file(opened, notes)
    body: JsonObject = {"studies": [note_body(note, in_file) for note in notes], "all_void": bool(void)}
    console.document(document("study", opened.name, body))
    console.answer(void + study_lines(console.out.layout, notes, in_file))
    return 0


def note_body(note: "StudyNote", in_file: "Index | None") -> "Json":
    """A note as it is recorded, and of the rows shown their numbers in the lab's file: 1 is the first below the
    header, null where the file's rows are not known."""
    from assay.core.codec import to_json

    facts: list[Json] = [
        {**cast("JsonObject", to_json(fact)),
         "rows_in_file": None if in_file is None else [int(in_file[row]) + 1 for row in fact.rows]}
        for fact in note.facts
    ]  # fmt: skip
    return {**cast("JsonObject", to_json(note)), "facts": facts}


def _rows_in_file(lab: "Lab", notes: "Sequence[StudyNote]") -> "Index | None":
    """Where the lab's rows stand in its file, if any are named at all; the file is read for it."""
    from assay.lab.file_rows import file_rows

    return file_rows(lab) if any(fact.rows for note in notes for fact in note.facts) else None


def study_lines(layout: LineLayout, notes: "Sequence[StudyNote]", in_file: "Index | None" = None) -> list[Line]:
    """What each study found, those that found something first; one line of those that saw nothing. in_file: (n,) where
    the lab's rows stand in its file, None where that is not known."""
    from assay.core.study import NOTHING_FOUND

    lines: list[Line] = []
    for note in sorted(notes, key=lambda one: (not one.found, one.number)):
        if note.facts or note.failed or len(notes) == 1:
            lines += _note(layout, note, in_file)
    empty = [note.kind for note in notes if not (note.facts or note.failed)]
    if empty and len(notes) > 1:
        lines += [line(f"{', '.join(empty)}: {NOTHING_FOUND}")]
    return lines or [line(NOTHING_FOUND)]


def _note(layout: LineLayout, note: "StudyNote", in_file: "Index | None") -> list[Line]:
    from assay.core.study import NOTHING_FOUND
    from assay.report.phrases import plural
    from assay.report.study_text import fact_text

    lines = [line(Span(f"study {note.number}, {note.kind}", "good" if note.found else ""), f": {note.question}")]
    if note.failed:
        return [*lines, line(Span(f"  {note.failed}", "warn"))]
    if not note.found:
        lines.append(line(Span(f"  {NOTHING_FOUND}{'; measured:' if note.facts else ''}", "dim")))
    facts = (*note.found, *(fact for fact in note.facts if fact.is_measure))
    for fact in facts[:MOST_FACTS]:
        lines += _wrapped(layout, fact_text(fact))
        if fact.code == SHOWN:
            rows = [row if in_file is None else int(in_file[row]) for row in fact.rows[:MOST_ROWS]]
            whose = "lab's own rows" if in_file is None else "file's rows"
            said = ", ".join(str(row + 1) for row in rows)
            lines += _wrapped(layout, f"look at these of the {whose}, the first below the header being 1: {said}")
    left = len(facts) - MOST_FACTS
    lines += [line(Span(f"  {left} more: --json", "dim"))] if left > 0 else []
    raised = ", ".join(dict.fromkeys(one.move for one in note.leanings if one.factor > 1.0))
    if raised:
        lines.append(line(f"  raises {raised}"))
    if note.proposals:
        lines.append(line(f"  proposes {plural(len(note.proposals), 'experiment')}:"))
        lines += [line(f"    {one.what}") for one in note.proposals]
    return lines


def _wrapped(layout: LineLayout, text: str) -> list[Line]:
    first, *more = wrap(layout, text, indent=4)
    return [line(f"  {first}"), *(line(f"    {part}") for part in more)]
