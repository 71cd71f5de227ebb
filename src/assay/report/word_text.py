"""What words do, in words: the head of the table, its figures, the rows."""

import math
import shlex
from pathlib import PurePath

from assay.core.figure import decimals_for, number_text
from assay.core.views import Brief
from assay.core.word_views import RowView, WordsView
from assay.report.phrases import count_text, plural

MOST_TIMES = 100
"""Beyond which a factor is not told."""


def times_text(effect: float) -> str:
    """Of log odds, how many times they are with the word: "×4.1", "÷1.07", "over ×100"."""
    sign, times = ("×" if effect >= 0 else "÷"), math.exp(min(abs(effect), 50.0))
    if times >= MOST_TIMES:
        return f"over {sign}{MOST_TIMES}"
    return f"{sign}{times:.{2 if times < 1.495 else 1 if times < 9.95 else 0}f}"


def effect_text(effect: float, words: WordsView, *, sigma: float | None = None) -> str:
    """×4.1 of odds; of values what is added, with the digits of its standard deviation, or two."""
    if words.is_class:
        return times_text(effect)
    decimals = decimals_for(abs(effect) / 5.0 if sigma is None else sigma, at_least=-3)
    return number_text(effect, decimals, signed=True)


def words_lead(words: WordsView, target: str) -> str:
    """What the figures of the table are."""
    labels = tuple(dict.fromkeys(one.label for one in words.words))
    whose = f'"{labels[0]}"' if len(labels) == 1 else "the class"
    what = (
        f"Odds of {whose} with the word, as a multiple of those without it"
        if words.is_class
        else f"What the word adds to {target} as predicted, beside the same row without it"
    )
    left = f" Of {plural(words.labels_left, 'rarer class', 'rarer classes')} no words were sought."
    return (
        f"{what}: the mean over rows that have it, as #{words.number} ({words.what}) answers rows that it has not "
        f"learned from. {count_text(words.looked_at)} rows were looked at.{left if words.labels_left else ''}"
    )


def row_lead(row: RowView, target: str) -> str:
    """'Row 17 is "ham" and was called "spam" (0.91):'"""
    if row.chance is None:
        return f"Row {count_text(row.number)}: {target} is {row.truth}, predicted {row.said}."
    chance = "over 0.999" if row.chance > 0.999 else number_text(row.chance, 2)
    verb = "and was called so" if row.said == row.truth else f'and was called "{row.said}"'
    return f'Row {count_text(row.number)} is "{row.truth}" {verb} (probability {chance}).'


def rows_note(brief: Brief, words: WordsView) -> str:
    """How to see another row, and a page without texts."""
    lab = shlex.quote(PurePath(brief.summary.lab_path).name)
    behind = (
        "the odds of the class that was called, as a multiple of those without it"
        if words.is_class
        else "what it adds to the prediction"
    )
    return (
        f"Behind a word or passage: {behind}. Any other row: assay explain {lab} --row N. "
        f"This page quotes cells of your table; assay report {lab} --no-quotes --out FOLDER writes it without them."
    )
