"""Whether the classes of a target are ordered levels (ratings, degrees of agreement), and their order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import Floats
from assay.core.errors import TaskError, Where
from assay.core.problem.regression import Regression
from assay.core.schema import Label
from assay.core.task import Notice
from assay.data.cell import plain_number
from assay.data.options import TaskOptions
from assay.data.ordinal_levels import order_of, says_nothing
from assay.data.target_reading import TargetReading
from assay.data.vectorized import Series
from assay.infer.inference_question import Question

FEWEST_STEPS, MOST_STEPS = 5, 10
"""Whole numbers from 1 without a gap of which so many are a rating; more are read as numbers of equal steps."""


@dataclass(frozen=True, slots=True)
class OrderedLevels:
    """labels: from low to high; values: the number of each, its place from 1 where labels are words."""

    labels: tuple[str, ...]
    values: tuple[float, ...]
    are_numbers: bool

    def label_of(self, value: float) -> str:
        return self.labels[self.values.index(value)]


def as_ordered_levels(
    series: Series, question: TargetReading, options: TaskOptions, asked: Question
) -> tuple[TargetReading, OrderedLevels] | None:
    """The question read as one about steps; None where its classes have no order, or another family is requested.

    Rows that answer nothing ("no opinion") beside words that have an order are left out and said. Raises TaskError for
    --family ordered of classes without an order.
    """
    if not question.classes or asked.family not in (None, "ordered"):
        return None
    order = _order_of_levels(series, question, options, asked)
    if order is None and asked.family is None:
        return None
    if order is None or len(order) < 2:
        raise TaskError(
            f'Nothing tells the order of "{options.target}": {_shown(question.classes)}.',
            where=Where(column=options.target, option="--family"),
            do=('number its levels in the file ("1 low", "2 middle", …)', "--family multinomial"),
        )  # fmt: skip
    texts = [str(label) for label in question.classes]
    numbers = [plain_number(text) for text in order]
    are_numbers = all(number is not None for number in numbers)
    values = tuple(float(number) if are_numbers and number is not None else place + 1.0
                   for place, number in enumerate(numbers))  # fmt: skip
    of_code: Floats = np.array([dict(zip(order, values, strict=True)).get(text, np.nan) for text in texts])
    return _read_so(question, of_code, options), OrderedLevels(tuple(order), values, are_numbers)


def _order_of_levels(
    series: Series, question: TargetReading, options: TaskOptions, asked: Question
) -> Sequence[str] | None:
    """Labels from low to high where options or words give an order; by default only of plain ratings."""
    texts = [str(label) for label in question.classes]
    if str(series.dtype) == "category" and series.cat.ordered:
        known = [str(level) for level in series.cat.categories]
        return [text for text in known if text in texts] if set(texts) <= set(known) else None
    if all(plain_number(text) is not None for text in texts):
        asked_so = asked.family is not None or options.kinds.get(str(options.target)) == "ordinal"
        return texts if asked_so or (options.problem is None and is_rating(question.classes)) else None
    unasked = options.problem is not None and asked.family is None
    return None if unasked else order_of(texts)


def is_rating(classes: Sequence[Label]) -> bool:
    """Whole numbers from 1 without a gap, five to ten: from 0 they may as well be codes of classes, as many tools
    number them."""
    return FEWEST_STEPS <= len(classes) <= MOST_STEPS and are_consecutive(classes)


def are_consecutive(classes: Sequence[Label]) -> bool:
    """1, 2, 3, …"""
    return [str(label) for label in classes] == [str(step) for step in range(1, len(classes) + 1)]


def _read_so(question: TargetReading, of_code: Floats, options: TaskOptions) -> TargetReading:
    """The same rows with numbers for classes, without those that answer nothing."""
    values = of_code[question.values]
    there, rows = ~np.isnan(values), question.rows.copy()
    rows[np.flatnonzero(rows)[~there]] = False
    silent = [str(label) for label in question.classes if says_nothing(str(label))]
    notices = question.notices
    if not there.all():
        lost = int((~there).sum())
        notices = (*notices, Notice(
            code="data/missing-target", column=options.target,
            message=f'{lost:,} rows left out: {options.target} is {", ".join(silent)}, which has no place in the order',
        ))  # fmt: skip
    return replace(question, problem=Regression(), classes=(), rows=rows, values=values[there], notices=notices)


def _shown(classes: Sequence[Label]) -> str:
    shown = ", ".join(str(label) for label in classes[:5])
    return shown if len(classes) <= 5 else f"{shown} and {len(classes) - 5} more"
