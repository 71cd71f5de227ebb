"""Every model family and every step fitted once on a small table: does this installation work?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import numpy as np

from assay.core.clock import Budget, Deadline
from assay.core.contract import Recipe, Step
from assay.core.errors import MissingExtraError
from assay.core.experiment import Experiment
from assay.core.job import Job
from assay.core.result import Failure
from assay.data.options import TaskOptions
from assay.data.read import RawTable
from assay.execute.inline import InlineExecutor
from assay.features import registry as steps
from assay.lab.lab_folder import open_folder
from assay.models import registry as models
from assay.pipeline.fit_jobs import fit_fold, fold_member, fold_name
from assay.pipeline.store import TaskFolder
from assay.search.settings import FitSettings
from assay.search.task_setup import understand

ROWS = 90
FIT_SECONDS = 5.0
"""For a fit that stops by a clock; on so few rows most take a tenth of a second."""
SAME = 1e-5
"""Relative to the spread of the predictions, which are stored as float32."""
READER = "linear"
"""The family by which steps are tried: it reads every kind of column, and is quick."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialFit:
    """One family or step that was tried. failure: None where it worked, or `lacks` names what is not installed."""

    part: Literal["model", "step"]
    name: str
    failure: Failure | None = None
    lacks: str = ""


def trial_fits() -> Iterator[TrialFit]:
    """Fit each registered family and step in a fold, store it, restore it, and hold its answers against the fit's.

    Families are fitted by their first recipe of the portfolio, steps before a linear model. Functions of people are
    left out. Takes some 20 s on one core, and a temporary folder.
    """
    with TemporaryDirectory(prefix="assay-trial-") as place:
        folders = [_folder(Path(place), target) for target in ("late", "price", "kind")]
        for name, family in models:
            if not family.traits.runs_code:
                yield _tried("model", name, *_usual_recipe(name, folders))
        reader, folder = _usual_recipe(READER, folders)
        for name, step in steps:
            if not step.traits.runs_code:
                recipe = Recipe(steps=(Step.of(name), *reader.steps), model=reader.model)
                yield _tried("step", name, recipe, folder)


def _usual_recipe(family: str, folders: Sequence[TaskFolder]) -> tuple[Recipe, TaskFolder]:
    """The first recipe that the family offers for one of the tasks, else as it comes, on two classes."""
    for folder in folders:
        for entry in models.get(family).portfolio(folder.task.facts):
            return entry.recipe, folder
    return Recipe(model=Step.of(family)), folders[0]


def _tried(part: Literal["model", "step"], name: str, recipe: Recipe, folder: TaskFolder) -> TrialFit:
    experiment = Experiment(number=1, recipe=recipe, what=name, question="Does it work here?", by="doctor")
    job = Job(kind="fold", store=folder.store, experiment=experiment, seconds=FIT_SECONDS)
    outcome = InlineExecutor(partial(_fit_and_restore, folder)).submit(job, deadline=Deadline()).result()
    if isinstance(outcome, MissingExtraError):
        return TrialFit(part=part, name=name, lacks=outcome.do[0] if outcome.do else outcome.message)
    return TrialFit(part=part, name=name, failure=outcome if isinstance(outcome, Failure) else None)


def _fit_and_restore(folder: TaskFolder, job: Job) -> object:
    try:
        outcome = fit_fold(job, folder)
    except MissingExtraError as error:
        return error
    if isinstance(outcome, Failure):
        return outcome
    rows = folder.split.fold(job.fold).test
    fitted = np.load(folder.work / f"{fold_name(job.experiment, job.fold)}.npy", allow_pickle=False)
    restored = fold_member(job, folder, job.fold, rounds=outcome.rounds).predict(folder.table.take(rows))
    if not np.allclose(restored, fitted, rtol=0, atol=SAME * (1.0 + float(np.ptp(fitted)))):
        return Failure(kind="invalid", step="restore", message="Restored from disk, it predicts otherwise.", fold=0)
    return outcome


def _folder(place: Path, target: str) -> TaskFolder:
    """A task on orders: two classes (late), numbers (price) or four classes (kind)."""
    path = place / target
    path.mkdir()
    settings = FitSettings(budget=Budget(experiments=1))
    left_out = tuple({"late", "price", "kind"} - {target})
    return open_folder(path, understand(_orders(), TaskOptions(target=target, drop=left_out), settings), ())


def _orders() -> RawTable:
    """Orders with numbers, gaps, categories, a date and a text, and three things to predict of them."""
    import pandas as pd

    rng = np.random.default_rng(0)
    weight, parcels = rng.lognormal(1.0, 0.6, ROWS).round(2), rng.integers(1, 9, ROWS)
    city, member = rng.choice(["Bern", "Oslo", "Riga"], ROWS), rng.choice(["yes", "no"], ROWS)
    words = np.array(["careful", "fragile", "leave", "at", "the", "door", "ring", "twice", "neighbour", "garden"])
    notes = [" ".join(rng.choice(words, 7)) for _ in range(ROWS)]
    worth = np.log(weight) + 0.4 * parcels + (city == "Oslo") + rng.normal(0, 0.3, ROWS)
    frame = pd.DataFrame({
        "weight": np.where(rng.random(ROWS) < 0.1, np.nan, weight), "parcels": parcels, "city": city, "member": member,
        "ordered": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, ROWS), unit="D"), "note": notes,
        "late": np.where(worth > np.median(worth), "yes", "no"), "price": (10 + 5 * worth).round(2),
        "kind": np.array(["a", "b", "c", "d"])[np.argsort(np.argsort(worth)) * 4 // ROWS],
    })  # fmt: skip
    return RawTable(frame=frame, name="orders")
