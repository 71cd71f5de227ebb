"""Weightings of training rows: what each weighs, that it sees training rows alone, that scores do not know it."""

import numpy as np
import pandas as pd
import pytest

from assay.core.errors import UsageError
from assay.core.recipe import Recipe, Step
from assay.core.seed import Seeds
from assay.core.split import Fold
from assay.core.table import Table
from assay.core.target import Target
from assay.pipeline.fold_view import LabFoldView
from assay.pipeline.row_weights import WEIGHTINGS, TrainingPart, parsed, place_in_time, row_weights, words_of
from assay.search.worker_jobs import run

DATES = (Step.of("dates"),)
LIGHT = Step.of("lightgbm", learning_rate=0.1, leaves=8, max_rounds=30)


def dated_frame(n=400, seed=0, *, breaks=True):
    """Rows by date; the law turns round after the first half where it breaks."""
    rng = np.random.default_rng(seed)
    x, late = rng.normal(size=n), np.arange(n) >= n // 2
    y = np.where(late | (not breaks), x, -x) + 0.2 * rng.normal(size=n)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(n), unit="D")
    return pd.DataFrame(
        {
            "day": days,
            "x": x,
            "z": rng.normal(size=n),
            "y": y,
            "up": np.where((y > 0) ^ (rng.random(n) < 0.05), "yes", "no"),
        }
    )


def view_of(folder, weighting, fold=0, *, y=None):
    if y is not None:
        folder.__dict__["target"] = y
    recipe = Recipe(steps=DATES, model=LIGHT, weighting=weighting)
    return LabFoldView(folder, recipe, folder.split.fold(fold), "squared", Seeds(1))


def folder_for(make_folder, weighting, name="task"):
    target = "up" if weighting == "trusted" else "y"
    other = {"up", "y"} - {target}
    frame = dated_frame().drop(columns=list(other)).assign(who=np.arange(400) // 7 % 50)
    return make_folder(target, frame, name=name, group="who" if weighting == "groups_alike" else None)


ALL = [name for name in WEIGHTINGS if name not in ("none", "balanced")]


@pytest.mark.parametrize("weighting", ALL)
def test_held_out_targets_change_no_training_weight(make_folder, weighting):
    folder = folder_for(make_folder, weighting)
    view = view_of(folder, weighting)
    before, rows = view.target("train"), view.train_rows
    assert before.weight is not None
    assert before.weight.mean() == pytest.approx(1.0)
    held, values = folder.split.fold(0).test, folder.target.values.copy()
    values[held] = np.random.default_rng(3).permutation(values[held])
    again = view_of(folder, weighting, y=Target(values, folder.target.n_classes, folder.target.weight))
    assert np.array_equal(again.target("train").weight, before.weight)
    assert np.array_equal(again.train_rows, rows)
    assert again.target("test").weight is None


@pytest.mark.parametrize("weighting", ALL)
def test_a_fold_and_a_refit_run_and_a_fold_runs_the_same_twice(make_folder, job, weighting):
    folder = folder_for(make_folder, weighting)
    recipe = Recipe(steps=DATES, model=LIGHT, weighting=weighting)
    first = folder.predictions(run(job(folder, recipe)).predictions)
    again = folder.predictions(run(job(folder, recipe)).predictions)
    assert np.array_equal(first, again)
    plain = folder.predictions(run(job(folder, Recipe(steps=DATES, model=LIGHT), number=2)).predictions)
    assert not np.array_equal(first, plain)
    refitted = run(job(folder, recipe, kind="refit", rounds=5))
    assert refitted.rounds == 5


def part_of(frame_columns, y, n_classes=0, **fields):
    names = tuple(f"c{i}" for i in range(len(frame_columns)))
    table = Table.empty(len(y)).with_numeric(np.column_stack(frame_columns), names)
    inner = np.arange(len(y)) % 5
    return TrainingPart(table=table, target=Target(y, n_classes), inner=inner, seeds=Seeds(0), **fields)


def test_flipped_labels_weigh_less_and_hardly_any_true_one_does():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 3))
    true = (x[:, 0] > 0).astype(np.int32)
    flipped = rng.random(600) < 0.05
    weight = row_weights("trusted:0.2", lambda: part_of(list(x.T), np.where(flipped, 1 - true, true), 2))
    doubted = weight < weight.max()
    assert doubted[flipped].mean() > 0.8
    assert doubted[~flipped].mean() < 0.03
    assert weight.min() / weight.max() == pytest.approx(0.2)


