"""SHAP values of single models: those of the definition, coalition by coalition, and they add up."""

from functools import cache
from itertools import combinations
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.clock import Limits
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.explain.shap_mixtures import SEVERAL
from assay.explain.shap_models import exact_model
from assay.explain.shap_paths import MOST_BITS, LinkedNodes, branch_blocks
from assay.explain.shap_tables import LeafShares, TreeGame, signed
from assay.models import registry
from assay.models.flat import BinaryTrees
from assay.models.flat_boosted import FlatBoosted
from assay.testing.memory_view import MemoryView
from assay.testing.tables import tiny_table, tiny_target
from each import at_most, each

TABLE = tiny_table(n=160, plain=True).without("strings", "moment")
ROUNDS = 8
SETTINGS = {
    "lightgbm": {"n_leaves": 12, "min_leaf": 5}, "xgboost": {"depth": 4}, "catboost": {"depth": 4},
    "random_forest": {"n_trees": 6, "min_leaf": 8}, "extra_trees": {"n_trees": 6, "min_leaf": 8},
    "tree": {}, "linear": {},
}  # fmt: skip


def enumerated(answer, X, background):
    """(k, d, n) by the definition: answer gives (k, n) of rows."""
    d = X.shape[1]
    worth = {}
    for size in range(d + 1):
        for S in combinations(range(d), size):
            mixed = np.repeat(background[None], len(X), axis=0)
            mixed[:, :, list(S)] = X[:, None, list(S)]
            worth[S] = answer(mixed.reshape(-1, d)).reshape(-1, len(X), len(background)).mean(axis=2)
    out = np.zeros((worth[()].shape[0], d, len(X)))
    for j in range(d):
        for S in (S for S in worth if j not in S):
            share = factorial(len(S)) * factorial(d - len(S) - 1) / factorial(d)
            out[:, j] += share * (worth[tuple(sorted((*S, j)))] - worth[S])
    return out


@cache
def fitted(family, problem):
    known = registry.get(family).__dataclass_fields__
    model = registry.build(Step.of(family, **{k: v for k, v in SETTINGS[family].items() if k in known}))
    rounds = ROUNDS if family in ("lightgbm", "xgboost", "catboost") else None
    view = MemoryView.of(TABLE, tiny_target(problem, TABLE))
    made = model.fit(view, limits=Limits(), seeds=Seeds(0), rounds=rounds)
    return made.first(ROUNDS) if isinstance(made, FlatBoosted) else made


@pytest.mark.slow
@each("problem", ["binary", "multiclass", "regression"])
@each("family", SETTINGS)
def test_values_are_those_of_the_definition(family, problem):
    model = exact_model(fitted(family, problem))
    X = model.matrix(TABLE)
    game = model.game(X[100:106], np.arange(X.shape[1]), X.shape[1], LeafShares())
    found = game.values(X[:4])
    np.testing.assert_allclose(found, enumerated(model.scores, X[:4], X[100:106]), atol=1e-9)


@each("problem", ["binary", "multiclass", "regression"])
@each("family", SETTINGS)
def test_scores_become_what_the_model_predicts(family, problem):
    model, made = exact_model(fitted(family, problem)), fitted(family, problem)
    np.testing.assert_allclose(model.predictions(model.scores(model.matrix(TABLE))), made.predict(TABLE), atol=1e-9)


def test_columns_of_one_input_move_together():
    model = exact_model(fitted("lightgbm", "binary"))
    X = model.matrix(TABLE)
    source = np.arange(X.shape[1]) // 2
    d = int(source.max()) + 1
    found = model.game(X[100:110], source, d, LeafShares()).values(X[:5])

    def answer(mixed):  # of rows of inputs, each the number of the row its columns come from
        at = mixed.astype(int)[:, source]
        return model.scores(X[at, np.arange(X.shape[1])])

    rows = np.repeat(np.arange(5)[:, None], d, axis=1).astype(float)
    others = np.repeat(np.arange(100, 110)[:, None], d, axis=1).astype(float)
    np.testing.assert_allclose(found, enumerated(answer, rows, others), atol=1e-9)


def test_a_column_of_several_inputs_has_no_exact_game():
    model = exact_model(fitted("lightgbm", "binary"))
    X = model.matrix(TABLE)
    source = np.arange(X.shape[1])
    source[1] = SEVERAL
    assert model.game(X[:10], source, X.shape[1], LeafShares()) is None


def random_trees(rng, n_trees, n_splits, n_tests):
    """Binary trees grown by splitting a random leaf, in breadth-first order."""
    splits, is_leaf, test, leaves = [], [], [], []
    for _ in range(n_trees):
        children, kinds = {0: None}, [0]
        for _ in range(int(rng.integers(0, n_splits + 1))):
            at = int(rng.choice([node for node in children if children[node] is None]))
            children[at] = (len(kinds), len(kinds) + 1)
            for _ in range(2):
                children[len(kinds)] = None
                kinds.append(0)
        order, here = [], [0]
        while here:
            order += here
            here = [child for node in here if children[node] for child in children[node]]
        splits.append(sum(children[node] is not None for node in order))
        is_leaf += [children[node] is None for node in order]
    n_leaves = sum(is_leaf)
    test = rng.integers(0, n_tests, len(is_leaf) - n_leaves)
    leaves = rng.normal(size=n_leaves)
    return BinaryTrees(splits=np.array(splits), is_leaf=np.array(is_leaf), test=test, leaves=leaves)


@settings(max_examples=at_most(25), deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n_splits=st.integers(1, 40), d=st.integers(1, 14), most_bits=st.integers(2, 9))
def test_values_add_up_and_do_not_depend_on_how_trees_are_cut(seed, n_splits, d, most_bits):
    rng = np.random.default_rng(seed)
    trees = random_trees(rng, 3, n_splits, n_tests=25)
    player, answers = rng.integers(0, d, 25), rng.random((25, 18)) < 0.5
    nodes = LinkedNodes.of_branches(trees, 1)
    background = signed(answers[:, :7])
    found = [
        TreeGame(tuple(branch_blocks(nodes, player, bits)), background, d, 1, LeafShares()).values(signed(answers))
        for bits in (most_bits, MOST_BITS)
    ]
    scores = walked(trees, answers)
    np.testing.assert_allclose(found[0].sum(axis=1)[0], scores - scores[:7].mean(), atol=1e-9)
    np.testing.assert_allclose(found[0], found[1], atol=1e-9)


def walked(trees, answers):
    """(n,) sums of leaves, one row and tree at a time."""
    out, leaf_number, split_number = (
        np.zeros(answers.shape[1]),
        np.cumsum(trees.is_leaf) - 1,
        np.cumsum(~trees.is_leaf) - 1,
    )
    for root, n_splits in zip(trees.roots.tolist(), trees.splits.tolist(), strict=True):
        first = split_number[root] if n_splits else 0
        for row in range(answers.shape[1]):
            node = 0
            while not trees.is_leaf[root + node]:
                split = split_number[root + node]
                node = 2 * (split - first) + 1 + int(answers[trees.test[split], row])
            out[row] += trees.leaves[leaf_number[root + node]]
    return out
