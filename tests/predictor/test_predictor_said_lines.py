"""A readable model says the lines of texts that it asks for, which its bundle does not hold."""

import json

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Limits
from assay.core.recipe import Recipe, Step
from assay.core.seed import Seeds
from assay.core.split import Fold
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.raw import RawTable
from assay.models import registry
from assay.pipeline.fitted_recipe import FittedRecipe
from assay.pipeline.fold_view import LabFoldView
from assay.pipeline.store import TaskFolder
from assay.predictor.member import Ingredient, Trained
from assay.predictor.passport import Passport
from assay.predictor.predictor import Predictor

GREEN, LATER = "Finance has given the green light", "We come back to you in half a year"


def calls(n=300):
    """Two lines that decide, each with a filler now and then, among lines that do not."""
    rng = np.random.default_rng(0)
    said, texts = rng.random((n, 2)) < 0.5, list[str]()
    for has in said:
        lines = [
            line + str(rng.choice(["", "", " then"])) for line, there in zip((GREEN, LATER), has, strict=True) if there
        ]
        texts.append("\n".join([*rng.permutation([*lines, "Good morning to you", "How may I help"])]))
    won = np.where(said[:, 0] & ~said[:, 1], "yes", "no")
    return pd.DataFrame({"call": texts, "won": won})


@pytest.fixture(scope="module", params=["tree", "rules", "gam"])
def case(request, tmp_path_factory):
    prepared = prepare(RawTable(frame=calls(), name="calls.csv"), TaskOptions(target="won", kinds={"call": "text"}))
    folder = TaskFolder.create(
        tmp_path_factory.mktemp("said"), task=prepared.task, table=prepared.table, target=prepared.target,
        split=prepared.split,
    )  # fmt: skip
    recipe = Recipe(steps=(Step.of("recurring_lines"), Step.of("without_text")), model=Step.of(request.param))
    rows = np.arange(len(prepared.target))
    view = LabFoldView(folder, recipe, Fold(0, rows, rows[:0]), "log_loss", Seeds(0), 0)
    model = registry.build(recipe.model).fit(view, limits=Limits(), seeds=Seeds(0), rounds=20)
    fitted = FittedRecipe((*view.base.encoders, *view.encoders()), model, view.link, model.rounds)
    trained = (Trained.of(fitted, "refit"),)
    one = Ingredient(number=1, name=request.param, weight=1.0, trained=trained)
    return Predictor.of(Passport.of(folder.task, metric_title="ROC AUC"), [one]), folder


def test_a_line_is_said_as_the_rows_have_it_most_often(case):
    predictor, folder = case
    (member,) = predictor.words(folder.table)
    said = "\n".join(member.lines)
    assert f'call says "{GREEN}"' in said
    assert f'call does not say "{LATER}"' in said or f'call says "{LATER}"' in said
    assert "e-35" not in said
    assert ":line" not in said


def test_without_rows_it_is_said_by_its_number_and_the_bundle_holds_no_word(case):
    predictor, _ = case
    (member,) = predictor.words()
    assert any("call has recurring line " in line for line in member.lines)
    assert not any(word in "\n".join(member.lines) for word in ("Finance", "half a year"))
    assert "Finance" not in json.dumps(predictor.to_bytes().decode("latin-1"))
