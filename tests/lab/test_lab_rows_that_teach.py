"""Recipes that change which rows teach, and what is predicted, in a lab: added, run, shown, audited, done again."""

import numpy as np
import pandas as pd
import pytest

from assay.core.errors import LabError
from assay.lab.lab import Lab
from lab.conftest import shop
from lab.sessions_by_hand import LAB, go_on, tell

LINEAR = {"steps": [{"name": "one_hot"}, {"name": "impute"}, {"name": "scale"}], "model": {"name": "linear"}}


@pytest.fixture
def half_known(here):
    """A shop.csv of which half of the outcomes are missing."""
    frame = shop(300)
    frame.loc[np.arange(300) % 2 == 1, "bought"] = None
    frame.to_csv("shop.csv", index=False)


@pytest.mark.slow
def test_weights_and_rows_without_a_target_run_audit_and_are_done_again(half_known, run):
    run(experiments=2, unlabelled="missing")
    for change in ({"weighting": "trusted:0.3"}, {"pseudo_labels": 0.5}):
        tell("add", recipe={**LINEAR, **change})
    go_on(4)
    opened = Lab.open(LAB)
    added = [e for e in opened.experiments if e.by == "human"]
    assert [(e.recipe.weighting, e.recipe.pseudo_labels) for e in added] == [("trusted:0.3", 0.0), ("none", 0.5)]
    assert all(opened.state.entries[e.number].result.failure is None for e in added)
    assert opened.audit().ok
    assert all(opened.replay(e.number).ok for e in added)
    (LAB / "data" / "unlabelled" / "numeric.npy").write_bytes(b"no rows")
    assert not opened.audit().ok


def test_other_rows_without_a_target_are_another_question(half_known, run):
    run(experiments=1, unlabelled="missing")
    frame = pd.read_csv("shop.csv")
    first = Lab.open(LAB).task
    frame.loc[1, "age"] = 99.0
    frame.to_csv("shop.csv", index=False)
    assert first.facts.n_unlabelled == 150
    with pytest.raises(LabError, match=r"shop\.lab"):
        run(experiments=2, unlabelled="missing")
    assert Lab.open(LAB).task == first
