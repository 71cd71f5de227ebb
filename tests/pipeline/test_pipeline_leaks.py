"""Nothing is learned from the row it is scored on: for every registered step, through the pipeline's own view."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from assay.core.recipe import Recipe, Step
from assay.core.seed import Seeds
from assay.core.split import Split
from assay.features import registry
from assay.pipeline.fold_view import LabFoldView
from assay.pipeline.store import TaskFolder
from assay.search.worker_jobs import run
from assay.testing.encoders import assert_equal_tables, rank_auc
from each import USUAL_STEPS, with_usual
from pipeline.steps_with_sources import step_in

STEPS = registry.names()
PROBLEMS = ("binary", "multiclass", "regression")


def other_labels(folder, rows):
    """The target with other values in these rows."""
    values = np.array(folder.target.values)
    values[rows] = (values[rows] + 1) % folder.task.n_classes if folder.task.n_classes else -3.7 * values[rows] + 1.1
    return values


@pytest.fixture(scope="module")
def turned(tmp_path_factory, folder_at):
    """turned(problem): (a task, the same with other labels in its second fold)."""
    known = {}

    def pair(problem):
        if problem not in known:
            path = tmp_path_factory.mktemp(problem)
            honest = folder_at(path / "honest", problem)
            other = other_labels(honest, honest.split.fold(1).test)
            known[problem] = honest, folder_at(path / "changed", problem, y=other)
        return known[problem]

    return pair


@pytest.mark.parametrize("step", with_usual(STEPS, USUAL_STEPS))
@pytest.mark.parametrize("problem", PROBLEMS)
def test_validation_labels_change_no_byte_of_a_training_or_test_block(turned, problem, step):
    honest, changed = turned(problem)
    fold = honest.split.fold(1)
    counts = isinstance(getattr(registry.get(step), "above", None), int)
    every = {"above": 0} if counts else {}  # columns of few levels, too
    steps = [step_in(one, step, **every) for one in (honest, changed)]
    recipe = Recipe(steps=(steps[0],), model=Step.of("lightgbm"))
    views = [LabFoldView(one, recipe, fold, one.task.loss, Seeds(0)) for one in (honest, changed)]
    assert not np.array_equal(views[0].target("test").values, views[1].target("test").values)
    for part in ("train", "test"):
        assert_equal_tables(views[0].table(part), views[1].table(part), f"{step}, {part} rows of a {problem} task")


def noise_frame(n=2_000, seed=0):
    """Columns that know nothing of the target, one of them with many levels of few rows."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "wide": rng.integers(0, 300, n).astype(str), "narrow": rng.choice(list("abcd"), n),
        "x": rng.normal(size=n), "z": rng.lognormal(size=n),
        "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), unit="D"),
        "note": [" ".join(rng.choice(["red", "green", "late", "early", "poor"], 4)) for _ in range(n)],
        "binary": rng.choice(["no", "yes"], n),
    })  # fmt: skip


@pytest.fixture(scope="module")
def noise(tmp_path_factory):
    """A task whose target is a coin."""
    from assay.data.options import TaskOptions
    from assay.data.prepare import prepare
    from assay.data.raw import RawTable

    options = TaskOptions(target="binary", kinds={"note": "text", "wide": "category"})
    prepared = prepare(RawTable(frame=noise_frame(), name="noise.csv"), options)
    return TaskFolder.create(
        tmp_path_factory.mktemp("noise"), task=replace(prepared.task, loss="log_loss"), table=prepared.table,
        target=prepared.target, split=prepared.split,
    )  # fmt: skip


@pytest.mark.parametrize("step", with_usual(STEPS, USUAL_STEPS))
def test_a_random_target_is_ranked_by_chance_alone_whatever_the_step(noise, job, booster, step):
    rest = [Step.of(name) for name in ("dates", "text_svd") if name != step]  # what no tree reads must be gone
    recipe = booster(step_in(noise, step), *rest, max_rounds=15)
    aucs, errors = [], []
    for fold in range(3):
        outcome = run(job(noise, recipe, fold=fold, number=1 + STEPS.index(step)))
        y = noise.target.values[noise.split.fold(fold).test]
        n_positive = int(y.sum())
        aucs.append(rank_auc(y == 1, noise.predictions(outcome.predictions)))
        errors.append((len(y) + 1) / (12 * n_positive * (len(y) - n_positive)))
    # three standard errors, as twelve steps are tried and two would fail one of them by luck
    assert abs(np.mean(aucs) - 0.5) < 3 * np.sqrt(np.sum(errors)) / len(errors)


