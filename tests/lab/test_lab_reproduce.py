"""A replay fits again what the ledger says was done; the predictions are the same bits, or it says how they differ."""

import shutil

import numpy as np
import pytest

from assay.audit.replay import compared, replay
from assay.core.clock import Budget
from assay.core.errors import LabError
from assay.data.options import TaskOptions
from assay.execute.inline import InlineExecutor
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.search.settings import FitSettings
from assay.search.worker_jobs import run as run_job

FAMILIES = frozenset({"catboost", "realmlp", "svm", "extra_trees", "random_forest", "knn"})


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A lab made under a clock: its folds were stopped by their own rows."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 2))
    path = tmp_path_factory.mktemp("kept") / "price.lab"
    fit(
        {"x": x[:, 0], "z": x[:, 1], "price": x @ [1.0, 0.5] + rng.normal(size=200)}, TaskOptions(target="price"),
        FitSettings(budget=Budget(seconds=30.0, experiments=4), out=str(path), without=FAMILIES),
        context=RunContext(inline=True, write_brief=False),
    )  # fmt: skip
    return path


def replayed(path, number=None):
    lab = Lab.open(path)
    try:
        return replay(lab, number, InlineExecutor(run_job), on_progress=lambda done, n: None)
    finally:
        lab.close()


def test_a_lab_made_under_a_clock_is_replayed_bit_for_bit(kept):
    Lab.open(kept).close()  # SQLite leaves files of its own where somebody has looked
    before = sorted(path.name for path in kept.rglob("*"))
    found = replayed(kept)
    assert found.ok
    assert found.replayed == len(found.experiments) >= 3
    assert {again.same for again in found.experiments} == {True}
    assert sorted(path.name for path in kept.rglob("*")) == before


def test_one_experiment_is_replayed_alone(kept):
    assert [again.number for again in replayed(kept, 3).experiments] == [3]


def test_rows_that_are_not_those_of_the_lab_show(kept, tmp_path):
    path = shutil.copytree(kept, tmp_path / "price.lab")
    y = np.load(path / "data" / "y.npy")
    np.save(path / "data" / "y.npy", y[::-1])
    (again,) = replayed(path, 3).experiments
    assert again.same is False
    assert again.differ > 100
    assert again.most > 0.01


def test_a_blend_is_not_replayed_and_says_what_to_replay(kept):
    lab = Lab.open(kept)
    blends = [n for n, entry in lab.state.entries.items() if entry.experiment.by == "ensemble"]
    lab.close()
    if blends:
        with pytest.raises(LabError, match=f"#{blends[0]} is a blend of"):
            replayed(kept, blends[0])
    with pytest.raises(LabError, match="no experiment #999"):
        replayed(kept, 999)


def test_a_difference_is_counted_in_rows_and_sized():
    stored = np.array([0.5, np.nan, 1.0], dtype=np.float32)
    assert compared(stored, stored.copy()).same
    other = compared(stored, np.array([0.5, np.nan, 1.25], dtype=np.float32))
    assert (other.same, other.differ, other.most) == (False, 1, 0.25)
    assert compared(stored, stored[:2]).same is False


def test_a_lab_audits_and_replays_itself_from_python(kept):
    lab = Lab.open(kept)
    try:
        assert lab.audit().ok
        assert lab.replay(3).ok
    finally:
        lab.close()


@pytest.mark.slow
def test_what_was_learned_on_the_logarithm_of_the_target_is_replayed_bit_for_bit(tmp_path):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(160, 2))
    path = tmp_path / "skewed.lab"
    fit(
        {"x": x[:, 0], "z": x[:, 1], "price": np.exp(x @ [1.0, 0.5] + rng.normal(size=160))},
        TaskOptions(target="price"),
        FitSettings(budget=Budget(experiments=4), out=str(path), without=FAMILIES | {"rule", "gam", "linear"}),
        context=RunContext(inline=True, write_brief=False),
    )
    lab = Lab.open(path)
    learned = {entry.experiment.recipe.transform for entry in lab.state.scored()}
    lab.close()
    assert learned >= {"identity", "log1p", "yeo_johnson"}
    assert [again.number for again in replayed(path).experiments if not again.same] == []
