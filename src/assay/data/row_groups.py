"""Row groups and their order in time, which the folds must respect."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import AnyArray, Index
from assay.core.errors import DataError, Where
from assay.core.schema import Schema
from assay.core.seed import Seeds
from assay.core.target import Target
from assay.core.task import Notice
from assay.data import fingerprint
from assay.data import vectorized as vector
from assay.data.kind_guess import describe
from assay.data.make_split import RowGroups
from assay.data.near_duplicates import LARGEST, NearDuplicates, differ_in, find_near_duplicates
from assay.data.number_format import NumberReader
from assay.data.options import TaskOptions

if TYPE_CHECKING:
    import pandas as pd

LARGEST_SHARE = 0.05
"""Of all rows: a set of equal rows above it is too large for one fold."""
FEW_SHARE, MOST_SHARE = 0.05, 0.5
"""Shares of repeated rows: up to the first, grouping them costs nothing; from the second, the file holds copies."""
ONE_SIDED = 0.5
"""Difference of that share between classes from which a class was oversampled."""
ENOUGH_ROWS = 20
PASTED = 0.2
"""Share of pairs of equal rows at one distance from which they were appended or repeated as a block."""
DISAGREE = 0.01
"""Rows with equal features and another target, of those repeated: above it they are coincidences, not copies."""


def row_groups_of(
    frame: "pd.DataFrame", schema: Schema, options: TaskOptions, target: Target
) -> tuple[RowGroups, tuple[Notice, ...]]:
    """Groups and order as asked, else rows with equal features and copies that differ in a few columns; with notices.

    Equal rows are not tied where new rows will repeat them too: where few different rows make up the table (one row in
    twenty is the same; folds could not be even either), where there cannot be more different ones, and where repeating
    is a habit of the source (`_is_a_habit`); but they are where texts come again in other words. Out-of-fold scores are
    then those of rows drawn like these; the notice says what that does where they are copies.
    """
    order = order_of(frame, options.order_by) if options.order_by is not None else None
    if options.group_column is not None:
        return RowGroups(groups=vector.groups_of(frame[options.group_column]), order=order), ()
    if options.refused.of_table("repeated-rows"):
        return RowGroups(order=order), ()
    names = tuple(column.name for column in schema.features)
    equal_rows = fingerprint.equal_row_codes(frame, names)
    copies = None
    if not options.refused.of_table("near-repeated-rows"):
        copies = find_near_duplicates(frame, names, target, equal=equal_rows, seeds=Seeds(options.seed))
    equal, notices = _of_equal(frame, schema, equal_rows, target, order)
    is_usual = equal.equal_rows is None and copies is not None and _n_repeated(equal_rows) >= copies.rows
    if copies is None or (is_usual and not copies.reworded):  # repeating is what rows do here
        return equal, notices
    if not copies.sure or np.bincount(copies.units).max() > LARGEST * len(frame) + 2:
        return equal, (*notices, _suspected(copies))
    return RowGroups(equal_rows=copies.units, order=order), (_copied(copies, equal_rows, in_time=order is not None),)


def _of_equal(
    frame: "pd.DataFrame", schema: Schema, equal_rows: Index, target: Target, order: AnyArray | None
) -> tuple[RowGroups, tuple[Notice, ...]]:
    """What becomes of rows with equal features. twins: (n,) codes of these."""
    sizes = np.bincount(equal_rows)
    repeated = _n_repeated(equal_rows)
    if not repeated:
        return RowGroups(order=order), ()
    if sizes.max() > LARGEST_SHARE * len(frame) + 2:
        return RowGroups(order=order), (_not_tied(repeated, int(sizes.max())),)
    if order is None and (_is_a_habit(equal_rows, sizes, target) or _must_repeat(frame, schema)):
        return RowGroups(), (_usual(repeated, len(frame)),)
    message = f"{repeated:,} rows have equal features; {_kept(in_time=order is not None)}"
    return RowGroups(equal_rows=equal_rows, order=order), (
        Notice(code="data/repeated-rows", message=message, do="--raw repeated-rows"),
    )


def _n_repeated(equal_rows: Index) -> int:
    """Rows that are equal to another."""
    sizes = np.bincount(equal_rows)
    return int(sizes[sizes > 1].sum())


def _kept(*, in_time: bool) -> str:
    return "they stay in the order of time" if in_time else "they are kept in one fold"


def _copied(copies: NearDuplicates, equal_rows: Index, *, in_time: bool) -> Notice:
    """That rows were found to be copies; those that are equal in all features count among them."""
    rows, different = _n_repeated(copies.units), len(np.unique(copies.units))
    equal = _n_repeated(equal_rows)
    beside = f", {equal:,} of them in all" if equal else ""
    how = f"repeat others in their target and in all features but {differ_in(copies)}"
    if copies.view is not None:
        how = f"are copies of others but for {differ_in(copies)}, and share their target"
        beside = f" ({equal:,} are equal in all features)" if equal else ""
    message = f"{rows:,} rows {how}{beside}: {different:,} rows differ; {_kept(in_time=in_time)}"
    return Notice(code="data/near-repeated-rows", message=message, do="--raw near-repeated-rows")


def _suspected(copies: NearDuplicates) -> Notice:
    return Notice(
        code="data/near-repeated-rows",
        message=f"{copies.rows:,} rows agree with others in their target and in all features but {differ_in(copies)}; "
        "they are not kept together: scores may be too good",
        do="if they are copies, remove them, or name what they share with --group",
    )


def _is_a_habit(equal_rows: Index, sizes: Index, target: Target) -> bool:
    """Whether rows repeat as in any sample from this source, so that folds may divide them.

    Not when they are few (grouping them costs nothing), nor when they look like copies: most of the table, mostly one
    class, or all at one distance, without conflicting targets.
    """
    repeated = sizes[equal_rows] > 1
    share = float(repeated.mean())
    if share <= FEW_SHARE:
        return False
    if _disagreement(equal_rows[repeated], target.values[repeated]) > DISAGREE:
        return True
    if share >= MOST_SHARE or _commonest_distance(equal_rows) > PASTED:
        return False
    if not target.is_class:
        return True
    counts = np.bincount(target.values)
    shares = (np.bincount(target.values, weights=repeated) / np.maximum(counts, 1))[counts >= ENOUGH_ROWS]
    return len(shares) < 2 or float(shares.max() - shares.min()) <= ONE_SIDED


def _must_repeat(frame: "pd.DataFrame", schema: Schema) -> bool:
    """Whether the features can be combined in half as many ways as there are rows, or fewer: a few yes and no."""
    ways = 1
    for column in schema.features:
        ways *= len(np.unique(fingerprint.column_hashes(frame[column.name])))
        if ways > 0.5 * len(frame):
            return False
    return True


def _commonest_distance(equal_rows: Index) -> float:
    """Of the pairs of a row and the next one equal to it, the share that lie as far apart as most do."""
    order = np.argsort(equal_rows, kind="stable")
    lags = np.diff(order)[np.diff(equal_rows[order]) == 0]
    return float(np.bincount(lags).max() / len(lags)) if len(lags) else 0.0


def _disagreement(equal_rows: Index, values: AnyArray) -> float:
    """Share of rows whose target is not that of the first row with their features."""
    _, first, unit = np.unique(equal_rows, return_index=True, return_inverse=True)
    return float(np.mean(values != values[first][unit]))


def _usual(repeated: int, n_rows: int) -> Notice:
    return Notice(
        code="data/repeated-rows",
        message=f"{repeated:,} rows ({repeated / n_rows:.0%}) have equal features, as new rows will: folds divide them",
        do="if they are copies, remove them, or name what they share with --group",
    )


def _not_tied(repeated: int, largest: int) -> Notice:
    return Notice(
        code="data/repeated-rows",
        message=f"{repeated:,} rows have equal features, {largest:,} of them the same; "
        "they are not kept together: scores may be too good",
        do="if they are copies, remove them, or name what they share with --group",
    )


def order_of(frame: "pd.DataFrame", name: str) -> AnyArray:
    """(n,) sortable moments of the column the rows are ordered by: dates or numbers."""
    series = vector.plain(frame[name])
    column = describe(name, series)
    if column.kind == "datetime":
        moments: AnyArray = vector.date_days(series, replace(column, zone=""))  # an hour of autumn comes twice
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