@pytest.mark.parametrize("options", [{"n_folds": 2}, {"order_by": "since"}], ids=["two folds", "order of time"])
@pytest.mark.parametrize(
    "step", with_usual((name for name in STEPS if registry.build(Step.of(name)).traits.needs_target), USUAL_STEPS)
)
def test_steps_that_need_the_target_also_learn_where_few_folds_are_left(make_folder, step, options):
    folder = make_folder(**options)
    recipe = Recipe(steps=(step_in(folder, step),), model=Step.of("lightgbm"))
    for number in range(folder.split.n_folds):
        view = LabFoldView(folder, recipe, folder.split.fold(number), folder.task.loss, Seeds(0))
        block = view.table("train").numeric
        assert np.isfinite(np.nanstd(block, axis=0)).all()
        assert (np.nanstd(block, axis=0) > 0).all(), "a column of the training rows says nothing"


def test_inner_folds_keep_groups_together_however_they_are_dealt(make_folder):
    rng = np.random.default_rng(0)
    n = 120
    frame = pd.DataFrame({
        "x": rng.normal(size=n), "who": rng.integers(0, 20, n).astype(str), "binary": rng.choice(["no", "yes"], n),
    })  # fmt: skip
    folder = make_folder(frame=frame, group="who", n_folds=2)
    for fold in range(2):
        train = folder.split.fold(fold).train
        inner, groups = folder.inner_numbers(train, 0), folder.groups[train]
        assert len(np.unique(inner)) >= 2
        assert all(len(np.unique(inner[groups == group])) == 1 for group in np.unique(groups))


@pytest.mark.parametrize("repeats", [1, 3], ids=["rows", "groups"])
def test_inner_folds_of_a_final_fit_hold_the_rows_that_waited_in_even_parts(tmp_path, make_folder, repeats):
    folder = make_folder()
    n, rng = len(folder.target), np.random.default_rng(0)
    numbers = np.full((n, 1), 254, dtype=np.uint8)
    numbers[rng.permutation(n)[:60], 0] = np.repeat([0, 255], 30)
    task = replace(folder.task, split_kind="holdout", n_folds=1)
    waiting = TaskFolder.create(
        tmp_path / "waiting", task=task, table=folder.table, target=folder.target,
        split=Split("holdout", 1, numbers, ""), groups=np.arange(n) // repeats if repeats > 1 else None,
    )  # fmt: skip
    inner = waiting.inner_numbers(np.arange(n), 0)
    assert set(inner) == set(range(5))
    assert np.bincount(inner).max() <= 1.2 * n / 5
    units = np.arange(n) // repeats
    assert all(len(np.unique(inner[units == unit])) == 1 for unit in np.unique(units))


def test_in_time_a_fold_learns_from_earlier_rows_only(make_folder):
    folder = make_folder(order_by="since")
    frame_order = folder.split.numbers[:, 0]
    for number in range(folder.split.n_folds):
        fold = folder.split.fold(number)
        assert set(frame_order[fold.train]) <= {255, *range(number)}


@pytest.mark.parametrize(("options", "units", "moments"), [
    ({}, False, False), ({"group": "wide"}, True, False), ({"order_by": "since"}, False, True),
    ({"group": "wide", "order_by": "since"}, True, True),
], ids=["rows", "groups", "time", "both"])  # fmt: skip
def test_models_are_told_what_ties_their_training_rows(make_folder, options, units, moments):
    folder = make_folder(frame=noise_frame(400), **options)
    recipe = Recipe(model=Step.of("linear"))
    fold = folder.split.fold(0)
    ties = LabFoldView(folder, recipe, fold, folder.task.loss, Seeds(0)).target("train").ties
    assert (ties is not None) is (units or moments)
    if ties is not None:
        assert (ties.units is not None) is units
        assert (ties.moments is not None) is moments
    if units:
        assert np.array_equal(ties.units, folder.groups[fold.train])
    if moments:
        assert np.array_equal(ties.moments, folder.table.moment[fold.train])
