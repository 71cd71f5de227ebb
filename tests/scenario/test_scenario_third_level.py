"""A lab whose shipped blend holds a third level: it audits, replays, packs, and its model answers alike everywhere."""

import shutil

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Budget
from assay.core.contract import Facts
from assay.core.problem.regression import Regression
from assay.core.recipe import Step
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.pack import pack
from assay.lab.research_lab import GoOn, research_lab
from assay.lab.run_context import RunContext
from assay.lab.unpack import unpack
from assay.models import registry as models
from assay.predictor.predictor import Predictor
from assay.research.moves.levels import on_predictions
from assay.search.settings import FitSettings

pytestmark = pytest.mark.slow
FAST = {"constant", "linear", "lightgbm"}
ENCODED = (Step.of("one_hot"), Step.of("impute"), Step.of("scale"))
QUIET = {"inline": True, "write_brief": False}


def table(n, seed):
    """In the north the target is a sum, in the south a product of signs: neither family alone knows both."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 6))
    frame = pd.DataFrame(x, columns=list("abcdef")).round(3)
    frame["site"] = rng.choice(["north", "south"], n)
    whole = 2 * x[:, 0] + 1.5 * x[:, 1] + x[:, 2]
    law = np.where(frame["site"] == "north", whole, 3 * np.sign(x[:, 3]) * np.sign(x[:, 4]))
    y = law + rng.normal(0, 0.3, n)
    return frame.assign(y=y.round(4))


FACTS = Facts(
    problem=Regression(), n_rows=700, n_numeric=6, n_category=1, n_dates=0, n_text=0, n_classes=0, minority=0
)  # fmt: skip


def added(lab, experiments, *bodies):
    """Add recipes by hand, go on until they are scored; their numbers."""
    with_numbers = {one.number for one in Lab.open(lab).experiments}
    for body in bodies:
        answer = Lab.open(lab).add(body).answer
        assert answer.ended == "acted on", answer.why
    research_lab(lab, GoOn(budget=Budget(experiments=experiments)), context=RunContext(**QUIET))
    return [one.number for one in Lab.open(lab).experiments if one.number not in with_numbers and one.by == "human"]


def body(model, *steps, on):
    asked = {"steps": [step.as_json() for step in steps], "model": {"name": model, "params": {}}, "on": on}
    if model == "lightgbm":
        asked["model"] = {"name": model, "params": {"max_rounds": 150, "min_data": 10}}
    return {**asked, "transform": "identity"}


def test_a_third_level_inside_the_blend_that_ships_audits_replays_and_answers_alike(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSAY_HISTORY", "off")
    lab = tmp_path / "t.lab"
    table(700, 3).to_csv("t.csv", index=False)
    fit(
        "t.csv", TaskOptions(target="y"),
        FitSettings(budget=Budget(experiments=4), out=str(lab), without=frozenset(models.names()) - FAST),
        context=RunContext(**QUIET),
    )  # fmt: skip
    first = [one.number for one in Lab.open(lab).experiments if one.entry in ("linear", "lgb_std")]
    second = added(lab, 6, body("lightgbm", on=first), body("linear", *ENCODED, on=first))
    (third,) = added(lab, 7, on_predictions((*second, first[0]), FACTS).as_json())
    opened = Lab.open(lab)
    shipped = opened.state.blend
    assert shipped is not None
    assert third in shipped.numbers
    assert len(shipped.numbers) >= 2
    assert opened.audit().ok
    for number in {*shipped.numbers, *second, *first}:
        assert opened.replay(number).ok, number
    model = Predictor.load(lab)
    held = {member.number: member for member in model.members}
    assert {*held[third].on} == {*second, first[0]}
    assert all({*held[number].on} == {*first} for number in second)
    new = table(400, 9)
    answers = answers_of(model, new)
    standard = next(opened.entry(one.number) for one in opened.experiments if one.entry == "lgb_std")
    assert np.sqrt(np.mean((answers - new["y"]) ** 2)) < standard.result.score
    pack(lab, tmp_path / "t.pack")
    other, _ = unpack(tmp_path / "t.pack", tmp_path / "elsewhere.lab")
    shutil.copytree(lab / "model", tmp_path / "moved")
    opened.close()
    shutil.rmtree(lab)
    for again in (Predictor.load(tmp_path / "moved"), Predictor.load(other), Lab.open(other).predictor()):
        assert np.array_equal(answers_of(again, new), answers)
    assert Lab.open(other).audit().ok
    assert Lab.open(other).replay(third).ok


def answers_of(predictor, rows):
    return predictor.predict(rows.drop(columns="y"))
