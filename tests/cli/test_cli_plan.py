"""`fit --dry-run` says what would be done and does nothing."""

import json

import numpy as np
import pandas as pd
import pytest

from assay.cli.main import main


@pytest.fixture
def here(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"size": rng.choice(["small", "medium", "large"], 200), "x": rng.normal(size=200)})
    frame["y"] = np.where(frame["x"] + rng.normal(size=200) > 0, "yes", "no")
    frame.to_csv(tmp_path / "t.csv", index=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def planned(capsys, *words):
    assert main(["fit", "t.csv", "-t", "y", "--dry-run", "--json", *words]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_dry_run_names_what_was_understood_and_what_would_be_tried_and_leaves_nothing_behind(here, capsys):
    assert main(["fit", "t.csv", "-t", "y", "--dry-run", "--width", "100"]) == 0
    said = capsys.readouterr().out
    for text in ("200 rows × 3 columns", "binary, ROC AUC", "lightgbm, standard", "logistic", "core s"):
        assert text in said
    assert [path.name for path in here.iterdir()] == ["t.csv"]


def test_what_has_no_room_in_the_limit_is_marked(here, capsys):
    short = planned(capsys, "--time-limit", "5s")
    long = planned(capsys, "--time-limit", "1h")
    assert not all(one["fits"] for one in short["known"])
    assert all(one["fits"] for one in long["known"])
    assert [one["what"] for one in short["known"]] == [one["what"] for one in long["known"]]


def test_as_many_experiments_are_planned_as_are_asked_for_and_families_stay_out(here, capsys):
    body = planned(capsys, "--experiments", "4", "--without", "lightgbm")
    assert len(body["known"]) == 4
    assert body["limit_seconds"] is None
    assert not any(one["recipe"]["model"]["name"] == "lightgbm" for one in body["known"])


def test_a_wrong_question_is_refused_as_a_fit_would_refuse_it(here, capsys):
    assert main(["fit", "t.csv", "-t", "price", "--dry-run"]) == 2
    assert "price" in capsys.readouterr().err
