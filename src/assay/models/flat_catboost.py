"""CatBoost's JSON model as flat trees; splits on categories are resolved by probing the model itself."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from assay.core.array import AnyArray, Bools, Index
from assay.core.table import Table
from assay.models.flat import FlatTrees, Output, SymmetricTrees, Tests, no_branches

Probe = Callable[[Table, int, int], AnyArray]
"""From n rows, a first tree and an end to (n, n_trees) the leaves that the rows reach."""

MOST_PLACES = 4096
"""Most combinations of levels all of which are probed for a categorical statistic."""
ABSENT = -100.0
"""Score of a class without training rows, for which CatBoost answers minus infinity."""
PROBED = 2**22
"""Leaves of one call, 4 bytes each."""


@dataclass(frozen=True, slots=True)
class _CategoryGroup:
    """Inputs of a categorical split: code columns, and numeric splits by column with rising borders.

    compared: those code columns that are only compared with single levels, so that levels not seen together answer too.
    """

    codes: tuple[int, ...]
    borders: tuple[tuple[int, tuple[float, ...]], ...] = ()
    compared: frozenset[int] = frozenset()

    def shape(self, levels: Sequence[int]) -> tuple[int, ...]:
        """Number of distinct values of each of its columns."""
        return (*(levels[j] + 2 for j in self.codes), *(len(borders) + 1 for _, borders in self.borders))

    def strides(self, levels: Sequence[int]) -> Index:
        """What a value of each of its columns adds to a position."""
        shape = self.shape(levels)
        return np.array([prod(shape[j + 1 :]) for j in range(len(shape))], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class _CandidateSplit:
    """A split by its number. numeric: (column, border, whether missing is above); group: for all others."""

    number: int
    numeric: tuple[int, float, bool] | None
    group: _CategoryGroup = _CategoryGroup(())


def read_catboost(document: bytes, *, tables: Sequence[Table], probe: Probe) -> FlatTrees:
    """The trees of a JSON model. tables: rows it was trained and validated with, code columns after the numeric ones.

    A categorical split (a level, or a statistic of one or more columns) becomes a set of codes by probing all of them
    once, or where there are too many those of these rows and one other, as all others are alike.
    """
    model: Any = json.loads(document)
    trees, (scale, bias) = model["oblivious_trees"], model["scale_and_bias"]
    info = model["features_info"]
    k, n_numeric = len(bias), len(info.get("float_features") or ())
    depths = np.array([len(tree.get("splits") or ()) for tree in trees], dtype=np.int64)
    known = _candidate_splits(info, n_numeric)
    asked = [split["split_index"] for tree in trees for split in tree.get("splits") or ()]
    first = {number: at for at, number in reversed(list(enumerate(asked)))}
    on_codes = [known[number] for number in sorted(first) if known[number].numeric is None]
    inside = {(column, border) for q in on_codes for column, borders in q.group.borders for border in borders}
    numeric = [q for q in known.values() if q.numeric is not None and (q.number in first or q.numeric[:2] in inside)]
    where = [_Bit.of(first[question.number], depths) for question in on_codes]
    test_of = {q.numeric[:2]: t for t, q in enumerate(numeric) if q.numeric is not None}
    place = {question.number: t for t, question in enumerate([*numeric, *on_codes])}
    none = np.zeros((0, 0), dtype=np.int64)
    tests = Tests(
        column=np.array([q.numeric[0] for q in numeric if q.numeric], dtype=np.int64),
        threshold=np.array([q.numeric[1] for q in numeric if q.numeric], dtype=np.float32),
        missing_right=np.array([q.numeric[2] for q in numeric if q.numeric], dtype=np.bool_),
        set_column=none, set_stride=none, set_bit=none, bit_stride=none, sets=none.astype(np.bool_),
    )  # fmt: skip
    tests = _with_sets(tests, on_codes, where, _Inputs(tables, numeric, test_of), probe)
    leaves = [np.array(tree["leaf_values"], dtype=np.float64).reshape(-1, k) for tree in trees]
    output, columns = _outputs(model)
    values = np.zeros((int((1 << depths).sum()), len(columns)))
    values[:, columns >= 0] = (np.concatenate(leaves) * scale)[:, columns[columns >= 0]]
    return FlatTrees(
        n_columns=n_numeric + len(tables[0].code_names), output=output,
        base=np.where(columns >= 0, np.array(bias, dtype=np.float64)[columns], ABSENT), tests=tests,
        branches=no_branches(),
        symmetric=SymmetricTrees(
            depths=depths, test=np.array([place[number] for number in asked], dtype=np.int64), leaves=values
        ),
    )  # fmt: skip


def _outputs(model: Any) -> tuple[Output, Index]:
    """The output transform, from the loss it was trained for, and the model's column of each output, −1 for a class
    without training rows."""
    known, k = model["model_info"].get("class_params", {}), len(model["scale_and_bias"][1])
    if k == 1:
        return "sigmoid" if known else "value", np.zeros(1, dtype=np.int64)
    columns = np.full(len(known["class_names"]), -1)
    columns[known["class_to_label"]] = np.arange(k)
    return "softmax", columns


def _candidate_splits(info: Any, n_numeric: int) -> Mapping[int, _CandidateSplit]:
    """All splits by number: borders of numbers, levels of categories, borders of statistics."""
    found: list[_CandidateSplit] = []
    for one in info.get("float_features") or ():
        above = one["nan_value_treatment"] == "AsTrue"
        for border in one["borders"] or ():
            found.append(_CandidateSplit(len(found), (one["flat_feature_index"], border, above)))
    code_of = {}
    for one in info.get("categorical_features") or ():
        code_of[one["feature_index"]] = one["flat_feature_index"] - n_numeric
        found += [
            _CandidateSplit(len(found) + i, None, _CategoryGroup((code_of[one["feature_index"]],)))
            for i in range(len(one.get("values") or ()))
        ]
    column_of = {one["feature_index"]: one["flat_feature_index"] for one in info.get("float_features") or ()}
    for one in info.get("ctrs") or ():
        group = _group(one["elements"], code_of, column_of)
        found += [_CandidateSplit(len(found) + i, None, group) for i in range(len(one["borders"]))]
    return {question.number: question for question in found}


def _group(elements: Any, code_of: Mapping[int, int], column_of: Mapping[int, int]) -> _CategoryGroup:
    codes, counted, borders = set[int](), set[int](), dict[int, set[float]]()
    for element in elements:
        if element["combination_element"] == "float_feature":
            borders.setdefault(column_of[element["float_feature_index"]], set()).add(element["border"])
        else:
            codes.add(code_of[element["cat_feature_index"]])
            if element["combination_element"] == "cat_feature_value":
                counted.add(code_of[element["cat_feature_index"]])
    return _CategoryGroup(
        tuple(sorted(codes)), tuple((column, tuple(sorted(borders[column]))) for column in sorted(borders)),
        frozenset(codes - counted),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Bit:
    """Position of a condition's answer: a bit of the leaf number in a tree."""

    tree: int
    bit: int

    @classmethod
    def of(cls, at: int, depths: Index) -> "_Bit":
        ends = np.cumsum(depths)
        tree = int(np.searchsorted(ends, at, side="right"))
        return cls(tree, at - int(ends[tree] - depths[tree]))


