"""What ships and standard LightGBM are compared by labels decided alike, once, and within the time of the search."""

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Budget
from assay.core.labels import LabelRule
from assay.data.options import TaskOptions
from assay.journal.shipped_model import shipped_prediction
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.search.settings import FitSettings
from assay.ship.cross_fitted import labelled
from assay.vault.key import VaultKey


def rare(n=600, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n, 3)), columns=["a", "b", "c"])
    frame["y"] = np.where(rng.random(n) < 1 / (1 + np.exp(2.6 - 1.5 * frame["a"])), "yes", "no")
    return frame


def fitted(path, *, metric="f1", experiments=4, **call):
    settings = FitSettings(budget=Budget(experiments=experiments), out=str(path), without=frozenset({"catboost"}))
    return fit(rare(), TaskOptions(target="y", metric=metric), settings, context=RunContext(inline=True, **call))


@pytest.mark.slow
def test_a_gain_of_labels_is_over_the_baseline_with_labels_of_its_own(tmp_path):
    summary = fitted(tmp_path / "a.lab")
    lab = Lab.open(tmp_path / "a.lab")
    own = labelled(lab.oof(lab.baseline), lab.folder, lab.metric, LabelRule())
    shipped = labelled(shipped_prediction(lab.state, lab.oof), lab.folder, lab.metric, LabelRule())
    level = lab.scorer.figure_score(own)
    alike = lab.scorer.figure_score(shipped) - level
    unlike = lab.scorer.figure_score(shipped) - lab.scorer.figure_score(lab.oof(lab.baseline))
    audited = lab.audit()
    lab.close()
    assert unlike > alike + 0.05  # one half calls few rows of a rare class
    assert summary.gain.value == pytest.approx(alike - summary.optimism)
    assert summary.baseline_score.value == pytest.approx(level)
    assert audited.ok, audited


@pytest.mark.slow
def test_a_metric_is_asked_for_labels_once(tmp_path):
    """A brief is written from what was decided: not one threshold is tried for it."""
    calls = []

    def own_f1_score(y_true, y_pred):
        calls.append(len(y_true))
        right = float(np.sum(y_true * y_pred))
        return 2 * right / max(float(np.sum(y_true) + np.sum(y_pred)), 1.0)

    with_brief = len(calls) if fitted(tmp_path / "a.lab", metric=own_f1_score, experiments=2) else 0
    calls.clear()
    without = len(calls) if fitted(tmp_path / "b.lab", metric=own_f1_score, experiments=2, write_brief=False) else 0
    assert without > 200  # thresholds were tried
    assert with_brief - without < 600  # for intervals


@pytest.mark.slow
def test_in_a_vault_standard_lightgbm_answers_by_a_rule_of_its_own(tmp_path):
    """By the calibration and threshold of what ships it called 12 % of these rows, less than half of what it should."""
    out = tmp_path / "a.lab"
    VaultKey(bytes(range(32))).write(out)
    settings = FitSettings(budget=Budget(experiments=4), out=str(out), vault=0.4, without=frozenset({"catboost"}))
    options = TaskOptions(target="y", metric="f1")
    fit(rare(1500, seed=3), options, settings, context=RunContext(inline=True, write_brief=False))
    lab = Lab.open(out)
    own = labelled(lab.oof(lab.baseline), lab.folder, lab.metric, LabelRule())
    told, audited = lab.ledger.array(lab.state.certified.baseline), lab.audit()
    lab.close()
    assert np.mean(told) == pytest.approx(np.mean(own), abs=0.06)
    assert audited.ok, audited
