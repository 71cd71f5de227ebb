"""Inner folds part rows as the folds of a lab do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.inner_folds import halves, inner_folds, unit_errors
from assay.core.row_ties import RowTies
from assay.core.seed import Seeds
from assay.core.target import Target
from each import at_most

sizes = st.integers(30, 200), st.integers(0, 1_000)


def tied(n, seed, *, groups=True, order=True, n_classes=2):
    """Rows of a dozen groups of unlike sizes, at moments of which many are equal; a group goes on to the end."""
    rng = np.random.default_rng(seed)
    units = rng.choice(12, n, p=np.arange(1, 13) / 78) if groups else None
    moments = rng.integers(0, 40, n).astype(np.float64) if order else None
    values = rng.integers(0, n_classes, n).astype(np.int32) if n_classes else rng.normal(size=n)
    return Target(values, n_classes, ties=RowTies(units=units, moments=moments))


@settings(max_examples=at_most(40), deadline=None)
@given(*sizes)
def test_every_group_is_judged_once_by_models_that_know_none_of_its_rows(n, seed):
    target = tied(n, seed, order=False)
    units = target.ties.units
    splits = list(inner_folds(target, 5, Seeds(seed)).splits())
    assert sorted(np.concatenate([one.held for one in splits])) == list(range(n))
    for one in splits:
        assert not set(units[one.train]) & set(units[one.held])
        assert len(one.train) + len(one.held) == n


@settings(max_examples=at_most(40), deadline=None)
@given(*sizes)
def test_in_order_of_time_rows_are_judged_by_models_of_earlier_rows(n, seed):
    target = tied(n, seed, groups=False)
    moments, splits = target.ties.moments, list(inner_folds(target, 5, Seeds(seed)).splits())
    assert splits
    assert all(moments[one.train].max() < moments[one.held].min() for one in splits)
    assert len(splits[0].train) == max(len(one.train) for one in splits), "the first has most to learn from"


@settings(max_examples=at_most(40), deadline=None)
@given(*sizes)
def test_groups_in_order_of_time_keep_both(n, seed):
    target = tied(n, seed)
    ties = target.ties
    for one in inner_folds(target, 5, Seeds(seed)).splits():
        assert not set(ties.units[one.train]) & set(ties.units[one.held])


def test_groups_that_end_one_after_the_other_are_judged_by_earlier_ones():
    units = np.repeat(np.arange(20), 10)
    target = Target(np.zeros(200), ties=RowTies(units=units, moments=np.arange(200.0)))
    splits = list(inner_folds(target, 4, Seeds(0)).splits())
    assert len(splits) == 4
    assert all(one.train.max() < one.held.min() for one in splits)


def test_all_rows_of_groups_that_ended_before_a_part_teach_it():
    """Rows of a group wait until it has ended, and no longer."""
    units, moments = np.repeat(np.arange(40), 12), (3.0 * np.arange(40)[:, None] + np.arange(12.0)).ravel()
    target = Target(np.zeros(480), ties=RowTies(units=units, moments=moments))
    for one in inner_folds(target, 5, Seeds(0)).splits():
        ended = moments.reshape(40, 12).max(axis=1) < moments[one.held].min()
        assert sorted(one.train) == np.flatnonzero(ended[units]).tolist()


def test_parts_of_groups_are_about_as_large_and_alike_in_classes():
    rng = np.random.default_rng(0)
    units = rng.integers(0, 150, 3_000)
    y = (rng.random(3_000) < np.where(units < 30, 0.9, 0.05)).astype(np.int32)
    folds = inner_folds(Target(y, 2, ties=RowTies(units=units)), 5, Seeds(0)).numbers
    assert np.bincount(folds).min() > 0.8 * 600
    shares = np.array([y[folds == part].mean() for part in range(5)])
    assert np.abs(shares - y.mean()).max() < 0.05


def test_where_one_part_is_enough_it_is_not_the_one_huge_group():
    units = np.r_[np.zeros(900, dtype=int), np.repeat(np.arange(1, 11), 10)]
    held = inner_folds(Target(np.zeros(1_000), ties=RowTies(units=units)), 5, Seeds(0)).first().held
    assert len(held) <= 100


@pytest.mark.parametrize("known", [RowTies(), RowTies(units=np.arange(60) // 4), RowTies(moments=np.arange(60.0))])
def test_rows_of_guessed_targets_neither_judge_nor_teach_what_is_judged(known):
    """What guessed them knew the rows that judge."""
    target = Target(np.arange(100) % 2, 2, ties=known.with_guesses(60, 40))
    splits = list(inner_folds(target, 5, Seeds(0)).splits())
    assert splits
    assert all(max(one.train.max(), one.held.max()) < 60 for one in splits)


@pytest.mark.parametrize("ties", [RowTies(units=np.zeros(40, dtype=int)), RowTies(moments=np.zeros(40))])
def test_rows_judge_where_there_is_nothing_larger_to_part(ties):
    splits = list(inner_folds(Target(np.arange(40) % 2, 2, ties=ties), 5, Seeds(0)).splits())
    assert sorted(np.concatenate([one.held for one in splits])) == list(range(40))


def test_ties_follow_the_rows_that_are_taken():
    target = tied(50, 0)
    rows = np.array([40, 3, 3, 17])
    assert np.array_equal(target.take(rows).ties.units, target.ties.units[rows])
    assert np.array_equal(target.take(rows).ties.moments, target.ties.moments[rows])


@pytest.mark.parametrize("groups", [True, False])
def test_the_later_half_confirms_what_the_earlier_one_bred(groups):
    target = tied(120, 1, groups=groups)
    both = halves(target, Seeds(0))
    assert min(len(both.train), len(both.held)) > 10
    if not groups:
        assert target.ties.moments[both.train].max() < target.ties.moments[both.held].min()
    else:
        assert not set(target.ties.units[both.train]) & set(target.ties.units[both.held])


def test_rows_of_one_group_are_one_piece_of_evidence():
    products = np.ones((100, 1))
    assert unit_errors(products, None) == pytest.approx(10.0)
    assert unit_errors(products, RowTies(units=np.arange(100) // 10)) == pytest.approx(np.sqrt(10) * 10)
