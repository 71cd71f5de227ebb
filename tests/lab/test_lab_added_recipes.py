"""Recipes added by hand: every step that no researcher has in its fixed pool, and stacks of three levels."""

import numpy as np
import pandas as pd
import pytest
from sessions_by_hand import go_on, lab

from assay.core.recipe import Step

BOOSTER = {"name": "lightgbm", "params": {"max_rounds": 8, "min_data": 5}}
LINEAR = {"name": "linear", "params": {}}
SCALED = (Step.of("one_hot"), Step.of("impute"), Step.of("scale"))


def recipe(*steps, model=BOOSTER, on=()):
    body = {"steps": [step.as_json() for step in steps], "model": model, "transform": "identity"}
    return {**body, "on": list(on)} if on else body


STEPS = (
    Step.of("select_univariate", test="chi_squared"), Step.of("select_univariate", test="mutual_information"),
    Step.of("impute_neighbours"), Step.of("impute_chain"), Step.of("quantile"), Step.of("isolation"),
    Step.of("hashing", above=0, buckets=4), Step.of("split_pairs"), Step.of("symbolic"),
    Step.of("select_trees", method="null"),
)  # fmt: skip


def by_hand(opened):
    """Experiments added by hand that have a score; none of them failed."""
    own = [opened.entry(one.number) for one in opened.experiments if one.by == "human"]
    assert [entry.result.failure for entry in own] == [None] * len(own)
    return [entry.experiment for entry in own if entry.result.complete]


@pytest.mark.slow
def test_every_step_kept_for_recipes_by_hand_can_be_added(made):
    rng = np.random.default_rng(0)
    rows = pd.read_csv("shop.csv")
    rows["spent"] = np.where(rng.random(len(rows)) < 0.2, np.nan, rng.normal(size=len(rows)) + rows["age"])
    rows["visits"] = rng.poisson(3, len(rows))
    rows.to_csv("shop.csv", index=False)
    made(experiments=4)
    for step in STEPS:
        assert lab().add(recipe(step, *SCALED, model=LINEAR)).answer.ended == "acted on", step
    go_on(4 + len(STEPS))
    assert {one.recipe.steps[0] for one in by_hand(lab())} == {*STEPS}


@pytest.mark.slow
def test_three_levels_are_judged_replay_and_answer_and_a_fourth_is_refused(made):
    made(experiments=5)
    first = [one.number for one in lab().experiments if one.entry in ("linear", "lgb_std")]
    assert lab().add(recipe(*SCALED, model=LINEAR, on=first)).answer.ended == "acted on"
    assert lab().add(recipe(*SCALED, on=first)).answer.ended == "acted on"
    go_on(7)
    second = [one.number for one in by_hand(lab())]
    steps = (Step.of("impute"), Step.of("scale"))
    assert lab().add(recipe(*steps, model=LINEAR, on=(*second, first[0]))).answer.ended == "acted on"
    go_on(8)
    opened = lab()
    third = by_hand(opened)[-1]
    assert third.recipe.on == (*second, first[0])
    assert opened.replay(third.number).ok
    assert opened.audit().ok
    rows = pd.read_csv("shop.csv").head(12)
    answers = opened.predictor(third.number).predict_proba(rows)
    assert np.isfinite(answers).all()
    fourth = opened.add(recipe(*steps, model=LINEAR, on=(third.number,)))
    assert fourth.answer.ended == "refused"
