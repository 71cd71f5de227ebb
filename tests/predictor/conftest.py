"""Small trained blends made by the real rooms: read, prepared, fitted by the pipeline, put into predictors."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Limits
from assay.core.figure import Figure
from assay.core.seed import Seeds
from assay.core.split import Fold
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.raw import RawTable
from assay.ensemble.calibrate import mix_prior
from assay.models import registry
from assay.pipeline.fitted_recipe import FittedRecipe
from assay.pipeline.fold_view import LabFoldView
from assay.pipeline.store import TaskFolder
from assay.predictor.member import Ingredient, Trained
from assay.predictor.passport import Passport
from assay.predictor.predictor import Predictor


def mixed_frame(n=240, seed=0):
    """Numbers with gaps, words, a wide category, a date, a flag, and three targets that follow them."""
    rng = np.random.default_rng(seed)
    age, fare = rng.normal(40, 12, n).round(1), rng.lognormal(3, 0.8, n)
    job = rng.choice(["clerk", "nurse", "smith", "cook"], n, p=[0.4, 0.3, 0.2, 0.1])
    signal = 0.8 * (np.log(fare) - 3) + (job == "nurse") - 0.5 * (job == "cook") + 0.3 * rng.normal(size=n)
    frame = pd.DataFrame({
        "age": np.where(rng.random(n) < 0.1, np.nan, age),
        "fare": fare,
        "job": job,
        "city": [f"town {k}" for k in rng.integers(0, 12, n)],
        "member": rng.random(n) < 0.5,
        "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), unit="D"),
        "rooms": rng.integers(1, 9, n),
    })  # fmt: skip
    frame.loc[rng.random(n) < 0.05, "job"] = None
    frame["bought"] = np.where(signal > 0.1, "yes", "no")
    frame["grade"] = np.digitize(signal, [-0.4, 0.4])
    frame["price"] = 100 + 20 * signal
    return frame


TARGETS = ("bought", "grade", "price")


@dataclass(frozen=True)
class Case:
    """A predictor, the rows it was made from, its fitted recipes by member, and the task's folder."""

    predictor: Predictor
    frame: pd.DataFrame
    recipes: dict[int, list[FittedRecipe]]
    folder: TaskFolder
    prepared: object

    def fresh(self):
        """The same predictor, which has not warned of anything yet."""
        return Predictor.from_bytes(self.predictor.to_bytes())

    def rows(self, n=3, **cells):
        """The first rows without gaps in numbers and jobs; some cells as they are given."""
        rows = self.frame.head(n).assign(age=40.0).fillna({"job": "clerk"}).astype(dict.fromkeys(cells, object))
        for name, given in cells.items():
            rows.loc[rows.index[: len(given)], name] = given
        return rows


def fit(folder, recipe, train, test):
    """One fit through the pipeline; the whole recipe, encoders of the shared design first."""
    view = LabFoldView(folder, recipe, Fold(0, train, test), folder.task.loss, Seeds(0), 0)
    fitted = registry.build(recipe.model).fit(view, limits=Limits(), seeds=Seeds(0), rounds=None if len(test) else 20)
    encoders = (*view.base.encoders, *view.encoders())
    return FittedRecipe(encoders, fitted, view.link, fitted.rounds)


def entry(folder, family, name):
    return next(e for e in registry.get(family).portfolio(folder.task.facts) if e.name == name)


def make_case(path, target, members=(("lightgbm", "lgb_small", 0.75), ("linear", "linear", 0.25)), n=240):
    frame = mixed_frame(n)
    raw = RawTable(frame=frame.drop(columns=[t for t in TARGETS if t != target]), name="people.csv")
    prepared = prepare(raw, TaskOptions(target=target))
    task = replace(prepared.task, loss="log_loss" if prepared.task.classes else "squared")
    folder = TaskFolder.create(path, task=task, table=prepared.table, target=prepared.target, split=prepared.split)
    rows = np.arange(len(prepared.target))
    recipes, ingredients = {}, []
    for number, (family, name, weight) in enumerate(members, start=1):
        recipe = entry(folder, family, name).recipe
        folds = [prepared.split.fold(f) for f in range(2)]
        bag = [fit(folder, recipe, fold.train, fold.test) for fold in folds]
        refit = fit(folder, recipe, rows, rows[:0])
        recipes[number] = [*bag, refit]
        trained = (*(Trained.of(one, "fold") for one in bag), Trained.of(refit, "refit"))
        ingredients.append(Ingredient(number=number, name=name, weight=weight, trained=trained))
    figure = Figure(
        value=0.8081, metric="roc_auc", origin="corrected", rows=n, low=0.8008, high=0.8154, title="ROC AUC"
    )
    passport = replace(Passport.of(prepared.task, metric_title="ROC AUC"), expected=figure)
    if prepared.task.classes:
        passport = replace(passport, calibration=mix_prior(prepared.target))
    return Case(Predictor.of(passport, ingredients), frame, recipes, folder, prepared)


@pytest.fixture(scope="session", params=TARGETS)
def case(request, tmp_path_factory):
    return make_case(tmp_path_factory.mktemp("task"), request.param)


@pytest.fixture(scope="session")
def binary(tmp_path_factory):
    return make_case(tmp_path_factory.mktemp("task"), "bought")


@pytest.fixture(scope="session")
def symmetric(tmp_path_factory):
    """CatBoost alone: every level of its trees asks one question."""
    return make_case(tmp_path_factory.mktemp("task"), "bought", members=(("catboost", "cat_sharp", 1.0),), n=80)