@dataclass(frozen=True, slots=True, eq=False)
class _Inputs:
    """tables: rows CatBoost counted; numeric: the splits on numbers; test_of: their place by column and border."""

    tables: Sequence[Table]
    numeric: Sequence[_CandidateSplit]
    test_of: Mapping[tuple[int, float], int]

    def seen(self, group: _CategoryGroup) -> tuple[Index, Index]:
        """(k,) rising: the positions of a group that any row has, with all levels of columns only compared; and a row
        of each, of all tables in turn, -1 where none need have it."""
        size = prod(group.shape(self.levels))
        found, row = first_rows(np.concatenate([self._positions(group, table) for table in self.tables]), size)
        for j, stride in zip(group.codes, group.strides(self.levels), strict=False):
            if j in group.compared:
                found = (found[:, None] + stride * np.arange(self.levels[j] + 2)).ravel()
        return (np.sort(found), np.full(len(found), -1)) if group.compared else (found, row)

    def _positions(self, group: _CategoryGroup, table: Table) -> Index:
        strides = group.strides(self.levels)
        counted = np.where([j in group.compared for j in group.codes], 0, strides[: len(group.codes)])
        position: Index = (table.codes[:, group.codes].astype(np.int64) + 1) @ counted
        for (column, borders), stride in zip(group.borders, strides[len(group.codes) :], strict=True):
            x = table.numeric[:, column]
            for border in borders:
                test = self.numeric[self.test_of[column, border]].numeric
                is_right = (x > np.float32(border)) | (np.isnan(x) & (test is not None and test[2]))
                position += stride * is_right
        return position

    @property
    def levels(self) -> tuple[int, ...]:
        return self.tables[0].levels

    def rows(self, group: _CategoryGroup, positions: Index) -> Table:
        """One row for every position of a group, of which the last column varies fastest."""
        at = np.stack(np.unravel_index(positions, group.shape(self.levels)), axis=1)
        like = self.tables[0].take(np.zeros(len(at), dtype=np.int64))
        codes, numbers = np.zeros_like(like.codes), np.zeros_like(like.numeric)
        codes[:, list(group.codes)] = at[:, : len(group.codes)] - 1
        for (column, borders), part in zip(group.borders, at.T[len(group.codes) :], strict=True):
            # a border itself is not above it, so it lies above just the borders before it
            numbers[:, column] = np.array([*borders, np.inf], dtype=np.float32)[part]
        return like.with_cells(numeric=numbers, codes=codes)


