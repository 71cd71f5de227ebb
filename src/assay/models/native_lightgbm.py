"""Validation of LightGBM's text model before the library loads it, as the library follows any index in it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Index

_REQUIRED = ("num_class", "num_tree_per_iteration", "max_feature_idx", "objective", "feature_names", "feature_infos",
          "tree_sizes")  # fmt: skip
_OBJECTIVE = re.compile(
    r"binary sigmoid:1|multiclass num_class:(\d{1,6})|regression|regression_l1|quantile( alpha:[\d.e-]+)?", re.ASCII
)
_END = "end of trees\n"
_OPTIONAL_FIELDS = {
    "split_gain": ("splits", False), "internal_value": ("splits", False), "internal_weight": ("splits", False),
    "internal_count": ("splits", True), "leaf_weight": ("leaves", False), "leaf_count": ("leaves", True),
    "shrinkage": ("one", False),
}  # fmt: skip
"""Fields of a tree that no prediction needs: how many numbers each has, and whether they are integers."""
_PARAMETERS, _END_OF_PARAMETERS = "parameters:\n", "end of parameters\n"
_PARAMETER = re.compile(r"\[\w+: ?[^\n]*\]", re.ASCII)
_TEXT = re.compile(r"[\t\n -~]*", re.ASCII)
_SMALL = re.compile(r"\d{1,7}", re.ASCII)
_SIZES = re.compile(r"\d{1,9}( \d{1,9})*", re.ASCII)
_WHOLE, _NUMBERS = re.compile(r"[-\d ]*", re.ASCII), re.compile(r"[-+.\deinfa ]*", re.ASCII)


def check_lightgbm(native: bytes) -> None:
    """ValueError where an index leaves its array or goes back, or where a required field is missing.

    Unknown fields are ignored, so that a later LightGBM may add some.
    """
    text = native.decode("ascii")
    if not _TEXT.fullmatch(text):  # a return ends a line for LightGBM, too, and a zero the text
        raise ValueError("it holds what LightGBM does not write")
    first, blank, rest = text.partition("\n\n")
    trees, end, tail = rest.partition(_END)
    _check_tail(tail)
    head = _pairs(first, "its head")
    if not first.startswith("tree\n") or not blank or not end or any(name not in head for name in _REQUIRED):
        raise ValueError("it does not begin and end as LightGBM's models do")
    n_columns = _small(head, "max_feature_idx") + 1
    if any(len(head[name].split(" ")) != n_columns for name in ("feature_names", "feature_infos")):
        raise ValueError(f"its {n_columns} columns have other names than they need")
    objective = _OBJECTIVE.fullmatch(head["objective"])
    if objective is None or {head["num_class"], head["num_tree_per_iteration"]} != {objective[1] or "1"}:
        raise ValueError(f"its objective {head['objective'][:60]!r} does not fit its outputs")
    if objective[1] is not None and int(objective[1]) < 1:
        raise ValueError(f"its objective {head['objective'][:60]!r} does not fit its outputs")
    bodies = _bodies(trees.rstrip("\n") + "\n\n\n", head["tree_sizes"])
    _check_trees([_fields(i, body) for i, body in enumerate(bodies)], n_columns)


def _check_tail(tail: str) -> None:
    """ValueError unless each training parameter is complete: LightGBM splits it at its colon without a check."""
    _, begin, parameters = tail.partition(_PARAMETERS)
    inside, end, _ = parameters.partition(_END_OF_PARAMETERS)
    lines = [line for line in inside.split("\n") if line]
    if begin and not (end and all(_PARAMETER.fullmatch(line) for line in lines)):
        raise ValueError("the parameters behind its trees are cut off")


def _pairs(text: str, where: str) -> dict[str, str]:
    """Fields from lines of `name=value` or of a name alone; ValueError for lines that LightGBM may read differently:
    repeated names, of which it takes one, and several equal signs, which it skips."""
    parts = [line.split("=") for line in text.split("\n") if line]
    found = {part[0]: part[-1] if len(part) > 1 else "" for part in parts}
    if len(found) != len(parts) or "" in found or any(len(part) > 2 for part in parts):
        raise ValueError(f"{where} says something twice")
    return found


def _small(said: Mapping[str, str], name: str) -> int:
    if not _SMALL.fullmatch(said[name]):
        raise ValueError(f"its {name} is no number but {said[name][:60]!r}")
    return int(said[name])


def _bodies(text: str, sizes: str) -> list[str]:
    """The text of each tree, located as LightGBM does, by the sizes in the header."""
    lengths = list(map(int, sizes.split(" "))) if _SIZES.fullmatch(sizes) else []
    if not lengths or sum(lengths) != len(text):
        raise ValueError("its trees have other sizes than it says")
    ends = np.cumsum(lengths).tolist()
    return [text[end - size : end] for end, size in zip(ends, lengths, strict=True)]


def _fields(number: int, body: str) -> Mapping[str, str]:
    """The fields of a tree; trees with linear leaves are refused."""
    first, _, rest = body.partition("\n")
    fields = _pairs(rest, f"its tree {number}")
    if first != f"Tree={number}":
        raise ValueError(f"its trees have other sizes than it says: no tree {number} is where it should be")
    if fields.get("is_linear", "0") != "0":
        raise ValueError(f"its tree {number} is of another kind than LightGBM was asked for")
    return fields


@dataclass(frozen=True, slots=True, eq=False)
class _Joined:
    """Fields of all trees, concatenated. n_leaves: (n_trees,)."""

    trees: Sequence[Mapping[str, str]]
    n_leaves: Index

    def words(self, name: str, pattern: re.Pattern[str], count: Index) -> list[str]:
        """The words of a field, if every tree has as many as it needs."""
        texts = [tree.get(name, "") for tree in self.trees]
        found = np.array([text.count(" ") + 1 if text else 0 for text in texts])
        joined = " ".join(text for text in texts if text)
        words = joined.split(" ") if joined else []
        if not np.array_equal(found, count) or "" in words or not pattern.fullmatch(joined):
            raise ValueError(f"its trees have another number of {name} than they need, or no numbers")
        return words

    def whole(self, name: str, count: Index) -> Index:
        return np.array(self.words(name, _WHOLE, count), dtype=np.int64)

    def numbers(self, name: str, count: Index) -> AnyArray:
        return np.array(self.words(name, _NUMBERS, count), dtype=np.float64)


def _check_trees(trees: Sequence[Mapping[str, str]], n_columns: int) -> None:
    """ValueError unless every path ends in its tree, and every set that is tested exists."""
    n_leaves, n_sets = (
        _Joined(trees, np.ones(len(trees), dtype=np.int64)).whole(name, np.ones(len(trees), dtype=np.int64))
        for name in ("num_leaves", "num_cat")
    )
    if (n_leaves < 1).any() or (n_sets < 0).any():
        raise ValueError("its trees have no leaves")
    joined, n_splits = _Joined(trees, n_leaves), n_leaves - 1
    if not np.isfinite(joined.numbers("leaf_value", n_leaves)).all():
        raise ValueError("its leaves answer with no numbers")
    forked = [tree for tree, splits in zip(trees, n_splits, strict=True) if splits]  # one leaf may still name a split
    _check_splits(_Joined(forked, n_leaves[n_splits > 0]), n_sets[n_splits > 0], n_columns)
    _check_optional_fields(forked, n_leaves[n_splits > 0])


def _check_optional_fields(trees: Sequence[Mapping[str, str]], n_leaves: Index) -> None:
    """Check fields that no prediction needs but LightGBM parses, ending the process where it cannot."""
    for name, (count, is_whole) in _OPTIONAL_FIELDS.items():
        having = np.array([name in tree for tree in trees], dtype=np.bool_)
        joined = _Joined([tree for tree in trees if name in tree], n_leaves[having])
        counts = {"one": np.ones_like(joined.n_leaves), "splits": joined.n_leaves - 1, "leaves": joined.n_leaves}
        if having.any():
            (joined.whole if is_whole else joined.numbers)(name, counts[count])


def _check_splits(joined: _Joined, n_sets: Index, n_columns: int) -> None:
    n_splits = joined.n_leaves - 1
    column, kind, left, right = (
        joined.whole(name, n_splits) for name in ("split_feature", "decision_type", "left_child", "right_child")
    )
    tree = np.repeat(np.arange(len(n_splits)), n_splits)
    node = np.arange(len(tree)) - (np.cumsum(n_splits) - n_splits)[tree]
    for child in (left, right):  # a child was split after its parent, so that no way leads back; below 0 are leaves
        if ((child >= 0) & ((child <= node) | (child >= n_splits[tree])) | (~child >= joined.n_leaves[tree])).any():
            raise ValueError("its trees lead back or to nodes that there are not")
    if ((column < 0) | (column >= n_columns)).any() or ((kind < 0) | (kind > 15)).any():
        raise ValueError("its trees read columns that there are not")
    is_set, place = (kind & 1) == 1, joined.numbers("threshold", n_splits)
    if not ((place[is_set] >= 0) & (place[is_set] < n_sets[tree[is_set]])).all():
        raise ValueError("its trees ask for sets of categories that there are not")
    _check_sets([each for each, sets in zip(joined.trees, n_sets, strict=True) if sets], n_sets[n_sets > 0])


def _check_sets(trees: Sequence[Mapping[str, str]], n_sets: Index) -> None:
    joined = _Joined(trees, n_sets + 1)
    bounds = joined.whole("cat_boundaries", n_sets + 1)
    ends = np.cumsum(n_sets + 1)
    is_first = np.zeros(len(bounds), dtype=np.bool_)
    is_first[ends - n_sets - 1] = True
    if (bounds[is_first] != 0).any() or (np.diff(bounds)[~is_first[1:]] < 0).any():
        raise ValueError("its sets of categories do not follow each other")
    words = joined.whole("cat_threshold", bounds[ends - 1])
    if ((words < 0) | (words >= 2**32)).any():
        raise ValueError("its sets of categories are none")
