"""Rows without a target that a person gives to a lab: of the table itself, or of a file of their own.

They are read by the columns of the labelled rows, are in no fold and no vault, and their targets, where they have any,
are never read.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assay.core.errors import DataError, UsageError, Where
from assay.core.schema import Schema
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.task import Notice
from assay.data import fingerprint
from assay.data import vectorized as vector
from assay.data.encode import encode_frame
from assay.data.options import TaskOptions
from assay.data.raw import RawTable
from assay.data.texts import Texts

if TYPE_CHECKING:
    import pandas as pd

IN_TABLE = "missing"
"""What --unlabelled says for the rows of the table itself whose target is missing."""
MOST_TIMES, MOST_ROWS, FEW = 10, 200_000, 5_000
"""Rows kept: at most so many times the labelled ones (of few labelled rows FEW), and no more than MOST_ROWS."""
WORTH_SHARE, WORTH_ROWS = 0.2, 100
"""Rows without a target, relative to those with one and in number, from which a person is told that they can teach."""
UNREAD = 0.5
"""Share of a column's cells that were given and cannot be read, from which it is of another kind in the other file."""
_ROLE = "--unlabelled"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class UnlabelledRows:
    """table: as the search's rows are encoded; content: hash of their cells; notices: what to know of them."""

    table: Table
    content: str
    notices: tuple[Notice, ...]


def reads_another_file(options: TaskOptions) -> bool:
    """Whether --unlabelled names a file, whose changes can only be found by reading it."""
    return options.unlabelled is not None and options.unlabelled != IN_TABLE


def with_unlabelled(raw: RawTable, options: TaskOptions, read: Callable[[str], RawTable]) -> RawTable:
    """The table with the rows of the file that --unlabelled names beside it; as it is where it names none.

    UsageError where there is no such file, or the task is in an order of time; DataError where it has no rows.
    """
    wanted = options.unlabelled
    if wanted is None or wanted == IN_TABLE or raw.unlabelled is not None:
        return raw
    if not Path(wanted).is_file():
        raise UsageError(
            f"--unlabelled {wanted}: there is no such file.", where=Where(option=_ROLE),
            do=("--unlabelled FILE with the same columns", "--unlabelled missing, for rows of the table itself"),
        )  # fmt: skip
    other = read(wanted)
    if not len(other.frame):
        raise DataError(f"{other.name} has no rows.", where=Where(file=other.name, option=_ROLE))
    return replace(raw, unlabelled=other, seconds=raw.seconds + other.seconds)


def refuse_order(options: TaskOptions) -> None:
    """UsageError where rows are in an order of time: to a fold, rows without a target may be of its future."""
    if options.unlabelled is not None and options.order_by is not None:
        raise UsageError(
            "--unlabelled gives rows that may be later than those a fold is scored on, so that with --order-by a score "
            "would profit from the future.", where=Where(option=_ROLE), do=("leave out --unlabelled",),
        )  # fmt: skip


def unlabelled_rows(
    raw: RawTable, left_out: "pd.DataFrame", options: TaskOptions, schema: Schema, *, n_labelled: int
) -> UnlabelledRows | None:
    """The rows that --unlabelled names; None where it is not given. left_out: rows of the table without a target.

    DataError where there are none, they lack a column, or one of theirs holds what that column cannot.
    """
    if options.unlabelled is None:
        return None
    other = raw.unlabelled
    if other is None and not len(left_out):
        raise DataError(
            f"{raw.name}: every row has a target, so that --unlabelled missing names none.",
            where=Where(file=raw.name, option=_ROLE), do=("leave out --unlabelled", "--unlabelled FILE"),
        )  # fmt: skip
    name, frame = (raw.name, left_out) if other is None else (other.name, other.frame)
    notices = () if other is None else _target_notice(frame, name, str(options.target), options)
    most = min(max(MOST_TIMES * n_labelled, FEW), MOST_ROWS)
    if len(frame) > most:
        notices += (Notice(
            code="data/unlabelled-cap",
            message=f"{name}: {most:,} of {len(frame):,} rows without a target are kept, drawn at random",
        ),)  # fmt: skip
        drawn = Seeds(options.seed).child("unlabelled").rng().permutation(len(frame))[:most]
        frame = frame.iloc[np.sort(drawn)]
    frame = frame.reset_index(drop=True)
    table = _encoded(frame, schema, name)
    kept = Notice(
        code="data/unlabelled",
        message=f"{len(frame):,} rows without a target are kept beside the lab: moves may let them teach",
    )
    used = [column.name for column in schema.needed]
    return UnlabelledRows(table=table, content=fingerprint.data_hash(frame[used]), notices=(kept, *notices))


def with_advice(
    notices: tuple[Notice, ...], options: TaskOptions, *, n_left: int, n_labelled: int
) -> tuple[Notice, ...]:
    """The notices, the one on rows without a target with what can be done with them, where they are many."""
    few = n_left < max(WORTH_ROWS, WORTH_SHARE * n_labelled)
    if few or options.unlabelled is not None or options.order_by is not None:
        return notices
    return tuple(
        replace(one, do="--unlabelled missing") if one.code == "data/missing-target" else one for one in notices
    )


def _target_notice(frame: "pd.DataFrame", name: str, target: str, options: TaskOptions) -> tuple[Notice, ...]:
    if target not in frame.columns:
        return ()
    filled = Texts.of(target, vector.plain(frame[target]), frozenset(options.missing)).filled
    if not filled:
        return ()
    rows = "row has" if filled == 1 else "rows have"
    message = f"{name}: {filled:,} {rows} a target, which is not read; append rows to the table to learn from them"
    return (Notice(code="data/unlabelled-target", message=message, column=target),)


def _encoded(frame: "pd.DataFrame", schema: Schema, name: str) -> Table:
    try:
        table = encode_frame(schema, frame)
    except DataError as error:
        raise DataError(
            f"{name}: {error.message}", where=Where(file=name, column=error.where.column, option=_ROLE),
            nearest=error.nearest, do=error.do,
        ) from error  # fmt: skip
    for block in (table.cells["numeric"], table.cells["dates"]):
        for column, is_missing in zip(block.names, block.missing().T, strict=True):
            given = int(frame[column].notna().sum())
            unread = int(is_missing.sum()) - (len(frame) - given)
            if unread > UNREAD * len(frame):
                kind = schema[column].kind
                raise DataError(
                    f'{name}: "{column}" is {kind} in the table, and {unread:,} of its {given:,} cells here cannot be '
                    "read so.", where=Where(file=name, column=column, option=_ROLE),
                    do=("write the column as in the table", f"--drop {column}"),
                )  # fmt: skip
    return table
