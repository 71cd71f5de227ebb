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


def test_what_surely_needs_more_memory_than_a_worker_has_is_marked_and_leaves_its_time_to_others(here, capsys):
    wide, narrow = (planned(capsys, "--time-limit", "1h", "--memory", size)["known"] for size in ("1GB", "200KB"))
    assert all(one["fits"] and not one["lacks"] for one in wide)
    lacking = [one for one in narrow if one["lacks"] == "memory"]
    assert 0 < len(lacking) < len(narrow)
    assert not any(one["fits"] for one in lacking)
    least, most = (pick(one["expected_bytes"] for one in part) for pick, part in (
        (min, lacking), (max, [one for one in narrow if one["fits"]])))  # fmt: skip
    assert most < least


def test_as_many_experiments_are_planned_as_are_asked_for_and_families_stay_out(here, capsys):
    body = planned(capsys, "--experiments", "4", "--without", "lightgbm")
    assert len(body["known"]) == 4
    assert body["limit_seconds"] is None
    assert not any(one["recipe"]["model"]["name"] == "lightgbm" for one in body["known"])


def test_a_wrong_question_is_refused_as_a_fit_would_refuse_it(here, capsys):
    assert main(["fit", "t.csv", "-t", "price", "--dry-run"]) == 2
    assert "price" in capsys.readouterr().err


@pytest.fixture
def many(here):
    pd.concat([pd.read_csv("t.csv")] * 3).assign(x=np.arange(600) * 0.1).to_csv("t.csv", index=False)
    return here


def test_a_vault_is_planned_with_and_its_rows_are_named(many, capsys):
    body = planned(capsys, "--vault", "0.2")
    assert body["set_aside"] + body["task"]["n_rows"] == 600
    assert body["set_aside"] == pytest.approx(120, abs=5)
    assert main(["fit", "t.csv", "-t", "y", "--dry-run", "--vault", "0.2"]) == 0
    said = capsys.readouterr().out
    assert "set aside in a vault" in said
    assert "features_kept" not in said
    assert [path.name for path in many.iterdir()] == ["t.csv"]


@pytest.mark.parametrize(
    ("words", "reason"),
    [(("--vault", "0.9"), "at most 0.5"), (("--vault", "0.2"), "Enough would be")],
)
def test_a_vault_that_a_fit_refuses_are_refused(here, capsys, words, reason):
    assert main(["fit", "t.csv", "-t", "y", "--dry-run", *words]) == 2
    assert reason in " ".join(capsys.readouterr().err.split())
