"""Rows in order of time whose errors last: how far blocks go together is told by the blocks themselves."""

import numpy as np
import pytest

from assay.core.problem.regression import Regression
from assay.core.seed import Seeds
from assay.evidence.estimate import Estimate
from assay.evidence.evaluation_rows import Rows
from assay.evidence.group_jackknife import cosine_degrees, group_jackknife
from assay.evidence.interval import figure
from assay.evidence.paired import compare
from assay.evidence.vault_plan import blocks_of
from assay.metrics.choose_metric import find

RMSE, SERIES, N = find("rmse", Regression()), 150, 1000


def series(rng, correlation, n=N):
    """Errors that follow each other, of spread 1."""
    from scipy.signal import lfilter

    news = rng.normal(size=n + 300) * (1.0 - correlation**2) ** 0.5
    return lfilter([1.0], [1.0, -correlation], news)[300:]


def rows_of(y):
    return Rows(y=y, problem=Regression(), groups=blocks_of(np.arange(len(y))), unit="blocks of time", in_time=True,
                seeds=Seeds(0))  # fmt: skip


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9, 0.97])
def test_a_figure_covers_where_errors_last(correlation):
    """By independent blocks 95 % intervals held the truth in 88 % of series with 0.9, 67 % with 0.97."""
    held = 0
    for number in range(SERIES):
        error = series(np.random.default_rng([number, 1]), correlation)
        found = figure(RMSE, rows_of(error), np.zeros(N))
        held += found.low <= 1.0 <= found.high
    assert held >= 0.88 * SERIES


def test_two_models_whose_errors_last_seldom_differ_where_none_is_better():
    claimed = 0
    for number in range(SERIES):
        rng = np.random.default_rng([number, 2])
        y = np.zeros(N)
        found = compare(RMSE, rows_of(y), series(rng, 0.97), series(rng, 0.97))
        claimed += found.p <= 0.05
        assert "sign-flip" not in found.method
    assert claimed <= 0.1 * SERIES


def test_the_cosines_see_what_slow_waves_there_are_and_the_order_of_blocks_counts():
    rows, calm = rows_of(np.zeros(N)), np.random.default_rng(3).normal(size=100)
    slow = np.sort(calm)
    of = {name: Estimate(value=1.0, sums=sums - sums.mean(), mass=np.full(100, 10.0), n_rows=N)
          for name, sums in (("calm", calm), ("slow", slow))}  # fmt: skip
    (low, df), (high, _) = group_jackknife(of["calm"], rows), group_jackknife(of["slow"], rows)
    assert df == cosine_degrees(100) == 9
    assert high > 2 * low


def test_without_lasting_errors_sigma_is_that_of_independent_blocks():
    sums = np.random.default_rng(4).normal(size=20_000)
    found = Estimate(value=1.0, sums=sums - sums.mean(), mass=np.full(20_000, 1.0), n_rows=20_000)
    rows = Rows(y=np.zeros(20_000), problem=Regression(), groups=np.arange(20_000), in_time=True)
    assert group_jackknife(found, rows)[0] == pytest.approx(found.sigma, rel=0.1)
