"""What is promised by a metric of labels is of the labels that `predict` gives."""

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Budget
from assay.core.labels import LabelRule
from assay.core.problem.binary import Binary
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.metrics.choose_metric import find
from assay.predictor.predictor import Predictor
from assay.search.settings import FitSettings


def rare(n, seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n, 3)), columns=["a", "b", "c"])
    return frame.assign(sold=np.where(frame["a"] + 1.2 * rng.normal(size=n) > 1.6, "yes", "no"))


@pytest.mark.slow
@pytest.mark.parametrize("asked", [LabelRule(), LabelRule(threshold=0.15)])
def test_the_promise_is_of_the_labels_that_new_rows_get(tmp_path, asked):
    settings = FitSettings(
        budget=Budget(experiments=3), out=str(tmp_path / "a.lab"), families=frozenset({"linear"}), labels=asked
    )
    options = TaskOptions(target="sold", metric="f1")
    summary = fit(rare(700, 0), options, settings, context=RunContext(inline=True, write_brief=False))
    lab = Lab.open(tmp_path / "a.lab")
    assert lab.audit().ok
    lab.close()
    model, new = Predictor.load(tmp_path / "a.lab"), rare(8000, 1)
    truth, f1 = (new["sold"] == "yes").to_numpy().astype(np.int32), find("f1", Binary())
    delivered = f1.score(truth, (model.predict(new) == "yes").astype(np.int64))
    at_half = f1.score(truth, (model.predict_proba(new)[:, 1] > 0.5).astype(np.int64))
    assert summary.expect.low <= delivered <= summary.expect.high
    assert abs(summary.expect.value - delivered) < 0.5 * abs(at_half - delivered)
    assert summary.search.value - summary.expect.value == pytest.approx(summary.optimism)
    if asked.threshold is None:
        assert summary.search.value == pytest.approx(summary.model.labels.after)
