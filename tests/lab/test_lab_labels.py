"""Labels as a person asks for them: by a threshold, by costs, by a metric of their own."""

import json

import numpy as np
import pandas as pd
import pytest

from assay import AutoClassifier, AutoRegressor
from assay.core.clock import Budget
from assay.core.errors import TaskError, UsageError
from assay.core.labels import LabelCost, LabelRule
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.predictor.predictor import Predictor
from assay.search.settings import FitSettings

WITHOUT = frozenset({"catboost", "xgboost", "realmlp", "fm", "gp", "knn", "svm", "random_forest", "extra_trees", "gam"})


def calls(n=600, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n, 3)), columns=["a", "b", "c"])
    frame["sold"] = np.where(frame["a"] + rng.normal(size=n) > 1.4, "yes", "no")
    return frame


def fitted(path, labels, frame=None):
    settings = FitSettings(budget=Budget(experiments=2), out=str(path), without=WITHOUT, labels=labels)
    frame = calls() if frame is None else frame
    return fit(
        frame, TaskOptions(target=frame.columns[-1]), settings, context=RunContext(inline=True, write_brief=False)
    )


def test_a_threshold_that_is_asked_for_ships_and_is_said(tmp_path):
    summary = fitted(tmp_path / "a.lab", LabelRule(threshold=0.2))
    model = Predictor.load(tmp_path / "a.lab")
    new = calls(300, seed=1)
    assert model.threshold == 0.2
    assert ((model.predict_proba(new)[:, 1] > 0.2) == (model.predict(new) == "yes")).all()
    assert summary.model.labels.by == "threshold"
    assert model.passport.labels == summary.model.labels


def test_costs_choose_the_threshold_and_what_they_save_is_said(tmp_path):
    summary = fitted(tmp_path / "c.lab", LabelRule(cost=LabelCost(fp=1, fn=6)))
    labels = summary.model.labels
    assert labels.after < labels.before
    assert Predictor.load(tmp_path / "c.lab").threshold == labels.threshold < 0.4
    assert Lab.open(tmp_path / "c.lab").audit().ok


@pytest.mark.parametrize("seed", [101, 105])
def test_a_model_that_gives_all_rows_one_label_is_promised_what_that_label_scores(tmp_path, seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(200, 4)), columns=list("abcd"))
    frame["y"] = np.where(rng.random(200) < 0.25, "yes", "no")
    settings = FitSettings(budget=Budget(experiments=1), out=str(tmp_path / "n.lab"), without=WITHOUT)
    context = RunContext(inline=True, write_brief=False)
    summary = fit(frame, TaskOptions(target="y", metric="f1"), settings, context=context)
    assert set(Predictor.load(tmp_path / "n.lab").predict(frame)) == {"no"}
    assert summary.expect.value == 0.0


@pytest.mark.slow
def test_another_threshold_ships_from_the_same_lab_without_another_experiment(tmp_path):
    first = fitted(tmp_path / "b.lab", LabelRule())
    again = fitted(tmp_path / "b.lab", LabelRule(threshold=0.15))
    state = Lab.open(tmp_path / "b.lab").state
    assert state.proposed == first.experiments
    assert again.model.labels.threshold == 0.15
    assert Predictor.load(tmp_path / "b.lab").threshold == 0.15
    assert fitted(tmp_path / "b.lab", LabelRule()).model.labels is None
    assert Predictor.load(tmp_path / "b.lab").threshold == 0.5


def test_a_row_may_be_labelled_by_another_threshold_when_it_is_predicted(tmp_path):
    fitted(tmp_path / "d.lab", LabelRule())
    model, new = Predictor.load(tmp_path / "d.lab"), calls(300, seed=1)
    many = (model.predict(new, threshold=0.1) == "yes").sum()
    assert many > (model.predict(new) == "yes").sum()
    assert (model.predict_both(new, threshold=0.1)[0] == "yes").sum() == many
    with pytest.raises(UsageError, match="threshold"):
        model.predict(new, threshold=2.0)


@pytest.mark.parametrize("labels", [LabelRule(threshold=0.2), LabelRule(cost=LabelCost(fp=1, fn=6))])
def test_targets_that_are_not_of_two_classes_have_no_threshold(tmp_path, labels):
    rng = np.random.default_rng(0)
    for target in (rng.normal(size=200), rng.choice(["a", "b", "c"], 200)):
        with pytest.raises(TaskError, match="two classes"):
            fitted(tmp_path / "n.lab", labels, calls(200).drop(columns="sold").assign(y=target))


def paid_score(y_true, y_pred):
    """Minus what is paid a row: 5 for a sale that was missed, 1 for a call in vain."""
    return -float(np.mean(np.where(y_true > y_pred, 5.0, np.where(y_pred > y_true, 1.0, 0.0))))


@pytest.mark.slow
def test_a_metric_of_ones_own_gets_about_the_best_there_is():
    frame, new = calls(), calls(4_000, seed=1)
    model = AutoClassifier(metric=paid_score, time_limit=1.0, progress=False).fit(frame[["a", "b", "c"]], frame["sold"])
    truth, p = (new["sold"] == "yes").to_numpy(), model.predict_proba(new[["a", "b", "c"]])[:, 1]
    reached = paid_score(truth, model.predict(new[["a", "b", "c"]]) == "yes")
    best = max(paid_score(truth, p > cut) for cut in np.linspace(0.02, 0.98, 49))
    half = paid_score(truth, p > 0.5)
    assert half < 1.3 * best
    assert reached > best - 0.1 * (best - half)
    assert model.predictor_.passport.labels.by == "metric"


@pytest.mark.slow
def test_estimators_take_costs_as_text_or_as_numbers():
    X, y = calls()[["a", "b", "c"]], calls()["sold"]
    for cost in ("fp=1,fn=4", {"fp": 1, "fn": 4}):
        model = AutoClassifier(cost=cost, time_limit=1.0, progress=False).fit(X, y)
        assert model.predictor_.threshold == pytest.approx(0.2, abs=0.1)
    with pytest.raises(UsageError):
        AutoClassifier(cost={"fp": 1}, time_limit=1.0).fit(X, y)
    with pytest.raises(TaskError):
        AutoRegressor(threshold=0.3, time_limit=1.0).fit(X, np.arange(len(X)))


def test_the_shipped_threshold_is_in_the_passport_as_it_was_chosen(tmp_path):
    fitted(tmp_path / "e.lab", LabelRule(cost=LabelCost(fp=1, fn=6)))
    manifest = json.loads((tmp_path / "e.lab" / "model" / "manifest.json").read_text())
    assert "fn" in json.dumps(manifest)
