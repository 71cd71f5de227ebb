"""XGBoost's JSON model as flat trees."""

import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from assay.core.array import AnyArray, Bools, Index
from assay.models.flat import FlatTrees, Output, no_symmetric
from assay.models.flattened import Nodes

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


def write_xgboost(trees: FlatTrees) -> bytes:
    """A JSON model that XGBoost reads, whose margins are those of branches that came from it, without the base.

    It walks thousands of rows twice as fast as LightGBM, adding up float32 numbers as it did in training.
    """
    k = trees.n_outputs
    sets = {int(column) for column in trees.tests.set_column[:, 0]} if len(trees.tests.sets) else set()
    bodies = list(_bodies(trees))
    softmax = {"name": "multi:softprob", "softmax_multiclass_param": {"num_class": str(k)}}
    plain = {"name": "reg:squarederror", "reg_loss_param": {"scale_pos_weight": "1"}}
    model = {
        "gbtree_model_param": {"num_parallel_tree": "1", "num_trees": str(len(bodies))},
        "iteration_indptr": list(range(0, len(bodies) + 1, k)), "tree_info": [i % k for i in range(len(bodies))],
        "trees": bodies,
    }  # fmt: skip
    learner = {
        "attributes": {}, "feature_names": [],
        "feature_types": ["c" if j in sets else "q" for j in range(trees.n_columns)],
        "gradient_booster": {"model": model, "name": "gbtree"},
        "learner_model_param": {
            "base_score": "0E0", "boost_from_average": "0", "num_class": str(k if k > 1 else 0),
            "num_feature": str(trees.n_columns), "num_target": "1",
        },
        "objective": softmax if k > 1 else plain,
    }  # fmt: skip
    return json.dumps({"learner": learner, "version": [3, 0, 0]}).encode()


def _bodies(trees: FlatTrees) -> Iterator[Any]:
    """Each tree as XGBoost stores it; what only training needs is 0."""
    tests, branches = trees.tests, trees.branches
    n_numeric = len(tests.threshold)
    above = np.concatenate([np.nextafter(tests.threshold, np.float32(np.inf)), np.zeros(len(tests.sets))])
    columns = tests.columns
    left_if_missing = np.concatenate([~tests.missing_right, np.zeros(len(tests.sets), dtype=np.bool_)])
    chosen = [np.flatnonzero(right).tolist() for right in tests.sets]
    leaf, split = 0, 0
    for number, (root, n_splits) in enumerate(zip(branches.roots.tolist(), branches.splits.tolist(), strict=True)):
        n = 2 * n_splits + 1
        at = np.flatnonzero(~branches.is_leaf[root : root + n])
        asked = branches.test[split : split + n_splits]
        left, right, parents = np.full(n, -1), np.full(n, -1), np.full(n, 2**31 - 1)
        left[at], right[at] = 2 * np.arange(n_splits) + 1, 2 * np.arange(n_splits) + 2
        parents[1::2], parents[2::2] = at, at
        limit, column, default, kind = np.zeros(n), np.zeros(n, dtype=np.int64), np.zeros(n), np.zeros(n)
        limit[at], column[at], default[at] = above[asked], columns[asked], left_if_missing[asked]
        limit[branches.is_leaf[root : root + n]] = branches.leaves[leaf : leaf + n_splits + 1]
        kind[at] = asked >= n_numeric
        own = [chosen[test - n_numeric] for test in asked if test >= n_numeric]
        sizes = [len(values) for values in own]
        yield {
            "base_weights": [0.0] * n, "loss_changes": [0.0] * n, "sum_hessian": [0.0] * n, "id": number,
            "categories": [value for values in own for value in values],
            "categories_nodes": np.flatnonzero(kind).tolist(),
            "categories_segments": (np.cumsum(sizes) - sizes).astype(np.int64).tolist(), "categories_sizes": sizes,
            "default_left": default.astype(np.int64).tolist(), "left_children": left.tolist(),
            "right_children": right.tolist(), "parents": parents.tolist(), "split_conditions": limit.tolist(),
            "split_indices": column.tolist(), "split_type": kind.astype(np.int64).tolist(),
            "tree_param": {
                "num_deleted": "0", "num_feature": str(trees.n_columns), "num_nodes": str(n), "size_leaf_vector": "1",
            },
        }  # fmt: skip
        leaf, split = leaf + n_splits + 1, split + n_splits
