"""Tables whose truth is known: intervals cover, p is no smaller than it says. The long version is benchmarks/infer.py.

Bounds are four standard errors of a share about what is promised, so that a test fails where the method does.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("statsmodels")
sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import infer_worlds as worlds
from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.infer.infer_table import infer_table
from assay.infer.inference_question import Question

SETS = 150


def shares(make, family, n, effect):
    found = [worlds.asked(make(np.random.default_rng([n, number]), n, effect), family) for number in range(SETS)]
    return np.mean([covers for covers, _ in found]), np.mean([p <= 0.05 for _, p in found])


def bound(share):
    return 4 * np.sqrt(share * (1 - share) / SETS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "family", "n"),
    [(worlds.number, "gaussian", 200), (worlds.uneven, "gaussian", 300), (worlds.binary, "binomial", 300),
     (worlds.counted, "counts", 300), (worlds.positive, "gamma", 300), (worlds.grouped(60), "gaussian", 600)],
    ids=["number", "unequal spread", "two classes", "counts", "costs", "groups"],
)  # fmt: skip
def test_the_printed_interval_covers_and_noise_is_rarely_below_five_percent(make, family, n):
    covered, _ = shares(make, family, n, 0.2)
    _, small = shares(make, family, n, 0.0)
    assert covered >= 0.95 - bound(0.95)
    assert small <= 0.05 + bound(0.05)


@pytest.mark.slow
@pytest.mark.parametrize("family", ["gaussian", "ordered"])
def test_the_interval_of_a_product_covers_and_so_does_that_of_a_slope_beside_it(family):
    found = [worlds.asked_of_product(np.random.default_rng([12, number]), 300, family) for number in range(SETS)]
    assert (np.mean(found, axis=0) >= 0.95 - bound(0.95)).all()


def test_classical_errors_are_wrong_where_the_spread_is_unequal_and_hc3_is_not():
    ratios = []
    for number in range(40):
        world = worlds.uneven(np.random.default_rng([9, number]), 500, 0.0)
        design = worlds.design_of(world.x)
        fit = worlds.fit_glm(design.z, world.y, "gaussian")
        plain, by_row = (worlds.read(design, world.y, fit, kind)[1].shown.se for kind in ("classical", "hc3"))
        ratios.append(by_row / plain)
    assert np.mean(ratios) > 1.3


def test_of_many_noise_columns_hardly_ever_one_is_claimed():
    claims = [worlds.noise_claims(np.random.default_rng([5, number]), 300, 60, "gaussian") for number in range(40)]
    assert sum(holm for holm, _ in claims) <= 7  # 2 expected; 4 standard errors above
    assert sum(plain for _, plain in claims) >= 20  # uncorrected most runs find something


@pytest.mark.slow
def test_noise_beside_few_rows_a_column_is_rarely_below_five_percent_by_column_and_as_a_whole():
    found = np.array([worlds.joint_p(np.random.default_rng([8, number]), 60, 6) for number in range(SETS)])
    assert (np.mean(found <= 0.05, axis=0) <= 0.05 + bound(0.05)).all()
    assert (np.mean(found <= 0.5, axis=0) >= 0.5 - bound(0.5)).all()  # nor is p always large


def test_a_penalised_model_of_noise_explains_little():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(rng.normal(size=(300, 20))).add_prefix("x").assign(y=rng.choice(["no", "yes"], 300))
    model = infer_table(read_table(frame), TaskOptions(target="y"), Question()).model
    assert 0.0 < model.explained < 0.12  # 20 columns of noise: about 20 / (2 · 300 · ln 2) = 0.05
    assert model.aic == pytest.approx(2 * 21 - 2 * model.loglik)
    assert model.loglik > -300 * np.log(2)  # that of a coin: the likelihood of the rows, without the penalty