def first_rows(position: Index, size: int) -> tuple[Index, Index]:
    """(k,) the distinct positions below size, rising, and the first row of each: np.unique with indices, but sorted
    as one number with the row where that fits, which is six times as fast.
    """
    n = len(position)
    if size * n > np.iinfo(np.int64).max:
        return np.unique(position, return_index=True)
    known, row = np.divmod(np.sort(position * n + np.arange(n)), n)
    first = np.flatnonzero(np.diff(known, prepend=-1))
    return known[first], row[first]


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """The splits of one group in turn. keys: the positions that have answers of their own, none where all have.

    positions: (p,) to be answered; row: (p,) a row of the tables that has each, -1 where one is made.
    """

    group: _CategoryGroup
    splits: Index
    keys: Index
    positions: Index
    row: Index

    @classmethod
    def of(cls, group: _CategoryGroup, splits: Index, inputs: _Inputs) -> "_Group":
        size = prod(group.shape(inputs.levels))
        if size <= MOST_PLACES:
            return cls(group, splits, np.zeros(0, dtype=np.int64), np.arange(size), np.full(size, -1))
        keys, row = inputs.seen(group)
        gap = np.flatnonzero(keys != np.arange(len(keys)))
        other = gap[0] if len(gap) else min(len(keys), size - 1)
        return cls(group, splits, keys, np.append(keys, other), np.append(row, -1))

    def answer_made(self, right: Bools, where: Sequence[_Bit], inputs: _Inputs, probe: Probe) -> None:
        """Set in right (n splits of all groups, n positions) the answers of positions for which a row is made."""
        trees, made = [where[i].tree for i in self.splits], np.flatnonzero(self.row < 0)
        begin, end = min(trees), max(trees) + 1
        for at in _parts(made, end - begin):
            self._set(right, at, where, probe(inputs.rows(self.group, self.positions[at]), begin, end), begin)

    def answer_rows(self, right: Bools, where: Sequence[_Bit], rows: Index, leaves: AnyArray) -> None:
        """Set the answers of positions whose row is among some, which reach these leaves (n rows, n trees)."""
        at = np.flatnonzero((self.row >= rows[0]) & (self.row <= rows[-1]))
        self._set(right, at, where, leaves[np.searchsorted(rows, self.row[at])], 0)

    def _set(self, right: Bools, at: Index, where: Sequence[_Bit], leaves: AnyArray, begin: int) -> None:
        for i in self.splits:
            right[i, at] = (leaves[:, where[i].tree - begin] >> where[i].bit) & 1


