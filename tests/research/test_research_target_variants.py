"""How the target is learned is raced on one entry, and what wins is what later entries take."""

from dataclasses import replace

import pytest

from assay.core.contract import LabView, Observation
from assay.core.problem.binary import Binary
from assay.core.problem.regression import Regression
from assay.core.schema import Facts
from assay.research.moves.target_form import transforms
from assay.research.portfolio import Portfolio

PRICES = Facts(
    problem=Regression(), n_rows=5_000, n_numeric=10, n_category=2, n_dates=0, n_text=0, metric="rmse",
    target_skew=3.0, target_min=1.0,
)  # fmt: skip
FRAUD = replace(PRICES, problem=Binary(), n_classes=2, minority=300, metric="balanced_accuracy", target_skew=0.0)


def view(facts, history=()):
    return LabView(
        facts=facts, without=frozenset(), history=tuple(history), next_number=1 + len(history), seconds_left=60.0,
        asked=frozenset(one.experiment.recipe.key for one in history),
    )  # fmt: skip


def ask(facts, history=(), n=100):
    return Portfolio().ask(view(facts, history), n=n)


def played(facts, gains, until):
    """Told of everything up to an entry, one at a time, with these gains."""
    history = []
    while not history or history[-1].experiment.entry != until:
        one = ask(facts, history, n=1)[0]
        gain = gains.get(one.entry, 0.0)
        history.append(Observation(experiment=one, status="kept", z=gain, gain=gain, weight=0.0, wall_seconds=1.0))
    return history


def test_behind_the_standard_booster_a_skewed_target_is_tried_on_other_scales():
    asked = [(one.entry, one.recipe.transform) for one in ask(PRICES)]
    at = asked.index(("lgb_std", "identity"))
    assert asked[at + 1 : at + 3] == [("lgb_std_log1p", "log1p"), ("lgb_std_yeo_johnson", "yeo_johnson")]
    assert "logarithm of the target" in next(one.what for one in ask(PRICES) if one.entry == "lgb_std_log1p")


@pytest.mark.parametrize(
    ("gains", "winner"),
    [
        ({"lgb_std_log1p": 2.0, "lgb_std_yeo_johnson": 1.0}, "log1p"),
        ({"lgb_std_log1p": 2.0, "lgb_std_yeo_johnson": 2.5}, "yeo_johnson"),
        ({"lgb_std_log1p": -3.0, "lgb_std_yeo_johnson": -0.5}, "identity"),
        ({}, "identity"),
    ],
    ids=["log", "power", "raw", "tie"],
)
def test_later_entries_learn_on_the_scale_that_was_told_best(gains, winner):
    history = played(PRICES, gains, "lgb_std_yeo_johnson")
    rest = ask(PRICES, history)
    averages = {"extra_trees", "random_forest", "knn"}
    assert {one.recipe.transform for one in rest if one.recipe.model.name not in averages} == {winner}
    assert {one.recipe.transform for one in rest if one.recipe.model.name in averages} == {"identity"}


def test_each_entry_is_asked_once_whichever_scale_wins_afterwards():
    first = ask(PRICES, n=7)
    history = [
        Observation(experiment=one, status="kept", z=0.0, gain=0.0, weight=0.0, wall_seconds=1.0) for one in first
    ]
    rest = ask(PRICES, history)
    names = [one.entry for one in (*first, *rest)]
    assert len(names) == len(set(names))
    assert {one.recipe.transform for one in rest} == {"identity"}


@pytest.mark.parametrize(
    ("changes", "raced"),
    [
        ({}, ("log1p", "yeo_johnson")), ({"target_skew": 1.0}, ()), ({"metric": "rmsle"}, ()),
        ({"target_min": -5.0}, ("yeo_johnson",)), ({"target_skew": -2.0}, ("yeo_johnson",)),
    ],
)  # fmt: skip
def test_what_is_raced_follows_the_target(changes, raced):
    assert transforms(replace(PRICES, **changes)) == raced


def test_metrics_that_count_classes_alike_try_classes_weighed_alike_once():
    asked = ask(FRAUD)
    assert [one.entry for one in asked if one.recipe.weighting == "balanced"] == ["lgb_std_balanced"]
    assert all(one.recipe.weighting == "none" for one in ask(replace(FRAUD, metric="roc_auc")))


def test_the_anchor_is_the_first_booster_there_is():
    assert "cat_std_log1p" in [one.entry for one in ask(replace(PRICES, n_rows=500))]
    without = LabView(
        facts=PRICES, without=frozenset({"lightgbm", "catboost"}), asked=frozenset(), history=(), seconds_left=None,
        next_number=1,
    )  # fmt: skip
    assert {one.recipe.transform for one in Portfolio().ask(without, n=100)} == {"identity"}
