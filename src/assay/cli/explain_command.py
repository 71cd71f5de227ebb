"""The command explain, which shows what a model uses."""

from typing import TYPE_CHECKING, Annotated

import typer

from assay.cli.command_options import OutputOptions
from assay.cli.line_layout import Line, LineLayout, Role, Span, line, wrap

if TYPE_CHECKING:
    from assay.core.array import JsonObject
    from assay.core.table import Table
    from assay.core.usage import ColumnLoss, Usage
    from assay.core.word_views import WordsView
    from assay.predictor.member_words import MemberWords

MOST_COLUMNS = 15
MOST_LINES = 60
MOST_ROWS = 20_000
"""Rows in which lines of texts are looked up."""

Reference = Annotated[
    str | None, typer.Argument(metavar="[LAB|MODEL]", help="A lab or a saved model; - is the lab used last.")
]


Rows = Annotated[
    str | None,
    typer.Option("--rows", "--file", metavar="FILE", help="New rows to count in, instead of the lab's file."),
]
Row = Annotated[
    int | None,
    typer.Option("--row", metavar="N", min=1, help="Show what each column, and each word, moved the prediction of "
                 "this row by: row N below the header of the lab's file, as study counts."),
]  # fmt: skip


Effect = Annotated[
    str | None, typer.Option("--effect", metavar="COLUMN", help="Show how predictions go with this column (ALE).")
]


def explain(
    output: OutputOptions, what: Reference = None, row: Row = None, rows: Rows = None, effect: Effect = None
) -> int:
    """Show what a model uses, where it fails and, if it is readable, the model itself.

    assay explain bank --effect duration
    assay explain calls --row 3 --rows new.csv
    """
    from assay.cli.json_documents import document, usage_body
    from assay.cli.model_argument import lab_around, opened_model

    console = output.console()
    model, place = opened_model(what, console)
    if row is not None or rows is not None:
        from assay.cli.row_explanation import explain_row

        return explain_row(console, model, place, row=row, rows=rows)
    if effect is not None:
        from assay.cli.effect_lines import explain_effect

        return explain_effect(console, model, place, effect)
    from assay.cli.explain_lines import error_lines_of, errors_body, lab_errors

    (used, known), errors = _of_lab(place), lab_errors(place)
    members = model.words(known)
    body = usage_body(used) | {"members": [_member_body(one) for one in members]} | errors_body(errors)
    console.document(document("explain", lab_around(place), body))
    layout, passport = console.out.layout, model.passport
    lines = explain_lines(layout, place, used, metric_title=passport.metric_title, target=passport.target)
    lines += [one for member in members for one in _member(layout, member)]
    console.answer([*lines, *error_lines_of(layout, errors)])
    return 0


def _of_lab(place: str) -> "tuple[Usage, Table | None]":
    """What the lab around a model says that it uses, and some of its rows; nothing for a model outside a lab."""
    from pathlib import Path

    import numpy as np

    from assay.cli.model_argument import lab_around
    from assay.core.usage import Usage
    from assay.lab.lab import Lab
    from assay.views.usage import usage

    if lab_around(place) is None:
        return Usage(), None
    lab = Lab.open(Path(place).parent)
    try:
        return usage(lab), lab.folder.table.take(np.arange(min(lab.folder.table.n_rows, MOST_ROWS)))
    finally:
        lab.close()


def explain_lines(layout: LineLayout, place: str, used: "Usage", *, metric_title: str, target: str) -> list[Line]:
    """Columns by permutation importance, those without a figure, and words."""
    from assay.report.usage_text import usage_head, without_figures

    lines = [line(Span(place, "number"))]
    if used.columns:
        lines.append(line(f"  {usage_head(used, metric_title)}:"))
        size = max(len(column.name) for column in used.columns[:MOST_COLUMNS]) + 2
        lines += [_column(column, size) for column in used.columns[:MOST_COLUMNS]]
        left = len(used.columns) - MOST_COLUMNS
        lines += [line(Span(f"  {left} more with less: --json", "dim"))] if left > 0 else []
    for said in without_figures(used):
        lines += [line(Span(f"  {part}", "dim")) for part in wrap(layout, said, indent=2)]
    return lines + word_lines(layout, used.words, target)


def word_lines(layout: LineLayout, words: "WordsView | None", target: str) -> list[Line]:
    """Words that move the predictions most, by what they speak for."""
    from assay.core.figure import two_digits
    from assay.core.usage import whose_text
    from assay.report.word_text import words_head

    if words is None or not words.words:
        return []
    head = f"{words_head(words, target)}, out-of-fold{whose_text(words.told_by, words.weight)}:"
    first, *more = wrap(layout, head, indent=2)
    lines = [line(f"  {first}"), *(line(f"    {part}") for part in more)]
    sides = dict.fromkeys((one.label, one.effect > 0.0) for one in words.words)
    for label, is_up in sides:
        said = ", ".join(
            f"{one.word} {two_digits(one.moved, signed=True)}"
            for one in words.words if one.label == label and (one.effect > 0.0) is is_up
        )  # fmt: skip
        first, *more = wrap(layout, f"for {label}: {said}" if label else said, indent=4)
        lines += [line(f"    {first}"), *(line(f"      {part}") for part in more)]
    return lines


def _column(column: "ColumnLoss", size: int) -> Line:
    """The loss with the digits supported by its interval."""
    from assay.report.usage_text import loss_texts

    loss, low, high = loss_texts(column)
    role: Role = "" if column.low > 0 else "dim"
    return line("  ", Span(f"{column.name:<{size}}", role), f"{loss}   {low} to {high}")


def _member(layout: LineLayout, member: "MemberWords") -> list[Line]:
    head = line(f"  #{member.number} {member.name}, weight {member.weight:.2f}")
    if not member.is_readable:
        fits = f"{member.pieces} fits together" if member.pieces > 1 else "one fit"
        return [head, line(Span(f"    {fits}; nobody can read it line by line (--preset interpretable)", "dim"))]
    lines = [head]
    for text in member.lines[:MOST_LINES]:
        indent = 4 + len(text) - len(text.lstrip())
        first, *more = wrap(layout, text.strip(), indent=indent)
        lines += [line(" " * indent + first), *(line(" " * (indent + 2) + part) for part in more)]
    left = len(member.lines) - MOST_LINES
    return [*lines, line(Span(f"    {left} more lines: --json", "dim"))] if left > 0 else lines


def _member_body(one: "MemberWords") -> "JsonObject":
    return {
        "number": one.number, "name": one.name, "weight": one.weight, "readable": one.is_readable,
        "lines": list(one.lines),
    }  # fmt: skip
