"""Proved leaks: columns that are the target, or are filled exactly when it takes one value."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from assay.core.argument import list_argument
from assay.core.array import AnyArray, Bools
from assay.core.schema import Column, Label, Schema
from assay.core.target import Target
from assay.core.task import Notice
from assay.data import vectorized as vector
from assay.data.cell import Marks
from assay.data.number_format import NumberReader

if TYPE_CHECKING:
    import pandas as pd

_ENOUGH = 5
"""Rows of the rarest class below which agreement may be chance."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A column that gives the target away; `what` completes "closed_on ..."."""

    column: str
    code: str
    what: str
    do: str


def find_leaks(
    frame: "pd.DataFrame", schema: Schema, target: Target, *, name: str, classes: Sequence[Label]
) -> tuple[Leak, ...]:
    """Leaks among the features and identifiers, by exact agreement only: suspicion is not proof.

    Needs at least 5 rows on either side, so that chance is excluded.
    """
    if len(target) < 2 * _ENOUGH:
        return ()
    if target.is_class and np.sort(np.bincount(target.values))[-2] < _ENOUGH:
        return ()
    looked_at = [c for c in schema if c.is_feature or c.kind in {"identifier", "constant"}]
    found = (_leak(frame[column.name], column, target, name=name, classes=classes) for column in looked_at)
    return tuple(leak for leak in found if leak is not None)


def without(schema: Schema, leaks: Sequence[Leak], keep: Sequence[str]) -> tuple[Schema, tuple[Notice, ...]]:
    """(schema with the leaks dropped, a notice for each); a leak in `keep`, or the last feature, stays, with a
    notice."""
    guilty = {leak.column: leak for leak in leaks if leak.column not in keep}
    if all(column.name in guilty for column in schema.features):
        guilty = {}
    columns = tuple(
        replace(c, kind="dropped", reason=f"leak: {guilty[c.name].what}", levels=()) if c.name in guilty else c
        for c in schema
    )
    return Schema(columns=columns), tuple(_notice(leak, is_dropped=leak.column in guilty) for leak in leaks)


def _notice(leak: Leak, *, is_dropped: bool) -> Notice:
    after = "Dropped; keep it if it is known when you predict." if is_dropped else "Kept; scores will look too good."
    return Notice(code=leak.code, message=f"{leak.column} {leak.what}. {after}", column=leak.column,
                  do=leak.do if is_dropped else f"--drop {list_argument(leak.column)}")  # fmt: skip


def _leak(series: "pd.Series", column: Column, target: Target, *, name: str, classes: Sequence[Label]) -> Leak | None:
    series = vector.plain(series)
    do = f"--keep {list_argument(column.name)}"
    if not target.is_class:
        same = _same_numbers(series, column, target.values)
        return Leak(column.name, "leak/equals-target", f"equals {name} in every row", do) if same else None
    if column.missing and column.missing < len(series):
        label = _filled_with(_is_filled(series, column), target.values)
        if label is not None:
            what = f"is filled in every row with {name} = {classes[label]} and in no other"
            return Leak(column.name, "leak/filled-with-target", what, do)
    if column.kind != "constant" and _same_partition(series, frozenset(column.missing_marks), target):
        return Leak(column.name, "leak/equals-target", f"equals {name} in every row, up to the names of its values", do)
    return None


def _is_filled(series: "pd.Series", column: Column) -> Bools:
    if column.kind == "numeric":
        return np.asarray(~np.isnan(vector.raw_numbers(series, NumberReader(column))))
    return np.asarray(vector.texts_of(series, frozenset(column.missing_marks))[0] >= 0)


def _filled_with(filled: Bools, codes: AnyArray) -> int | None:
    """The class whose rows are exactly the filled ones, if there is one."""
    inside = codes[filled]
    label = int(inside[0])
    return label if bool((inside == label).all()) and not bool((codes[~filled] == label).any()) else None


def _same_partition(series: "pd.Series", marks: Marks, target: Target) -> bool:
    """Whether values and classes correspond one to one, without a missing cell."""
    if vector.is_number(series) and _n_different(series.head(1000)) > target.n_classes:
        return False  # cheap, and true of nearly all columns
    codes, texts = vector.texts_of(series, marks)
    if len(texts) != target.n_classes or bool((codes < 0).any()):
        return False
    pairs = np.unique(codes.astype(np.int64) * target.n_classes + target.values)
    return len(pairs) == target.n_classes


def _n_different(series: "pd.Series") -> int:
    if not isinstance(series.dtype, np.dtype):
        return int(series.nunique())
    values = np.unique(series.to_numpy())
    return len(values) - int(np.isnan(values[-1:]).sum())  # a missing one is the last


def _same_numbers(series: "pd.Series", column: Column, y: AnyArray) -> bool:
    if column.kind not in {"numeric", "identifier"} or len(np.unique(y[:1000])) < _ENOUGH:
        return False
    values = vector.raw_numbers(series, NumberReader(column))
    return bool(np.allclose(values, y, rtol=1e-12, atol=0.0))
