"""What `explain --row` prints: what each column, and of texts each word and passage, moved one prediction by."""

from pathlib import Path
from typing import TYPE_CHECKING

from assay.cli.line_layout import Line, LineLayout, Role, Span, line
from assay.cli.row_contributions import side_of
from assay.core.errors import LabError, UsageError

if TYPE_CHECKING:
    from assay.cli.console import Console
    from assay.core.array import JsonObject
    from assay.core.table import Table
    from assay.lab.lab import Lab
    from assay.predictor.predictor import Predictor
    from assay.predictor.text_effects import RowTexts, TextEffect

MOST_WORDS, MOST_PASSAGES = 10, 4
AROUND = 28
"""Characters shown before and after a word."""


def explain_row(console: "Console", model: "Predictor", place: str, *, row: int | None, rows: str | None) -> int:
    """The command; row: counted from 1 below the header, in the file of rows or in that of which the lab was made."""
    from assay.cli.json_documents import document
    from assay.cli.model_argument import lab_around
    from assay.cli.row_contributions import contributions_of, shap_body, shap_lines
    from assay.predictor.text_effects import row_texts

    if row is None:
        raise UsageError("--rows names a file, and --row which of its rows is asked for.", do=("add --row 1",))
    table, rows_of = _row(model, place, row, rows)
    others, found = _background(model, place, rows), row_texts(model, table)
    others = others.without_columns(set(others.names) - set(table.names))  # those forbidden since the lab was begun
    if others.n_rows < 2 and not found.texts:
        raise UsageError(
            f"{rows} has one row, and what a column moves is told against others.", do=("name a file with more rows",)
        )
    shown = contributions_of(model, table, others) if others.n_rows > 1 else None
    body = _body(row, found) | {"rows_of": rows_of, "columns": None if shown is None else shap_body(shown)}
    console.document(document("explain", lab_around(place), {"row": body}))
    learned = f", from which {place} learned" if rows is None else ""
    lines = [line(Span(f"row {row:,} of {rows_of}{learned}", "number"))]
    lines += shap_lines(shown, model) if shown is not None else []
    console.answer(lines + (row_lines(console.out.layout, model, found) if found.texts else []))
    return 0


def _row(model: "Predictor", place: str, row: int, rows: str | None) -> "tuple[Table, str]":
    """That row, encoded as the model reads it, and whose rows were counted."""
    import numpy as np

    lab = _lab_of(place)
    try:
        if rows is not None:
            return _new_row(model, lab, row, rows), rows
        if lab is None:
            raise LabError(f"{place} is a model without a lab, so it has no rows.", do=("name a file: --rows FILE",))
        from assay.lab.asked_row import asked_row

        asked = asked_row(lab, row)
        return lab.folder.table.take(np.array([asked.position])), asked.rows_of
    finally:
        if lab is not None:
            lab.close()


def _new_row(model: "Predictor", lab: "Lab | None", row: int, rows: str) -> "Table":
    from assay.data.read import read_table
    from assay.lab.asked_row import is_set_aside, vault_error

    frame = read_table(rows).frame
    if row > len(frame):
        raise UsageError(f"There is no row {row:,}: {rows} has {len(frame):,} rows.", do=(f"--row {len(frame)}",))
    if lab is not None and is_set_aside(lab, rows, row):
        raise vault_error(lab, row)
    if model.lab_rows is not None:
        model.lab_rows.refuse_sealed(model.passport, frame.iloc[[row - 1]], rows)
    return model.encoded(frame.iloc[[row - 1]])


def _lab_of(place: str) -> "Lab | None":
    """The lab around a model; None for a model without one."""
    from assay.cli.model_argument import lab_around
    from assay.lab.lab import Lab

    return None if lab_around(place) is None else Lab.open(Path(place).parent)


def _own_rows(place: str) -> "Table":
    """The rows that the lab around a model keeps."""
    from assay.journal.find_labs import is_lab
    from assay.pipeline.store import TaskFolder

    folder = Path(place).parent
    if not is_lab(folder):
        raise LabError(f"{place} is a model without a lab, so it has no rows.", do=("name a file: --rows FILE",))
    return TaskFolder(folder).table


def _background(model: "Predictor", place: str, rows: str | None) -> "Table":
    """The rows that a row is compared with: the lab's own, or those of the file for a model without a lab."""
    from assay.data.read import read_table
    from assay.journal.find_labs import is_lab

    if rows is None or is_lab(Path(place).parent):
        return _own_rows(place)
    return model.encoded(read_table(rows).frame)


def row_lines(layout: LineLayout, model: "Predictor", found: "RowTexts") -> list[Line]:
    """The words that moved the prediction most, and the passages, each with what it speaks for."""
    target = model.passport.target
    what = target if found.label is None else f"the probability that {target} is {found.label}"
    lines = [line(f"  Words of its texts: what each speaks for, and by how much {what} would change without it:")]
    for title, effects in (
        ("", _largest(found.words, MOST_WORDS)), ("  Passages:", _largest(found.passages, MOST_PASSAGES)),
    ):  # fmt: skip
        lines += [line(title)] if title and effects else []
        lines += [_effect(layout, one, found, side_of(model, found.label, one.effect)) for one in effects]
    if not any(one.effect for one in found.words):
        said = "no word of its texts moved it" if found.words else "its texts are empty"
        lines = [line(Span(f"  {said}", "dim"))]
    return lines


def _largest(effects: "tuple[TextEffect, ...]", most: int) -> "list[TextEffect]":
    return [one for one in effects[:most] if one.effect]


def _effect(layout: LineLayout, one: "TextEffect", found: "RowTexts", side: str) -> Line:
    """A piece with some of the text around it."""
    from assay.core.figure import two_digits

    text = found.texts[one.column]
    around = 0 if one.is_passage else AROUND
    before = " ".join(text[max(0, one.start - around) : one.start].split())
    piece = " ".join(text[one.start : one.end].split())
    after = " ".join(text[one.end : one.end + around].split())
    head = f"    {f'{side} {two_digits(abs(one.effect) if found.label is None else 100 * abs(one.effect))}':<18} "
    room = max(20, layout.columns - len(head) - 2 - len(before) - len(after))
    shown = piece if len(piece) <= room else f"{piece[: room - 1]}…"
    shown = shown if one.is_passage else f"[{shown}]"
    role: Role = "good" if one.effect > 0 else "bad"
    column = f"{one.column}: " if len(found.texts) > 1 else ""
    return line(
        Span(head), Span(f"{column}{before} " if before else column, "dim"), Span(shown, role),
        Span(f" {after}" if after else "", "dim"),
    )  # fmt: skip


def _body(row: int, found: "RowTexts") -> "JsonObject":
    return {
        "row": row, "label": None if found.label is None else str(found.label), "predicted": found.predicted,
        "effects": [_effect_body(one, found) for one in (*found.words, *found.passages)],
    }  # fmt: skip


def _effect_body(one: "TextEffect", found: "RowTexts") -> "JsonObject":
    return {
        "column": one.column, "start": one.start, "end": one.end, "effect": one.effect, "passage": one.is_passage,
        "text": found.texts[one.column][one.start : one.end],
    }  # fmt: skip
