"""Which rows belong together, and in which order they came: what the folds must respect."""

from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import AnyArray
from assay.core.errors import DataError, Where
from assay.core.schema import Schema
from assay.core.task import Notice
from assay.data import fingerprint, vector
from assay.data.kinds import describe
from assay.data.number import NumberReader
from assay.data.options import TaskOptions
from assay.data.split import Ties

if TYPE_CHECKING:
    import pandas as pd

LARGEST_SHARE = 0.05
"""Of all rows: a set of equal rows above it is too large for one fold."""


def ties_of(frame: "pd.DataFrame", schema: Schema, options: TaskOptions) -> tuple[Ties, tuple[Notice, ...]]:
    """Groups and order as asked, else rows with equal features; with a notice.

    Where few different rows make up the table (one row in twenty is the same) equal ones are not tied: folds could not
    be even, and new rows will repeat them too. The notice says what that may do to the scores.
    """
    order = _order(frame, options.order_by) if options.order_by is not None else None
    if options.group_column is not None:
        codes, texts = vector.texts_of(vector.plain(frame[options.group_column]))
        alone = len(texts) + np.cumsum(codes < 0) - 1  # a row without a group is a group of its own
        return Ties(groups=np.where(codes < 0, alone, codes).astype(np.int64), order=order), ()
    if options.refused.of_table("repeated-rows"):
        return Ties(order=order), ()
    twins = fingerprint.twins(frame, tuple(column.name for column in schema.features))
    sizes = np.bincount(twins)
    repeated = int(sizes[sizes > 1].sum())
    if not repeated:
        return Ties(order=order), ()
    if sizes.max() > LARGEST_SHARE * len(frame) + 2:
        return Ties(order=order), (_not_tied(repeated, int(sizes.max())),)
    kept = "they are kept in one fold" if order is None else "they stay in the order of time"
    message = f"{repeated:,} rows have equal features; {kept}"
    return Ties(twins=twins, order=order), (
        Notice(code="data/repeated-rows", message=message, do="--raw repeated-rows"),
    )


def _not_tied(repeated: int, largest: int) -> Notice:
    return Notice(
        code="data/repeated-rows",
        message=f"{repeated:,} rows have equal features, {largest:,} of them the same; "
        "they are not kept together: scores may be too good",
        do="if they are copies, remove them, or name what they share with --group",
    )


def _order(frame: "pd.DataFrame", name: str) -> AnyArray:
    """(n,) sortable moments of the column the rows are ordered by: dates or numbers."""
    series = vector.plain(frame[name])
    column = describe(name, series)
    if column.kind == "datetime":
        moments: AnyArray = vector.date_days(series, column)
    elif column.kind in {"numeric", "identifier", "constant"} and vector.is_number(series):
        moments = vector.raw_numbers(series, NumberReader(column))
    else:
        raise DataError(
            f'The rows cannot be ordered by "{name}": it is read as {column.kind} ({column.reason}).',
            where=Where(column=name, option="--order-by"), do=("give a column of dates or numbers",),
        )  # fmt: skip
    bad = np.flatnonzero(np.isnan(moments))
    if len(bad):
        raise DataError(
            f'The column "{name}", which orders the rows, is missing in {len(bad):,} rows, first row {bad[0] + 1}.',
            where=Where(column=name, row=int(bad[0]) + 1, option="--order-by"), do=("fill or leave out those rows",),
        )  # fmt: skip
    return moments
