"""Losses that a few rows carry are told from those that many rows share."""

import numpy as np
import pytest

from assay.evidence.heavy_tail import heavy_tail

DRAWS = 60


def told(draw, n):
    """How often squared errors of what is drawn are said to be carried by a few rows."""
    rng = np.random.default_rng(0)
    errors = [draw(rng, n) for _ in range(DRAWS)]
    return float(np.mean([heavy_tail((one - one.mean()) ** 2) is not None for one in errors]))


@pytest.mark.parametrize(
    ("index", "n", "least"), [(1.1, 500, 0.9), (1.5, 500, 0.9), (1.5, 2000, 0.95), (2.0, 2000, 0.7)]
)
def test_a_pareto_target_is_said_to_be_carried_by_a_few_rows(index, n, least):
    assert told(lambda rng, size: rng.pareto(index, size), n) >= least


@pytest.mark.parametrize("n", [100, 500, 5000])
@pytest.mark.parametrize("draw", [
    lambda rng, n: rng.normal(size=n), lambda rng, n: rng.laplace(size=n), lambda rng, n: rng.standard_t(4, n),
    lambda rng, n: rng.lognormal(0.0, 0.5, n), lambda rng, n: np.round(rng.normal(size=n)),
], ids=["normal", "Laplace", "t4", "lognormal", "few values"])  # fmt: skip
def test_of_usual_errors_nothing_is_said(draw, n):
    assert told(draw, n) <= 0.05


def test_the_share_is_that_of_one_row_in_a_hundred_and_no_loss_is_no_tail():
    losses = np.concatenate([np.ones(198), [1e4, 1e6]]) * np.geomspace(1, 1e3, 200)
    found = heavy_tail(losses)
    assert (found.rows, found.of) == (2, 200)
    assert found.share == pytest.approx(np.sort(losses)[-2:].sum() / losses.sum())
    assert heavy_tail(np.zeros(500)) is None
    assert heavy_tail(np.full(500, np.nan)) is None
