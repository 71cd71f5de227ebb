"""Lines are not drawn on beyond the dates and numbers that were met, where nothing changes along them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from assay.core.recipe import Recipe, Step
from assay.data.facts import facts_of
from assay.models.linear import portfolio
from assay.pipeline.fitted_recipe import with_link
from assay.pipeline.shared_design import open_design
from assay.pipeline.states import read_states
from assay.predictor.member import Ingredient, Trained
from assay.predictor.passport import Passport
from assay.predictor.predictor import Predictor
from assay.search.worker_jobs import run

KNOWN, ALL = 1_050, 1_500


def rides(seed):
    """Taxi rides of a month in order of their start, the first begun in the month before, the last ended in the next:
    nothing drifts."""
    rng = np.random.default_rng(seed)
    minute = np.sort(rng.integers(0, 31 * 1440, ALL))
    minute[0], minute[-1] = -31, 31 * 1440 - 2
    distance = rng.lognormal(0.8, 0.6, ALL)
    lasts = np.ceil(4.0 + 3.0 * distance * rng.lognormal(0.0, 0.3, ALL))
    started = pd.Timestamp("2019-03-01") + pd.to_timedelta(minute, unit="min")
    fare = 2.5 + 1.6 * distance + 0.4 * lasts + rng.normal(0.0, 0.5, ALL)
    return pd.DataFrame({
        "started": started, "ended": started + pd.to_timedelta(lasts, unit="min"), "distance": distance.round(2),
        "guests": rng.integers(1, 6, ALL), "fare": fare.clip(2.5).round(2),
    })  # fmt: skip


def entries(folder):
    facts = facts_of(folder.task.schema, folder.table, folder.target, problem=folder.task.problem, metric="mae")
    return {entry.name: entry.recipe for entry in portfolio(facts)}


def test_later_rows_of_what_does_not_change_cost_no_more_than_those_of_a_fold(tmp_path, folder_at, job):
    frame = rides(2)
    folder, later = folder_at(tmp_path / "task", "fare", frame[:KNOWN]), frame[KNOWN:]
    recipes = entries(folder)
    cycles = (Step.of("date_differences"), Step.of("calendar"))
    recipes["with cycles"] = replace(recipes["linear"], steps=(*cycles, *recipes["linear"].steps))
    forms = [(name, transform) for name in recipes for transform in ("identity", "log1p")]
    for number, (name, transform) in enumerate(forms, 1):
        fold, came, last = both(folder, job, replace(recipes[name], transform=transform), later, number)
        assert came <= 1.2 * fold, (name, transform, fold, came)
        assert abs(last - later.fare.iloc[-1]) < 4.0 * fold, (name, transform, last)


def both(folder, job, recipe: Recipe, later, number):
    """(the error of a fold, that of later rows by its model as saved, that model's answer to the last row alone)"""
    outcome = run(job(folder, recipe, fold=0, number=number))
    (*inner, model), link = with_link(read_states(folder.work / outcome.model), recipe.transform)
    design = open_design(folder, recipe.steps, train=folder.split.fold(0).train)
    prefix = [encoder.state() for encoder in design.encoders]
    trained = Trained(encoders=(*prefix, *inner), model=model, link=link, rounds=outcome.rounds)
    one = Ingredient(number=1, name="", weight=1.0, trained=(trained,))
    made = Predictor.of(Passport.of(folder.task, metric_title=""), [one])
    predictor = Predictor.load(made.save(folder.path / f"model {number}.zip"))
    rows = folder.split.fold(0).test
    fold = np.abs(folder.predictions(outcome.predictions) - folder.target.values[rows]).mean()
    answers = np.asarray(predictor.stored(later))
    last = float(predictor.stored(later.iloc[-1].to_dict())[0])
    assert last == pytest.approx(answers[-1], abs=1e-6)
    return fold, np.abs(answers - later.fare).mean(), last
