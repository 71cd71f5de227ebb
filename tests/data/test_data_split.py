"""Laws of the folds: cover, balance, unity of groups, order in time, same seed same folds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from assay.core.errors import SplitError
from assay.core.seed import Seeds
from assay.core.split import LATER, NEVER
from assay.core.target import Target
from assay.data.make_split import RowGroups, make_split

LABELS = st.integers(2, 4).flatmap(lambda k: arrays(np.int32, st.integers(10, 200), elements=st.integers(0, k - 1)))


def classes(labels):
    return Target(np.asarray(labels, dtype=np.int32), int(max(labels)) + 1 if max(labels) else 2)


@given(labels=LABELS, seed=st.integers(0, 2**31 - 1))
def test_every_row_is_held_out_exactly_once_in_each_partition(labels, seed):
    split = make_split(classes(labels), seeds=Seeds(seed))
    assert split.numbers.dtype == np.uint8
    for partition in range(split.n_partitions):
        tests = [split.fold(f, partition).test for f in range(split.n_folds)]
        assert sorted(np.concatenate(tests)) == list(range(len(labels)))


@given(labels=LABELS, seed=st.integers(0, 2**31 - 1))
def test_each_class_is_spread_evenly_to_within_one_row(labels, seed):
    split = make_split(classes(labels), seeds=Seeds(seed))
    for label in np.unique(labels):
        counts = np.bincount(split.numbers[labels == label, 0], minlength=split.n_folds)
        assert counts.max() - counts.min() <= 1


@given(
    groups=arrays(np.int64, 60, elements=st.integers(0, 12)), labels=arrays(np.int32, 60, elements=st.integers(0, 1)),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_a_group_is_never_torn_apart(groups, labels, seed):
    if len(np.unique(groups)) < 2:
        with pytest.raises(SplitError, match="1 groups"):
            make_split(Target(labels, 2), seeds=Seeds(seed), row_groups=RowGroups(groups=groups))
        return
    split = make_split(Target(labels, 2), seeds=Seeds(seed), row_groups=RowGroups(groups=groups))
    assert split.kind == "grouped"
    for partition in range(split.n_partitions):
        for group in np.unique(groups):
            assert len(np.unique(split.numbers[groups == group, partition])) == 1


def test_groups_are_balanced_in_rows_and_classes():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(200), rng.integers(1, 12, 200))
    labels = (rng.random(len(groups)) < 0.2).astype(np.int32)
    split = make_split(Target(labels, 2), seeds=Seeds(0), row_groups=RowGroups(groups=groups))
    rows = np.bincount(split.numbers[:, 0])
    positive = np.bincount(split.numbers[labels == 1, 0])
    assert rows.min() > 0.9 * rows.mean()
    assert positive.min() > 0.85 * positive.mean()


@given(order=arrays(np.float64, st.integers(12, 80), elements=st.integers(0, 30).map(float)))
def test_in_time_nothing_is_learnt_from_the_same_moment_or_later(order):
    target = Target(np.arange(len(order), dtype=np.float64))
    if len(np.unique(order)) < 2:
        with pytest.raises(SplitError, match="same moment"):
            make_split(target, seeds=Seeds(0), row_groups=RowGroups(order=order))
        return
    split = make_split(target, seeds=Seeds(0), row_groups=RowGroups(order=order))
    assert split.kind == "time"
    assert split.n_partitions == 1
    for number in range(split.n_folds):
        fold = split.fold(number)
        assert len(fold.train)
        assert len(fold.test)
        assert order[fold.train].max() < order[fold.test].min()


def test_rows_in_order_of_time_are_scored_by_models_of_two_fifths_of_them_or_more():
    split = make_split(Target(np.arange(1000.0)), seeds=Seeds(0), row_groups=RowGroups(order=np.arange(1000.0)))
    assert [len(split.fold(number).train) for number in range(5)] == [400, 520, 640, 760, 880]
    assert [len(split.fold(number).test) for number in range(5)] == [120] * 5


def test_a_regression_target_is_even_over_its_deciles():
    y = np.random.default_rng(0).lognormal(size=500)
    split = make_split(Target(y), seeds=Seeds(0))
    assert split.kind == "random"
    top = y >= np.quantile(y, 0.9)
    assert set(np.bincount(split.numbers[top, 0])) == {10}


def test_same_seed_same_folds_other_seed_other_folds_and_partitions_differ():
    target = classes(np.arange(100) % 2)
    one, same, other = (make_split(target, seeds=Seeds(seed)).numbers for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert len({column.tobytes() for column in one.T}) == 4


def test_folds_fall_to_the_size_of_the_rarest_class_and_say_so():
    split = make_split(classes([0] * 30 + [1] * 3), seeds=Seeds(0))
    assert split.n_folds == 3
    assert "rarest class has 3 rows" in split.reason
    assert make_split(classes([0] * 30 + [1]), seeds=Seeds(0)).n_folds == 5


@pytest.mark.parametrize("rare", [2, 3, 4])
def test_of_several_classes_a_rare_one_lies_in_as_many_folds_as_it_has_rows(rare):
    labels = np.array([0] * 40 + [1] * 30 + [2] * rare)
    split = make_split(classes(labels), seeds=Seeds(0))
    assert (split.n_folds, split.reason) == (
        5, "5 stratified folds: each has the class shares of the whole; classes of under 5 rows lie in fewer",
    )  # fmt: skip
    for partition in range(split.n_partitions):
        folds = [split.fold(number, partition) for number in range(5)]
        assert sorted(np.sum(labels[fold.test] == 2) for fold in folds) == [0] * (5 - rare) + [1] * rare
        assert min(np.sum(labels[fold.train] == 2) for fold in folds) == rare - 1


def test_a_class_below_half_a_percent_does_not_decide_the_folds():
    assert make_split(classes([0] * 900 + [1] * 98 + [2] * 2), seeds=Seeds(0)).n_folds == 5


@pytest.mark.parametrize(("n", "expected"), [(1000, 200), (500_000, 50_000)])
def test_a_holdout_is_a_fifth_and_at_most_fifty_thousand_rows(n, expected):
    split = make_split(classes(np.arange(n) % 2), seeds=Seeds(0), most=1)
    assert (split.kind, split.n_folds) == ("holdout", 1)
    assert int((split.numbers[:, 0] == 0).sum()) == expected
    assert set(np.unique(split.numbers)) == {0, NEVER}
    assert len(split.fold(0).train) == n - expected


@pytest.mark.parametrize(("labels", "asked", "expected"), [
    (np.arange(200) % 2, None, 3), (np.arange(200) % 7, None, 3), (np.arange(200) % 2, 4, 4),
    (np.array([0] * 150 + [1] * 2), None, 2),
])  # fmt: skip
def test_where_there_is_time_for_three_folds_there_are_three_unless_asked_or_a_class_has_fewer_rows(
    labels, asked, expected
):
    split = make_split(classes(labels), seeds=Seeds(0), n_folds=asked, most=3)
    assert split.n_folds == expected == int(split.numbers.max()) + 1
    assert ("which would cost too much time" in split.reason) == (expected == 3)


def test_equal_rows_stay_in_one_fold():
    equal_rows = np.append(np.arange(90), [0, 1, 2, 3, 3, 3, 4, 5, 6, 7])
    split = make_split(classes(np.arange(100) % 2), seeds=Seeds(0), row_groups=RowGroups(equal_rows=equal_rows))
    assert split.kind == "stratified"
    assert "repeated rows stay in one fold" in split.reason
    for twin in range(8):
        assert len(set(split.numbers[equal_rows == twin, 0])) == 1


def test_one_row_cannot_be_split():
    with pytest.raises(SplitError, match="at least 2"):
        make_split(Target(np.array([1.0])), seeds=Seeds(0))


@given(
    order=arrays(np.float64, 80, elements=st.integers(0, 30).map(float)),
    groups=arrays(np.int64, 80, elements=st.integers(0, 25)), n_folds=st.none() | st.integers(2, 6),
    most=st.sampled_from([1, 3, 5]),
)  # fmt: skip
def test_groups_in_time_are_scored_from_earlier_rows_of_other_groups(order, groups, n_folds, most):
    target, row_groups = Target(np.arange(len(order), dtype=np.float64)), RowGroups(order=order, groups=groups)
    ends = {group: order[groups == group].max() for group in groups}
    if len(set(ends.values())) < 2:
        with pytest.raises(SplitError, match="same moment"):
            make_split(target, seeds=Seeds(0), row_groups=row_groups)
        return
    split = make_split(target, seeds=Seeds(0), row_groups=row_groups, n_folds=n_folds, most=most)
    assert split.kind == "time"
    assert "groups is scored in the block where it ends" in split.reason
    for number in range(split.n_folds):
        fold = split.fold(number)
        assert len(fold.train)
        assert len(fold.test)
        assert order[fold.train].max() < order[fold.test].min()
        assert not set(groups[fold.train]) & set(groups[fold.test])
    assert f"{(split.numbers == LATER).sum():,} earlier rows" in split.reason or not (split.numbers == LATER).any()


def test_groups_that_all_end_together_cannot_be_scored_in_time():
    row_groups = RowGroups(order=np.tile(np.arange(10.0), 8), groups=np.repeat(np.arange(8), 10))
    with pytest.raises(SplitError, match="Leave out --group or --order-by"):
        make_split(classes(np.arange(80) % 2), seeds=Seeds(0), row_groups=row_groups)
