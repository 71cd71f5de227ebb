"""Texts and names of rows, and what models answer without pieces of them, each to rows it has not learned from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import Floats, Index
from assay.core.job import Job
from assay.core.name_pieces import name_columns
from assay.core.table import Table
from assay.pipeline.shuffled_predictions import Answering
from assay.pipeline.store import TaskFolder
from assay.predictor.text_effects import with_texts
from assay.search.importance_job import fold_answers

Span = tuple[int, int]
NEAREST = 1e-4
"""Of probabilities to 0 and 1."""


def words_columns(table: Table) -> tuple[str, ...]:
    """Columns of texts, and those of names."""
    return (*table.text_names, *name_columns(table))


def log_odds(chance: Floats) -> Floats:
    """Of probabilities, those at the ends taken for one in ten thousand from it."""
    inside = np.clip(chance, NEAREST, 1.0 - NEAREST)
    return np.asarray(np.log(inside) - np.log1p(-inside))


def chance_of(odds: float) -> float:
    """The probability of log odds."""
    return float(1.0 / (1.0 + np.exp(-odds)))


def points(odds: Floats, others: Floats) -> float:
    """By how many hundredths probabilities of log odds (n,) are above those of others, on average."""
    return float(100.0 * np.mean([chance_of(one) - chance_of(other) for one, other in zip(odds, others, strict=True)]))


def cut(text: str, spans: Sequence[Span]) -> str:
    """The text with a space in place of each piece; spans: in order, apart."""
    kept, at = list[str](), 0
    for start, end in spans:
        kept.append(text[at:start])
        at = end
    return " ".join([*kept, text[at:]])


@dataclass(frozen=True, slots=True, eq=False)
class HeldOutTexts:
    """table: raw rows; members: what answers each fold; fold: (n,) the one that answers a row, -1 for none; columns:
    with words in them; is_class, is_binary: whether answers are probabilities, and that of the second of two classes
    alone.
    """

    table: Table
    members: Sequence[Answering]
    fold: Index
    columns: tuple[str, ...]
    is_binary: bool
    is_class: bool

    @classmethod
    def of(cls, job: Job, folder: TaskFolder) -> "HeldOutTexts":
        """Of an experiment, or a blend, whose fold models exist."""
        members, split = fold_answers(job, folder), folder.split
        fold = np.full(folder.table.n_rows, -1, dtype=np.int64)
        for number in range(len(members)):
            fold[split.held(number, job.experiment.partition)] = number
        is_binary = folder.target.is_class and folder.task.n_classes == 2
        return cls(folder.table, members, fold, words_columns(folder.table), is_binary, folder.target.is_class)

    def texts(self, column: str, rows: Index) -> list[str]:
        """Cells of a column; "" where there is none."""
        if column in self.table.text_names:
            return [str(text) for text in self.table.text[rows, self.table.text_names.index(column)]]
        assert self.table.strings is not None
        places, texts = self.table.strings.take(rows).column(column)
        return [texts[place] if place >= 0 else "" for place in places.tolist()]

    def answers(self, rows: Index, column: str = "", texts: Sequence[str] = ()) -> Floats:
        """(n, k) log odds of classes (both of two), or values (n, 1); of rows as they are, or with these texts in a
        column. Of log odds, as near 0 and 1 a probability hardly moves, whatever a text says.
        """
        changed = self.table.take(rows)
        if column:
            changed = with_texts(changed, column, texts)
        out: Floats | None = None
        for number in np.unique(self.fold[rows]).tolist():
            at = np.flatnonzero(self.fold[rows] == number)
            found = np.asarray(self.members[number].predict(changed.take(at)), dtype=np.float64)
            found = found[:, None] if found.ndim == 1 else found
            found = np.column_stack([1.0 - found, found]) if self.is_binary else found
            out = np.empty((len(rows), found.shape[1])) if out is None else out
            out[at] = found
        if out is None:
            return np.empty((0, 1))
        return log_odds(out) if self.is_class else out
