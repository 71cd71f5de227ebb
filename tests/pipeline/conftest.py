"""Task folders of small tables, made through the real doors of `data`."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from assay.core.experiment import Experiment
from assay.core.job import Job
from assay.core.recipe import Recipe, Step
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.raw import RawTable
from assay.pipeline.store import TaskFolder

WORDS = ("late", "early", "refund", "thanks", "broken", "fast", "slow", "great", "poor", "order")


def mixed_frame(n=200, seed=0):
    """Columns of every kind, with gaps, and three targets that follow them."""
    rng = np.random.default_rng(seed)
    fare, grade = rng.lognormal(3, 0.8, n), rng.choice(["a", "b", "c"], n)
    signal = np.log(fare) - 3 + (grade == "b") + 0.5 * rng.normal(size=n)
    return pd.DataFrame({
        "age": np.where(rng.random(n) < 0.1, np.nan, rng.normal(40, 12, n)),
        "fare": fare,
        "noise": rng.normal(size=n),
        "grade": np.where(rng.random(n) < 0.05, None, grade),
        "city": [f"town {int(k)}" for k in rng.exponential(12, n)],
        "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), unit="D"),
        "note": [" ".join(rng.choice(WORDS, rng.integers(3, 9))) for _ in range(n)],
        "binary": np.where(signal > 0.2, "yes", "no"),
        "multiclass": np.digitize(signal, [-0.4, 0.4]).astype(str),
        "regression": 100 + 20 * signal,
    })  # fmt: skip


TARGETS = {"binary", "multiclass", "regression"}


@pytest.fixture(scope="session")
def folder_at():
    """folder_at(path, as make_folder): a TaskFolder that may outlive a test."""

    def make(path, target="binary", frame=None, *, y=None, kinds=(), **options):
        frame = mixed_frame() if frame is None else frame
        frame = frame.drop(columns=[column for column in TARGETS - {target} if column in frame])
        given = {"note": "text", **dict(kinds)} if "note" in frame else dict(kinds)
        raw = RawTable(frame=frame, name="people.csv")
        prepared = prepare(raw, TaskOptions(target=target, kinds=given, **options))
        task = replace(prepared.task, loss="log_loss" if prepared.task.classes else "squared")
        values = prepared.target if y is None else replace(prepared.target, values=y)
        unlabelled = prepared.unlabelled
        TaskFolder.open(path).save_unlabelled(None if unlabelled is None else unlabelled.table)
        return TaskFolder.create(
            path, task=task, table=prepared.table, target=values, split=prepared.split,
            groups=prepared.groups,
        )  # fmt: skip

    return make


@pytest.fixture
def make_folder(tmp_path, folder_at):
    """make_folder(target, frame, name=..., y=..., options...): a TaskFolder; y replaces the target's stored values."""
    return lambda *asked, name="task", **options: folder_at(tmp_path / name, *asked, **options)


def job_of(folder, recipe, *, kind="fold", number=1, **fields):
    experiment = Experiment(number=number, recipe=recipe, what="", question="", by="test")
    return Job(kind=kind, store=folder.store, experiment=experiment, **fields)


@pytest.fixture
def mixed():
    """The frame a TaskFolder is made of if no other is given."""
    return mixed_frame()


@pytest.fixture
def job():
    """job(folder, recipe, kind=..., fold=...): a Job for the pipeline."""
    return job_of


@pytest.fixture
def booster():
    """A small LightGBM recipe with these steps before it."""

    def make(*steps, transform="identity", **params):
        usual = {"learning_rate": 0.1, "leaves": 6, "min_data": 10, "max_rounds": 60}
        return Recipe(steps=steps, model=Step.of("lightgbm", **{**usual, **params}), transform=transform)

    return make
