"""Where no model knows more than a constant, the constant ships, and the summary says that nothing was found."""

import numpy as np
import pandas as pd
import pytest

from assay.lab.lab import Lab
from assay.predictor.predictor import Predictor
from assay.report.brief_text import compared_sentence


def parity(copies: int = 40) -> pd.DataFrame:
    """Three bits and whether their sum is odd: without their product, models of single bits do worse than chance."""
    bits = np.array([[i >> k & 1 for k in range(3)] for i in range(8)] * copies)
    frame = pd.DataFrame(bits[np.random.default_rng(0).permutation(len(bits))], columns=["a", "b", "c"])
    frame["noise"] = np.random.default_rng(1).normal(size=len(frame))
    frame["odd"] = np.where(frame[["a", "b", "c"]].sum(axis=1) % 2 == 1, "T", "F")
    return frame


def test_the_constant_ships_where_every_model_scores_below_it(run, here) -> None:
    summary = run(parity(), experiments=3, target="odd", without=frozenset({"lightgbm", "catboost", "xgboost"}))
    assert summary.model is not None
    assert [member.family for member in summary.model.members] == ["constant"]
    assert "nothing was found" in summary.learned
    assert summary.expect is not None
    assert summary.expect.value == 0.5
    answers = Predictor.load(here / "shop.lab" / "model").predict_proba(parity().drop(columns="odd"))
    assert np.allclose(answers, 0.5)


def test_best_is_the_constant_that_ships_whatever_leads_the_board(run, here) -> None:
    run(parity(), experiments=3, target="odd", without=frozenset({"lightgbm", "catboost", "xgboost"}))
    lab = Lab.open(here / "shop.lab")
    try:
        assert lab.entry(lab.status().best_number or 0).experiment.entry == "constant"
    finally:
        lab.close()


def test_what_cannot_be_told_from_the_constant_is_not_said_to_have_learned(run) -> None:
    rng = np.random.default_rng(6)
    frame = pd.DataFrame({"a": rng.normal(size=200), "b": rng.normal(size=200), "y": rng.normal(size=200)})
    frame["y"] += 0.12 * frame["a"]
    summary = run(frame, experiments=4, target="y")
    assert summary.learned.startswith("nothing")


@pytest.mark.slow
def test_a_lab_in_which_nothing_was_found_is_audited_and_goes_on(run, here) -> None:
    asked = {"target": "odd", "without": frozenset({"lightgbm", "catboost", "xgboost"})}
    run(parity(), experiments=3, **asked)
    lab = Lab.open(here / "shop.lab")
    try:
        assert lab.audit().ok
    finally:
        lab.close()
    again = run(parity(), experiments=4, **asked)
    assert again.experiments == 4


def test_a_model_that_names_the_common_class_alone_but_knows_more_ships(run) -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=400)
    frame = pd.DataFrame({"x": x, "y": np.where(rng.random(400) < 0.25 / (1 + np.exp(-2 * x)), "rare", "common")})
    summary = run(frame, experiments=3, target="y", metric="accuracy")
    assert [member.family for member in summary.model.members] != ["constant"]


@pytest.mark.slow
def test_by_labels_nothing_found_is_not_told_as_a_loss_to_models_that_guess(run, here) -> None:
    """A model that guesses "yes" now and then has F1 0.06 of 4 % of noise, and the constant 0: no loss of anything."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(1500, 5)).round(3), columns=list("abcde"))
    frame["y"] = np.where(rng.random(1500) < 0.04, "yes", "no")
    summary = run(frame, experiments=5, target="y", metric="f1")
    assert "nothing was found" in summary.learned
    assert summary.model is not None
    assert [member.family for member in summary.model.members] == ["constant"]
    assert summary.gain is None
    lab = Lab.open(here / "shop.lab")
    try:
        assert lab.audit().ok
        assert compared_sentence(lab.summary()) == ""
    finally:
        lab.close()
