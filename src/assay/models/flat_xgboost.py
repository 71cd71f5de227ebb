"""XGBoost's JSON model as flat trees."""

import json
import math
from typing import Any

import numpy as np

from assay.core.array import AnyArray, Bools, Index
from assay.models.flat import FlatTrees, Output, no_symmetric
from assay.models.flat_nodes import Nodes

_OUTPUTS: dict[str, Output] = {
    "binary:logistic": "sigmoid", "multi:softprob": "softmax", "reg:squarederror": "value",
    "reg:absoluteerror": "value", "reg:quantileerror": "value",
}  # fmt: skip


def read_xgboost(document: bytes, *, width: int) -> FlatTrees:
    """The model of what `save_raw("json")` gives. width: values a category column may have, 0 … width − 1.

    ValueError for other objectives and boosters than ours.
    """
    learner: Any = json.loads(document)["learner"]
    facts, objective = learner["learner_model_param"], learner["objective"]["name"]
    booster = learner["gradient_booster"]
    if objective not in _OUTPUTS or booster["name"] != "gbtree":
        raise ValueError(f"XGBoost's {booster['name']} with {objective} is not one of ours")
    model = booster["model"]
    k = max(1, int(facts["num_class"]), int(facts["num_target"]))
    if model["tree_info"] != [i % k for i in range(len(model["trees"]))]:
        raise ValueError("XGBoost's trees do not take turns")
    score = np.atleast_1d(np.array(json.loads(facts["base_score"]), dtype=np.float64))
    base = np.broadcast_to(score, k).copy()
    if _OUTPUTS[objective] == "sigmoid":
        base = np.array([math.log(p) - math.log1p(-p) for p in base])
    tests, branches = _nodes(model["trees"], width).flat()
    return FlatTrees(
        n_columns=int(facts["num_feature"]), output=_OUTPUTS[objective], base=base, tests=tests, branches=branches,
        symmetric=no_symmetric(k),
    )  # fmt: skip


def _nodes(trees: list[Any], width: int) -> Nodes:
    def joined(name: str) -> AnyArray:
        return np.concatenate([np.array(tree[name], dtype=np.float64) for tree in trees])

    sizes = np.array([len(tree["left_children"]) for tree in trees], dtype=np.int64)
    roots = np.cumsum(sizes) - sizes
    start = np.repeat(roots, sizes)
    left, right = (joined(name).astype(np.int64) for name in ("left_children", "right_children"))
    is_set = joined("split_type") == 1
    limit = joined("split_conditions").astype(np.float32)
    sets, set_of = _sets(trees, roots, is_set, width)
    return Nodes(
        roots=roots, left=np.where(left >= 0, left + start, -1), right=np.where(left >= 0, right + start, -1),
        value=limit.astype(np.float64), column=joined("split_indices").astype(np.int64),
        # x < t sends left, so that x > (the number below t) sends right
        threshold=np.where(is_set, np.float32(0.0), np.nextafter(limit, np.float32(-np.inf))),
        missing_right=(joined("default_left") == 0) & ~is_set, set_of=set_of, sets=sets,
    )  # fmt: skip


def _sets(trees: list[Any], roots: Index, is_set: Bools, width: int) -> tuple[Bools, Index]:
    """Which values go right in each split by a set, those that are in it; and the set of each node."""
    set_of = np.full(len(is_set), -1, dtype=np.int64)
    rows: list[Bools] = []
    for root, tree in zip(roots.tolist(), trees, strict=True):
        places = zip(tree["categories_nodes"], tree["categories_segments"], tree["categories_sizes"], strict=True)
        for node, first, size in places:
            chosen = np.array(tree["categories"][first : first + size], dtype=np.int64)
            set_of[root + node] = len(rows)
            row = np.zeros(width, dtype=np.bool_)
            row[chosen[chosen < width]] = True
            rows.append(row)
    return np.array(rows, dtype=np.bool_).reshape(-1, width), set_of
