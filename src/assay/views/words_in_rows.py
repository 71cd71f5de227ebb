"""What words do, as recorded by their places, with the words and the texts around them from the lab's own rows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assay.core.errors import LabError
from assay.core.figure import number_text
from assay.core.word_effects import MOST_CLASSES, Piece, RowEffect, WordEffect
from assay.core.word_views import Excerpt, RowView, Run, WordsView, WordView

if TYPE_CHECKING:
    from assay.core.table import Table
    from assay.views.open_lab import OpenLab

AROUND, WHOLE, PASSAGE = 36, 300, 200
"""Characters around a word; of a text that is shown whole, and of a passage."""
MORE = "…"
Marked = tuple[int, int, float]


def words_view(lab: "OpenLab") -> WordsView | None:
    """None where nothing was asked of words, or none of them moves anything."""
    found = None if lab.state.end is None else lab.state.end.words
    if found is None or not (found.words or found.rows):
        return None
    table, task = lab.folder.table, lab.task
    return WordsView(
        number=found.number, what=lab.entry(found.number).experiment.what, is_class=task.problem.is_class,
        words=tuple(_word(one, table, _label(lab, one.label)) for one in found.words),
        rows=tuple(_row(one, lab, table) for one in found.rows), looked_at=found.looked_at,
        labels_left=max(0, task.n_classes - MOST_CLASSES),
        n_columns=len({piece.column for piece in _pieces(found.words, found.rows)}),
    )  # fmt: skip


def _pieces(words: Sequence[WordEffect], rows: Sequence[RowEffect]) -> list[Piece]:
    return [one.example for one in words] + [piece for row in rows for piece in row.pieces]


def _label(lab: "OpenLab", place: int) -> str:
    return str(lab.task.classes[place]) if lab.task.problem.is_class else ""


def _cell(table: "Table", piece: Piece) -> str:
    """The text that a piece is of."""
    if not 0 <= piece.row < table.n_rows or piece.column not in table.names:
        raise LabError(
            f"The ledger speaks of row {piece.row + 1:,} of {piece.column}, and the lab's rows have none such.",
            do=("assay audit LAB tells what was changed",),
        )
    if piece.column in table.text_names:
        return str(table.text[piece.row, table.text_names.index(piece.column)])
    strings = table.strings
    assert strings is not None
    _, texts = strings.take([piece.row]).column(piece.column)  # type: ignore[arg-type]  # numpy takes a list
    return texts[0] if texts else ""


def _word(one: WordEffect, table: "Table", label: str) -> WordView:
    text, example = _cell(table, one.example), one.example
    return WordView(
        label=label, column=example.column, word=_line(text[example.start : example.end]).lower(), effect=one.effect,
        low=one.low, high=one.high, rows=one.rows,
        excerpt=_around(text, example.start, example.end, [(example.start, example.end, one.effect)], AROUND),
    )  # fmt: skip


def _row(one: RowEffect, lab: "OpenLab", table: "Table") -> RowView:
    truth = lab.folder.target.values[one.row]
    is_class = lab.task.problem.is_class
    text = _cell(table, one.pieces[0])
    return RowView(
        number=_number_in_file(lab, one.row), column=one.pieces[0].column,
        truth=_label(lab, int(truth)) if is_class else _value(float(truth)),
        said=_label(lab, one.label) if is_class else _value(one.predicted), chance=one.predicted if is_class else None,
        excerpts=_excerpts(text, one.pieces),
    )  # fmt: skip


def _number_in_file(lab: "OpenLab", row: int) -> int:
    """From 1, as explain --row counts: in the lab's file, or in the lab where the file's rows were not stored."""
    known = lab.folder.file_rows
    return row + 1 if known is None else int(known[row]) + 1


def _value(value: float) -> str:
    """With four digits."""
    return number_text(value, 3 - len(str(int(abs(value)))) + 1 if abs(value) >= 1.0 else 4)


def _excerpts(text: str, pieces: Sequence[Piece]) -> tuple[Excerpt, ...]:
    """A short text whole; of a longer one the passages that moved most, or else what is around the words."""
    words = [(one.start, one.end, one.effect) for one in pieces if not one.is_passage]
    passages = sorted((one.start, one.end, one.effect) for one in pieces if one.is_passage)
    if len(text) <= WHOLE:
        return (_excerpt(text, 0, len(text), words),)
    if not passages:
        return tuple(_around(text, start, end, words, AROUND) for start, end, _ in _apart(words))
    out = list[Excerpt]()
    for start, end, effect in passages:
        inside = [word for word in words if start <= word[0] and word[1] <= end]
        if end - start > PASSAGE:
            first, last, _ = max(inside, key=lambda word: abs(word[2]), default=(start, start, 0.0))
            start, end = max(start, first - PASSAGE // 2), min(end, last + PASSAGE // 2)
        one = _excerpt(text, start, end, inside)
        out.append(Excerpt(runs=one.runs, effect=effect))
    return tuple(out)


def _apart(words: Sequence[Marked]) -> list[Marked]:
    """The first three, without those that stand in what is shown around another."""
    out = list[Marked]()
    for word in words:
        if all(abs(word[0] - other[0]) > 2 * AROUND for other in out):
            out.append(word)
    return sorted(out[:3])


def _around(text: str, start: int, end: int, words: Sequence[Marked], around: int) -> Excerpt:
    """A piece with some of the text before and after it, at whole words where that costs little."""
    first, last = max(0, start - around), min(len(text), end + around)
    if first > 0 and (space := text.find(" ", first, start)) >= 0 and space - first < around // 2:
        first = space + 1
    if last < len(text) and (space := text.rfind(" ", end, last)) >= 0 and last - space < around // 2:
        last = space
    return _excerpt(text, first, last, words)


def _excerpt(text: str, start: int, end: int, words: Sequence[Marked]) -> Excerpt:
    """text[start:end] on one line, its words marked, with dots where there is more of it."""
    runs, at = [Run(text=MORE)] if text[:start].strip() else list[Run](), start
    for first, last, effect in sorted(words):
        if first < at or last > end:
            continue
        runs += [Run(text=_line(text[at:first])), Run(text=_line(text[first:last]), effect=effect)]
        at = last
    runs += [Run(text=_line(text[at:end])), *([Run(text=MORE)] if text[end:].strip() else [])]
    return Excerpt(runs=tuple(run for run in runs if run.text))


def _line(text: str) -> str:
    """On one line, with single spaces, one at an end where there was any."""
    inner = " ".join(text.split())
    if not inner:
        return " " if text else ""
    return f"{' ' if text[0].isspace() else ''}{inner}{' ' if text[-1].isspace() else ''}"
