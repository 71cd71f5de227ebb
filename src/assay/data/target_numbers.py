"""A numeric target: plain, with a unit, or durations in seconds; and targets that are no numbers."""

from typing import TYPE_CHECKING

import numpy as np

from assay.core.argument import list_argument
from assay.core.array import Floats
from assay.core.errors import TaskError, Where
from assay.core.schema import SECONDS, Column, NumberFormat
from assay.core.task import Notice
from assay.data import vectorized as vector
from assay.data.ambiguous_decimal_mark import FileDecimalMark, is_doubtful, said_of, with_decimal_comma
from assay.data.approximate_numbers import rough_said
from assay.data.censored_numbers import limits_said
from assay.data.dates import date_formats
from assay.data.number_format import NumberReader, format_of
from assay.data.number_suffixes import tails_said
from assay.data.options import TaskOptions
from assay.data.raw import Source
from assay.data.texts import Texts
from assay.data.times import are_durations, are_times_of_day, duration_format, reading_of

if TYPE_CHECKING:
    import pandas as pd

ENOUGH = 0.95
"""Of the cells: as many must be numbers."""
_NOTHING = frozenset({"none", "nil"})
MOST_MOMENTS = 20
"""Different times or dates up to which they may be classes (shifts, delivery days), as of whole numbers."""


def target_numbers(
    series: "pd.Series", texts: Texts, options: TaskOptions, *, table: "pd.DataFrame | None" = None
) -> tuple[Column, Floats]:
    """(how the cells are read, (n,) the target as float64, NaN where a cell is no number)

    series: as it came; texts: its cells; table: all columns, for the decimal mark. Durations are seconds, by the
    column's reason. Times that may be of a day are durations where --problem or --kind asks for numbers.
    """
    plain = vector.plain(series)
    if vector.is_number(plain):
        number, reason = NumberFormat(), SECONDS if vector.is_duration(series) else ""
    else:
        number = _duration_format(texts, options) or format_of(texts.sample(), texts.texts)
        reason = (
            reading_of(number, texts.texts) if number.duration
            else tails_said(texts.texts, signs=number.behind, factors=number.factors)
        )  # fmt: skip
    if table is not None and is_doubtful(number, texts.texts) and FileDecimalMark(table).writes_decimal_commas:
        number, reason = with_decimal_comma(number), said_of(texts.texts)
    column = Column(name=texts.name, kind="target", reason=reason, number=number, missing_marks=options.missing)
    return column, vector.raw_numbers(plain, NumberReader(column))


def _duration_format(texts: Texts, options: TaskOptions) -> NumberFormat | None:
    """None where the cells are no durations, or all of one unit (numbers), or may be times of day."""
    if options.refused.of_cells(texts.name, "times") or not are_durations(texts):
        return None
    if are_times_of_day(texts) and not _asks_for_numbers(texts.name, options):
        return None
    return duration_format(texts.texts)


def refuse_moments(series: "pd.Series", texts: Texts, values: Floats, options: TaskOptions, *, source: Source) -> None:
    """TaskError where the target is dates or times of day: no numbers as they stand, and too many for classes."""
    wants_numbers = _asks_for_numbers(texts.name, options)
    asked = options.asked_problem
    if (asked is not None and asked.is_class) or (texts.name in options.kinds and not wants_numbers):
        return
    if float(np.mean(~np.isnan(values[texts.codes >= 0]))) >= ENOUGH:
        return
    if len(texts.texts) <= MOST_MOMENTS and not wants_numbers:
        return
    where, example = Where(file=source.name, column=texts.name), texts.texts[0].removesuffix("T00:00:00.000")
    if are_times_of_day(texts):
        say_so = () if wants_numbers or not are_durations(texts) else (
            f"--kind {list_argument(texts.name, '=numeric')}  (they are durations: predicted in seconds)",
        )  # fmt: skip
        raise TaskError(
            f'{source.name}: the target "{texts.name}" holds times of day ({example!r}), which are no numbers: the '
            "last minute of a day is next to its first.", where=where,
            do=(*say_so, "write times of day as numbers, such as the minutes since midnight"),
        )  # fmt: skip
    if vector.is_date(series) or date_formats(texts.read_sample())[1] >= ENOUGH:
        raise TaskError(
            f'{source.name}: the target "{texts.name}" holds dates ({example!r}), which are no numbers.', where=where,
            do=("write them as numbers, such as the days since a fixed date or since another column's",),
        )  # fmt: skip


def _asks_for_numbers(name: str, options: TaskOptions) -> bool:
    if (asked := options.asked_problem) is not None:
        return not asked.is_class
    return options.kinds.get(name) == "numeric"


def marks_among_numbers(texts: Texts, values: Floats, options: TaskOptions) -> tuple[str, ...]:
    """Words that mean missing, where all other cells are numbers, at least two different ones.

    A word for nothing is none of them: beside 1, 2 and 3 it may be a 0, and its rows are what there is to predict.
    """
    marks, there = tuple(text for text in texts.loose if text not in _NOTHING), texts.codes >= 0
    if not marks or options.refused.of_cells(texts.name, "missing"):
        return ()
    lost = there & np.isnan(values)
    n_marks = int(sum(texts.counts[texts.texts.index(mark)] for mark in marks))
    known = values[there & ~lost]
    return marks if len(known) and int(lost.sum()) == n_marks and len(np.unique(known)) > 1 else ()


def mark_notices(column: Column, texts: Texts) -> tuple[Notice, ...]:
    """That targets are limits ("<0.5") or rough ("ca. 40"), and what is learned of them."""
    if not (column.number.limits or column.number.rough):
        return ()
    read = NumberReader(column)
    there = [i for i, text in enumerate(texts.texts) if not np.isnan(read(text))]
    known, counts = [texts.texts[i] for i in there], texts.counts[there]
    limits = limits_said(known, counts) if column.number.limits else ""
    rough = rough_said(known, counts) if column.number.rough else ""
    said = (("data/limits", f"{limits}; the truth lies beyond" if limits else ""), ("data/rough", rough))
    return tuple(Notice(code=code, message=f"{column.name}: {text}", column=column.name) for code, text in said if text)
