"""What words do, as recorded by their places, with the words and the texts around them from the lab's own rows."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from assay.core.errors import LabError
from assay.core.figure import number_text
from assay.core.word_effects import MOST_CLASSES, Piece, RowEffect, WordEffect
from assay.core.word_views import Excerpt, RowView, Run, WordsView, WordView
from assay.search.held_out_texts import chance_of, log_odds

if TYPE_CHECKING:
    from assay.core.table import Table
    from assay.views.open_lab import OpenLab

AROUND, WHOLE, PASSAGE = 36, 300, 200
"""Characters around a word; of a text that is shown whole, and of a passage."""
MORE = "…"
Marked = tuple[int, int, Run]
"""Start and end of a piece, and what it did."""


def words_view(lab: "OpenLab") -> WordsView | None:
    """None where nothing was asked of words, or none of them moves anything."""
    found, model = None if lab.state.end is None else lab.state.end.words, lab.state.model
    if model is None or found is None or not (found.words or found.rows):
        return None
    table, task = lab.folder.table, lab.task
    return WordsView(
        told_by=found.members, weight=sum(map(model.blend.weight_of, found.members)), is_class=task.problem.is_class,
        words=tuple(sorted((_word(one, table, lab) for one in found.words), key=_place)),
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


def _word(one: WordEffect, table: "Table", lab: "OpenLab") -> WordView:
    text, example = _cell(table, one.example), one.example
    label, sign = _spoken_for(lab, one.label, one.effect)
    low, high = sorted((sign * one.low, sign * one.high))
    points = sign * (_of_even_odds(one.effect) if one.points is None else one.points) if label else None
    shown = Run(text="", effect=sign * one.effect if points is None else points, label=label)
    return WordView(
        label=label, column=example.column, word=_line(text[example.start : example.end]).lower(),
        effect=sign * one.effect, low=low, high=high, rows=one.rows, points=points,
        excerpt=_around(text, example.start, example.end, [(example.start, example.end, shown)], AROUND),
    )  # fmt: skip


def _place(one: WordView) -> tuple[bool, str, float]:
    """Words of a side together, the largest first."""
    return one.effect < 0.0, one.label, -abs(one.moved)


def _spoken_for(lab: "OpenLab", place: int, effect: float) -> tuple[str, float]:
    """The class that an effect on the odds of another speaks for, of two classes, and the sign it has for that."""
    if lab.task.n_classes == 2 and effect < 0.0:
        return _label(lab, 1 - place), -1.0
    return _label(lab, place), 1.0


def _of_even_odds(effect: float) -> float:
    """Points of probability that an effect on log odds makes of one half."""
    return 100.0 * (chance_of(effect) - 0.5)


def _row(one: RowEffect, lab: "OpenLab", table: "Table") -> RowView:
    truth = lab.folder.target.values[one.row]
    is_class = lab.task.problem.is_class
    text = _cell(table, one.pieces[0])
    return RowView(
        number=_number_in_file(lab, one.row), column=one.pieces[0].column,
        truth=_label(lab, int(truth)) if is_class else _value(float(truth)),
        said=_label(lab, one.label) if is_class else _value(one.predicted), chance=one.predicted if is_class else None,
        excerpts=_excerpts(text, [(piece, _moved(piece, one, lab)) for piece in one.pieces]),
    )  # fmt: skip


def _moved(piece: Piece, one: RowEffect, lab: "OpenLab") -> Run:
    """What a piece did to the answer of its row, without its text."""
    label, sign = _spoken_for(lab, one.label, piece.effect)
    if not label:
        return Run(text="", effect=piece.effect)
    odds = float(log_odds(np.array([one.predicted]))[0])
    return Run(text="", effect=sign * 100.0 * (chance_of(odds) - chance_of(odds - piece.effect)), label=label)


def _number_in_file(lab: "OpenLab", row: int) -> int:
    """From 1, as explain --row counts: in the lab's file, or in the lab where the file's rows were not stored."""
    known = lab.folder.file_rows
    return row + 1 if known is None else int(known[row]) + 1


def _value(value: float) -> str:
    """With four digits."""
    return number_text(value, 3 - len(str(int(abs(value)))) + 1 if abs(value) >= 1.0 else 4)


def _excerpts(text: str, pieces: Sequence[tuple[Piece, Run]]) -> tuple[Excerpt, ...]:
    """A short text whole; of a longer one the passages that moved most, or else what is around the words."""
    words = [(one.start, one.end, did) for one, did in pieces if not one.is_passage]
    passages = sorted(((one.start, one.end, did) for one, did in pieces if one.is_passage), key=_begin)
    if len(text) <= WHOLE:
        return (_excerpt(text, 0, len(text), words),)
    if not passages:
        return tuple(_around(text, start, end, words, AROUND) for start, end, _ in _apart(words))
    out = list[Excerpt]()
    for start, end, did in passages:
        inside = [word for word in words if start <= word[0] and word[1] <= end]
        if end - start > PASSAGE:
            first, last, _ = max(inside, key=lambda word: abs(word[2].effect or 0.0), default=(start, start, did))
            start, end = max(start, first - PASSAGE // 2), min(end, last + PASSAGE // 2)
        one = _excerpt(text, start, end, inside)
        out.append(replace(one, effect=did.effect, label=did.label))
    return tuple(out)


def _apart(words: Sequence[Marked]) -> list[Marked]:
    """The first three, without those that stand in what is shown around another."""
    out = list[Marked]()
    for word in words:
        if all(abs(word[0] - other[0]) > 2 * AROUND for other in out):
            out.append(word)
    return sorted(out[:3], key=_begin)


def _begin(one: Marked) -> int:
    return one[0]


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
    for first, last, did in sorted(words, key=_begin):
        if first < at or last > end:
            continue
        runs += [Run(text=_line(text[at:first])), replace(did, text=_line(text[first:last]))]
        at = last
    runs += [Run(text=_line(text[at:end])), *([Run(text=MORE)] if text[end:].strip() else [])]
    return Excerpt(runs=tuple(run for run in runs if run.text))


def _line(text: str) -> str:
    """On one line, with single spaces, one at an end where there was any."""
    inner = " ".join(text.split())
    if not inner:
        return " " if text else ""
    return f"{' ' if text[0].isspace() else ''}{inner}{' ' if text[-1].isspace() else ''}"
