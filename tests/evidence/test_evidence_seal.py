"""Seals: whole units, each opened once; and what a report tells of opened rows is little, and paid for."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from assay.core.figure import Difference, Figure
from assay.evidence.paired import mixture_e
from assay.evidence.rank_agreement import least_agreement, rank_correlation
from assay.evidence.seal import (
    BITS,
    Shown,
    bits_of,
    half_error,
    next_seal,
    seal_count,
    seal_numbers,
    shown_difference,
    shown_figure,
)
from each import at_most

KEY = bytes(range(32))


@pytest.mark.parametrize(
    ("n_units", "n_rarest", "seals"),
    [(500, 100, 1), (3999, 2000, 1), (4000, 400, 2), (6000, 399, 1), (9000, 900, 4), (10**6, 10**5, 4)],
)
def test_a_vault_is_cut_where_every_part_can_still_say_something(n_units, n_rarest, seals):
    assert seal_count(n_units=n_units, n_rarest=n_rarest) == seals


@given(n=st.integers(1, 300), n_units=st.integers(1, 80), seals=st.integers(1, 4), seed=st.integers(0, 99))
@settings(max_examples=at_most(50), deadline=None)
def test_a_unit_is_under_one_seal_whatever_the_order(n, n_units, seals, seed):
    rng = np.random.default_rng(seed)
    units = [f"u{i}" for i in rng.integers(0, n_units, n)]
    numbers = seal_numbers(units, seals=seals, key=KEY)
    assert set(numbers.tolist()) <= set(range(1, seals + 1))
    assert len(set(zip(units, numbers.tolist(), strict=True))) == len(set(units))
    order = rng.permutation(n)
    assert (seal_numbers([units[i] for i in order], seals=seals, key=KEY) == numbers[order]).all()


def test_seals_are_about_equal():
    counts = np.bincount(seal_numbers([str(i) for i in range(8000)], seals=4, key=KEY))[1:]
    assert counts.min() > 1800


def test_each_report_opens_the_next_seal_and_after_the_last_the_whole_vault():
    told = [Shown(seal=1), Shown(seal=2)]
    assert [next_seal(told[:k], seals=2) for k in range(3)] == [1, 2, None]
    assert next_seal([], seals=1) is None


def test_rows_under_a_seal_of_their_own_cost_no_bits():
    changed = Shown(without=("knn",), seal=2)
    assert bits_of([Shown(numbers=7, seal=1)], changed) == 0


def test_everything_told_before_the_last_change_is_paid_for():
    first, same, other = Shown(numbers=2), Shown(numbers=3), Shown(without=("knn",), numbers=1)
    assert bits_of([first], same) == 0  # a longer run: machine work
    assert bits_of([first, same], other) == 5 * BITS
    assert bits_of([first, same, other], Shown(without=("knn",))) == 5 * BITS  # each opening pays
    assert bits_of([first, other], Shown(without=("svm",))) == 3 * BITS


def test_a_version_that_did_not_say_what_was_asked_is_not_charged_for_it():
    assert Shown(asked="").is_as(Shown(asked="best None None"))
    assert not Shown(asked="fast None None").is_as(Shown(asked="best None None"))


@given(error=st.floats(1e-9, 1e6))
@settings(max_examples=at_most(100), deadline=None)
def test_a_step_is_at_least_half_an_error_and_less_than_one(error):
    assert error / 2 * (1 - 1e-9) <= half_error(error) <= error * (1 + 1e-9)


def everything(value, error=0.0099):
    """All that a report says of a difference."""
    told = shown_difference(measured(value, error))
    return (told.value, told.sigma, told.low, told.high, told.p, told.e)


def measured(value, error):
    return Difference(
        value=value, origin="vault", sigma=error, df=499.0, n_units=500, low=value - 1.96 * error,
        high=value + 1.96 * error, p=float(norm.sf(value / error)), e=mixture_e(value / error),
    )  # fmt: skip


@pytest.mark.parametrize("error", [0.0099, 0.0041, 0.0199, 0.0101])
def test_all_that_is_told_of_a_difference_is_one_of_as_many_as_its_bits_allow(error):
    told = {everything(z * error, error) for z in np.linspace(-8, 8, 4_001)}
    assert len(told) < 2**BITS


def test_of_its_sigma_no_more_is_told_than_the_step():
    assert len({everything(0.0, error)[1] for error in np.linspace(0.0081, 0.0099, 50)}) == 1


@given(value=st.floats(0.51, 0.99), error=st.floats(0.001, 0.05))
@settings(max_examples=at_most(100), deadline=None)
def test_a_figure_is_told_coarsely_and_its_interval_only_grows(value, error):
    low, high = max(value - 2 * error, 0.0), min(value + 2 * error, 1.0)
    figure = Figure(value=value, metric="roc_auc", origin="vault", rows=400, low=low, high=high)
    told = shown_figure(figure, error=error, bounds=(0.0, 1.0))
    step = half_error(error)
    assert abs(told.value - value) <= step / 2 + 1e-9
    assert told.low <= low + 1e-9
    assert told.high >= high - 1e-9
    assert told.low >= 0.0
    assert told.high <= 1.0
    assert math.isclose(told.value / step, round(told.value / step), abs_tol=1e-6) or told.value in (0.0, 1.0)


def test_the_p_of_an_opening_is_told_upward_and_its_sigma_too():
    found = Difference(
        origin="oof", value=0.01234, sigma=0.004, df=9, n_units=10, low=0.004, high=0.02, p=0.00123, e=37.0
    )
    told = shown_difference(found)
    assert (told.value, told.sigma, told.p, told.e) == (0.012, 0.004, 0.002, 32.0)
    assert (told.low, told.high) == (0.004, 0.02)
    assert shown_difference(replace(found, sigma=0.0041)).sigma == 0.006
    assert [shown_difference(replace(found, p=p)).p for p in (0.0021, 0.06, 0.7, 1.0)] == [0.005, 0.1, 1.0, 1.0]
    still = Difference(origin="oof", value=0.0, sigma=0.0, df=9, n_units=10, low=0.0, high=0.0, p=1.0, e=1.0)
    assert shown_difference(still) == still


def test_models_of_one_recipe_are_more_alike_than_a_model_and_its_shuffle():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=500)
    folds = [truth + 0.2 * rng.normal(size=500) for _ in range(5)]
    assert 0.9 < least_agreement(folds) < rank_correlation(truth, folds[0]) + 0.05
    assert least_agreement([truth, truth, truth]) < 1.0, "of folds that agree wholly no more is asked than 0.99"
    assert abs(rank_correlation(truth, rng.permutation(truth))) < 0.15
    assert rank_correlation(truth, np.exp(truth)) == pytest.approx(1.0)
    assert rank_correlation(np.ones(5), np.ones(5)) == 1.0
    assert rank_correlation(np.stack([truth, -truth], axis=1), np.stack([truth, -truth], axis=1)) == pytest.approx(1.0)
