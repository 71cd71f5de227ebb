"""`assay score`: the figure of a model on new labelled rows, beside its promise, by slice and class, among others."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score, roc_auc_score

from assay.cli import main as cli
from assay.predictor.predictor import Predictor


@pytest.fixture(scope="module")
def labs(tmp_path_factory, order_labs) -> Path:
    return order_labs(tmp_path_factory.mktemp("labs"), 2)


@pytest.fixture(autouse=True)
def here(alone, labs, tmp_path, orders):
    for name in ("late.lab", "price.lab"):
        shutil.copytree(labs / name, tmp_path / name)
    orders(400, 0).to_csv("past.csv", index=False)
    orders(800, 1).to_csv("new.csv", index=False)


def scored(capsys, *words: str) -> dict[str, object]:
    assert cli.main(["score", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_score_is_the_metric_of_the_model_s_own_answers_with_an_interval_around_it(capsys):
    body = scored(capsys, "late", "new.csv", "--metric", "f1")
    new, model = pd.read_csv("new.csv"), Predictor.load("late.lab")
    assert body["score"]["value"] == pytest.approx(roc_auc_score(new["late"] == "yes", model.predict_proba(new)[:, 1]))
    assert body["score"]["low"] < body["score"]["value"] < body["score"]["high"]
    assert (body["score"]["origin"], body["score"]["rows"]) == ("test", 800)
    by_label = f1_score(new["late"], model.predict(new), pos_label="yes")
    assert body["others"][0]["score"]["value"] == pytest.approx(by_label)


def test_a_promise_that_holds_is_said_to_and_one_that_does_not_is_not(capsys, orders):
    assert scored(capsys, "late", "new.csv")["promise"]["holds"] is True
    orders(800, 2, noise=6.0).to_csv("other.csv", index=False)
    promise = scored(capsys, "late", "other.csv")["promise"]
    assert (promise["holds"], promise["inside"], promise["told_apart"]) == (False, False, True)
    assert cli.main(["score", "late", "other.csv"]) == 0
    assert "the promise does not hold" in capsys.readouterr().out


def test_of_a_loss_more_is_worse(capsys, orders):
    orders(800, 2, noise=6.0).to_csv("other.csv", index=False)
    promise = scored(capsys, "price", "other.csv")["promise"]
    assert promise["gain"] < 0
    assert promise["holds"] is False


def test_slices_add_up_to_all_rows_and_numbers_are_cut_into_quarters(capsys):
    slices = scored(capsys, "late", "new.csv", "--by", "city,weight")["slices"]
    by_column = {name: [one for one in slices if one["column"] == name] for name in ("city", "weight")}
    assert {one["value"] for one in by_column["city"]} == {"Bern", "Oslo", "Riga"}
    assert [one["rows"] for one in by_column["weight"]] == [200, 200, 200, 200]
    assert sum(one["rows"] for one in by_column["city"]) == 800


def test_a_slice_where_the_model_is_worse_is_told_apart(capsys, orders):
    new = orders(800, 3)
    new.loc[new["city"] == "Riga", "late"] = np.where(np.random.default_rng(0).random(800) < 0.5, "yes", "no")[
        new["city"] == "Riga"
    ]
    new.to_csv("worse.csv", index=False)
    slices = scored(capsys, "late", "worse.csv", "--by", "city")["slices"]
    riga = next(one for one in slices if one["value"] == "Riga")
    assert riga["gain"] < 0
    assert riga["holm"] < 0.001


def test_classes_and_confusion_count_every_row(capsys):
    body = scored(capsys, "late", "new.csv")
    new, said = pd.read_csv("new.csv"), Predictor.load("late.lab").predict(pd.read_csv("new.csv"))
    assert body["labels"] == ["no", "yes"]
    assert np.array_equal(body["confusion"], pd.crosstab(new["late"], said).to_numpy())
    yes = body["classes"][1]
    assert yes["recall"] == pytest.approx(
        ((said == "yes") & (new["late"] == "yes")).sum() / (new["late"] == "yes").sum()
    )
    assert yes["recall_low"] < yes["recall"] < yes["recall_high"]


def test_rows_that_were_learned_from_are_noticed_and_new_ones_are_not_taken_for_them(capsys):
    known = scored(capsys, "late", "past.csv")
    assert any("learned from" in note for note in known["notes"])
    assert known["promise"] is None
    assert cli.main(["score", "late", "past.csv"]) == 0
    assert "nothing is said of the promise" in capsys.readouterr().out
    assert scored(capsys, "late", "new.csv")["notes"] == []


def test_rows_without_the_truth_are_left_out_and_said(capsys, orders):
    new = orders(800, 1)
    new.loc[:9, "late"] = None
    new.to_csv("gaps.csv", index=False)
    body = scored(capsys, "late", "gaps.csv")
    assert (body["rows"], body["rows_given"]) == (790, 800)
    assert body["notes"] == ['10 rows without a true value in "late" left out']


def test_a_class_that_was_never_learned_is_refused_by_name_and_row(capsys, orders):
    new = orders(50, 1)
    new.loc[6, "late"] = "maybe"
    new.to_csv("maybe.csv", index=False)
    assert cli.main(["score", "late", "maybe.csv"]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert '"maybe" in 1 row, first in row 7, is no class the model learned ("no", "yes")' in said


def test_a_file_without_the_target_is_refused(capsys, orders):
    orders(50, 1).drop(columns="late").to_csv("bare.csv", index=False)
    assert cli.main(["score", "late", "bare.csv"]) == 2
    assert 'has no column "late"' in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("text", ["0.5\n0.6\n0.99\n", "team,score\na,0.5\nb,0.6\nc,0.99\n"])
def test_among_scores_of_others_the_rank_has_the_range_of_the_interval(capsys, text):
    Path("teams.csv").write_text(text)
    found = scored(capsys, "late", "new.csv", "--leaderboard", "teams.csv")["leaderboard"]
    assert (found["teams"], found["rank"], found["rank_best"], found["rank_worst"]) == (3, 2, 2, 2)
    assert found["beaten"] == pytest.approx(2 / 3)


def test_for_a_loss_the_lower_scores_of_others_are_the_better_ones(capsys):
    value = scored(capsys, "price", "new.csv")["score"]["value"]
    Path("teams.txt").write_text("".join(f"{value * factor}\n" for factor in (0.5, 2, 3, 4)))
    found = scored(capsys, "price", "new.csv", "--leaderboard", "teams.txt")["leaderboard"]
    assert (found["rank"], found["beaten"]) == (2, 0.75)


def test_scores_that_cannot_be_of_this_metric_are_refused(capsys):
    Path("teams.txt").write_text("0.5\n-0.3\n")
    assert cli.main(["score", "late", "new.csv", "--leaderboard", "teams.txt"]) == 2
    assert "−0.3" in capsys.readouterr().err.replace("-0.3", "−0.3")


def test_predict_says_that_a_file_holds_the_target(capsys):
    assert cli.main(["predict", "late", "new.csv"]) == 0
    assert "assay score late new.csv" in " ".join(capsys.readouterr().err.split())


def test_from_python_the_score_is_a_figure(orders):
    new, model = orders(800, 1), Predictor.load("late.lab")
    figure = model.score(new)
    assert (figure.metric, figure.origin, figure.rows) == ("roc_auc", "test", 800)
    assert model.score(new, metric="log_loss").metric == "log_loss"


def test_a_part_of_the_rows_earns_no_more_digits_than_all_of_them(capsys, orders):
    new = orders(400, 5)
    new.loc[0, "city"] = "Zug"
    new.to_csv("few.csv", index=False)
    assert cli.main(["score", "price", "few.csv", "--by", "city"]) == 0
    shown = capsys.readouterr().out.splitlines()
    score = next(line for line in shown if line.strip().startswith("score ")).split()[1]
    zug = next(line for line in shown if line.strip().startswith("Zug")).split()
    assert zug[3] == "–"  # one row has no interval
    assert len(zug[2].partition(".")[2]) <= len(score.partition(".")[2])


def test_a_promise_is_printed_once(capsys):
    assert cli.main(["score", "late", "new.csv"]) == 0
    told = capsys.readouterr()
    promised = Predictor.load("late.lab").expected.interval_text
    assert (told.out + told.err).count(promised) == 1
