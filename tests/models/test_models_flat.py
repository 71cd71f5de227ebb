"""Boosters made flat: they answer as their library does, whatever the cells, and refuse what was made to mislead."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.clock import Limits
from assay.core.contract import State
from assay.core.errors import BundleError, UsageError
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.models import _boosting as boosting
from assay.models import flat
from assay.models import registry as models
from assay.models.bitsliced_trees import CHUNK_ROWS, BitslicedTrees
from assay.models.flat import BinaryTrees, FlatTrees, no_symmetric
from assay.models.flat_boosted import FEW_ROWS, FlatBoosted, flattened
from assay.models.joint_trees import JointTrees
from assay.pipeline.compact import disturbed
from assay.predictor.state_files import read_state, state_files
from assay.testing.memory_view import MemoryView
from assay.testing.tables import tiny_table, tiny_target

NONE = np.zeros(0, dtype=np.int64)
NO_TESTS = flat.Tests(
    column=NONE, threshold=np.zeros(0, dtype=np.float32), missing_right=np.zeros(0, dtype=np.bool_),
    set_column=NONE.reshape(0, 1), set_stride=NONE.reshape(0, 1), set_bit=NONE.reshape(0, 0),
    bit_stride=NONE.reshape(0, 0), sets=np.zeros((0, 0), dtype=np.bool_),
)  # fmt: skip


FAMILIES = ("lightgbm", "xgboost", "catboost")
PROBLEMS = ("binary", "multiclass", "regression")
LOSSES = {"binary": "log_loss", "multiclass": "log_loss", "regression": "squared"}
TABLE = tiny_table(n=300, plain=True)
ROUNDS = 25
TOLERANCE = {"lightgbm": 1e-6, "catboost": 1e-6, "xgboost": 1e-5}
"""Of raw scores by the largest; XGBoost itself adds up float32 numbers."""

each_family = pytest.mark.parametrize("family", FAMILIES)
each_problem = pytest.mark.parametrize("problem", PROBLEMS)


@cache
def booster(family: str, problem: str, loss: str | None = None) -> boosting.Boosted:
    """A few rounds; CatBoost with statistics of one and of two columns, and beside numbers."""
    view = replace(MemoryView.of(TABLE, tiny_target(problem, TABLE)), loss=loss or LOSSES[problem])
    model = models.get(family)(**({"one_hot_max_size": 3} if family == "catboost" else {}))
    fitted = model.fit(view, limits=Limits(), seeds=Seeds(3), rounds=ROUNDS)
    assert isinstance(fitted, boosting.Boosted)
    return fitted


def strange(seed: int, n: int = 200) -> Table:
    """Rows with cells missing, infinite, zero, and codes that training never saw."""
    rows = np.random.default_rng(seed).integers(0, TABLE.n_rows, n)
    return disturbed(TABLE.take(rows), Seeds(seed))


@cache
def flat(family: str, problem: str) -> FlatBoosted:
    return flattened(booster(family, problem), strange(0), rounds=ROUNDS)


def raw(native: boosting.Boosted, table: Table, rounds: int) -> np.ndarray:
    scores = native.library.raw(native.booster, table, rounds=rounds)
    return np.asarray(scores, dtype=np.float64).reshape(table.n_rows, -1)


@each_family
@each_problem
@given(seed=st.integers(0, 2**16))
@settings(max_examples=15, deadline=None)
def test_raw_scores_are_those_of_the_library_whatever_the_cells(family, problem, seed):
    native, table = booster(family, problem), strange(seed, n=50)
    want = raw(native, table, ROUNDS)
    got = flat(family, problem).sums(boosting.matrix(table)).T
    assert np.abs(got - want).max() <= TOLERANCE[family] * max(1.0, np.abs(want).max())


@each_family
@each_problem
def test_no_rows_have_no_sums(family, problem):
    trees = flat(family, problem).trees
    nothing = boosting.matrix(TABLE.take(np.arange(0)))
    assert JointTrees.of([trees, trees]).sums(nothing).shape == (2 * trees.n_outputs, 0)
    assert flat(family, problem).sums(nothing).shape == (trees.n_outputs, 0)


@each_family
@each_problem
def test_predictions_are_those_of_the_library(family, problem):
    table = strange(5)
    want = booster(family, problem).predict(table, rounds=ROUNDS)
    np.testing.assert_allclose(flat(family, problem).predict(table), want, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("loss", ["absolute", "quantile"])
def test_other_losses_of_regression_are_answered_alike(family, loss):
    native, table = booster(family, "regression", loss), strange(6)
    found = flattened(native, table, rounds=ROUNDS)
    want = native.predict(table, rounds=ROUNDS)
    np.testing.assert_allclose(found.predict(table), want, rtol=1e-5, atol=1e-5)


@each_family
@each_problem
def test_one_row_and_thousands_are_walked_to_the_same_leaves(family, problem):
    found = flat(family, problem)
    table = strange(7, n=CHUNK_ROWS + 50)
    many = found.predict(table)
    for n in (1, FEW_ROWS, FEW_ROWS + 5):
        np.testing.assert_allclose(found.predict(table.take(np.arange(n))), many[:n], rtol=1e-12, atol=1e-14)


@each_family
def test_fewer_rounds_are_the_first_ones(family):
    table = strange(8)
    got = flat(family, "multiclass").predict(table, rounds=7)
    np.testing.assert_allclose(got, booster(family, "multiclass").predict(table, rounds=7), rtol=2e-5, atol=2e-6)
    with pytest.raises(UsageError, match="1 to 25 are stored"):
        flat(family, "multiclass").predict(table, rounds=ROUNDS + 1)


@each_family
@each_problem
def test_what_was_stored_answers_bit_for_bit(family, problem):
    found, table = flat(family, problem), strange(9)
    read = read_state(state_files(found.state()), where="here")
    back = models.get(family).restore(read)
    assert back.rounds == ROUNDS
    np.testing.assert_array_equal(back.predict(table), found.predict(table))


@each_family
def test_it_takes_a_fraction_of_the_bytes(family):
    native = sum(map(len, state_files(booster(family, "binary").state()).values()))
    assert sum(map(len, state_files(flat(family, "binary").state()).values())) < native


def test_several_models_walked_together_answer_as_each_alone():
    found = [flat(family, problem) for family in FAMILIES for problem in PROBLEMS]
    X = boosting.matrix(strange(10, n=9))
    together = JointTrees.of([one.trees for one in found]).sums(X)
    alone = np.concatenate([one.sums(X) for one in found])
    np.testing.assert_allclose(together, alone, rtol=1e-12, atol=1e-12)


@given(
    chosen=st.lists(st.tuples(st.sampled_from(FAMILIES), st.sampled_from(PROBLEMS)), min_size=1, max_size=5),
    rounds=st.integers(1, ROUNDS), n=st.integers(1, 200), seed=st.integers(0, 2**16),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_rows_sliced_into_words_reach_the_leaves_that_walking_reaches(chosen, rounds, n, seed):
    trees = [flat(family, problem).trees.first(rounds) for family, problem in chosen]
    X = boosting.matrix(strange(seed, n=n))
    blocks = np.concatenate([X] * len(trees), axis=1)
    offsets = [i * X.shape[1] for i in range(len(trees))]
    want = np.concatenate([JointTrees.of([one]).sums(X) for one in trees])
    np.testing.assert_allclose(BitslicedTrees.of(trees, offsets).sums(blocks), want, rtol=1e-12, atol=1e-13)


def grown(splits: list[int], n_outputs: int, rng: np.random.Generator) -> FlatTrees:
    """Trees with so many splits, each at a place drawn by chance among the leaves there are, deep ones too."""
    is_leaf = []
    for n_splits in splits:
        row = [True]
        at = 0
        for _ in range(n_splits):
            open_leaves = len(row) - at
            at += int(rng.integers(0, open_leaves)) if rng.random() < 0.5 else 0
            row[at] = False
            row += [True, True]
            at += 1
        is_leaf += row
    n_tests = 7
    total = sum(splits)
    tests = replace(
        NO_TESTS, column=rng.integers(0, 3, n_tests), threshold=rng.normal(size=n_tests).astype(np.float32),
        missing_right=rng.random(n_tests) < 0.5,
    )  # fmt: skip
    branches = BinaryTrees(
        splits=np.array(splits), is_leaf=np.array(is_leaf), test=rng.integers(0, n_tests, total),
        leaves=rng.normal(size=total + len(splits)),
    )  # fmt: skip
    trees = FlatTrees(
        n_columns=3, output="value", base=rng.normal(size=n_outputs), tests=tests, branches=branches,
        symmetric=no_symmetric(n_outputs),
    )  # fmt: skip
    trees.check()
    return trees


@given(
    splits=st.lists(st.integers(0, 300), min_size=1, max_size=6), n_outputs=st.integers(1, 3),
    n=st.integers(1, 300), seed=st.integers(0, 2**16),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_trees_of_any_shape_are_answered_alike_by_few_rows_and_many(splits, n_outputs, n, seed):
    rng = np.random.default_rng(seed)
    trees = grown(splits * n_outputs, n_outputs, rng)
    X = rng.normal(size=(n, 3)).astype(np.float32)
    X[rng.random(X.shape) < 0.1] = np.nan
    np.testing.assert_allclose(
        BitslicedTrees.of([trees]).sums(X), JointTrees.of([trees]).sums(X), rtol=1e-12, atol=1e-12
    )


def test_models_of_other_columns_stand_side_by_side():
    found = [flat("lightgbm", "binary"), flat("catboost", "binary")]
    tables = [strange(11, n=5), strange(12, n=5)]
    blocks = [boosting.matrix(table) for table in tables]
    together = JointTrees.of([one.trees for one in found], [0, blocks[0].shape[1]]).sums(np.concatenate(blocks, axis=1))
    alone = np.concatenate([one.sums(block) for one, block in zip(found, blocks, strict=True)])
    np.testing.assert_allclose(together, alone, rtol=1e-12, atol=1e-12)


@each_family
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_arrays_made_to_mislead_are_refused_or_lead_nowhere_else(family, data):
    """Whatever stands in them, restoring refuses, or every row ends in a leaf of the model: no index leaves."""
    state = flat(family, "multiclass").state()
    name = data.draw(st.sampled_from(sorted(state.arrays)))
    array = np.array(state.arrays[name])
    if data.draw(st.booleans()):
        array.flat[data.draw(st.integers(0, array.size - 1))] = data.draw(st.integers(0, 255))
    else:
        array = array[: data.draw(st.integers(0, len(array)))]
    evil = State(state.name, state.meta, {**state.arrays, name: array})
    try:
        found = models.get(family).restore(evil)
    except (ValueError, BundleError):
        return
    for n in (4, FEW_ROWS + 5):
        assert found.predict(strange(13, n=n)).shape == (n, 4)


@pytest.mark.parametrize(
    "change",
    [{"n_outputs": 0}, {"output": "code"}, {"n_columns": -1}, {"rounds": 1}, {"n_classes": 7}, {"ended": "never"},
     {"set_width": 10**9}, {"n_rows": 0}],
)  # fmt: skip
def test_numbers_that_do_not_fit_are_refused(change):
    state = flat("catboost", "multiclass").state()
    with pytest.raises((ValueError, BundleError)):
        models.get("catboost").restore(State(state.name, {**state.meta, **change}, state.arrays))


def test_trees_that_go_round_in_circles_are_refused():
    state = flat("lightgbm", "regression").state()
    nodes = np.unpackbits(np.asarray(state.arrays["is_leaf"]))
    first = 2 * int(state.arrays["splits"][0]) + 1
    nodes[:first] = np.sort(nodes[:first])[::-1]  # leaves first: a split would be its own ancestor
    with pytest.raises(ValueError, match="circles"):
        FlatTrees.restore(State(state.name, state.meta, {**state.arrays, "is_leaf": np.packbits(nodes)}))


def test_a_model_that_answers_otherwise_is_not_made_flat():
    native = booster("lightgbm", "binary")
    never_close = replace(native, library=replace(native.library, tolerance=-1.0))
    with pytest.raises(ValueError, match="answer otherwise"):
        flattened(never_close, strange(0), rounds=ROUNDS)


@each_family
@each_problem
def test_a_table_of_numbers_alone_is_answered_alike_by_one_row_and_thousands(family, problem):
    table = Table.empty(TABLE.n_rows).with_numeric(TABLE.numeric, TABLE.numeric_names)
    view = replace(MemoryView.of(table, tiny_target(problem, TABLE)), loss=LOSSES[problem])
    native = models.get(family)().fit(view, limits=Limits(), seeds=Seeds(3), rounds=ROUNDS)
    many = table.take(np.resize(np.arange(table.n_rows), FEW_ROWS + 50))
    state = flattened(native, table, rounds=ROUNDS).state()
    back = models.get(family).restore(read_state(state_files(state), where="here"))
    np.testing.assert_allclose(back.predict(many), native.predict(many), rtol=2e-5, atol=2e-6)
    np.testing.assert_allclose(back.predict(many.take(np.arange(1))), native.predict(many)[:1], rtol=2e-5, atol=2e-6)
