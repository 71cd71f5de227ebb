"""Rows: splits hold each row out once, taking rows takes those rows, predictions keep their form."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from assay.core.array import read_only
from assay.core.block.moment import MomentBlock
from assay.core.block.sparse import Sparse
from assay.core.block.strings import Strings
from assay.core.errors import DataError, SplitError
from assay.core.prediction import adapt_prediction, scored_rows
from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.core.problem.regression import Regression
from assay.core.split import LATER, NEVER, Fold, Split
from assay.core.table import Table
from assay.core.target import Target
from assay.testing.encoders import assert_equal_tables
from assay.testing.tables import tiny_table

KINDS = ("stratified", "random", "grouped")


@st.composite
def splits(draw, kind=None):
    """Splits of up to 40 rows; in time and with a holdout some rows are never scored."""
    kind = kind or draw(st.sampled_from((*KINDS, "time", "holdout")))
    n_folds = 1 if kind == "holdout" else draw(st.integers(2, 5))
    numbers = list(range(n_folds)) + ([NEVER] if kind in ("time", "holdout") else [])
    column = st.lists(st.sampled_from(numbers), min_size=1, max_size=40)
    return Split(kind, n_folds, np.array(draw(column), dtype=np.uint8)[:, None], "because")


@given(split=splits())
def test_every_scored_row_is_held_out_exactly_once_and_no_other(split):
    held_out = np.concatenate([split.fold(number).test for number in range(split.n_folds)])
    assert sorted(held_out) == list(np.flatnonzero(split.scored()))


@given(split=splits())
def test_no_fold_learns_from_a_row_it_scores(split):
    for number in range(split.n_folds):
        fold = split.fold(number)
        assert not set(fold.train) & set(fold.test)
        assert np.array_equal(fold.train, np.sort(fold.train))


@given(split=st.sampled_from(KINDS).flatmap(lambda kind: splits(kind=kind)))
def test_without_an_order_a_fold_learns_from_all_other_rows(split):
    for number in range(split.n_folds):
        fold = split.fold(number)
        assert len(fold.train) + len(fold.test) == len(split.numbers)


@given(split=splits(kind="time"))
def test_in_time_a_fold_learns_from_earlier_blocks_only(split):
    column = split.numbers[:, 0]
    for number in range(split.n_folds):
        learned = column[split.fold(number).train]
        assert ((learned < number) | (learned == NEVER)).all()
        assert len(learned) == int(((column < number) | (column == NEVER)).sum())


@given(split=splits(kind="holdout"), n_train=st.integers(0, 30), seed=st.integers(0, 99))
def test_of_a_subsample_the_scored_rows_stay_and_the_others_wait(split, n_train, seed):
    subsample = split.subsample_training(n_train, np.random.default_rng(seed))
    before, after = split.fold(0), subsample.fold(0)
    assert np.array_equal(after.test, before.test)
    assert np.array_equal(subsample.scored(), split.scored())
    assert len(after.train) == min(n_train, len(before.train))
    assert set(after.train) <= set(before.train)
    waiting = subsample.numbers[:, 0] == LATER
    assert len(before.train) == len(after.train) + waiting.sum()
    assert (split.numbers[:, 0] != LATER).all(), "the split it came from was changed"


def test_rows_on_both_sides_are_refused_with_a_row_and_a_way_out():
    with pytest.raises(SplitError, match=r"2 rows are in both train and test, first row 3\. Check the group column"):
        Fold(0, np.array([1, 3, 5]), np.array([5, 3, 7]))


# -- tables ------------------------------------------------------------------------------------


@st.composite
def sparse_and_rows(draw):
    n, d = draw(st.integers(1, 8)), draw(st.integers(1, 6))
    dense = draw(arrays(np.float32, (n, d), elements=st.sampled_from([0.0, 0.0, 1.5, -2.0])))
    rows = draw(st.lists(st.integers(0, n - 1), max_size=12))
    return dense, np.array(rows, dtype=np.int64)


@given(case=sparse_and_rows())
def test_rows_of_a_sparse_block_are_those_scipy_takes(case):
    from scipy.sparse import csr_array

    dense, rows = case
    theirs = csr_array(dense)
    ours = Sparse(
        theirs.data, theirs.indices.astype(np.int32), theirs.indptr.astype(np.int64), dense.shape[1]
    ).take(rows)  # fmt: skip
    taken = theirs[rows]
    assert (ours.n_rows, ours.n_columns) == taken.shape
    assert np.array_equal(ours.data, taken.data)
    assert np.array_equal(ours.indices, taken.indices)
    assert np.array_equal(ours.indptr, taken.indptr)


@given(st.integers(0, 10_000))
def test_only_the_named_parts_of_a_sparse_block_are_taken_from_other_rows(seed):
    rng = np.random.default_rng(seed)
    dense = rng.integers(0, 3, (7, 6)).astype(np.float32)
    row, column = np.nonzero(dense)
    ends = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=7))]).astype(np.int64)
    block = Sparse(dense[row, column], column.astype(np.int32), ends, 6, parts=(1, 3, 2), labels=("a", "b", "a"))
    assert block.movable == ("terms of a", "terms of b", "terms of a")
    order = rng.permutation(7)
    wanted = dense.copy()
    wanted[:, [0, 4, 5]] = dense[order][:, [0, 4, 5]]
    moved, found = block.moved({"terms of a", "age"}, order), np.zeros((7, 6), dtype=np.float32)
    found[np.repeat(np.arange(7), np.diff(moved.indptr)), moved.indices] = moved.data
    assert np.array_equal(found, wanted)
    assert moved.n_rows == 7
    assert block.moved({"age"}, order) is block


@given(rows=st.lists(st.integers(0, 19), max_size=30))
def test_rows_of_a_table_are_taken_in_the_given_order_from_every_block(rows):
    table, rows = tiny_table(0, 20), np.array(rows, dtype=np.int64)
    taken = table.take(rows)
    assert taken.n_rows == len(rows)
    for block in ("numeric", "codes", "dates", "text"):
        assert np.array_equal(getattr(taken, block), getattr(table, block)[rows], equal_nan=block != "text")
    assert_equal_tables(table.take(np.arange(20)), table, "all rows")


def test_taken_rows_are_a_copy():
    table = tiny_table(0, 20)
    taken = table.take(np.arange(5))
    taken.numeric[:] = 0
    assert not (table.numeric[:5] == 0).all()


def test_columns_are_added_on_the_right_and_chosen_by_place():
    table = tiny_table(0, 20)
    wider = table.with_numeric(np.arange(40.0).reshape(20, 2), ("a", "b"))
    assert wider.numeric_names == (*table.numeric_names, "a", "b")
    assert wider.numeric.dtype == np.float32
    assert np.array_equal(wider.numeric[:, -1], np.arange(1, 41, 2))
    assert table.with_numeric(np.empty((20, 0)), ()) is table
    fewer = table.select(codes=[1])
    assert (fewer.code_names, fewer.levels) == (("grade",), (5,))
    assert np.array_equal(fewer.codes[:, 0], table.codes[:, 1])


def test_an_empty_table_has_rows_and_no_columns():
    empty = Table.empty(7)
    assert (empty.n_rows, empty.take(np.array([1, 1])).n_rows) == (7, 2)


def test_a_target_takes_its_weights_with_it():
    target = Target(np.array([0, 1, 1], dtype=np.int32), 2, np.array([1.0, 2.0, 3.0]))
    taken = target.take(np.array([2, 0]))
    assert (taken.values.tolist(), taken.weight.tolist(), taken.n_classes) == ([1, 0], [3.0, 1.0], 2)
    assert target.one_hot().tolist() == [[1, 0], [0, 1], [0, 1]]
    assert Target(np.array([2.5, 3.0])).one_hot().tolist() == [[2.5], [3.0]]


def test_a_read_only_view_shares_its_data_and_refuses_to_be_written_to():
    array = np.zeros(3)
    view = read_only(array)
    array[0] = 1.0
    assert view[0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 2.0


# -- stored predictions ------------------------------------------------------------------------


def test_rows_without_a_prediction_are_those_with_a_gap_anywhere():
    assert scored_rows(np.array([0.1, np.nan])).tolist() == [True, False]
    assert scored_rows(np.array([[0.1, 0.9], [np.nan, 0.5]])).tolist() == [True, False]


@pytest.mark.parametrize(
    ("problem", "prediction", "labels"),
    [
        (Binary(), [0.2, 0.5, 0.51], [0, 0, 1]),
        (Multiclass(), [[0.2, 0.5, 0.3], [0.4, 0.4, 0.2]], [1, 0]),
        (Regression(), [1.5, -2.0], [1.5, -2.0]),
    ],
)
def test_labels_are_the_likeliest_class_and_ties_go_to_the_first(problem, prediction, labels):
    prediction = np.array(prediction)
    assert adapt_prediction(prediction, "label", problem).tolist() == labels
    assert adapt_prediction(prediction, "probability", problem) is prediction


def test_predictions_of_another_form_and_gaps_are_refused_by_name():
    with pytest.raises(DataError, match=r"multiclass task have the shape \(rows, classes\), not \(2,\)"):
        adapt_prediction(np.zeros(2), "probability", Multiclass())
    with pytest.raises(DataError, match="Row 1 has no prediction") as caught:
        adapt_prediction(np.array([0.1, np.nan]), "label", Binary())
    assert caught.value.where.row == 1


def test_a_split_can_be_varied_without_touching_the_first():
    split = Split("random", 2, np.array([[0], [1]], dtype=np.uint8), "because")
    assert replace(split, reason="other").fold(1).test.tolist() == split.fold(1).test.tolist()


def test_a_table_with_other_numbers_keeps_its_strings_and_moments():
    plain = tiny_table()
    strings = Strings.of([("code", np.zeros(plain.n_rows, np.int32), ["A1"])])
    table = plain.with_blocks(strings=strings, moment=MomentBlock(np.arange(float(plain.n_rows))))
    wider = table.with_numeric(np.zeros((plain.n_rows, 1)), ("more",))
    for other in (wider, table.with_cells(numeric=table.numeric)):
        assert other.strings is strings
        assert other.moment is table.moment
