"""CatBoost's JSON model as flat trees; splits on categories are resolved by probing the model itself."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from assay.core.array import AnyArray, Bools, Index
from assay.models.flat import MOST_DEPTH, FlatTrees, Output, SymmetricTrees, Tests, no_branches

Probe = Callable[[AnyArray, AnyArray], AnyArray]
"""From (n, n_numeric) numbers and (n, n_code_columns) codes to (n, n_trees) the leaves that such rows reach."""

MOST_PLACES = 4096
"""Most combinations of levels for which a categorical statistic is probed."""


@dataclass(frozen=True, slots=True)
class _CategoryGroup:
    """Inputs of a categorical split: code columns, and numeric splits by column with rising borders."""

    codes: tuple[int, ...]
    borders: tuple[tuple[int, tuple[float, ...]], ...] = ()

    def shape(self, levels: Sequence[int]) -> tuple[int, ...]:
        """Number of distinct values of each of its columns."""
        return (*(levels[j] + 2 for j in self.codes), *(len(borders) + 1 for _, borders in self.borders))


@dataclass(frozen=True, slots=True)
class _CandidateSplit:
    """A split by its number. numeric: (column, border, whether missing is above); group: for all others."""

    number: int
    numeric: tuple[int, float, bool] | None
    group: _CategoryGroup = _CategoryGroup(())


def read_catboost(document: bytes, *, rounds: int, levels: Sequence[int], probe: Probe) -> FlatTrees:
    """The first rounds of a JSON model. levels: of each code column; these follow the numeric columns.

    A categorical split (a level, or a statistic of one or more columns) becomes a set of codes by probing all of them
    once. ValueError where there are too many.
    """
    model: Any = json.loads(document)
    trees, (scale, bias) = model["oblivious_trees"][:rounds], model["scale_and_bias"]
    info = model["features_info"]
    k, n_numeric = len(bias), len(info.get("float_features") or ())
    depths = np.array([len(tree.get("splits") or ()) for tree in trees], dtype=np.int64)
    if depths.max(initial=0) > MOST_DEPTH:
        raise ValueError(f"CatBoost's trees are deeper than {MOST_DEPTH}")
    known = _candidate_splits(info, n_numeric)
    asked = [split["split_index"] for tree in trees for split in tree.get("splits") or ()]
    first = {number: at for at, number in reversed(list(enumerate(asked)))}
    on_codes = [known[number] for number in sorted(first) if known[number].numeric is None]
    inside = {(column, border) for q in on_codes for column, borders in q.group.borders for border in borders}
    numeric = [q for q in known.values() if q.numeric is not None and (q.number in first or q.numeric[:2] in inside)]
    where = [_Bit.of(first[question.number], depths) for question in on_codes]
    test_of = {q.numeric[:2]: t for t, q in enumerate(numeric) if q.numeric is not None}
    sets = _sets(on_codes, where, _Inputs(tuple(levels), n_numeric, test_of), probe)
    place = {question.number: t for t, question in enumerate([*numeric, *on_codes])}
    tests = Tests(
        column=np.array([q.numeric[0] for q in numeric if q.numeric], dtype=np.int64),
        threshold=np.array([q.numeric[1] for q in numeric if q.numeric], dtype=np.float32),
        missing_right=np.array([q.numeric[2] for q in numeric if q.numeric], dtype=np.bool_),
        set_column=sets.column + n_numeric, set_stride=sets.stride, set_bit=sets.bit, bit_stride=sets.bit_stride,
        sets=sets.right,
    )  # fmt: skip
    leaves = [np.array(tree["leaf_values"], dtype=np.float64).reshape(-1, k) for tree in trees]
    return FlatTrees(
        n_columns=n_numeric + len(levels), output=_output(model), base=np.array(bias, dtype=np.float64), tests=tests,
        branches=no_branches(),
        symmetric=SymmetricTrees(
            depths=depths, test=np.array([place[number] for number in asked], dtype=np.int64),
            leaves=np.concatenate(leaves) * scale,
        ),
    )  # fmt: skip


def _output(model: Any) -> Output:
    """The output transform, from the loss it was trained for."""
    classes = model["model_info"].get("class_params", {}).get("class_to_label", ())
    return "value" if not classes else "sigmoid" if len(model["scale_and_bias"][1]) == 1 else "softmax"


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
    codes, borders = set[int](), dict[int, set[float]]()
    for element in elements:
        if element["combination_element"] == "float_feature":
            borders.setdefault(column_of[element["float_feature_index"]], set()).add(element["border"])
        else:
            codes.add(code_of[element["cat_feature_index"]])
    return _CategoryGroup(
        tuple(sorted(codes)), tuple((column, tuple(sorted(borders[column]))) for column in sorted(borders))
    )


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


@dataclass(frozen=True, slots=True)
class _Inputs:
    """levels: of each code column; n_numeric: number columns; test_of: the test of a column and border."""

    levels: tuple[int, ...]
    n_numeric: int
    test_of: Mapping[tuple[int, float], int]

    def rows(self, group: _CategoryGroup) -> tuple[AnyArray, AnyArray]:
        """Numbers and codes of one row for every position of a group, the last column varying fastest."""
        shape = group.shape(self.levels)
        at = np.stack(np.unravel_index(np.arange(prod(shape)), shape), axis=1)
        codes = np.zeros((len(at), len(self.levels)), dtype=np.int64)
        codes[:, list(group.codes)] = at[:, : len(group.codes)] - 1
        numbers = np.zeros((len(at), self.n_numeric), dtype=np.float32)
        for (column, borders), part in zip(group.borders, at.T[len(group.codes) :], strict=True):
            # a border itself is not above it, so it lies above just the borders before it
            numbers[:, column] = np.array([*borders, np.inf], dtype=np.float32)[part]
        return numbers, codes


@dataclass(frozen=True, slots=True, eq=False)
class _Sets:
    """The fields of Tests for splits on categories."""

    right: Bools
    column: Index
    stride: Index
    bit: Index
    bit_stride: Index


def _sets(questions: Sequence[_CandidateSplit], where: Sequence[_Bit], inputs: _Inputs, probe: Probe) -> _Sets:
    groups = {question.group: prod(question.group.shape(inputs.levels)) for question in questions}
    width, n = max(groups.values(), default=0), len(questions)
    if width > MOST_PLACES:
        raise ValueError("CatBoost's statistics of categories look at too many levels together")
    n_codes = max((len(group.codes) for group in groups), default=1)
    n_bits = max((sum(len(borders) for _, borders in group.borders) for group in groups), default=0)
    right = np.zeros((n, width), dtype=np.bool_)
    column, stride = (np.zeros((n, n_codes), dtype=np.int64) for _ in range(2))
    bit, bit_stride = (np.zeros((n, n_bits), dtype=np.int64) for _ in range(2))
    for group, size in groups.items():
        shape = group.shape(inputs.levels)
        strides = [prod(shape[j + 1 :]) for j in range(len(shape))]
        leaves = probe(*inputs.rows(group))
        by_border = zip(group.borders, strides[len(group.codes) :], strict=True)
        bits = [(inputs.test_of[number, border], step) for (number, all_), step in by_border for border in all_]
        for i in [i for i, question in enumerate(questions) if question.group == group]:
            right[i, :size] = (leaves[:, where[i].tree] >> where[i].bit) & 1
            column[i, : len(group.codes)] = group.codes
            stride[i, : len(group.codes)] = strides[: len(group.codes)]
            bit[i, : len(bits)] = [test for test, _ in bits]
            bit_stride[i, : len(bits)] = [step for _, step in bits]
    return _Sets(right, column, stride, bit, bit_stride)
