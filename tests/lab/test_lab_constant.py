"""A search that ends before anything was scored hands back the constant, says so, and can be gone on with."""

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Budget
from assay.core.errors import BudgetError
from assay.core.event import Noted
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.predictor.predictor import Predictor
from assay.search.settings import FitSettings

NO_TIME = 0.01


def answers(here, frame, proba=True):
    model = Predictor.load(here / "shop.lab" / "model")
    return model.predict_proba(frame) if proba else model.predict(frame)


def test_without_time_for_anything_the_constant_ships(run, here, frame) -> None:
    heard = []
    summary = run(seconds=NO_TIME, listener=heard.append)
    assert summary.model is not None
    assert [member.family for member in summary.model.members] == ["constant"]
    assert np.allclose(answers(here, frame)[:, 1], (frame["bought"] == "yes").mean(), atol=0.01)
    assert summary.learned.startswith("only the constant could be fitted in ")
    (warning,) = [notice for notice in summary.warnings if notice.code == "budget/only-constant"]
    assert "give more time" in warning.message
    assert [event.notice for event in heard if isinstance(event, Noted)] == [warning]


def test_of_a_number_the_mean_ships(run, here, frame) -> None:
    run(seconds=NO_TIME, target="age", metric="rmsle")
    assert np.allclose(answers(here, frame, proba=False), frame["age"].mean(), rtol=0.05)


def test_it_is_recorded_as_any_experiment_and_audited(run, here) -> None:
    run(seconds=NO_TIME)
    lab = Lab.open(here / "shop.lab")
    try:
        (number,) = lab.state.entries
        assert lab.entry(number).experiment.entry == "constant"
        assert lab.entry(number).result.complete
        assert lab.audit().ok
    finally:
        lab.close()


def test_with_more_time_the_search_goes_on_and_nothing_is_said_of_it(run, here) -> None:
    run(seconds=NO_TIME)
    again = run(experiments=4)
    assert again.experiments >= 4
    assert {member.family for member in again.model.members} != {"constant"}
    assert not [notice for notice in again.warnings if notice.code == "budget/only-constant"]


def test_where_not_even_the_constant_may_be_fitted_there_is_no_model(run) -> None:
    with pytest.raises(BudgetError, match="budget ended before one model"):
        run(seconds=NO_TIME, without=frozenset({"constant"}))


def test_no_vault_is_opened_for_a_constant(here, frame) -> None:
    pd.concat([frame.assign(noise=frame["noise"] + k) for k in range(5)]).to_csv("shop.csv", index=False)
    settings = FitSettings(budget=Budget(seconds=NO_TIME), out="shop.lab", vault=0.3)
    with pytest.raises(BudgetError, match="budget ended before one model"):
        fit("shop.csv", TaskOptions(target="bought"), settings, context=RunContext(inline=True, write_brief=False))