def test_an_outlier_weighs_by_the_inverse_of_its_residual():
    rng = np.random.default_rng(0)
    x = rng.normal(size=400)
    y = x + 0.1 * rng.normal(size=400)
    y[7] += 100.0
    weight = row_weights("outliers_less", lambda: part_of([x], y))
    assert weight[7] == weight.min()
    assert weight[7] < 0.05
    assert np.median(weight) == weight.max()


def test_groups_of_any_size_have_the_same_mass():
    groups = np.repeat(np.arange(4), [1, 2, 30, 7])
    weight = row_weights("groups_alike", lambda: part_of([np.arange(40.0)], np.zeros(40), groups=groups))
    assert np.bincount(groups, weights=weight) == pytest.approx(np.full(4, 10.0))


def test_rows_like_those_without_a_target_weigh_more():
    rng = np.random.default_rng(0)
    x = rng.normal(size=500)
    fresh = part_of([rng.normal(1.5, 1.0, 400)], np.zeros(400)).table
    weight = row_weights("drift", lambda: part_of([x], x, fresh=fresh))
    assert weight[x > 1].mean() > 1.5 * weight[x < -0.5].mean()
    assert weight.max() / weight.min() <= 25.0


def test_recent_rows_weigh_more_and_ties_and_gaps_have_a_place(make_folder):
    folder = folder_for(make_folder, "recent")
    place = place_in_time(folder.table)
    assert (np.diff(place) > 0).all()
    view = view_of(folder, "recent:0.5")
    weight = view.target("train").weight
    assert weight[-1] / weight[0] == pytest.approx(4.0, rel=0.02)
    window = view_of(folder, "window:0.25")
    assert len(window.train_rows) == pytest.approx(len(view.train_rows) / 4, abs=1)
    assert window.train_rows.min() > 290
    assert window.table("train").n_rows == len(window.train_rows) == len(window.target("train"))


def test_a_task_weight_is_multiplied(make_folder):
    frame = dated_frame().drop(columns="up").assign(w=np.linspace(1, 3, 400))
    folder = make_folder("y", frame, weights="w")
    own = view_of(folder, "none").target("train").weight
    both = view_of(folder, "recent").target("train").weight
    ratio = both / own
    assert ratio[-1] / ratio[0] == pytest.approx(2.0, rel=0.05)


def test_a_window_after_a_break_predicts_later_rows_better(make_folder, job):
    folder = make_folder("y", dated_frame(n=900).drop(columns="up"), order_by="day")
    last = folder.split.n_folds - 1
    held = folder.split.fold(last)
    errors = {}
    for number, weighting in enumerate(("none", "window:0.3", "recent:0.1"), start=1):
        done = run(job(folder, Recipe(steps=DATES, model=LIGHT, weighting=weighting), number=number, fold=last))
        errors[weighting] = np.mean((folder.predictions(done.predictions) - folder.target.values[held.test]) ** 2)
    assert errors["window:0.3"] < 0.8 * errors["none"]
    assert errors["recent:0.1"] < 0.9 * errors["none"]


@pytest.mark.parametrize(
    ("text", "says"),
    [("fresh", "Known"), ("recent:x", "between"), ("window:1.5", "between"), ("balanced:2", "no number"),
     ("recent:nan", "between"), ("recents", "Known")],
)  # fmt: skip
def test_a_text_that_is_no_weighting_is_refused(text, says):
    with pytest.raises(UsageError, match=says):
        parsed(text)


def test_weightings_have_words_and_a_newer_one_is_shown_as_it_is():
    assert words_of("none") == ""
    assert words_of("recent:0.4") == "recent rows weigh more (half-life 0.4 of the rows)"
    assert words_of("of_tomorrow:3") == "weighting of_tomorrow:3"


@pytest.mark.parametrize(
    ("weighting", "says"), [("recent", "no order"), ("groups_alike", "belong together"), ("trusted", "classes")]
)
def test_a_weighting_that_a_table_cannot_have_says_so(weighting, says):
    with pytest.raises(UsageError, match=says):
        row_weights(weighting, lambda: part_of([np.arange(40.0)], np.zeros(40)))


def test_a_fold_without_rows_has_no_weights():
    empty = Fold(0, np.arange(0), np.arange(0))
    assert row_weights("recent", lambda: part_of([np.zeros(0)], np.zeros(0))) is None
    assert len(empty.train) == 0