def _parts(of: Index, n_trees: int) -> list[Index]:
    """In turn, as many as one call may answer."""
    size = max(1, PROBED // n_trees)
    return [of[at : at + size] for at in range(0, len(of), size)]


def _answer(groups: Sequence[_Group], right: Bools, where: Sequence[_Bit], inputs: _Inputs, probe: Probe) -> None:
    """Answers of all positions. CatBoost computes all statistics of a row, so that rows are asked for all groups at
    once."""
    for one in groups:
        one.answer_made(right, where, inputs, probe)
    asked = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *(one.row[one.row >= 0] for one in groups)]))
    n_trees, first = max((bit.tree for bit in where), default=0) + 1, 0
    for table in inputs.tables:
        own = asked[(asked >= first) & (asked < first + table.n_rows)]
        for rows in _parts(own, n_trees):
            leaves = probe(table.take(rows - first), 0, n_trees)
            for one in groups:
                one.answer_rows(right, where, rows, leaves)
        first += table.n_rows


def _with_sets(
    tests: Tests, splits: Sequence[_CandidateSplit], where: Sequence[_Bit], inputs: _Inputs, probe: Probe
) -> Tests:
    """The tests with splits on categories, found by probing."""
    of_group: dict[_CategoryGroup, list[int]] = {}
    for i, split in enumerate(splits):
        of_group.setdefault(split.group, []).append(i)
    groups = [_Group.of(group, np.array(own), inputs) for group, own in of_group.items()]
    n, n_numeric = len(splits), inputs.tables[0].numeric.shape[1]
    n_codes = max((len(one.group.codes) for one in groups), default=1)
    n_bits = max((sum(len(borders) for _, borders in one.group.borders) for one in groups), default=0)
    right = np.zeros((n, max((len(one.positions) for one in groups), default=0)), dtype=np.bool_)
    _answer(groups, right, where, inputs, probe)
    column, stride = np.full((n, n_codes), n_numeric), np.zeros((n, n_codes), dtype=np.int64)
    bit, bit_stride = (np.zeros((n, n_bits), dtype=np.int64) for _ in range(2))
    span, keys = np.zeros((n, 2), dtype=np.int64), [np.zeros(0, dtype=np.int64)]
    for one in groups:
        m, strides = len(one.group.codes), one.group.strides(inputs.levels)
        by_border = zip(one.group.borders, strides[m:].tolist(), strict=True)
        bits = [(inputs.test_of[number, border], step) for (number, all_), step in by_border for border in all_]
        column[one.splits, :m], stride[one.splits, :m] = np.array(one.group.codes) + n_numeric, strides[:m]
        bit[one.splits, : len(bits)], bit_stride[one.splits, : len(bits)] = [t for t, _ in bits], [s for _, s in bits]
        begin = sum(map(len, keys))
        span[one.splits] = begin, begin + len(one.keys)
        keys.append(one.keys)
    return replace(
        tests, set_column=column, set_stride=stride, set_bit=bit, bit_stride=bit_stride, sets=right,
        keys=np.concatenate(keys), key_span=span if sum(map(len, keys)) else tests.key_span,
    )  # fmt: skip
