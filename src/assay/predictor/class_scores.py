"""Precision, recall and confusion by class."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import Bools, Index
from assay.core.schema import Label
from assay.evidence.evaluation_rows import Rows
from assay.evidence.mean_interval import share_interval


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassScore:
    """Score of one class, by the labels given. rows: true members; predicted: rows labelled so; right: both.

    recall: share found of the first, precision: share right of the second, by the rows' weights, each with Wilson's 95
    % interval of the groups that rows come in (`share_interval`); None where there are none.
    """

    label: str
    rows: int
    predicted: int
    right: int
    recall: float | None = None
    recall_interval: tuple[float, float] | None = None
    precision: float | None = None
    precision_interval: tuple[float, float] | None = None


def confusion(true: Index, said: Index, n_classes: int) -> tuple[tuple[int, ...], ...]:
    """Rows by true class, then by predicted class."""
    flat = np.bincount(np.asarray(true, dtype=np.int64) * n_classes + said, minlength=n_classes**2)
    return tuple(tuple(int(count) for count in row) for row in flat.reshape(n_classes, n_classes))


def class_scores(said: Index, classes: Sequence[Label], rows: Rows) -> tuple[ClassScore, ...]:
    """The score of each class, in code order; rows: their true codes, weights and groups."""
    return tuple(_class_score(code, str(label), said, rows) for code, label in enumerate(classes))


def _class_score(code: int, label: str, said: Index, rows: Rows) -> ClassScore:
    of_it, called = rows.y == code, said == code
    recall, within = _share(called, rows, among=of_it)
    precision, around = _share(of_it, rows, among=called)
    return ClassScore(
        label=label, rows=int(of_it.sum()), predicted=int(called.sum()), right=int((of_it & called).sum()),
        recall=recall, recall_interval=within, precision=precision, precision_interval=around,
    )  # fmt: skip


def _share(hits: Bools, rows: Rows, *, among: Bools) -> tuple[float | None, tuple[float, float] | None]:
    if not among.any():
        return None, None
    value, low, high = share_interval(hits[among], rows.take(among))
    return value, None if low is None or high is None else (low, high)
