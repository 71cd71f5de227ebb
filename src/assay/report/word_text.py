"""What words do, in words: the head of the table, its figures, the rows."""

import shlex
from pathlib import PurePath

from assay.core.figure import number_text, two_digits
from assay.core.usage import whose_text
from assay.core.views import Brief
from assay.core.word_views import RowView, WordsView
from assay.report.phrases import count_text, plural

OUT_OF_FOLD = "each row answered by models that have not learned from it"


def moved_text(effect: float, label: str) -> str:
    """ "won +7.1" of points of probability for a class, "+5.3" of values."""
    return f"{label} {two_digits(effect, signed=True)}".lstrip()


def words_lead(words: WordsView, target: str) -> str:
    """What the figures of the table are."""
    left = f" Of {plural(words.labels_left, 'rarer class', 'rarer classes')} no words were sought."
    return (
        f"{words_head(words, target)}: the mean over rows that have the word, {OUT_OF_FOLD}"
        f"{whose_text(words.told_by, words.weight)}. {count_text(words.looked_at)} rows were looked at."
        f"{left if words.labels_left else ''}"
    )


def words_head(words: WordsView, target: str) -> str:
    """What a word's figure is."""
    if words.is_class:
        return f"Words in texts, the {target} each speaks for, and by how many points it raises the probability of that"
    return f"Words in texts, and what each adds to the {target} that is predicted"


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
    behind = "what it speaks for, and by how many points it raises the probability of that"
    behind = behind if words.is_class else "what it adds to the prediction"
    return (
        f"Behind a word or passage: {behind}. Any other row: assay explain {lab} --row N. "
        f"This page quotes cells of your table; assay report {lab} --no-quotes --out FOLDER writes it without them."
    )
