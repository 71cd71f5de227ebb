"""One small task of each kind, from a file to a served answer."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assay.cli.main import main
from assay.core.clock import Budget
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.predictor.predictor import Predictor
from assay.search.settings import FitSettings

pytestmark = pytest.mark.slow

QUICK = frozenset({"catboost", "xgboost", "realmlp", "svm", "random_forest"})
N, NEW = 240, 60


def base(seed=0, n=N + NEW):
    """Two numbers, a category, and a signal that follows them."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({
        "x": rng.normal(size=n), "z": rng.normal(size=n).round(2), "city": rng.choice(["Köln", "Ulm", "Bonn"], n)
    })  # fmt: skip
    signal = frame.x + (frame.city == "Ulm") - 0.3
    return frame, signal.to_numpy(), rng


def binary():
    frame, signal, rng = base()
    return frame.assign(y=np.where(signal + 0.5 * rng.normal(size=len(frame)) > 0, "yes", "no")), {}


def multiclass():
    frame, signal, _ = base()
    return frame.assign(y=np.array(["low", "mid", "high"])[np.digitize(signal, [-0.5, 0.7])]), {}


def regression():
    frame, signal, rng = base()
    return frame.assign(y=100 + 10 * signal + rng.normal(size=len(frame))), {}


def text():
    frame, _, rng = base()
    words = np.array(["late", "broken", "refund", "great", "fast", "thanks", "order", "parcel", "today"])
    notes = [" ".join(rng.choice(words, 8)) for _ in range(len(frame))]
    bad = np.array([note.count("broken") + note.count("refund") for note in notes])
    return frame.assign(note=notes, y=np.where(bad > 1, "bad", "good")), {"kinds": {"note": "text"}}


def dates():
    frame, _, rng = base()
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, len(frame)), unit="D")
    return frame.assign(day=day, y=np.where(day.day_of_week >= 5, "weekend", "week")), {}


def groups():
    frame, signal, rng = base()
    who = rng.integers(0, 40, len(frame))
    return frame.assign(who=[f"p{k}" for k in who], y=signal + rng.normal(size=40)[who]), {"group": "who"}


def time_order():
    frame, signal, rng = base()
    day = pd.date_range("2024-01-01", periods=len(frame))
    return frame.assign(day=day, y=signal + 0.3 * rng.normal(size=len(frame))), {"order_by": "day"}


def weights():
    frame, signal, rng = base()
    return frame.assign(w=rng.uniform(0.5, 2.0, len(frame)), y=signal > 0), {"weights": "w"}


def imbalance():
    frame, signal, _ = base()
    rare = np.zeros(len(frame), dtype=int)
    rare[np.argsort(signal[:N])[-5:]] = 1
    return frame.assign(y=rare), {}


def many_classes():
    frame, _, rng = base()
    code = rng.integers(0, 35, len(frame))
    return frame.assign(code=code + 0.1 * rng.normal(size=len(frame)), y=[f"class {k}" for k in code]), {}


def missing_everywhere():
    frame, signal, rng = base()
    y = np.where(signal > 0, "yes", "no")
    return frame.mask(rng.random(frame.shape) < 0.4).assign(empty=np.nan, y=y), {}


EXPECTED = {
    binary: ("binary", "stratified", 0.75), multiclass: ("multiclass", "stratified", 0.6),
    regression: ("regression", "random", 0.8), text: ("binary", "stratified", 0.7),
    dates: ("binary", "stratified", 0.7), groups: ("regression", "grouped", 0.1),
    time_order: ("regression", "time", 0.5), weights: ("binary", "stratified", 0.75),
    imbalance: ("binary", "stratified", 0.9), many_classes: ("multiclass", "stratified", 0.3),
    missing_everywhere: ("binary", "stratified", 0.6),
}  # fmt: skip


@pytest.mark.parametrize("make", EXPECTED, ids=lambda make: make.__name__)
def test_a_task_goes_from_a_file_to_a_served_answer(here, make, capsys):
    frame, options = make()
    problem, split, least = EXPECTED[make]
    known, new = frame.iloc[:N], frame.iloc[N:].reset_index(drop=True)
    known.to_csv("task.csv", index=False)
    new.drop(columns="y").to_csv("new.csv", index=False)
    settings = FitSettings(budget=Budget(experiments=4 if make is many_classes else 5), without=QUICK)
    summary = fit("task.csv", TaskOptions(target="y", **options), settings, context=RunContext(inline=True))

    assert (summary.task.problem.name, summary.task.split_kind) == (problem, split)
    assert summary.failed == 0
    assert summary.expect is not None
    assert all(Path(path).exists() for path in (summary.brief_md, summary.brief_html))
    lab = Lab.open(summary.lab_path)
    assert lab.board().rows[0].score.value == pytest.approx(lab.figure(lab.board().rows[0].number).value)
    lab.close()

    predictor = Predictor.load(summary.model.path)
    answers = predictor.predict(new)
    assert goodness(predictor, answers, new.y.to_numpy()) >= least
    rows = json.loads(new.drop(columns="y").to_json(orient="records", date_format="iso"))
    assert [predictor.predict(row)[0] for row in rows[:3]] == pytest.approx(list(answers[:3]))

    capsys.readouterr()
    assert main(["predict", "task", "new.csv"]) == 0
    served = [line.split(",")[-1] for line in capsys.readouterr().out.splitlines()[1:]]
    if problem == "regression":
        assert np.allclose(np.array(served, dtype=float), answers, rtol=1e-3)
    else:
        assert [text.lower() for text in served] == [str(answer).lower() for answer in answers]


def goodness(predictor, answers, truth):
    """Share of right labels, or R²."""
    if predictor.classes:
        return np.mean([str(a).lower() == str(b).lower() for a, b in zip(answers, truth, strict=True)])
    return 1 - np.mean((answers - truth) ** 2) / np.var(truth)
