"""Boosters made flat: they answer as their library does, whatever the cells, and refuse what was made to mislead."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.block.columns import CodeBlock, NumericBlock
from assay.core.clock import Limits
from assay.core.contract import State
from assay.core.errors import BundleError, UsageError
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.models import _boosting as boosting
from assay.models import catboost, flat, lightgbm, xgboost
from assay.models import registry as models
from assay.models.bitsliced_trees import CHUNK_ROWS, BitslicedTrees
from assay.models.early_stopping import EarlyStopping
from assay.models.flat import BinaryTrees, FlatTrees, no_symmetric
from assay.models.flat_boosted import FEW_ROWS, FlatBoosted, disturbed
from assay.models.flat_lightgbm import read_lightgbm
from assay.models.flat_xgboost import read_xgboost
from assay.models.joint_trees import JointTrees
from assay.predictor.state_files import read_state, state_files
from assay.testing.memory_view import MemoryView
from assay.testing.tables import tiny_table, tiny_target
from each import at_most, each

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


RAW = {"lightgbm": lightgbm.raw_scores, "xgboost": xgboost.raw_scores, "catboost": catboost.raw_scores}


def a_fold(problem: str, loss: str | None = None) -> MemoryView:
    return replace(MemoryView.of(TABLE, tiny_target(problem, TABLE)), loss=loss or LOSSES[problem])


def configured(family: str):
    """CatBoost with statistics of one and of two columns, and beside numbers."""
    return models.get(family)(**({"one_hot_max_size": 3} if family == "catboost" else {}))


@cache
def booster(family: str, problem: str):
    """The library's own model of a few rounds."""
    return configured(family).trained(a_fold(problem), limits=Limits(), seeds=Seeds(3), rounds=ROUNDS)[0]


def strange(seed: int, n: int = 200) -> Table:
    """Rows with cells missing, infinite, zero, and codes that training never saw."""
    rows = np.random.default_rng(seed).integers(0, TABLE.n_rows, n)
    return disturbed(TABLE.take(rows), Seeds(seed))


@cache
def flat(family: str, problem: str, loss: str | None = None) -> FlatBoosted:
    return configured(family).fit(a_fold(problem, loss), limits=Limits(), seeds=Seeds(3), rounds=ROUNDS)


def raw(family: str, model: object, table: Table) -> np.ndarray:
    return np.asarray(RAW[family](model, table), dtype=np.float64).reshape(table.n_rows, -1)


def assert_close(found: FlatBoosted, table: Table, want: np.ndarray) -> None:
    room = TOLERANCE[found.library.name] * max(1.0, np.abs(want).max())
    assert np.abs(found.sums(boosting.matrix(table)).T - want).max() <= room


@each_family
@each_problem
@given(seed=st.integers(0, 2**16))
@settings(max_examples=15, deadline=None)
def test_raw_scores_are_those_of_the_library_whatever_the_cells(family, problem, seed):
    table = strange(seed, n=50)
    assert_close(flat(family, problem), table, raw(family, booster(family, problem), table))


@each_family
@each_problem
def test_no_rows_have_no_sums(family, problem):
    trees = flat(family, problem).trees
    nothing = boosting.matrix(TABLE.take(np.arange(0)))
    assert JointTrees.of([trees, trees]).sums(nothing).shape == (2 * trees.n_outputs, 0)
    assert flat(family, problem).sums(nothing).shape == (trees.n_outputs, 0)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("loss", ["absolute", "quantile"])
def test_other_losses_of_regression_are_answered_alike(family, loss):
    table, view = strange(6), a_fold("regression", loss)
    model, _ = configured(family).trained(view, limits=Limits(), seeds=Seeds(3), rounds=ROUNDS)
    assert_close(flat(family, "regression", loss), table, raw(family, model, table))


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
    seven = configured(family).fit(a_fold("multiclass"), limits=Limits(), seeds=Seeds(3), rounds=7)
    got = flat(family, "multiclass").predict(table, rounds=7)
    np.testing.assert_allclose(got, seven.predict(table), rtol=2e-5, atol=2e-6)
    np.testing.assert_array_equal(flat(family, "multiclass").first(7).predict(table), got)
    assert len(flat(family, "multiclass").first(7).trees.tests) == len(seven.trees.tests)
    with pytest.raises(UsageError, match="1 to 25 are trained"):
        flat(family, "multiclass").predict(table, rounds=ROUNDS + 1)


