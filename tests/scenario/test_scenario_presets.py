"""What a preset promises holds for the model that ships."""

import numpy as np
import pandas as pd
import pytest

from assay.cli.main import main
from assay.core.clock import Budget
from assay.core.errors import UsageError
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.predictor.predictor import Predictor
from assay.search.preset import PRESETS, is_readable
from assay.search.settings import FitSettings

pytestmark = pytest.mark.slow

SLOW = frozenset({"catboost", "xgboost", "svm", "gp", "realmlp", "extra_trees", "random_forest", "knn"})


@pytest.fixture
def table(here):
    rng = np.random.default_rng(0)
    n = 300
    frame = pd.DataFrame({
        "age": rng.integers(18, 80, n), "city": rng.choice(["Ulm", "Bonn", "Trier"], n),
        "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 500, n), unit="D"),
        "note": [" ".join(rng.choice(["late", "good", "slow", "kind", "lost"], 6)) for _ in range(n)],
    })  # fmt: skip
    score = (frame.age - 45) / 10 + 2.0 * (frame.city == "Ulm") + rng.normal(0, 0.7, n)
    frame.assign(left=np.where(score > 0, "yes", "no")).to_csv("t.csv", index=False)
    return "t.csv"


def fitted(table, preset, experiments=6):
    settings = FitSettings(budget=Budget(experiments=experiments), without=SLOW, preset=preset)
    return fit(table, TaskOptions(target="left"), settings, context=RunContext(inline=True, write_brief=False))


@pytest.mark.parametrize("preset", PRESETS)
def test_the_model_of_a_preset_keeps_its_limits(table, preset):
    summary = fitted(table, preset)
    wanted, model = PRESETS[preset], summary.model
    assert len(model.members) <= wanted.members
    assert wanted.size_bytes is None or model.size_bytes <= wanted.size_bytes
    assert model.form == "refit" or not wanted.refit_only


def test_an_interpretable_model_is_read_by_the_names_of_the_columns_and_its_price_is_told(table, capsys):
    summary = fitted(table, "interpretable", experiments=9)
    lab = Lab.open(summary.lab_path)
    shipped = lab.entry(summary.model.members[0].number).experiment
    tried = {e.experiment.recipe.model.name for e in lab.state.entries.values()}
    lab.close()
    assert is_readable(shipped.recipe)
    assert {"gam", "tree", "rules", "lightgbm"} <= tried
    assert summary.price is not None or shipped.number == summary.champion
    (member,) = Predictor.load(summary.model.path).words()
    assert member.is_readable
    assert "age" in " ".join(member.lines)
    assert main(["explain", "t.lab", "--width", "400"]) == 0
    out = capsys.readouterr().out
    assert "age" in out
    assert member.lines[0].strip() in out


def test_a_model_that_cannot_be_read_says_so(table, capsys):
    fitted(table, "balanced", experiments=4)
    assert main(["explain", "t.lab"]) == 0
    assert "nobody can read it line by line" in capsys.readouterr().out


def test_an_unknown_preset_is_refused_with_the_known_ones():
    with pytest.raises(UsageError, match="interpretable"):
        FitSettings(preset="fastest")


def test_a_blend_becomes_one_small_model_and_what_it_loses_is_told(table, here, capsys):
    fitted(table, "balanced", experiments=5)
    assert main(["distill", "t.lab", "--quiet"]) == 0
    out = capsys.readouterr().out
    assert "against the blend" in out
    model = Predictor.load(here / "t-small")
    assert len(model.members) == 1
    assert main(["distill", "t.lab"]) == 2
    assert "--force" in capsys.readouterr().err
