"""Splits given by the user: a column of fold names, or a validation file."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assay.core.array import AnyArray, Bools, Index
from assay.core.errors import DataError, SplitError, UsageError, Where, nearest_names
from assay.core.schema import Label, Schema
from assay.core.seed import Seeds
from assay.core.split import NEVER, Split
from assay.core.target import Target
from assay.core.task import Notice
from assay.data import fingerprint
from assay.data import vectorized as vector
from assay.data.cell import plain_number, text_of
from assay.data.make_split import RowGroups
from assay.data.near_duplicates import differ_in, find_near_duplicates
from assay.data.options import TaskOptions
from assay.data.raw import RawTable, free_name

if TYPE_CHECKING:
    import pandas as pd

TRAIN = frozenset({"train", "training", "fit", "learn"})
TRUE, FALSE = frozenset({"true", "yes"}), frozenset({"false", "no"})
MOST_FOLDS = 100
_ROLE = Where(option="--valid")


def with_valid(raw: RawTable, options: TaskOptions, read: Callable[[str], RawTable]) -> tuple[RawTable, TaskOptions]:
    """The table with the rows of a validation file below its own, and a column that tells which they are; as it is
    where --valid names a column or nothing. UsageError for what is neither, DataError where columns differ.
    """
    wanted, names = options.valid, [str(name) for name in raw.frame.columns]
    if wanted is None or wanted in names:
        return raw, options
    if not Path(wanted).is_file():
        raise UsageError(
            f'--valid {wanted}: {raw.name} has no such column, and there is no such file.', where=_ROLE,
            nearest=nearest_names(wanted, names), do=("--valid COLUMN with the folds", "--valid FILE with other rows"),
        )  # fmt: skip
    other = read(wanted)
    _check_columns(raw, other)
    import pandas as pd

    mark = free_name("train or valid", names)
    marks = np.repeat(["train", "valid"], [len(raw.frame), len(other.frame)])
    both = pd.concat([raw.frame, other.frame[list(raw.frame.columns)]], ignore_index=True)
    notices = (*raw.notices, *(replace(one, message=f"{other.name}: {one.message}") for one in other.notices))
    whole = replace(raw, frame=both.assign(**{mark: marks}), notices=notices, seconds=raw.seconds + other.seconds)
    return whole, replace(options, valid=mark, valid_file=wanted)


def _check_columns(raw: RawTable, other: RawTable) -> None:
    ours, theirs = ([str(name) for name in table.frame.columns] for table in (raw, other))
    lacking, more = [n for n in ours if n not in theirs], [n for n in theirs if n not in ours]
    for names, one, two in ((lacking, other, raw), (more, raw, other)):
        if names:
            listed = ", ".join(f'"{name}"' for name in names[:5]) + ", …" * (len(names) > 5)
            raise DataError(
                f"{one.name} lacks the column{'s' * (len(names) > 1)} {listed} of {two.name}: validation rows need the "
                "same columns.",
                where=Where(file=one.name, column=names[0], option="--valid"),
                nearest=nearest_names(names[0], theirs if names is lacking else ours),
                do=("give both files the same columns",),
            )  # fmt: skip


def user_split(
    frame: "pd.DataFrame", options: TaskOptions, schema: Schema, target: Target, classes: Sequence[Label]
) -> tuple[Split, RowGroups, tuple[Notice, ...]]:
    """The split that the column `options.valid` deals, the groups that lie whole in its folds, and what to know of it.

    "train" and one other value, or true and false, are a holdout (of the other, or of true); others are
    folds, -1 among numbers being learned from and never scored. SplitError where that gives nothing to score, or a
    part without a class that it needs; DataError where a row is of no fold.
    """
    name = str(options.valid)
    texts = vector.plain(frame[name]).map(text_of)
    missing = np.flatnonzero(np.asarray(texts.isna()))
    if len(missing):
        raise DataError(
            f'The column "{name}" of the folds is empty in {len(missing):,} rows, first row {missing[0] + 1}.',
            where=Where(column=name, row=int(missing[0]) + 1, option="--valid"),
            do=("fill it", "-1 for rows that are learned from and never scored"),
        )  # fmt: skip
    values = sorted(set(texts.tolist()), key=_order)
    numbers, parts = _numbers(name, [str(value) for value in values], np.asarray(texts))
    n_scored = int((numbers != NEVER).sum())
    reason = f'{len(parts)} folds as "{name}" deals them'
    if len(parts) == 1:
        reason = f'one holdout of {n_scored:,} rows, as "{name}" says'
    elif n_scored < len(numbers):
        reason += f"; {len(numbers) - n_scored:,} rows are learned from and never scored"
    split = Split("holdout" if len(parts) == 1 else "given", len(parts), numbers[:, None], reason)
    if target.is_class:
        _check_classes(split, parts, target, classes)
    groups = None if options.group_column is None else vector.groups_of(frame[options.group_column])
    if groups is not None:
        _refuse_torn(groups, split, name)
        return split, RowGroups(groups=groups), ()
    return split, RowGroups(), _overlap(frame, options, schema, target, split)


def _order(text: str) -> tuple[float, str]:
    number = plain_number(text)
    return (np.inf if number is None else number, text)


def _numbers(name: str, values: Sequence[str], cells: AnyArray) -> tuple[NDArray[np.uint8], list[str]]:
    """((n,) fold numbers, the names of the folds)"""
    folded = [value.strip().casefold() for value in values]
    scored = [value for value, low in zip(values, folded, strict=True) if low not in TRAIN | {"-1", "-1.0"}]
    if len(values) == 2 and set(folded) <= TRUE | FALSE:
        scored = [value for value, low in zip(values, folded, strict=True) if low in TRUE]
    if any(low in TRAIN for low in folded) and len(scored) > 1:
        listed = ", ".join(f'"{value}"' for value in values[:5])
        raise SplitError(
            f'The column "{name}" holds {listed}: which rows are to be scored? One name beside "train" is a holdout.',
            where=_ROLE, do=("leave out the rows of the other names", "number the folds 0, 1, 2, …"),
        )  # fmt: skip
    if len(values) < 2 or not scored:
        raise SplitError(
            f'The column "{name}" holds one value, "{values[0]}": rows to learn from and rows to score are needed.',
            where=_ROLE, do=("another column", "leave --valid out: Assay deals folds itself"),
        )  # fmt: skip
    if len(scored) > MOST_FOLDS:
        raise SplitError(
            f'The column "{name}" has {len(scored):,} values, too many for folds ({MOST_FOLDS} at most).',
            where=_ROLE, do=(f"--group {name}  (each of its values stays in one fold)",),
        )  # fmt: skip
    place = {value: number for number, value in enumerate(scored)}
    return np.array([place.get(cell, NEVER) for cell in cells.tolist()], dtype=np.uint8), scored


def _check_classes(split: Split, parts: Sequence[str], target: Target, classes: Sequence[Label]) -> None:
    """Every class that a fold holds must be learned from; of two classes a fold must hold both."""
    for number, part in enumerate(parts):
        fold = split.fold(number)
        learned, held = (set(np.unique(target.values[rows]).tolist()) for rows in (fold.train, fold.test))
        unlearned = sorted(held - learned)
        lacking = sorted(set(range(len(classes))) - held) if len(classes) == 2 else []
        if unlearned or lacking:
            what = "is learned from in no row" if unlearned else "is in none of its rows"
            where = "rows" if len(parts) == 1 else f'fold "{part}"'
            raise SplitError(
                f'Where the {where if len(parts) > 1 else "validation rows"} are scored, the class '
                f'"{classes[(unlearned or lacking)[0]]}" {what}.',
                where=_ROLE, do=("deal the folds so that each has rows of every class",),
            )  # fmt: skip


def _refuse_torn(groups: Index, split: Split, name: str) -> None:
    """SplitError where groups lie in several folds."""
    torn = _torn(groups, split.numbers[:, 0])
    if len(torn):
        raise SplitError(
            f'{len(torn):,} groups lie in more than one fold of "{name}", so their rows would be learned from and '
            "scored.",
            where=_ROLE, do=("leave out --group, or --valid", "deal the folds by group"),
        )  # fmt: skip


def _overlap(
    frame: "pd.DataFrame", options: TaskOptions, schema: Schema, target: Target, split: Split
) -> tuple[Notice, ...]:
    """That scored rows stand in other folds too, or are copies of rows there that differ a little."""
    folds, name = split.numbers[:, 0], str(options.valid)
    names = tuple(one.name for one in schema.features)
    equal_rows = fingerprint.equal_row_codes(frame, names)
    equal = _scored_twice(equal_rows, folds)
    how = f'equal rows of other folds of "{name}" in all features'
    notices = [_overlapping(equal, how, name)] if equal.any() else []
    if options.refused.of_table("near-repeated-rows"):
        return tuple(notices)
    copies = find_near_duplicates(frame, names, target, equal=equal_rows, seeds=Seeds(options.seed))
    near = np.zeros(len(folds), dtype=bool) if copies is None else _scored_twice(copies.units, folds) & ~equal
    if copies is not None and near.any():
        how = f'are copies of rows of other folds of "{name}" but for {differ_in(copies)}'
        notices.append(_overlapping(near, how, name))
    return tuple(notices)


def _overlapping(rows: Bools, how: str, name: str) -> Notice:
    message = f"{int(rows.sum()):,} scored rows {how}: scores may be too good"
    return Notice(code="data/valid-overlap", message=message, column=name, do="take them out of one of the two")


def _scored_twice(units: Index, folds: AnyArray) -> Bools:
    """(n,) scored rows of which another fold holds a copy."""
    return np.asarray(np.isin(units, _torn(units, folds)) & (folds != NEVER))


def _torn(units: Index, folds: AnyArray) -> Index:
    """Codes of the units that lie in several folds."""
    pairs = np.unique(np.column_stack([units, folds.astype(np.int64)]), axis=0)
    codes, counts = np.unique(pairs[:, 0], return_counts=True)
    return np.asarray(codes[counts > 1])