def assert_library_answers(found: FlatBoosted, model: object, table: Table) -> None:
    """Probabilities or values of every number of rounds are the library's own."""
    for rounds in range(1, found.rounds_done + 1):
        want = library_answer(found, model, table, rounds)
        want = boosting.never_zero(want, found.n_rows) if found.n_classes else want
        np.testing.assert_allclose(found.predict(table, rounds=rounds), want, rtol=2e-5, atol=2e-6)


def library_answer(found: FlatBoosted, model: object, table: Table, rounds: int) -> np.ndarray:
    """Of its first rounds, as it gives them."""
    if found.library.name == "lightgbm":
        return model.predict(boosting.matrix(table), num_iteration=rounds)
    if found.library.name == "xgboost":
        return model.inplace_predict(boosting.matrix(table), iteration_range=(0, rounds))
    kind = "Probability" if found.n_classes else "RawFormulaVal"
    return model.predict(catboost._rows(table), prediction_type=kind, ntree_end=rounds)


@each_family
@pytest.mark.parametrize(("problem", "loss"), [*LOSSES.items(), ("regression", "absolute"), ("regression", "quantile")])
def test_every_number_of_rounds_answers_as_the_library(family, problem, loss):
    view = a_fold(problem, loss)
    model, _ = configured(family).trained(view, limits=Limits(), seeds=Seeds(3), rounds=ROUNDS)
    assert_library_answers(flat(family, problem, loss), model, strange(5))


@each_family
@each_problem
def test_what_was_stored_answers_bit_for_bit(family, problem):
    found, table = flat(family, problem), strange(9)
    read = read_state(state_files(found.state()), where="here")
    back = models.get(family).restore(read)
    assert back.rounds == ROUNDS
    np.testing.assert_array_equal(back.predict(table), found.predict(table))


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
@settings(max_examples=at_most(40), deadline=None)
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
@settings(max_examples=at_most(60), deadline=None)
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
@settings(max_examples=at_most(40), deadline=None)
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


