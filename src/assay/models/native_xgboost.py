"""Validation of XGBoost's UBJSON model before the library loads it, as the library follows any index in it."""

import json
from typing import Any

import numpy as np

from assay.core.array import AnyArray, Bools
from assay.models.native_ubjson import Value, item, read_ubjson

_OBJECTIVES = ("binary:logistic", "multi:softprob", "reg:squarederror", "reg:absoluteerror", "reg:quantileerror")
_BY_NODE = {
    "left_children": ">i4", "right_children": ">i4", "parents": ">i4", "split_indices": ">i4", "split_type": ">u1",
    "default_left": ">u1", "split_conditions": ">f4", "base_weights": ">f4", "loss_changes": ">f4",
    "sum_hessian": ">f4",
}  # fmt: skip
_BY_SET = {"categories_nodes": ">i4", "categories_segments": ">i8", "categories_sizes": ">i8", "categories": ">i4"}
_ROOT = 2**31 - 1
"""The parent XGBoost stores for a root."""
MOST_CATEGORIES = 10_000
"""Limit of category numbers, by the largest of which XGBoost allocates memory; ours are below a hundred."""


def check_xgboost(native: bytes) -> None:
    """ValueError where an index of a model would leave its array, or a path would go back."""
    learner = item(read_ubjson(native), "learner")
    k, n_columns = _outputs(learner), _count(learner, "learner_model_param", "num_feature")
    for name in ("feature_names", "feature_types"):
        if len(item(learner, name)) not in (0, n_columns):
            raise ValueError(f"its {n_columns} columns have other names than they need")
    booster = item(learner, "gradient_booster")
    model = item(booster, "model")
    trees, turns = item(model, "trees"), item(model, "tree_info")
    n = len(trees) if isinstance(trees, list) else -1
    is_one = item(booster, "name") == "gbtree" and _count(model, "gbtree_model_param", "num_parallel_tree") == 1
    if not is_one or _count(model, "gbtree_model_param", "num_trees") != n or n % k:
        raise ValueError("its trees are not of whole rounds")
    if list(turns) != [i % k for i in range(n)] or list(item(model, "iteration_indptr")) != [*range(0, n + 1, k)]:
        raise ValueError("its trees do not take turns")
    for tree in trees:
        _check_tree(tree, n_columns)


def _count(body: Value, *keys: str) -> int:
    """A non-negative integer that XGBoost writes as text."""
    text = item(body, *keys)
    if not isinstance(text, str) or not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError(f"its {keys[-1]} is no number but {str(text)[:60]!r}")
    return int(text)


def _outputs(learner: Value) -> int:
    """Scores per row, if all fields that state it agree."""
    objective, facts = item(learner, "objective"), item(learner, "learner_model_param")
    name, classes = item(objective, "name"), _count(facts, "num_class")
    if name not in _OBJECTIVES or _count(facts, "num_target") != 1 or (classes > 1) != (name == "multi:softprob"):
        raise ValueError(f"its objective {str(name)[:60]!r} does not fit its outputs")
    if classes > 1 and _count(objective, "softmax_multiclass_param", "num_class") != classes:
        raise ValueError("its objective has another number of classes")
    if np.size(json.loads(item(facts, "base_score"))) not in (1, max(1, classes)):
        raise ValueError("its trees start from other outputs than they have")
    return max(1, classes)


def _arrays(tree: Value, forms: dict[str, str]) -> dict[str, AnyArray]:
    found = {name: item(tree, name) for name in forms}
    for name, array in found.items():
        if not isinstance(array, np.ndarray) or array.dtype != np.dtype(forms[name]):
            raise ValueError(f"the {name} of its trees have another form")
    return {name: array.astype(array.dtype.newbyteorder("=")) for name, array in found.items()}


def _check_tree(tree: Value, n_columns: int) -> None:
    facts: Any = item(tree, "tree_param")
    n = _count(facts, "num_nodes")
    nodes = _arrays(tree, _BY_NODE)
    if not n or any(len(array) != n for array in nodes.values()):
        raise ValueError("its trees have other nodes than they need")
    if _count(facts, "num_deleted") or _count(facts, "size_leaf_vector") > 1:
        raise ValueError("its trees are of another kind than XGBoost was asked for")
    left, right, parents, number = nodes["left_children"], nodes["right_children"], nodes["parents"], np.arange(n)
    is_leaf: Bools = left == -1
    for child in (left, right):  # made after their parent, so that no way leads back
        if not np.where(is_leaf, child == -1, (child > number) & (child < n)).all():
            raise ValueError("its trees lead back or to nodes that there are not")
    if not ((parents == _ROOT) | ((parents >= -1) & (parents < n))).all():
        raise ValueError("its nodes have parents that there are not")
    if ((nodes["split_indices"] < 0) | (nodes["split_indices"] >= max(1, n_columns))).any():
        raise ValueError("its trees read columns that there are not")
    if max(nodes["split_type"].max(), nodes["default_left"].max()) > 1:
        raise ValueError("its nodes ask in a way that there is not")
    _check_sets(_arrays(tree, _BY_SET), np.flatnonzero(nodes["split_type"] == 1))


def _check_sets(sets: dict[str, AnyArray], asking: AnyArray) -> None:
    """asking: nodes that split by a set."""
    first, sizes, levels = sets["categories_segments"], sets["categories_sizes"], sets["categories"]
    if not np.array_equal(sets["categories_nodes"], asking) or not len(first) == len(sizes) == len(asking):
        raise ValueError("its sets of categories are not those its nodes ask for")
    if ((first < 0) | (sizes < 1) | (sizes > len(levels)) | (first > len(levels) - sizes)).any():
        raise ValueError("its sets of categories are not all there")
    if ((levels < 0) | (levels >= MOST_CATEGORIES)).any():
        raise ValueError("its categories are none that there could be")
