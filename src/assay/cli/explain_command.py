"""The command explain, which shows what a model uses."""

from typing import TYPE_CHECKING, Annotated

import typer

from assay.cli.command_options import OutputOptions
from assay.cli.line_layout import Line, LineLayout, Role, Span, line, wrap

if TYPE_CHECKING:
    from assay.core.array import JsonObject
    from assay.core.views import ColumnLoss
    from assay.core.word_views import WordsView
    from assay.predictor.member_words import MemberWords
    from assay.predictor.predictor import Predictor

MOST_COLUMNS = 15
MOST_LINES = 60

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
    from assay.cli.json_documents import document
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

    members, (columns, unread, told_by, words), errors = model.words(), _of_lab(place, model), lab_errors(place)
    body = _body(columns, words, members) | {"unread": list(unread), "told_by": list(told_by)} | errors_body(errors)
    console.document(document("explain", lab_around(place), body))
    whose = whose_columns(members, told_by)
    costs = f"Shuffling a column costs so much {model.passport.metric_title} (95 %), out-of-fold{whose}:"
    lines = explain_lines(console.out.layout, place, costs, columns, members, words)
    lines += unread_lines(console.out.layout, unread)
    console.answer([*lines, *error_lines_of(console.out.layout, errors)])
    return 0


def _of_lab(
    place: str, model: "Predictor"
) -> "tuple[tuple[ColumnLoss, ...], tuple[str, ...], tuple[int, ...], WordsView | None]":
    """Importance of columns, those that the model does not read, the members that were asked, and words, from the lab
    around a model; nothing for a model outside a lab."""
    from pathlib import Path

    from assay.cli.model_argument import lab_around
    from assay.lab.lab import Lab
    from assay.lab.lab_explanations import lab_columns_that_matter
    from assay.views.words_in_rows import words_view

    if lab_around(place) is None:
        return (), (), (), None
    lab = Lab.open(Path(place).parent)
    try:
        told_by = () if lab.state.end is None else lab.state.end.told_by
        return *lab_columns_that_matter(lab, model), told_by, words_view(lab)
    finally:
        lab.close()


def explain_lines(
    layout: LineLayout, place: str, costs: str, columns: "tuple[ColumnLoss, ...]", members: "tuple[MemberWords, ...]",
    words: "WordsView | None" = None,
) -> list[Line]:  # fmt: skip
    """Columns by permutation importance, words, then each member. costs: what the figures of columns are."""
    lines = [line(Span(place, "number"))]
    if columns:
        lines.append(line(f"  {costs}"))
        size = max(len(column.name) for column in columns[:MOST_COLUMNS]) + 2
        lines += [_column(column, size) for column in columns[:MOST_COLUMNS]]
        left = len(columns) - MOST_COLUMNS
        lines += [line(Span(f"  {left} more with less: --json", "dim"))] if left > 0 else []
    lines += word_lines(layout, words)
    for member in members:
        lines += _member(layout, member)
    return lines


def whose_columns(members: "tuple[MemberWords, ...]", told_by: tuple[int, ...]) -> str:
    """ ", in #4 #7 (0.82 of the weight)" where not the whole model was asked; else ""."""
    weight = sum(member.weight for member in members if member.number in told_by)
    if not told_by or weight > 0.995:
        return ""
    return f", in {' '.join(f'#{number}' for number in told_by)} ({weight:.2f} of the weight)"


def unread_lines(layout: LineLayout, unread: tuple[str, ...]) -> list[Line]:
    """Columns that are not among those that cost anything, as the model does not read them."""
    if not unread:
        return []
    said = f"not read by the model that ships, whatever models of folds read: {', '.join(unread[:MOST_COLUMNS])}"
    return [line(Span(f"  {part}", "dim")) for part in wrap(layout, said, indent=2)]


def word_lines(layout: LineLayout, words: "WordsView | None") -> list[Line]:
    """Words that move the predictions most, by what they speak for."""
    from assay.report.word_text import effect_text

    if words is None or not words.words:
        return []
    how = "odds with the word, as a multiple of those without it" if words.is_class else "what the word adds"
    lines = [line(f"  Words in texts, as #{words.number} answers held-out rows ({how}):")]
    sides = dict.fromkeys((one.label, one.effect > 0.0) for one in words.words)
    for label, is_up in sides:
        said = ", ".join(
            f"{one.word} {effect_text(one.effect, words, sigma=(one.high - one.low) / 4)}"
            for one in words.words if one.label == label and (one.effect > 0.0) is is_up
        )  # fmt: skip
        head = f"{'for' if is_up else 'against'} {label}: " if label else ""
        first, *more = wrap(layout, head + said, indent=4)
        lines += [line(f"    {first}"), *(line(f"      {part}") for part in more)]
    return lines


def _column(column: "ColumnLoss", size: int) -> Line:
    """The loss with the digits supported by its interval."""
    from assay.core.figure import FEWEST_DECIMALS, Z95, decimals_for, number_text

    decimals = decimals_for((column.high - column.low) / (2 * Z95), at_least=FEWEST_DECIMALS)
    low, high = (number_text(value, decimals, signed=True) for value in (column.low, column.high))
    role: Role = "" if column.low > 0 else "dim"
    value = number_text(column.loss, decimals, signed=True)
    return line("  ", Span(f"{column.name:<{size}}", role), f"{value}   {low} to {high}")


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


def _body(
    columns: "tuple[ColumnLoss, ...]", words: "WordsView | None", members: "tuple[MemberWords, ...]"
) -> "JsonObject":
    return {
        "columns": [{"column": c.name, "loss": c.loss, "low": c.low, "high": c.high} for c in columns],
        "words": [
            {name: getattr(one, name) for name in ("label", "column", "word", "effect", "low", "high", "rows")}
            for one in (() if words is None else words.words)
        ],
        "members": [
            {"number": m.number, "name": m.name, "weight": m.weight, "readable": m.is_readable, "lines": list(m.lines)}
            for m in members
        ],
    }  # fmt: skip
