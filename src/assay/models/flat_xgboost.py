"""XGBoost's JSON model as flat trees."""

import json
from itertools import chain
from typing import Any

import numpy as np

from assay.core.array import Bools, Floats, Index
from assay.models.flat import FlatTrees, Output, no_symmetric
from assay.models.flat_nodes import Nodes

_OUTPUTS: dict[str, Output] = {
    "binary:logistic": "sigmoid", "multi:softprob": "softmax", "reg:squarederror": "value",
    "reg:absoluteerror": "value", "reg:quantileerror": "value",
    "reg:pseudohubererror": "value", "count:poisson": "exp", "reg:tweedie": "exp", "reg:gamma": "exp",
}  # fmt: skip


def read_xgboost(document: bytes, *, width: int) -> FlatTrees:
    """The model of what `save_raw("json")` gives of ours. width: values a category column may have, 0 … width − 1."""
    learner: Any = json.loads(document)["learner"]
    facts, output = learner["learner_model_param"], _OUTPUTS[learner["objective"]["name"]]
    k = max(1, int(facts["num_class"]), int(facts["num_target"]))
    score = np.atleast_1d(np.array(json.loads(facts["base_score"]), dtype=np.float64))
    base = np.broadcast_to(score, k).copy()
    if output == "sigmoid":
        p = np.clip(base, 1e-6, 1.0 - 1e-6).astype(np.float32)  # as XGBoost does: a fold may know one class alone
        base = -np.log(np.float32(1.0) / p - np.float32(1.0)).astype(np.float64)
    tests, branches = _nodes(learner["gradient_booster"]["model"]["trees"], width).flat()
    if output == "exp":
        base = np.log(base.astype(np.float32)).astype(np.float64)
    return FlatTrees(
        n_columns=int(facts["num_feature"]), output=output, base=base, tests=tests, branches=branches,
        symmetric=no_symmetric(k),
    )  # fmt: skip


def _joined(trees: list[Any], name: str) -> Floats:
    """The numbers of one field of all trees in turn."""
    return np.fromiter(chain.from_iterable(tree[name] for tree in trees), dtype=np.float64)


def _nodes(trees: list[Any], width: int) -> Nodes:
    sizes = np.array([len(tree["left_children"]) for tree in trees], dtype=np.int64)
    roots = np.cumsum(sizes) - sizes
    start = np.repeat(roots, sizes)
    left, right = (_joined(trees, name).astype(np.int64) for name in ("left_children", "right_children"))
    is_set = _joined(trees, "split_type") == 1
    limit = _joined(trees, "split_conditions").astype(np.float32)
    sets, set_of = _sets(trees, roots, is_set, width)
    return Nodes(
        roots=roots, left=np.where(left >= 0, left + start, -1), right=np.where(left >= 0, right + start, -1),
        value=limit.astype(np.float64), column=_joined(trees, "split_indices").astype(np.int64),
        # x < t sends left, so that x > (the number below t) sends right
        threshold=np.where(is_set, np.float32(0.0), np.nextafter(limit, np.float32(-np.inf))),
        missing_right=(_joined(trees, "default_left") == 0) & ~is_set, set_of=set_of, sets=sets,
    )  # fmt: skip


def _sets(trees: list[Any], roots: Index, is_set: Bools, width: int) -> tuple[Bools, Index]:
    """Which values go right in each split by a set, those that are in it; and the set of each node."""
    of_tree = np.repeat(roots, [len(tree["categories_nodes"]) for tree in trees])
    node, size = (_joined(trees, f"categories_{name}").astype(np.int64) for name in ("nodes", "sizes"))
    value, owner = _joined(trees, "categories").astype(np.int64), np.repeat(np.arange(len(size)), size)
    set_of, rows = np.full(len(is_set), -1, dtype=np.int64), np.zeros((len(size), width), dtype=np.bool_)
    set_of[node + of_tree] = np.arange(len(size))
    rows[owner[value < width], value[value < width]] = True
    return rows, set_of
