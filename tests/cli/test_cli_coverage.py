"""`assay predict` with intervals and sets, into Parquet, and with the model of one experiment."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.feather
import pytest

from assay.cli import main as cli
from assay.core.errors import BundleError
from assay.lab.lab import Lab
from assay.predictor.predictor import Predictor


@pytest.fixture(scope="module")
def labs(tmp_path_factory, order_labs) -> Path:
    return order_labs(tmp_path_factory.mktemp("labs"), 3)


@pytest.fixture(autouse=True)
def here(alone, labs, tmp_path, orders):
    for name in ("late.lab", "price.lab"):
        shutil.copytree(labs / name, tmp_path / name)
    orders(1500, 1).to_csv("new.csv", index=False)


def within(share: float, n: int, coverage: float = 0.9) -> bool:
    """By the noise of n new rows and of the 400 that the bounds were learned from, and a little more above."""
    sigma = np.sqrt(coverage * (1 - coverage) * (1 / n + 1 / 400))
    return coverage - 3 * sigma <= share <= coverage + 3 * sigma + 0.02


def test_intervals_of_a_file_hold_the_truth_as_often_as_asked(capsys):
    assert cli.main(["predict", "price", "new.csv", "--coverage", "0.9", "--out", "new.parquet"]) == 0
    assert "90 % of rows like the training rows lie between low and high" in " ".join(capsys.readouterr().err.split())
    found, new = pd.read_parquet("new.parquet"), pd.read_csv("new.csv")
    assert list(found) == ["row", "price", "low", "high"]
    assert within(((found["low"] <= new["price"]) & (new["price"] <= found["high"])).mean(), 1500)
    assert (found["low"] <= found["price"]).all()


def test_sets_of_a_file_hold_each_class_and_always_the_likeliest():
    assert cli.main(["predict", "late", "new.csv", "--coverage", "0.9", "--proba", "--out", "new.arrow"]) == 0
    found, new = pyarrow.feather.read_feather("new.arrow"), pd.read_csv("new.csv")
    assert list(found) == ["row", "late", "set", "p_no", "p_yes"]
    sets = [cell.split(" | ") for cell in found["set"]]
    held = np.array([label in one for label, one in zip(new["late"], sets, strict=True)])
    for label in ("no", "yes"):
        mask = (new["late"] == label).to_numpy()
        assert held[mask].mean() > 0.9 - 3 * np.sqrt(0.09 * (1 / mask.sum() + 1 / 130))
    assert all(label in one for label, one in zip(found["late"], sets, strict=True))


def test_a_coverage_that_the_rows_cannot_tell_is_refused_with_the_most_they_can(capsys):
    assert cli.main(["predict", "price", "new.csv", "--coverage", "0.999"]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "400 rows cannot tell what 0.999 of new rows do: 0.995 is the most" in said
    assert cli.main(["predict", "price", "new.csv", "--coverage", "90"]) == 2
    assert "a share between 0 and 1" in " ".join(capsys.readouterr().err.split())


def test_the_same_from_python_and_with_any_number_of_rows(orders):
    model, new = Predictor.load("price.lab"), orders(80, 2)
    ends = model.predict_interval(new, coverage=0.8)
    assert np.allclose(model.predict_interval(new.head(1), coverage=0.8), ends[:1])
    assert (ends[:, 0] <= model.predict(new)).all()
    assert (np.diff(model.predict_interval(new, coverage=0.95))[:, 0] >= np.diff(ends)[:, 0]).all()
    sets = Predictor.load("late.lab").predict_set(new)
    assert sets.shape == (80, 2)
    assert sets.any(axis=1).all()


def test_an_audit_learns_the_bounds_again_and_finds_those_that_were_changed():
    lab = Lab.open("price.lab")
    assert lab.audit().ok
    lab.close()
    path = Path("price.lab/model/manifest.json")
    manifest = json.loads(path.read_text())
    conformal = manifest["passport"]["conformal"]
    conformal["below"] = [bound / 2 for bound in conformal["below"]]
    path.write_text(json.dumps(manifest))
    lab = Lab.open("price.lab")
    found = lab.audit()
    lab.close()
    differing = [one.what for check in found.checks for one in check.differ]
    assert "passport of the model, conformal" in differing


def test_bounds_made_by_hand_that_fit_no_table_are_refused():
    path = Path("price.lab/model/manifest.json")
    manifest = json.loads(path.read_text())
    manifest["passport"]["conformal"]["difficulty"] = {
        "names": ["nowhere"], "column": [0, -1, -1], "threshold": [0.0, 0.0, 0.0], "left": [1, 0, 0],
        "right": [2, 0, 0], "scale": [1.0, 1.0, 1.0],
    }  # fmt: skip
    path.write_text(json.dumps(manifest))
    with pytest.raises(BundleError, match="nowhere"):
        Predictor.load("price.lab")


def test_the_model_of_an_experiment_predicts_as_its_fold_models_together_do(capsys):
    lab = Lab.open("late.lab")
    number = next(n for n, entry in lab.state.entries.items() if entry.result and not entry.experiment.parents)
    alone, expected = lab.predictor(number), lab.figure(number)
    lab.close()
    assert [member.number for member in alone.members] == [number]
    assert alone.expected.value == expected.value
    assert cli.main(["predict", "late", "new.csv", "--model", str(number), "--out", "new.csv.out"]) == 0
    written = pd.read_csv("new.csv.out")["late"]
    assert (written == alone.predict(pd.read_csv("new.csv"))).all()
    assert f"late.lab #{number}" in capsys.readouterr().err


def test_an_experiment_whose_fold_models_are_gone_is_fitted_again_and_that_is_said(capsys):
    for file in Path("late.lab/work").glob("*-f*.state"):
        file.unlink()
    assert cli.main(["predict", "late", "new.csv", "--model", "2"]) == 0
    taken = capsys.readouterr()
    assert "the lab kept no fold models of it, so it is fitted on all rows now" in " ".join(taken.err.split())
    assert len(taken.out.splitlines()) == 1501


@pytest.mark.parametrize(("word", "said"), [("99", "no experiment #99"), ("x", "an experiment is a number")])
def test_an_experiment_that_is_none_is_refused(word, said, capsys):
    assert cli.main(["predict", "late", "new.csv", "--model", word]) == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_a_format_that_is_not_written_is_refused_with_those_that_are(capsys):
    assert cli.main(["predict", "late", "new.csv", "--out", "a.xlsx"]) == 2
    assert "a.parquet" in capsys.readouterr().err


def test_a_model_says_what_its_bounds_rest_on():
    known = Predictor.load("late.lab").passport.conformal
    assert (known.units, known.unit, len(known.cuts)) == (400, "rows", 2)