@each(
    "change",
    [{"n_outputs": 0}, {"output": "code"}, {"n_columns": -1}, {"rounds_done": 1}, {"n_classes": 7}, {"ended": "never"},
     {"rounds": 0}, {"rounds": ROUNDS + 1}, {"set_width": 10**9}, {"n_rows": 0}, {"format": 2}],
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


@each_family
def test_trees_that_answer_otherwise_than_their_library_are_no_model(family):
    view, found = a_fold("binary"), flat(family, "binary")
    stopping = EarlyStopping.of(view, Limits(), fixed_rounds=ROUNDS, learning_rate=0.1, max_rounds=ROUNDS)

    def other(table: Table) -> np.ndarray:
        return 1.001 * raw(family, booster(family, "binary"), table)

    with pytest.raises(ValueError, match="answer otherwise"):
        FlatBoosted.of(found.library, found.trees, other, view, stopping)


@each_family
@each_problem
def test_trees_of_another_target_are_no_model(family, problem):
    """Sums alone would be the same: the output transform and the classes have to be the target's."""
    other = {"binary": "regression", "multiclass": "binary", "regression": "multiclass"}[problem]
    stopping = EarlyStopping.of(a_fold(other), Limits(), fixed_rounds=9, learning_rate=0.1, max_rounds=9)
    found = flat(family, problem)
    with pytest.raises(ValueError, match="do not answer for"):
        FlatBoosted.of(found.library, found.trees, lambda table: raw(family, booster(family, problem), table),
                       a_fold(other), stopping)  # fmt: skip


def test_an_objective_that_nobody_knows_is_no_value():
    view = a_fold("regression", "absolute")
    light, xgb = (
        configured(family).trained(view, limits=Limits(), seeds=Seeds(3), rounds=2)[0]
        for family in ("lightgbm", "xgboost")
    )
    with pytest.raises(KeyError, match="cross_entropy_lambda"):
        read_lightgbm(light.model_to_string().replace("regression_l1", "cross_entropy_lambda"), width=52)
    with pytest.raises(KeyError, match="cox"):
        read_xgboost(bytes(xgb.save_raw("json")).replace(b"reg:absoluteerror", b"survival:cox"), width=52)


@pytest.mark.parametrize("rounds", [40, None], ids=["fixed rounds", "validated"])
@pytest.mark.parametrize("problem", ["binary", "multiclass", "regression"])
def test_statistics_of_more_levels_than_can_be_probed_are_answered_as_catboost_does(problem, rounds):
    """Two columns of 90 levels: 8,464 pairs, of which the training rows have 200."""
    rng = np.random.default_rng(0)
    codes = rng.integers(-1, 90, (250, 2)).astype(np.int32)
    codes[:, 1] = (codes[:, 0] * 7 + rng.integers(0, 2, 250)) % 90
    table = Table.of(
        numeric=NumericBlock(rng.normal(size=(250, 1)).astype(np.float32), ("x",)),
        codes=CodeBlock(codes, ("a", "b"), (90, 90)),
    )  # fmt: skip
    n_classes = {"binary": 2, "multiclass": 3, "regression": 0}[problem]
    values = codes.sum(axis=1) % 3
    target = Target(values % n_classes, n_classes) if n_classes else Target(values.astype(np.float64), 0)
    view = replace(MemoryView.of(table, target), loss=LOSSES[problem])
    model = models.get("catboost")(one_hot_max_size=2, max_ctr_complexity=2, max_rounds=60)
    trained, _ = model.trained(view, limits=Limits(), seeds=Seeds(3), rounds=rounds)
    found = model.fit(view, limits=Limits(), seeds=Seeds(3), rounds=rounds)
    assert len(found.trees.tests.keys)
    back = models.get("catboost").restore(read_state(state_files(found.state()), where="here"))
    for seed in range(5):
        asked = disturbed(table, Seeds(seed))
        want = raw("catboost", trained, asked)
        for rows in (np.arange(9), np.arange(250)):
            assert_close(back, asked.take(rows), want[rows])
    both = JointTrees.of([back.trees, flat("catboost", "binary").trees, back.trees], [0, 3, 0])
    X = np.concatenate([boosting.matrix(table)[:20], boosting.matrix(strange(1, n=20))], axis=1)
    np.testing.assert_allclose(both.sums(X)[: found.trees.n_outputs], back.sums(X[:, :3]))
    np.testing.assert_allclose(both.sums(X)[-found.trees.n_outputs :], back.sums(X[:, :3]))


NATIVE_BYTES = {
    "lightgbm": lambda model: len(model.model_to_string()), "xgboost": lambda model: len(model.save_raw("ubj")),
    "catboost": lambda model: len(model._serialize_model()),
}  # fmt: skip


@each_family
def test_it_takes_a_fraction_of_the_bytes_of_its_library(family):
    native = NATIVE_BYTES[family](booster(family, "binary"))
    assert sum(map(len, state_files(flat(family, "binary").state()).values())) < native / 5


@each_family
@each_problem
def test_a_table_of_numbers_alone_is_answered_alike_by_one_row_and_thousands(family, problem):
    table = Table.empty(TABLE.n_rows).with_numeric(TABLE.numeric, TABLE.numeric_names)
    view = replace(MemoryView.of(table, tiny_target(problem, TABLE)), loss=LOSSES[problem])
    model, _ = models.get(family)().trained(view, limits=Limits(), seeds=Seeds(3), rounds=ROUNDS)
    state = models.get(family)().fit(view, limits=Limits(), seeds=Seeds(3), rounds=ROUNDS).state()
    back = models.get(family).restore(read_state(state_files(state), where="here"))
    for rows in (np.resize(np.arange(table.n_rows), FEW_ROWS + 50), np.arange(1)):
        assert_close(back, table.take(rows), raw(family, model, table.take(rows)))
