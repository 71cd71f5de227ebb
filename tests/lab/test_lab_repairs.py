"""A model learned from dirty cells answers alike for dirty rows and for their clean twins, saved and loaded too."""

import numpy as np
import pandas as pd
import pytest

from assay import AutoClassifier, load
from assay.core.errors import DataWarning

RNG = np.random.default_rng(0)
N = 240
CLEAN = pd.DataFrame({
    "price": RNG.normal(50, 10, N).round(2), "grade": RNG.integers(0, 4, N),
    "day": pd.Timestamp("2023-01-01") + pd.to_timedelta(RNG.integers(0, 300, N), "D"),
})  # fmt: skip
DIRTY = pd.DataFrame({
    "price": [f"{value:.2f} €".replace(".", ",") for value in CLEAN["price"]],
    "grade": CLEAN["grade"],
    "day": CLEAN["day"].dt.strftime("%d.%m.%Y"),
})  # fmt: skip
LABELS = np.where(CLEAN["price"] + RNG.normal(0, 4, N) > 50, "yes", "no")


def test_the_predictor_repeats_every_repair(tmp_path):
    with pytest.warns(DataWarning, match="written as text"):
        model = AutoClassifier(time_limit=1, lab=tmp_path / "dirty.lab").fit(DIRTY, LABELS)
    model.lab_.predictor().save(tmp_path / "model")
    predictor = load(tmp_path / "model")
    expected = predictor.predict_proba(DIRTY)
    np.testing.assert_array_equal(expected, predictor.predict_proba(CLEAN))
    np.testing.assert_array_equal(expected[:5], predictor.predict_proba(DIRTY[:5]))


@pytest.mark.filterwarnings("ignore::assay.core.errors.DataWarning")
def test_a_repair_is_refused_by_an_argument(tmp_path):
    model = AutoClassifier(time_limit=1, families="linear", raw="price=numbers", lab=tmp_path / "raw.lab")
    model.fit(DIRTY, LABELS)
    assert model.lab_.task.schema["price"].kind != "numeric"
